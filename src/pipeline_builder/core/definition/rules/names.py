"""Names: of stages, steps, the pipeline, its variables and its tags."""

import re
from collections.abc import Iterator

from pipeline_builder.core.definition.model import NAME, Definition, Stage, Step
from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.schema.findings import shown

RESERVED_STAGES = ("Source", "Synth", "SelfMutation")
"""Stages that every pipeline may have, so that no stage of a definition can be called so."""


def duplicate_stage(definition: Definition) -> Iterator[Diagnostic]:
    """Stages are addressed by name."""
    seen: set[str] = set()
    for index, stage in enumerate(definition.stages):
        if stage.stage_name in seen:
            yield Diagnostic(
                code="duplicate-stage",
                message=f"There is already a stage named '{shown(stage.stage_name)}'.",
                at=Location() / "stages" / index / "stageName",
                hint="Give each stage a name of its own.",
            )
        seen.add(stage.stage_name)


def reserved_stage(stage: Stage, at: Location) -> Iterator[Diagnostic]:
    """Source, Synth and SelfMutation are made for every pipeline."""
    if stage.stage_name in RESERVED_STAGES:
        yield Diagnostic(
            code="reserved-stage",
            message=f"'{stage.stage_name}' is a stage that every pipeline has anyway.",
            at=at / "stageName",
            hint="Choose another name.",
        )


def invalid_stage_name(stage: Stage, at: Location) -> Iterator[Diagnostic]:
    """CodePipeline takes letters, digits and . @ _ - in a stage's name."""
    if not NAME.regex.fullmatch(stage.stage_name):
        proposed = re.sub(r"[^A-Za-z0-9.@_-]+", "-", stage.stage_name).strip("-") or "Stage"
        yield Diagnostic(
            code="invalid-stage-name",
            message=f"'{shown(stage.stage_name)}' is no name of a stage for CodePipeline: {NAME.says}.",
            at=at / "stageName",
            hint=f"Write '{proposed}'.",
        )


def duplicate_step(stage: Stage, at: Location) -> Iterator[Diagnostic]:
    """A step is addressed by name, so a second one under that name would shadow the first."""
    seen: set[str] = set()
    for index, step in enumerate(stage.steps):
        label = step.label
        if label in seen:
            yield Diagnostic(
                code="duplicate-step",
                message=f"Stage '{shown(stage.stage_name)}' already has a step named '{shown(label)}'.",
                at=at / "steps" / index,
                hint="Give one of them another `name`.",
            )
        seen.add(label)


def invalid_step_name(step: Step, at: Location) -> Iterator[Diagnostic]:
    """A step's name becomes the action's, also where it comes from the plugin."""
    label = step.label
    if not NAME.regex.fullmatch(label):
        yield Diagnostic(
            code="invalid-step-name",
            message=f"'{shown(label)}' is no name of a step for CodePipeline: {NAME.says}.",
            at=at,
            hint="Give the step a `name`, or the plugin an `alias`.",
        )


def invalid_pipeline_name(definition: Definition) -> Iterator[Diagnostic]:
    """Also a name made of organization and project must fit."""
    if not NAME.regex.fullmatch(definition.name):
        yield Diagnostic(
            code="invalid-pipeline-name",
            message=f"The pipeline's name '{shown(definition.name)}' does not fit: {NAME.says}.",
            at=Location(),
            hint="Give a `pipelineName`.",
        )


def duplicate_variable(definition: Definition) -> Iterator[Diagnostic]:
    """A pipeline variable has one default."""
    seen: set[str] = set()
    for index, variable in enumerate(definition.variables):
        if variable.name in seen:
            yield Diagnostic(
                code="duplicate-variable",
                message=f"There is already a variable named '{shown(variable.name)}'.",
                at=Location() / "variables" / index / "name",
                hint="Remove or rename one of them.",
            )
        seen.add(variable.name)


_TAG_CHARACTERS = re.compile(r"[\w .:/=+@-]*")
_LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 128, 256


def invalid_tag(definition: Definition) -> Iterator[Diagnostic]:
    """Source: "Tag naming limits and requirements" in the guide "Tagging AWS resources"."""
    for key, value in definition.tags.items():
        fault = _fault_in_tag(key, value)
        if fault is not None:
            says, hint = fault
            yield Diagnostic("invalid-tag", f"The tag '{shown(key)}' {says}.", Location() / "tags" / key, hint=hint)


_OWN_TAGS = frozenset({"OrgId", "organization", "pb.deploys", "pb.pipeline-id", "pipeline-builder", "project"})
"""By these it is told whose executions they are."""


def _fault_in_tag(key: str, value: str) -> tuple[str, str] | None:
    if key in _OWN_TAGS:
        return "is set from the definition itself", "Choose another key."
    if not 1 <= len(key) <= _LONGEST_TAG_KEY:
        return f"must have 1 to {_LONGEST_TAG_KEY} characters, not {len(key)}", "Choose another key."
    if len(value) > _LONGEST_TAG_VALUE:
        return f"has a value of {len(value)} characters; at most {_LONGEST_TAG_VALUE} are allowed", "Shorten it."
    if key.lower().startswith("aws:"):
        return "begins with 'aws:', which only AWS may use", "Choose another key."
    if not _TAG_CHARACTERS.fullmatch(key) or not _TAG_CHARACTERS.fullmatch(value):
        return "has a character that AWS does not take in tags", "Use letters, digits, blanks and _ . : / = + - @."
    return None
