"""What definitions in the world say in older ways becomes what is said today."""

import json

import pytest

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report


def definition_of(**more):
    """The definition as loaded, and the codes of what was found."""
    report = Report()
    data = {
        "project": "web",
        "organization": "acme",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "synth"},
        **more,
    }
    loaded = load_definition(json.dumps(data).encode(), "pipeline.json", report)
    assert loaded is not None, list(report)
    return loaded.definition, [found.code for found in report]


def stages(artifact, rule_input="Build & Test/jest"):
    rule = {"name": "r", "provider": "Commands", "commands": "true", "inputArtifacts": [rule_input, "Source"]}
    return [
        {"stageName": "Build & Test", "alias": "Build", "steps": [{"plugin": "jest"}]},
        {
            "stageName": "Deploy",
            "onSuccess": {"result": "FAIL", "rules": rule},
            "steps": [{"plugin": "a", "inputArtifact": artifact, "additionalInputArtifacts": [{"artifact": artifact}]}],
        },
    ]


def test_a_stage_whose_name_does_not_fit_is_called_after_its_alias():
    definition, codes = definition_of(stages=stages("Source"))

    assert codes == ["stage-called-by-alias"]
    assert [stage.stage_name for stage in definition.stages] == ["Build", "Deploy"]
    assert definition.stages[1].on_success.rules[0].input_artifacts == ("Build/jest", "Source")


@pytest.mark.parametrize(
    ("artifact", "name", "stage_name"),
    [
        ("Build & Test/jest", "Build/jest", None),
        ("Build/jest", "Build/jest", None),
        ("jest", "jest", None),
        ({"stageName": "Build & Test", "pluginName": "jest"}, None, "Build"),
        ({"stageName": "Deploy", "pluginName": "jest"}, None, "Deploy"),
        ({"pluginName": "jest"}, None, None),
    ],
)
def test_its_artifacts_are_found_under_the_new_name(artifact, name, stage_name):
    definition, _ = definition_of(stages=stages(artifact))
    step = definition.stages[1].steps[0]

    assert (step.input_artifact.name, step.input_artifact.stage_name) == (name, stage_name)
    assert step.additional_input_artifacts[0].artifact == step.input_artifact


def test_names_that_fit_stay():
    definition, codes = definition_of(
        stages=[{"stageName": "Build", "alias": "BuildAndPackage", "steps": [{"plugin": "jest"}]}]
    )

    assert codes == []
    assert definition.stages[0].stage_name == "Build"


@pytest.mark.parametrize("written", ["SecretsManager:acme/token", "secretsmanager:acme/token"])
def test_the_prefix_of_a_token_may_have_any_case(written):
    github = {"type": "github", "repo": "a/b", "token": written}
    definition, codes = definition_of(
        synth={"source": github, "plugin": "synth"}, sources={"tools": github, "rules": {"repo": "a/c"}}
    )

    assert codes == ["outdated-source", "outdated-source"]
    assert definition.synth.source.token == "secretsmanager:acme/token"
    assert definition.sources["tools"].token == "secretsmanager:acme/token"


DOCKER = "aws:cdk:pipelines:codepipeline:dockerenabledforsynth"


@pytest.mark.parametrize(
    ("value", "said", "privileged"),
    [(True, {}, True), ("true", {}, True), ("false", {}, False), (True, {"privileged": False}, False)],
)
def test_docker_for_synth_is_said_by_the_synth_step(value, said, privileged):
    definition, codes = definition_of(
        **{"global": {DOCKER: value}}, synth={"source": {"repo": "a/b"}, "plugin": "synth", **said}
    )

    assert codes == []
    assert definition.synth.privileged is privileged


def test_without_it_the_plugin_decides():
    definition, _ = definition_of()

    assert definition.synth.privileged is None


def test_an_alias_of_a_plugin_names_the_step_and_a_filter_the_plugin():
    search = {"name": "cdk-synth", "version": "1.0.0", "isActive": True}
    definition, codes = definition_of(
        synth={
            "source": {"repo": "a/b"},
            "plugin": {"name": "BuildSynth", "alias": "Synthesize", "filter": search},
        }
    )
    plugin = definition.synth.plugin

    assert sorted(codes) == ["ignored", "outdated"]
    assert (plugin.wanted_name, plugin.wanted_version, plugin.label) == ("cdk-synth", "1.0.0", "Synthesize")
