"""Every rule about a definition, applied to all that it is about.

`artifact-…` and the order of steps are checked in planning, where the plugins are known.
"""

from collections.abc import Callable, Iterable, Iterator

from pipeline_builder.core.definition.metadata import Reach, check_metadata, is_key
from pipeline_builder.core.definition.model import Definition, Source, Stage, Step
from pipeline_builder.core.definition.rules import names, pipeline, sources, steps, variables
from pipeline_builder.core.definition.walks import (
    PRIMARY_SOURCE,
    conditions_of,
    metadata_of,
    shared_metadata_of,
    sources_of,
    stages_of,
    steps_of,
    synth_as_step,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report

__all__ = ["PRIMARY_SOURCE", "check_definition", "conditions_of", "synth_as_step"]

_Found = Iterator[Diagnostic]

_OF_THE_WHOLE: tuple[Callable[[Definition], _Found], ...] = (
    names.duplicate_stage,
    names.invalid_pipeline_name,
    names.duplicate_variable,
    names.invalid_tag,
    sources.reserved_source,
    sources.trigger_source,
    sources.duplicate_trigger,
    sources.trigger_filter,
    sources.invalid_schedule,
    sources.missing_schedule,
    pipeline.condition_result,
    pipeline.condition_rule,
    pipeline.rollback_in_parallel,
    pipeline.unusable_role,
    pipeline.needless_role,
    pipeline.log_retention,
)
_OF_SOURCES: tuple[Callable[[Source, Location], _Found], ...] = (
    sources.outdated_source,
    sources.plain_text_token,
    sources.unused_schedule,
)
_OF_STAGES: tuple[Callable[[Stage, Location], _Found], ...] = (
    names.reserved_stage,
    names.invalid_stage_name,
    names.duplicate_step,
    steps.unknown_need,
)
_OF_STEPS: tuple[Callable[[Step, Location], _Found], ...] = (
    names.invalid_step_name,
    steps.hidden_variable,
    steps.secret_reference,
    steps.looked_up_network,
    steps.open_here_document,
    steps.permission_condition,
    steps.permissions_of_given_role,
)
_OF_VARIABLES: tuple[Callable[[str, Location], _Found], ...] = (
    variables.invalid_variable_name,
    variables.reserved_variable_name,
    variables.shadowed_variable,
)


def check_definition(definition: Definition, report: Report) -> None:
    """Apply every rule."""
    for about_the_whole in _OF_THE_WHOLE:
        report.extend(about_the_whole(definition))
    for source, at in sources_of(definition):
        for about_a_source in _OF_SOURCES:
            report.extend(about_a_source(source, at))
    for stage, at in stages_of(definition):
        for about_a_stage in _OF_STAGES:
            report.extend(about_a_stage(stage, at))
    report.extend(steps.looked_up_network(definition.defaults, Location(("defaults",))))
    for metadata, at in shared_metadata_of(definition):
        check_metadata(metadata, at, report)
        _check_variables(metadata, at, report)
    for step, at in steps_of(definition):
        _check_step(definition, step, at, report)


def _check_step(definition: Definition, step: Step, at: Location, report: Report) -> None:
    for about_a_step in _OF_STEPS:
        report.extend(about_a_step(step, at))
    report.extend(steps.incomplete_network(definition, step, at))
    for metadata, place in metadata_of(step, at):
        # What stands in the synth step's own metadata may speak of the pipeline.
        about = None if metadata is definition.synth.metadata else Reach.STEP
        check_metadata(metadata, place, report, about=about)
        _check_variables(metadata, place, report)
    _check_variables(step.env, at / "env", report)
    _check_variables(step.secrets, at / "secrets", report, are_secret=True)
    for index, name in enumerate(step.exports):
        _check_variable(name, at / "exports" / index, report)


def _check_variables(names: Iterable[str], at: Location, report: Report, *, are_secret: bool = False) -> None:
    for name in names:
        if not variables.is_ordinary(name) and not is_key(name):
            _check_variable(name, at / name, report)
            if not are_secret:
                report.extend(variables.plain_text_credential(name, at / name))


def _check_variable(name: str, at: Location, report: Report) -> None:
    for about_a_variable in _OF_VARIABLES:
        report.extend(about_a_variable(name, at))
