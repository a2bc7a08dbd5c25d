"""CloudFormation's own linter has nothing to say about a rendered template."""

import pytest
from cfnlint.api import ManualArgs, lint

from pipeline_builder.synth import render
from tests.factories.plans import a_plan, plan_with_everything


@pytest.mark.parametrize("plan", [a_plan(), plan_with_everything()], ids=["smallest", "everything"])
def test_the_linter_finds_nothing(plan):
    assert [str(found) for found in lint(render(plan).as_json().decode(), config=ManualArgs())] == []


def test_the_linter_is_really_asked():
    broken = render(a_plan()).as_json().decode().replace("PrivilegedMode", "Privileged")

    assert [found.rule.id for found in lint(broken, config=ManualArgs())] == ["E3002"]
