"""What in a connected repository starts an execution: the triggers of a V2 pipeline."""

from collections.abc import Iterable

from pipeline_builder.core.definition import model as written
from pipeline_builder.core.planning.model import Patterns, PullRequestFilter, PushFilter, Trigger

_ALL_EVENTS = tuple(written.PullRequestEvent)


def plan_triggers(triggers: Iterable[written.Trigger], primary: str) -> tuple[Trigger, ...]:
    """The definition's triggers, with defaults filled in; without a source named they watch the primary one."""
    return tuple(
        Trigger(
            source_action=trigger.source or primary,
            push=tuple(
                PushFilter(branches=_patterns(one.branches), tags=_patterns(one.tags), paths=_patterns(one.paths))
                for one in trigger.push
            ),
            pull_request=tuple(
                PullRequestFilter(
                    branches=Patterns(includes=one.branches.includes, excludes=one.branches.excludes),
                    events=one.events or _ALL_EVENTS,
                    paths=_patterns(one.paths),
                )
                for one in trigger.pull_request
            ),
        )
        for trigger in triggers
    )


def _patterns(patterns: written.Patterns | None) -> Patterns | None:
    return None if patterns is None else Patterns(includes=patterns.includes, excludes=patterns.excludes)
