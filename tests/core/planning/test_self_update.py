"""What is said of a pipeline that would update itself otherwise than it is synthesized now."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

import pipeline_builder
from pipeline_builder.core.diagnostics import Diagnostic, Severity
from pipeline_builder.core.planning.self_update import updates_otherwise

SPEC = "{name: %s, version: 1.0.0, commands: [make], outputs: [{kind: cloud-assembly, path: cdk.out}]}"
HERE = PurePosixPath("/code/ci/pipeline.yaml")


def found(
    *plugins: str,
    folder: Path | None = None,
    file: PurePosixPath | None = HERE,
    has_lock: bool = False,
    self_mutation: bool = True,
    **synth: object,
) -> list[str]:
    diagnostics = _diagnostics(plugins, folder, file, synth, has_lock=has_lock, self_mutation=self_mutation)
    assert {one.severity for one in diagnostics} <= {Severity.WARNING}
    assert {str(one.at) for one in diagnostics} <= {"synth"}
    return [one.message for one in diagnostics]


def _diagnostics(
    plugins: Sequence[str],
    folder: Path | None,
    file: PurePosixPath | None,
    synth: dict[str, object],
    *,
    has_lock: bool,
    self_mutation: bool,
) -> list[Diagnostic]:
    for name in plugins:
        assert folder is not None
        (folder / name).mkdir()
        (folder / name / "plugin-spec.yaml").write_text(SPEC % name)
        (folder / name / "config.yaml").write_text("buildType: metadata_only")
    definition = {
        "project": "web",
        "organization": "acme",
        "selfMutation": self_mutation,
        "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth", **synth},
        "stages": [{"stageName": "Test", "steps": [{"plugin": name} for name in ("jest", *plugins)]}],
    }
    plan = pipeline_builder.plan(definition, plugins=[folder] if folder else [])
    return list(updates_otherwise(plan, file, has_lock=has_lock))


@pytest.mark.parametrize("named", ["pipeline.yaml", "./pipeline.yaml", "ci/pipeline.yaml"])
def test_a_definition_that_ends_as_the_synth_step_names_it_is_the_same(named: str) -> None:
    assert found(inputs={"definition": named}) == []


@pytest.mark.parametrize("named", ["pipeline.yml", "other/pipeline.yaml", "peline.yaml"])
def test_another_definition_is_told_with_both_names(named: str) -> None:
    says = f"The pipeline updates itself from '{named}' of its repository, and this is 'pipeline.yaml'."
    assert found(inputs={"definition": named}) == [says]


def test_what_comes_in_without_a_name_may_be_the_definition() -> None:
    assert found(file=None) == []


def test_plugins_that_the_synth_step_would_not_find_are_named(tmp_path: Path) -> None:
    says = "The pipeline updates itself without the folder that 'greet', 'leave' were found in."
    assert found("leave", "greet", folder=tmp_path) == [says]


def test_one_plugin_that_the_synth_step_would_not_find_is_named(tmp_path: Path) -> None:
    says = "The pipeline updates itself without the folder that 'greet' was found in."
    assert found("greet", folder=tmp_path) == [says]


def test_plugins_are_found_in_a_folder_that_the_synth_step_names(tmp_path: Path) -> None:
    assert found("greet", folder=tmp_path, inputs={"plugins": "ci/plugins"}) == []


def test_plugins_are_found_in_the_lock(tmp_path: Path) -> None:
    assert found("greet", folder=tmp_path, has_lock=True) == []


def test_a_pipeline_that_does_not_update_itself_reads_nothing(tmp_path: Path) -> None:
    assert found("greet", folder=tmp_path, file=PurePosixPath("/other.yaml"), self_mutation=False) == []


def test_of_another_way_to_synthesize_nothing_is_known(tmp_path: Path) -> None:
    assert found("own-synth", folder=tmp_path, file=PurePosixPath("/other.yaml"), plugin="own-synth") == []
