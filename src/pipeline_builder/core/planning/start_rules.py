"""EventBridge rules that start the pipeline: by the clock, or when a source changes that AWS itself watches."""

from collections.abc import Iterator, Mapping

from pipeline_builder.core.definition.model import Definition, SourceTrigger
from pipeline_builder.core.planning.ids import event_rule_name, logical_id
from pipeline_builder.core.planning.model import StartRule
from pipeline_builder.core.planning.sources import PlannedSource

_DEFAULT_SCHEDULE = "rate(1 day)"


def plan_start_rules(
    definition: Definition, sources: Mapping[str, PlannedSource], pipeline: str
) -> tuple[StartRule, ...]:
    """By change of a source, and by the clock, which is UTC for EventBridge rules."""
    changes = (
        _rule(pipeline, logical_id(name, kind="Change"), f"when {name} changes", event_pattern=source.change)
        for name, source in sources.items()
        if source.change is not None
    )
    schedules = (
        _rule(pipeline, logical_id(expression, kind="Schedule"), f"at {expression}", schedule=expression)
        for expression in dict.fromkeys(_schedules(definition))
    )
    return (*changes, *schedules)


def _schedules(definition: Definition) -> Iterator[str]:
    """The definition's own; without one, those of sources with trigger SCHEDULE."""
    yield from definition.schedule
    if not definition.schedule:
        for source in (definition.synth.source, *definition.sources.values()):
            if source.trigger is SourceTrigger.SCHEDULE:
                yield source.schedule or _DEFAULT_SCHEDULE


def _rule(
    pipeline: str,
    rule_id: str,
    moment: str,
    *,
    schedule: str | None = None,
    event_pattern: Mapping[str, object] | None = None,
) -> StartRule:
    return StartRule(
        id=rule_id,
        name=event_rule_name(pipeline, rule_id),
        description=f"Starts the pipeline {moment}.",
        schedule=schedule,
        event_pattern=event_pattern,
    )
