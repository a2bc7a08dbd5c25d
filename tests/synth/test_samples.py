"""What people are shown first: the template of every sample, judged by AWS's linter and service models."""

import pytest
from cfnlint.api import ManualArgs, lint

import pipeline_builder
from pipeline_builder.catalog.loader import samples
from pipeline_builder.synth import Template
from tests.synth.references import dangling
from tests.synth.service_models import faults


@pytest.fixture(params=samples(), ids=lambda path: path.stem)
def template(request) -> Template:
    return pipeline_builder.render(pipeline_builder.plan(pipeline_builder.load(request.param)))


def test_the_linter_finds_nothing(template):
    assert [str(found) for found in lint(template.as_json().decode(), config=ManualArgs())] == []


def test_every_property_is_valid_for_its_service(template):
    assert faults(template.as_dict()) == []


def test_no_reference_leads_nowhere(template):
    """cfn-lint looks at those too; here nothing is left to its reading of `Fn::Sub`."""
    assert dangling(template.as_dict()) == set()
