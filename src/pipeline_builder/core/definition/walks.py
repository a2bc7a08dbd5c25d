"""Ways through a definition: every source, stage, step and condition with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from pipeline_builder.core.definition.model import (
    Definition,
    PluginUse,
    Source,
    Stage,
    StageCondition,
    Step,
    Synth,
    Value,
)
from pipeline_builder.core.diagnostics import Location

PRIMARY_SOURCE = "Source"
"""What the first source is called."""


def sources_of(definition: Definition) -> Iterator[tuple[Source, Location]]:
    """The first source, and the further ones."""
    yield definition.synth.source, Location() / "synth" / "source"
    for name, source in definition.sources.items():
        yield source, Location() / "sources" / name


def stages_of(definition: Definition) -> Iterator[tuple[Stage, Location]]:
    """The author's stages."""
    for index, stage in enumerate(definition.stages):
        yield stage, Location(("stages", index))


def steps_of(definition: Definition) -> Iterator[tuple[Step, Location]]:
    """The synth step, and every step of a stage."""
    yield synth_as_step(definition.synth), Location() / "synth"
    for stage_index, stage in enumerate(definition.stages):
        for step_index, step in enumerate(stage.steps):
            yield step, Location(("stages", stage_index, "steps", step_index))


def synth_as_step(synth: Synth) -> Step:
    """The synth step like any other."""
    return Step(**{shared.name: getattr(synth, shared.name) for shared in fields(PluginUse)})


Metadata = Mapping[str, Value]


def shared_metadata_of(definition: Definition) -> Iterator[tuple[Metadata, Location]]:
    """The metadata that reaches every step, where there is any; the later one wins."""
    if definition.defaults.metadata:
        yield definition.defaults.metadata, Location(("defaults", "metadata"))
    if definition.shared_metadata:
        yield definition.shared_metadata, Location(("global",))


def metadata_of(step: Step, at: Location) -> Iterator[tuple[Metadata, Location]]:
    """The metadata of one step, where there is any; the later one wins."""
    if step.plugin.metadata:
        yield step.plugin.metadata, at / "plugin" / "metadata"
    if step.metadata:
        yield step.metadata, at / "metadata"


def conditions_of(stage: Stage) -> tuple[tuple[str, StageCondition | None], ...]:
    """The conditions of a stage by the key they stand under."""
    return ("beforeEntry", stage.before_entry), ("onSuccess", stage.on_success), ("onFailure", stage.on_failure)
