"""Pipelines of ours mean what the CDK's own constructs make of the same intention."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

import pipeline_builder
from tests.oracle.by_hand import Hand
from tests.oracle.cases import CASES, CATALOG
from tests.oracle.execution import executed
from tests.oracle.meaning import artifact_names, differences, meaning

pytestmark = pytest.mark.oracle

TOOLS = ("aws", "make", "npm", "pipeline-manager")


@pytest.fixture(scope="session")
def by_hand() -> dict[str, dict[str, Any]]:
    """The templates that the CDK makes, all in one app: starting it takes seconds."""
    app = cdk.App(analytics_reporting=False, context={"aws:cdk:enable-path-metadata": False})
    for number, case in enumerate(CASES.values()):
        stack = cdk.Stack(app, f"case{number}", synthesizer=cdk.BootstraplessSynthesizer())
        case.by_hand(Hand(stack))
    assembly = app.synth()
    return {name: assembly.get_stack_by_name(f"case{number}").template for number, name in enumerate(CASES)}


def ours(name: str) -> dict[str, Any]:
    loaded = pipeline_builder.load(CASES[name].definition)
    return pipeline_builder.render(pipeline_builder.plan(loaded, catalog=CATALOG)).as_dict()


def commands(read: dict[str, Any]) -> dict[str, list[str]]:
    """The commands by step, taken out: they are compared by what they do."""
    return {
        f"{stage}/{action['name']}": action["build"].pop("commands")
        for stage, actions in read["stages"].items()
        for action in actions
        if "build" in action
    }


def runs(template: dict[str, Any], directory: Path, failing: tuple[str, ...]) -> dict[str, Any]:
    """What the commands of every step do."""
    read = meaning(template)
    found = {}
    for step, written in commands(read).items():
        stage, _, name = step.partition("/")
        (action,) = [one for one in read["stages"][stage] if one["name"] == name]
        plain = [(key, *value.split(" ", 1)) for key, value in action["build"]["variables"].items()]
        found[step] = executed(
            written,
            directory / step,
            TOOLS,
            variables={key: value for key, kind, value in plain if kind == "PLAINTEXT"},
            artifacts=artifact_names(template),
            failing=failing,
        )
    return found


@pytest.mark.parametrize("name", CASES)
def test_both_mean_the_same(by_hand, name):
    expected, found = meaning(by_hand[name]), meaning(ours(name))
    commands(expected)
    commands(found)

    assert "\n".join(differences(found, expected)) == ""


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("failing", [(), ("npm",), ("make",)], ids=["all fine", "npm fails", "make fails"])
def test_the_commands_do_the_same(by_hand, name, failing, tmp_path):
    assert runs(ours(name), tmp_path / "ours", failing) == runs(by_hand[name], tmp_path / "theirs", failing)


def _project(template: dict[str, Any]) -> dict[str, Any]:
    return next(
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CodeBuild::Project" and "VpcConfig" in one["Properties"]
    )


def _stages(template: dict[str, Any]) -> list[dict[str, Any]]:
    return next(
        one["Properties"]["Stages"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CodePipeline::Pipeline"
    )


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "stages/Test/0/build/image": lambda one: _project(one)["Environment"].update(Image="aws/codebuild/standard:6.0"),
    "stages/Test/0/build/compute": lambda one: _project(one)["Environment"].update(ComputeType="BUILD_GENERAL1_LARGE"),
    "stages/Test/0/build/privileged": lambda one: _project(one)["Environment"].update(PrivilegedMode=True),
    "stages/Test/0/build/timeout": lambda one: _project(one).update(TimeoutInMinutes=7),
    "stages/Test/0/build/variables/PIPELINE_NAME": lambda one: _project(one)["Environment"]["EnvironmentVariables"][
        0
    ].update(Type="SECRETS_MANAGER"),
    "stages/Test/0/build/network/subnets/0": lambda one: _project(one)["VpcConfig"].update(
        Subnets=["subnet-1", "subnet-2"]
    ),
    "stages/Synth/0/build/hands on": lambda one: _stages(one)[1]["Actions"][0].update(
        OutputArtifacts=[{"Name": "New"}]
    ),
    "stages/Test/1/run order": lambda one: _stages(one)[2]["Actions"][1].update(RunOrder=2),
    "stages/Test/0/works on": lambda one: (
        _stages(one)[1]["Actions"][0].update(OutputArtifacts=[{"Name": "New"}]),
        _stages(one)[2]["Actions"][0].update(InputArtifacts=[{"Name": "New"}]),
    ),
    "stages/Source/0/configuration/BranchName": lambda one: _stages(one)[0]["Actions"][0]["Configuration"].update(
        BranchName="other"
    ),
    "order of stages/0": lambda one: _stages(one).reverse(),
}


@pytest.mark.parametrize("place", CHANGES)
def test_a_difference_is_noticed(by_hand, place):
    changed = copy.deepcopy(by_hand["a network"])
    CHANGES[place](changed)

    found = differences(meaning(changed), meaning(by_hand["a network"]))

    assert any(line.startswith(f"/{place}") for line in found), found


def test_the_oracle_covers_what_it_should():
    definitions = [case.definition for case in CASES.values()]

    assert len(definitions) >= 12
    sources = {definition["synth"]["source"]["type"] for definition in definitions}
    assert sources == {"connection", "codecommit", "s3", "ecr", "github"}
