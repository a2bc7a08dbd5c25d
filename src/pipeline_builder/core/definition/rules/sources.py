"""Sources, and what starts the pipeline when they change or the clock strikes."""

import re
from collections.abc import Iterator

from pipeline_builder.core.definition.model import (
    ConnectionSource,
    Definition,
    GitHubSource,
    Patterns,
    PullRequestFilter,
    PushFilter,
    Source,
    SourceTrigger,
)
from pipeline_builder.core.definition.schedules import fault_in_schedule
from pipeline_builder.core.definition.walks import PRIMARY_SOURCE, sources_of
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.schema.findings import listed, shown


def outdated_source(source: Source, at: Location) -> Iterator[Diagnostic]:
    """A personal token is long-lived, sees all of a person's repositories, and AWS advises against it."""
    if isinstance(source, GitHubSource):
        yield Diagnostic(
            code="outdated-source",
            message="The source 'github' works with a personal token, which AWS no longer recommends.",
            at=at,
            severity=Severity.WARNING,
            hint="Use type 'connection' with a `connectionArn`.",
        )


_TOKEN = re.compile(r"secretsmanager:[A-Za-z0-9/_+=.@-]+|arn:[a-z-]+:secretsmanager:[A-Za-z0-9:/_+=.@-]+")


def plain_text_token(source: Source, at: Location) -> Iterator[Diagnostic]:
    """A token in a template can be read by everybody who can read the stack. It is not repeated here either."""
    if isinstance(source, GitHubSource) and source.token is not None and not _TOKEN.fullmatch(source.token):
        yield Diagnostic(
            code="plain-text-token",
            message="The token must be named, not written down.",
            at=at / "token",
            hint="Store it in Secrets Manager and write 'secretsmanager:<name>' or the secret's ARN.",
        )


def reserved_source(definition: Definition) -> Iterator[Diagnostic]:
    """The first source has its name already; the others become names of actions, artifacts and namespaces."""
    for name in definition.sources:
        if name == PRIMARY_SOURCE or not re.fullmatch(r"[A-Za-z0-9@_-]{1,100}", name):
            yield Diagnostic(
                code="reserved-source",
                message=f"A source cannot be named '{shown(name)}'.",
                at=Location() / "sources" / name,
                hint=f"Use letters, digits and @ _ -; '{PRIMARY_SOURCE}' is the first source.",
            )


# --- triggers --------------------------------------------------------------------------------------------------------


def trigger_source(definition: Definition) -> Iterator[Diagnostic]:
    """Triggers with filters exist only for sources behind a connection."""
    known = {PRIMARY_SOURCE: definition.synth.source, **definition.sources}
    for index, trigger in enumerate(definition.triggers):
        name = trigger.source or PRIMARY_SOURCE
        at = Location() / "triggers" / index
        if name not in known:
            yield Diagnostic(
                code="trigger-source",
                message=f"There is no source named '{shown(name)}'.",
                at=at / "source",
                hint=f"There are: {listed(known)}.",
            )
        elif not isinstance(known[name], ConnectionSource):
            yield Diagnostic(
                code="trigger-source",
                message=f"Source '{name}' is no connection, and only those have triggers.",
                at=at,
                hint="Use `trigger: AUTO` of the source.",
            )


def duplicate_trigger(definition: Definition) -> Iterator[Diagnostic]:
    """Source: GitConfiguration in the CodePipeline API reference: one trigger configuration per source action."""
    seen: set[str] = set()
    for index, trigger in enumerate(definition.triggers):
        name = trigger.source or PRIMARY_SOURCE
        if name in seen:
            yield Diagnostic(
                code="duplicate-trigger",
                message=f"Source '{shown(name)}' has a trigger already.",
                at=Location() / "triggers" / index,
                hint="Put all filters into one trigger: any of them starts the pipeline.",
            )
        seen.add(name)


def trigger_filter(definition: Definition) -> Iterator[Diagnostic]:
    """Source: "Add trigger with code push or pull request event types" in the CodePipeline user guide.

    A push is filtered by tags, by branches, or by branches and paths.
    """
    for index, trigger in enumerate(definition.triggers):
        at = Location() / "triggers" / index
        if not trigger.push and not trigger.pull_request:
            yield Diagnostic("trigger-filter", "The trigger has neither `push` nor `pullRequest`.", at)
        for push_index, push in enumerate(trigger.push):
            yield from _push_filter(push, at / "push" / push_index)
        for request_index, request in enumerate(trigger.pull_request):
            yield from _empty_patterns(request, at / "pullRequest" / request_index)


def _push_filter(push: PushFilter, at: Location) -> Iterator[Diagnostic]:
    yield from _empty_patterns(push, at)
    if push.tags and (push.branches or push.paths):
        yield Diagnostic(
            code="trigger-filter",
            message="One filter cannot have tags together with branches or paths.",
            at=at,
            hint="Write two filters: any of them starts the pipeline.",
        )
    elif push.paths and not push.branches:
        yield Diagnostic(
            code="trigger-filter",
            message="A filter by paths needs branches, too.",
            at=at,
            hint='Add `branches`; "**" means all of them.',
        )
    elif not (push.tags or push.branches):
        yield Diagnostic("trigger-filter", "The filter has no branches, tags or paths.", at)


def _empty_patterns(one: PushFilter | PullRequestFilter, at: Location) -> Iterator[Diagnostic]:
    patterns = {"branches": one.branches, "paths": one.paths}
    if isinstance(one, PushFilter):
        patterns["tags"] = one.tags
    for key, given in patterns.items():
        if given == Patterns():
            yield Diagnostic("trigger-filter", f"`{key}` has neither `includes` nor `excludes`.", at / key)


# --- schedules -------------------------------------------------------------------------------------------------------


def invalid_schedule(definition: Definition) -> Iterator[Diagnostic]:
    """EventBridge takes rate() and cron() with six fields."""
    expressions = [(one, Location() / "schedule" / index) for index, one in enumerate(definition.schedule)]
    expressions += [(one.schedule, at / "schedule") for one, at in sources_of(definition) if one.schedule is not None]
    for expression, at in expressions:
        fault = fault_in_schedule(expression)
        if fault is not None:
            yield Diagnostic("invalid-schedule", fault, at)


def unused_schedule(source: Source, at: Location) -> Iterator[Diagnostic]:
    """A source's schedule counts only with `trigger: SCHEDULE`."""
    if source.schedule is not None and source.trigger is not SourceTrigger.SCHEDULE:
        yield Diagnostic(
            code="unused-schedule",
            message="The schedule of the source has no effect without `trigger: SCHEDULE`.",
            at=at / "schedule",
            severity=Severity.WARNING,
            hint="Set the trigger, or use `schedule` of the definition.",
        )


def missing_schedule(definition: Definition) -> Iterator[Diagnostic]:
    """Definitions in the world ask for a schedule and name none; it is then once a day."""
    for source, at in sources_of(definition):
        if source.trigger is SourceTrigger.SCHEDULE and source.schedule is None and not definition.schedule:
            yield Diagnostic(
                code="missing-schedule",
                message="The source starts the pipeline by a schedule, and there is none: it starts once a day.",
                at=at / "trigger",
                severity=Severity.WARNING,
                hint="Add `schedule: rate(1 day)`, or another one.",
            )
