"""Holds a plan against the limits of AWS, before anything is rendered.

What can be repaired safely was repaired while planning (policies are split); what is left is refused, with the limit's
name, its value, and what to do.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.planning import model
from pipeline_builder.core.planning.limits import LIMITS, Limit
from pipeline_builder.core.planning.lookup import question_text
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    BuildAction,
    Condition,
    Patterns,
    Plan,
    Policy,
    Project,
    SourceAction,
    Stage,
    Sub,
)
from pipeline_builder.core.planning.policies import document_size

Measured = Iterator[tuple[str, str, int]]
"""Name of the limit, what was measured (as a finding names it), and how much it is."""


def over_limits(plan: Plan) -> Iterator[Diagnostic]:
    """Every limit that the plan does not keep."""
    for measure in _MEASURES:
        for name, subject, amount in measure(plan):
            limit = LIMITS[name]
            if amount < limit.value if limit.is_minimum else amount > limit.value:
                yield _exceeded(limit, subject, amount)


def _exceeded(limit: Limit, subject: str, amount: int) -> Diagnostic:
    bound = "at least" if limit.is_minimum else "at most"
    return Diagnostic(
        code="limit-exceeded",
        message=f"{subject}: {amount} {limit.counts}; AWS allows {bound} {limit.value} ({limit.name}).",
        at=Location(),
        hint=_REMEDIES.get(limit.name, "Make it shorter." if "characters" in limit.counts else "Use fewer of them."),
    )


_REMEDIES = {
    "actions-in-stage": "Spread the steps over several stages.",
    "build-timeout-minimum": "Set `timeout` to 5 or more minutes.",
    "parallel-actions": "Spread the steps over several stages.",
    "policies-on-role": "Give the step a role of its own with `role`, or ask for less in `permissions`.",
    "sequential-actions": "Spread the steps over several stages.",
    "stages-minimum": "Add a stage with a step.",
    "template-resources": "Split the definition into several pipelines; each step takes three to five resources.",
    "template-size": "Split the definition into several pipelines, or move long commands into files of the repository.",
}


# --- measures: one function per part of a plan -----------------------------------------------------------------------


def _pipeline(plan: Plan) -> Measured:
    subject = f"Pipeline '{plan.name}'"
    yield "pipeline-name-length", subject, len(plan.name)
    yield "stages", subject, len(plan.stages)
    yield "stages-minimum", subject, len(plan.stages)
    yield "actions-in-pipeline", subject, sum(len(stage.actions) for stage in plan.stages)
    yield "variables", subject, len(plan.variables)
    yield "triggers", subject, len(plan.triggers)
    yield "project-tags", subject, len(plan.tags)
    for key, value in plan.tags.items():
        yield "tag-key-length", f"Tag '{key[:40]}'", len(key)
        yield "tag-value-length", f"Tag '{key[:40]}'", len(value)
    for variable in plan.variables:
        named = f"Variable '{variable.name[:40]}'"
        yield "variable-name-length", named, len(variable.name)
        yield "variable-default-length", named, len(variable.default or "")
        yield "variable-description-length", named, len(variable.description or "")


def _stages(plan: Plan) -> Measured:
    for stage in plan.stages:
        subject = f"Stage '{stage.name[:100]}'"
        orders = Counter(action.run_order for action in stage.actions)
        yield "stage-name-length", subject, len(stage.name)
        yield "actions-in-stage", subject, len(stage.actions)
        yield "parallel-actions", subject, max(orders.values(), default=0)
        yield "sequential-actions", subject, len(orders)
        yield "run-order", subject, max(orders, default=0)
        for condition in (stage.before_entry, stage.on_success, stage.on_failure):
            if condition is not None:
                yield from _condition(stage, condition)
        for action in stage.actions:
            yield "action-name-length", f"Step '{action.name[:100]}'", len(action.name)
            yield from _action(action)


def _condition(stage: Stage, condition: Condition) -> Measured:
    yield "condition-rules", f"A condition of stage '{stage.name}'", len(condition.rules)
    for rule in condition.rules:
        subject = f"Rule '{rule.name}' of stage '{stage.name}'"
        yield "rule-commands", subject, len(rule.commands)
        for value in rule.configuration.values():
            yield "rule-configuration-length", subject, len(value)


def _action(action: model.Action) -> Measured:
    subject = f"Step '{action.name[:100]}'"
    match action:
        case BuildAction():
            yield "build-inputs", subject, len(action.inputs)
            yield "build-outputs", subject, len(action.outputs)
            yield "namespace-length", subject, len(action.namespace or "")
            variables = [
                {"name": one.name, "value": _longest(one.value), "type": one.kind.value} for one in action.environment
            ]
            yield "action-configuration-length", subject, len(json.dumps(variables, separators=(",", ":")))
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
        subject = f"Step '{project.step}' of stage '{project.stage}'"
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
        yield from _placement(project, subject)
        for variable in project.environment:
            length = len(_longest(variable.value))
            if variable.kind is model.VariableKind.SECRET:
                yield "secret-name-length", f"{subject}, secret {variable.name}", length
            if variable.kind is model.VariableKind.PARAMETER:
                yield "ssm-parameter-name-length", f"{subject}, parameter {variable.name}", length


def _placement(project: Project, subject: str) -> Measured:
    if project.network is not None:
        yield "vpc-subnets", subject, len(project.network.subnet_ids)
        yield "vpc-security-groups", subject, len(project.network.security_group_ids)


def _roles(plan: Plan) -> Measured:
    for role in plan.roles:
        subject = f"Role of: {role.description[:100]}"
        managed = [policy for policy in role.policies if policy.is_managed]
        inline = [policy for policy in role.policies if not policy.is_managed]
        yield "policies-on-role", subject, len(managed)
        yield "inline-policies-size", subject, sum(map(_size, inline))
        yield "role-path-length", subject, len(role.path)
        yield "role-description-length", subject, len(role.description)
        for policy in managed:
            yield "managed-policy-size", subject, _size(policy)
    if plan.boundary is not None:
        yield "managed-policy-size", "The permissions boundary", document_size(plan.boundary.statements)


def _size(policy: Policy) -> int:
    return document_size(policy.statements)


def _triggers(plan: Plan) -> Measured:
    for number, trigger in enumerate(plan.triggers, start=1):
        subject = f"Trigger {number}"
        yield "push-filters", subject, len(trigger.push)
        yield "pull-request-filters", subject, len(trigger.pull_request)
        globs = [patterns for push in trigger.push for patterns in (push.branches, push.tags, push.paths)]
        globs += [patterns for request in trigger.pull_request for patterns in (request.branches, request.paths)]
        for patterns in globs:
            yield from _patterns(patterns, subject)


def _patterns(patterns: Patterns | None, subject: str) -> Measured:
    if patterns is not None:
        for globs in (patterns.includes, patterns.excludes):
            yield "filter-patterns", subject, len(globs)
            for glob in globs:
                yield "filter-pattern-length", subject, len(glob)


def _around(plan: Plan) -> Measured:
    yield "template-parameters", f"Pipeline '{plan.name}'", len(plan.parameters)
    for parameter in plan.parameters:
        yield "parameter-default-size", f"Parameter '{parameter.name}'", len((parameter.default or "").encode())
    for rule in plan.start_rules:
        yield "rule-description-length", f"Rule '{rule.id}'", len(rule.description)
        yield "schedule-length", f"Rule '{rule.id}'", len(rule.schedule or "")
        yield "event-pattern-size", f"Rule '{rule.id}'", len(json.dumps(rule.event_pattern, default=_longest))
    if plan.notification_rule is not None:
        yield "notification-name-length", "The notification rule", len(plan.notification_rule.name)
    if plan.failure_alarm is not None:
        yield "alarm-name-length", "The failure alarm", len(plan.failure_alarm.name)


def _template(plan: Plan) -> Measured:
    """Estimated from the plan, so that an oversized definition is refused before time is spent on rendering it."""
    policies = sum(policy.is_managed for role in plan.roles for policy in role.policies)
    groups = len({project.network.own_group for project in plan.projects if project.network} - {None})
    single = (plan.artifact_store.key_id, plan.boundary, plan.notification_rule, plan.failure_alarm)
    resources = (
        2 * len(plan.projects)
        + len(plan.roles)
        + policies
        + groups
        + len(plan.start_rules)
        + sum(part is not None for part in (*single, plan.execution_events_topic))
        + sum(project.lookup is not None for project in plan.projects)
        + (2 if plan.lookup_function else 0)  # with its log group
        + 3  # the pipeline, the bucket and its policy
    )
    subject = f"Pipeline '{plan.name}'"
    yield "template-resources", subject, resources
    texts = [project.build_spec.script for project in plan.projects]
    texts += [question_text(project.lookup.question) for project in plan.projects if project.lookup]
    yield "template-size", subject, sum(len(text.encode()) for text in texts)


def _longest(value: object) -> str:
    """A text as long as it may become; a `Sub` keeps its own length, as names of parameters are about as long."""
    return value.text if isinstance(value, Sub) else str(value)


_MEASURES: Iterable[Callable[[Plan], Measured]] = (
    _pipeline,
    _stages,
    _projects,
    _roles,
    _triggers,
    _around,
    _template,
)
