"""What definitions in the world say in older ways, said as it is today.

Later parts of the kernel know one way only.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from pipeline_builder.core.definition.metadata import pipeline_settings
from pipeline_builder.core.definition.model import (
    NAME,
    AdditionalInput,
    ArtifactKey,
    Definition,
    GitHubSource,
    Source,
    Stage,
    StageCondition,
    Step,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.schema.findings import shown


def in_todays_form(definition: Definition, report: Report) -> Definition:
    """The same definition without older forms."""
    return _with_docker_for_synth(_with_plain_tokens(_with_stage_names(definition, report)))


# --- stages that are named by their alias ----------------------------------------------------------------------------


def _with_stage_names(definition: Definition, report: Report) -> Definition:
    """The alias was once the stage's name for CodePipeline; where the name does not fit, it still is."""
    names = {stage.stage_name: stage.alias for stage in definition.stages if _is_named_by_alias(stage)}
    if not names:
        return definition
    for index, stage in enumerate(definition.stages):
        if stage.stage_name in names:
            report.add(_renamed(stage, Location(("stages", index, "stageName"))))
    known = {old: new for old, new in names.items() if new is not None}
    return replace(definition, stages=tuple(_stage(stage, known) for stage in definition.stages))


def _is_named_by_alias(stage: Stage) -> bool:
    has_alias = stage.alias is not None and NAME.regex.fullmatch(stage.alias) is not None
    return has_alias and not NAME.regex.fullmatch(stage.stage_name)


def _renamed(stage: Stage, at: Location) -> Diagnostic:
    return Diagnostic(
        code="stage-called-by-alias",
        message=f"CodePipeline does not take '{shown(stage.stage_name)}'; the stage is called after its alias.",
        at=at,
        severity=Severity.WARNING,
        hint=f"Write '{stage.alias}' as `stageName`.",
    )


def _stage(stage: Stage, names: Mapping[str, str]) -> Stage:
    return replace(
        stage,
        stage_name=names.get(stage.stage_name, stage.stage_name),
        steps=tuple(_step(step, names) for step in stage.steps),
        before_entry=_condition(stage.before_entry, names),
        on_success=_condition(stage.on_success, names),
        on_failure=_condition(stage.on_failure, names),
    )


def _step(step: Step, names: Mapping[str, str]) -> Step:
    return replace(
        step,
        input_artifact=step.input_artifact and _artifact(step.input_artifact, names),
        additional_input_artifacts=tuple(
            AdditionalInput(artifact=_artifact(one.artifact, names), directory=one.directory)
            for one in step.additional_input_artifacts
        ),
    )


def _condition(condition: StageCondition | None, names: Mapping[str, str]) -> StageCondition | None:
    if condition is None:
        return None
    rules = (
        replace(rule, input_artifacts=tuple(_label(label, names) for label in rule.input_artifacts))
        for rule in condition.rules
    )
    return replace(condition, rules=tuple(rules))


def _artifact(key: ArtifactKey, names: Mapping[str, str]) -> ArtifactKey:
    return replace(
        key,
        stage_name=key.stage_name and names.get(key.stage_name, key.stage_name),
        name=key.name and _label(key.name, names),
    )


def _label(label: str, names: Mapping[str, str]) -> str:
    """`stage/step` with the stage's name as it is now."""
    stage, slash, step = label.rpartition("/")
    return names.get(stage, stage) + slash + step


# --- sources and the synth step --------------------------------------------------------------------------------------


def _with_plain_tokens(definition: Definition) -> Definition:
    """The prefix of a token's secret could be written in any case."""
    sources = {name: _source(source) for name, source in definition.sources.items()}
    return replace(
        definition, synth=replace(definition.synth, source=_source(definition.synth.source)), sources=sources
    )


def _source(source: Source) -> Source:
    if not isinstance(source, GitHubSource) or source.token is None:
        return source
    return replace(source, token=re.sub("^secretsmanager:", "secretsmanager:", source.token, flags=re.IGNORECASE))


def _with_docker_for_synth(definition: Definition) -> Definition:
    """A metadata key of the pipeline says what `privileged` of the synth step says."""
    metadata = {**definition.shared_metadata, **definition.defaults.metadata, **definition.synth.metadata}
    wanted = pipeline_settings(metadata).docker_for_synth
    if wanted is None or definition.synth.privileged is not None:
        return definition
    return replace(definition, synth=replace(definition.synth, privileged=wanted))
