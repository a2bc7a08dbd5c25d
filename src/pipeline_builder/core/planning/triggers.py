"""What in a connected repository starts an execution: the triggers of a V2 pipeline."""

from collections.abc import Iterable, Iterator

from pipeline_builder.core.definition import model as written
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.planning.model import Patterns, PullRequestFilter, PushFilter, Trigger
from pipeline_builder.core.planning.sources import PRIMARY


def self_mutation_by_others(definition: written.Definition) -> Iterator[Diagnostic]:
    """A pipeline follows the definition of whatever started it, so it must be started by its own branch alone."""
    branch = getattr(definition.synth.source, "branch", None)
    for index, trigger in enumerate(definition.triggers):
        if trigger.source not in {None, PRIMARY}:
            continue
        others = [
            *(["pull requests"] if trigger.pull_request else []),
            *(["tags"] if any(one.tags is not None for one in trigger.push) else []),
            *(["other branches"] if any(_reaches_beyond(one, branch) for one in trigger.push) else []),
        ]
        if others:
            yield Diagnostic(
                code="self-mutation-by-others",
                message=f"The pipeline would update itself from {' and '.join(others)}, whatever those define.",
                at=Location(("triggers", index)),
                hint="Set `selfMutation: false`, or start another pipeline by them.",
            )


def _reaches_beyond(push: written.PushFilter, branch: str | None) -> bool:
    return push.branches is not None and set(push.branches.includes) != {branch}


def self_mutation_in_parallel(definition: written.Definition) -> Iterator[Diagnostic]:
    """CloudFormation updates a stack once at a time."""
    if definition.execution_mode is written.ExecutionMode.PARALLEL:
        yield Diagnostic(
            code="self-mutation-in-parallel",
            message="Of two executions at a time only one can update the pipeline; the other one fails.",
            at=Location(("executionMode",)),
            severity=Severity.WARNING,
            hint="Use SUPERSEDED or QUEUED, or set `selfMutation: false`.",
        )


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
