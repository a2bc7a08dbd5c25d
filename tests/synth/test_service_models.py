"""Every rendered property against the service models of AWS, and the checker itself against templates with faults."""

import copy
from typing import Any

import pytest

from pipeline_builder.synth import render
from tests.factories.plans import a_plan, plan_with_everything
from tests.synth.service_models import faults


@pytest.fixture
def template() -> dict[str, Any]:
    return copy.deepcopy(render(plan_with_everything()).as_dict())


@pytest.mark.parametrize("plan", [a_plan(), plan_with_everything()], ids=["smallest", "everything"])
def test_every_property_is_valid_for_its_service(plan):
    assert faults(render(plan).as_dict()) == []


def project(template: dict[str, Any]) -> dict[str, Any]:
    return template["Resources"]["TestJestProject"]["Properties"]


def action(template: dict[str, Any]) -> dict[str, Any]:
    return template["Resources"]["Pipeline"]["Properties"]["Stages"][0]["Actions"][0]


BREAKAGES = {
    "a value that is none of the allowed ones": (
        lambda template: project(template)["Environment"].update(ComputeType="HUGE"),
        "TestJestProject.Environment.ComputeType: 'HUGE' is none of",
    ),
    "a number out of range": (
        lambda template: project(template).update(TimeoutInMinutes=5000),
        "TestJestProject.TimeoutInMinutes: 5000 is not within 5 and 2160",
    ),
    "a text that does not match": (
        lambda template: action(template).update(Name="not a name"),
        "Pipeline.Stages[].Actions[].Name: 'not a name' does not match",
    ),
    "a text that is too long": (
        lambda template: action(template)["Configuration"].update(FullRepositoryId="x" * 10_001),
        "Pipeline.Stages[].Actions[].Configuration[]: 10001 is not within 1 and",
    ),
    "a member that is missing": (
        lambda template: action(template)["ActionTypeId"].pop("Provider"),
        "Pipeline.Stages[].Actions[].ActionTypeId: provider is missing",
    ),
    "a member that there is not": (
        lambda template: action(template).update(Colour="red"),
        "Pipeline.Stages[].Actions[].Colour: the API has no such member",
    ),
    "a text where there must be a number": (
        lambda template: action(template).update(RunOrder="1"),
        "Pipeline.Stages[].Actions[].RunOrder: '1' is no number",
    ),
    "a reference where there must be a list": (
        lambda template: action(template).update(OutputArtifacts={"Ref": "x"}),
        "Pipeline.Stages[].Actions[].OutputArtifacts: {'Ref': 'x'} is text where there must be a list",
    ),
    "a text where there must be a boolean": (
        lambda template: project(template)["Environment"].update(PrivilegedMode="yes"),
        "TestJestProject.Environment.PrivilegedMode: 'yes' is no boolean",
    ),
    "a text where there must be a structure": (
        lambda template: project(template).update(Artifacts="none"),
        "TestJestProject.Artifacts: 'none' is no structure",
    ),
    "a text where there must be a list": (
        lambda template: action(template).update(OutputArtifacts="none"),
        "Pipeline.Stages[].Actions[].OutputArtifacts: 'none' is no list",
    ),
    "a number where there must be text": (
        lambda template: project(template).update(Name=7),
        "TestJestProject.Name: 7 is no text",
    ),
    "a resource that nobody described": (
        lambda template: template["Resources"]["ArtifactBucket"].update(Type="AWS::S3::Bucks"),
        "ArtifactBucket: no service model is named for AWS::S3::Bucks",
    ),
}


@pytest.mark.parametrize(("break_it", "expected"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_the_checker_finds(template, break_it, expected):
    break_it(template)

    (fault,) = faults(template)

    assert fault.startswith(expected)
