"""Holds a plan against the limits of AWS, before anything is rendered.

What can be repaired safely was repaired while planning (policies are split); what is left is refused, with the limit's
name, its value, and what to do.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.planning import model
from pipeline_builder.core.planning.limits import LIMITS, Limit
from pipeline_builder.core.planning.lookup import question_text
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    BuildAction,
    Condition,
    EnvironmentVariable,
    Patterns,
    Plan,
    SourceAction,
    Sub,
    VariableKind,
)
from pipeline_builder.core.planning.policies import document_size, trust_size
from pipeline_builder.core.schema.findings import shown


class Subject(NamedTuple):
    """What is measured.

    Attributes:
        called: as a finding calls it.
        names: of the stage, or of stage and step, that it is about; of nothing else where it is about the whole.
    """

    called: str
    names: tuple[str, ...] = ()


Measured = Iterator[tuple[str, Subject, int]]
"""Name of the limit, what was measured, and how much it is."""


def over_limits(plan: Plan, places: Mapping[tuple[str, ...], Location]) -> Iterator[Diagnostic]:
    """Every limit that the plan does not keep.

    Args:
        places: where stages and steps stand in the definition, by their names.
    """
    for name, subject, amount in measured(plan):
        limit = LIMITS[name]
        if amount < limit.value if limit.is_minimum else amount > limit.value:
            yield _exceeded(limit, subject, amount, places.get(subject.names, Location()))


_RESOURCES_OF_A_BUILD = len(("its project", "its log group"))


def far_over_limits(steps: int, builds: int = 0) -> Iterator[Diagnostic]:
    """What is over a limit whatever becomes of it, so that no time is spent on it.

    Args:
        steps: how many there are, approvals included.
        builds: how many of them are known to become a project.
    """
    for name, amount in (("actions-in-pipeline", steps), ("template-resources", builds * _RESOURCES_OF_A_BUILD)):
        if amount > LIMITS[name].value:
            yield _exceeded(LIMITS[name], Subject("The pipeline"), f"at least {amount}", Location())


def measured(plan: Plan) -> Measured:
    """Everything of the plan that a limit is about."""
    for measure in _MEASURES:
        yield from measure(plan)


def _exceeded(limit: Limit, subject: Subject, amount: int | str, at: Location) -> Diagnostic:
    bound = "at least" if limit.is_minimum else "at most"
    return Diagnostic(
        code="limit-exceeded",
        message=f"{subject.called}: {amount} {limit.counts}; AWS allows {bound} {limit.value} ({limit.name}).",
        at=at / _FIELDS[limit.name] if limit.name in _FIELDS and at.keys else at,
        hint=_REMEDIES.get(limit.name, "Make it shorter." if "characters" in limit.counts else "Use fewer of them."),
    )


_FIELDS = {
    "build-inputs": "additionalInputArtifacts",
    "build-timeout": "timeout",
    "build-timeout-minimum": "timeout",
    "queued-timeout": "queuedTimeout",
    "queued-timeout-minimum": "queuedTimeout",
}
"""Where in a step it is said how much it is."""

_REMEDIES = {
    "actions-in-stage": "Spread the steps over several stages.",
    "build-timeout-minimum": "Set `timeout` to 5 or more minutes.",
    "managed-policy-size": "Ask for less in `permissions`. Secrets in their default place need no entry in the"
    " boundary; a `permissionsBoundary` of your own replaces it.",
    "parallel-actions": "Spread the steps over several stages.",
    "policies-on-role": "Give the step a role of its own with `role`, or ask for less in `permissions`.",
    "sequential-actions": "Spread the steps over several stages.",
    "stages-minimum": "Add a stage with a step.",
    "template-resources": "Split the definition into several pipelines; each step takes three to five resources.",
    "template-size": "Split the definition into several pipelines, or move long commands into files of the repository.",
}


# --- measures: one function per part of a plan -----------------------------------------------------------------------


def _pipeline(plan: Plan) -> Measured:
    subject = _whole(plan)
    yield "pipeline-name-length", subject, len(plan.name)
    yield "stages", subject, len(plan.stages)
    yield "stages-minimum", subject, len(plan.stages)
    yield "actions-in-pipeline", subject, sum(len(stage.actions) for stage in plan.stages)
    yield "variables", subject, len(plan.variables)
    yield "triggers", subject, len(plan.triggers)
    yield "project-tags", subject, len(plan.tags)
    for key, value in plan.tags.items():
        tag = Subject(f"Tag '{shown(key)}'")
        yield "tag-key-length", tag, len(key)
        yield "tag-value-length", tag, len(value)
    for variable in plan.variables:
        named = Subject(f"Variable '{shown(variable.name)}'")
        yield "variable-name-length", named, len(variable.name)
        yield "variable-default-length", named, len(variable.default or "")
        yield "variable-description-length", named, len(variable.description or "")


def _whole(plan: Plan) -> Subject:
    return Subject(f"Pipeline '{shown(plan.name)}'")


def _stages(plan: Plan) -> Measured:
    for stage in plan.stages:
        subject = Subject(f"Stage '{shown(stage.name)}'", (stage.name,))
        orders = Counter(action.run_order for action in stage.actions)
        yield "stage-name-length", subject, len(stage.name)
        yield "actions-in-stage", subject, len(stage.actions)
        yield "parallel-actions", subject, max(orders.values(), default=0)
        yield "sequential-actions", subject, len(orders)
        yield "run-order", subject, max(orders, default=0)
        for condition in stage.conditions:
            yield from _condition(condition, subject)
        for action in stage.actions:
            yield from _action(action, _step(stage.name, action.name))


@lru_cache(maxsize=512)  # a step is an action, a project and a role
def _step(stage: str, step: str) -> Subject:
    return Subject(f"Step '{shown(step)}' of stage '{shown(stage)}'", (stage, step))


def _condition(condition: Condition, stage: Subject) -> Measured:
    yield "condition-rules", stage._replace(called=f"A condition of {stage.called}"), len(condition.rules)
    for rule in condition.rules:
        subject = stage._replace(called=f"Rule '{shown(rule.name)}' of {stage.called}")
        yield "rule-commands", subject, len(rule.commands)
        for command in rule.commands:
            yield "rule-command-length", subject, len(command)
        for value in rule.configuration.values():
            yield "rule-configuration-length", subject, len(value)


def _action(action: model.Action, subject: Subject) -> Measured:
    yield "action-name-length", subject, len(action.name)
    match action:
        case BuildAction():
            yield "build-inputs", subject, len(action.inputs)
            yield "build-outputs", subject, len(action.outputs)
            yield "namespace-length", subject, len(action.namespace or "")
            variables = [
                {"name": one.name, "value": _longest(one.value), "type": one.kind.value} for one in action.environment
            ]
            yield "action-configuration-length", subject, len(_compact(variables))
        case ApprovalAction():
            for text in (action.comment, action.review_url):
                yield "action-configuration-length", subject, len(text or "")
            if action.timeout_minutes is not None:
                yield "approval-timeout", subject, action.timeout_minutes
                yield "approval-timeout-minimum", subject, action.timeout_minutes
        case SourceAction():
            yield "namespace-length", subject, len(action.namespace)
            for value in action.configuration.values():
                yield "action-configuration-length", subject, len(_longest(value))
        case _:
            return


def _projects(plan: Plan) -> Measured:
    for project in plan.projects:
        subject = _step(project.stage, project.step)
        yield "project-name-length", subject, len(project.name)
        yield "project-description-length", subject, len(project.description)
        yield "build-timeout", subject, project.timeout_minutes
        yield "build-timeout-minimum", subject, project.timeout_minutes
        yield "queued-timeout", subject, project.queued_timeout_minutes
        yield "queued-timeout-minimum", subject, project.queued_timeout_minutes
        yield "log-group-name-length", subject, len(project.log_group.name)
        yield "logical-id-length", subject, len(project.id)
        if project.lookup is not None:
            yield "lookup-question-size", subject, len(question_text(project.lookup.question).encode())
        for output in project.build_spec.outputs:
            yield "artifact-name-length", subject, len(output.name)
        for report in project.build_spec.reports:
            yield "report-name-length", subject, len(f"{project.name}-{report.name}")
        if project.network is not None:
            yield "vpc-subnets", subject, len(project.network.subnet_ids)
            yield "vpc-security-groups", subject, len(project.network.security_group_ids)
        for variable in project.environment:
            if variable.kind is not VariableKind.PLAIN:
                yield from _place_of_secret(variable, subject)


def _place_of_secret(variable: EnvironmentVariable, step: Subject) -> Measured:
    place = _longest(variable.value)
    if variable.kind is VariableKind.SECRET:
        whole = place.partition(":secret:")[2] if place.startswith("arn:") else place
        name = whole.partition(":")[0]
        # An ARN ends with a hyphen and six characters that are none of the name's.
        length = len(name) - (_ARN_SUFFIX if place.startswith("arn:") else 0)
        yield "secret-name-length", step._replace(called=f"{step.called}, secret {variable.name}"), length
    if variable.kind is VariableKind.PARAMETER:
        yield "ssm-parameter-name-length", step._replace(called=f"{step.called}, parameter {variable.name}"), len(place)


_ARN_SUFFIX = len("-AbCdEf")


def _roles(plan: Plan) -> Measured:
    steps = {project.role.id: _step(project.stage, project.step) for project in plan.projects}
    for role in plan.roles:
        subject = steps.get(role.id) or Subject(f"Role '{role.id}'")
        managed = [policy for policy in role.policies if policy.is_managed]
        yield "policies-on-role", subject, len(managed)
        yield "trust-policy-size", subject, trust_size(role.services, role.trust_conditions)
        yield "role-path-length", subject, len(_longest(role.path))
        yield "role-description-length", subject, len(role.description)
        # What stands in a role itself was measured before it was put there.
        for policy in managed:
            yield "managed-policy-size", subject, document_size(policy.statements)
    if plan.boundary is not None:
        boundary = Subject("The permissions boundary")
        yield "managed-policy-size", boundary, document_size(plan.boundary.statements)


def _triggers(plan: Plan) -> Measured:
    for number, trigger in enumerate(plan.triggers, start=1):
        subject = Subject(f"Trigger {number}")
        yield "push-filters", subject, len(trigger.push)
        yield "pull-request-filters", subject, len(trigger.pull_request)
        globs = [patterns for push in trigger.push for patterns in (push.branches, push.tags, push.paths)]
        globs += [patterns for request in trigger.pull_request for patterns in (request.branches, request.paths)]
        for patterns in globs:
            yield from _patterns(patterns, subject)


def _patterns(patterns: Patterns | None, subject: Subject) -> Measured:
    if patterns is not None:
        for globs in (patterns.includes, patterns.excludes):
            yield "filter-patterns", subject, len(globs)
            for glob in globs:
                yield "filter-pattern-length", subject, len(glob)


def _around(plan: Plan) -> Measured:
    yield "template-parameters", _whole(plan), len(plan.parameters)
    for parameter in plan.parameters:
        subject = Subject(f"Parameter '{parameter.name}'")
        yield "parameter-default-size", subject, len((parameter.default or "").encode())
    for rule in plan.start_rules:
        subject = Subject(f"Rule '{rule.name}'")
        yield "rule-name-length", subject, len(rule.name)
        yield "rule-description-length", subject, len(rule.description)
        yield "schedule-length", subject, len(rule.schedule or "")
        yield "event-pattern-size", subject, len(_compact(rule.event_pattern))
    if plan.notification_rule is not None:
        yield "notification-name-length", Subject("The notification rule"), len(plan.notification_rule.name)
    if plan.failure_alarm is not None:
        yield "alarm-name-length", Subject("The failure alarm"), len(plan.failure_alarm.name)


def _template(plan: Plan) -> Measured:
    """Counted from the plan, so that an oversized definition is refused before time is spent on rendering it."""
    yield "template-resources", _whole(plan), resource_count(plan)
    texts = [project.build_spec.script for project in plan.projects]
    texts += [question_text(project.lookup.question) for project in plan.projects if project.lookup]
    # Most of what is too large is so by these; the bytes themselves are counted where they are written.
    yield "template-size", _whole(plan), sum(map(len, texts))


def resource_count(plan: Plan) -> int:
    """How many resources the plan's template has."""
    once = (
        plan.artifact_store.key_id,
        plan.boundary,
        plan.execution_events,
        plan.failure_alarm,
        plan.notification_rule,
    )
    return (
        len(("the pipeline", "the bucket", "its policy"))
        + sum(part is not None for part in once)
        + len(plan.projects)
        + len({project.log_group.id for project in plan.projects})
        + len({project.network.own_group for project in plan.projects if project.network} - {None})
        + len(plan.roles)
        + sum(policy.is_managed for role in plan.roles for policy in role.policies)
        + len(plan.start_rules)
        + sum(project.lookup is not None for project in plan.projects)
        + (len(("the function", "its log group")) if plan.lookup_function else 0)
    )


def _longest(value: object) -> str:
    """A text as long as it may become; a `Sub` keeps its own length, as names of parameters are about as long."""
    return value.text if isinstance(value, Sub) else str(value)


_compact = json.JSONEncoder(default=_longest, separators=(",", ":")).encode


_MEASURES: Iterable[Callable[[Plan], Measured]] = (
    _pipeline,
    _stages,
    _projects,
    _roles,
    _triggers,
    _around,
    _template,
)
