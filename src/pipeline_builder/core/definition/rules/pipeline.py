"""What is about the pipeline as a whole: conditions of its stages, its role, its logs."""

import re
from collections.abc import Iterator

from pipeline_builder.core.definition.model import (
    ConditionResult,
    ConditionRule,
    Definition,
    ExecutionMode,
    RoleForCodeBuild,
    RoleForWebIdentity,
    StageCondition,
)
from pipeline_builder.core.definition.walks import conditions_of, stages_of
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.schema.annotations import Pattern
from pipeline_builder.core.schema.findings import listed, shown

_ALLOWED_RESULTS = {
    "beforeEntry": {ConditionResult.FAIL, ConditionResult.SKIP},
    "onSuccess": {ConditionResult.FAIL, ConditionResult.ROLLBACK},
    "onFailure": {ConditionResult.FAIL, ConditionResult.RETRY, ConditionResult.ROLLBACK, ConditionResult.SKIP},
}
"""Source: "How do stage conditions work?" in the CodePipeline user guide."""

_RULE_CONFIGURATION = {
    "CloudWatchAlarm": {"AlarmName"},
    "CodeBuild": {"ProjectName"},
    "Commands": set[str](),
    "DeploymentWindow": {"Cron"},
    "LambdaInvoke": {"FunctionName"},
    "VariableCheck": {"Operator", "Value", "Variable"},
}
"""Keys that each provider needs. Source: "Rule structure reference" in the CodePipeline user guide."""

_VALUES = {
    "Cron": Pattern(
        re.compile(r"[0-9*/,-]+( [0-9*/,-]+){2} [0-9*/,?LW-]+ [0-9A-Za-z*/,-]+ [0-9A-Za-z*/,?#-]+( [0-9*/,-]+)?"),
        "six fields, of which the first are seconds, and perhaps a year: `* * 8-17 ? * MON-FRI`",
    ),
    "FunctionName": Pattern(re.compile(r"[A-Za-z0-9_-]{1,64}"), "the name alone: 1 to 64 letters, digits or _ -"),
    "Operator": Pattern(re.compile("EQ|NE|CONTAINS|MATCHES"), "EQ, NE, CONTAINS or MATCHES"),
    "ProjectName": Pattern(
        re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,149}"), "the name alone: 2 to 150 letters, digits or _ -"
    ),
    "TimeZone": Pattern(
        re.compile(r"(UTC|GMT)([+-][0-9]{1,2}(:[0-9]{2})?)?|[A-Za-z]+(/[A-Za-z0-9_+-]+)+"),
        "a time zone such as UTC, UTC+2 or Europe/Berlin",
    ),
}
"""What providers take. Names become resources in a policy.

Source: "Rule structure reference" in the CodePipeline user guide; FunctionName in the Lambda, ProjectName in the
CodeBuild API.
"""

_MAY_SKIP = ("LambdaInvoke", "VariableCheck")
"""Source: "Considerations for configuring results for stage conditions" in the CodePipeline user guide."""


def condition_result(definition: Definition) -> Iterator[Diagnostic]:
    """Not every result is possible at every moment."""
    for moment, condition, at in _conditions(definition):
        fault = _fault_in_result(moment, condition)
        if fault is not None:
            allowed = listed(sorted(_ALLOWED_RESULTS[moment]))
            yield Diagnostic("condition-result", fault, at, hint=f"Results of `{moment}` are: {allowed}.")


def _fault_in_result(moment: str, condition: StageCondition) -> str | None:
    result = condition.result
    if result not in _ALLOWED_RESULTS[moment]:
        return f"`{moment}` cannot have the result {result}."
    if moment != "onFailure" and not condition.rules:
        return f"`{moment}` needs `rules`: what must hold."
    if result is ConditionResult.RETRY and condition.rules:
        return "A stage that is tried again by itself cannot have rules for it."
    if moment == "beforeEntry" and result is ConditionResult.SKIP:
        other = next((rule.provider for rule in condition.rules if rule.provider not in _MAY_SKIP), None)
        if other is not None:
            return f"A rule of {shown(other)} cannot skip a stage; only {' and '.join(_MAY_SKIP)} can."
    return None


def condition_rule(definition: Definition) -> Iterator[Diagnostic]:
    """A rule has a name of its own, names its provider, and gives it what it needs."""
    for _, condition, at in _conditions(definition):
        seen: set[str] = set()
        for index, rule in enumerate(condition.rules):
            here = at / "rules" / index
            yield from _faults_in_rule(rule, here)
            if rule.name in seen:
                says = f"There is already a rule named '{rule.name}'."
                yield Diagnostic("condition-rule", says, here / "name", hint="Give each rule a name of its own.")
            seen.add(rule.name)


def _faults_in_rule(rule: ConditionRule, at: Location) -> Iterator[Diagnostic]:
    needed = _RULE_CONFIGURATION.get(rule.provider)
    if needed is None:
        says = f"There is no rule provider '{shown(rule.provider)}'."
        yield Diagnostic("condition-rule", says, at / "provider", hint=f"There are: {listed(_RULE_CONFIGURATION)}.")
        return
    for key in sorted(needed - rule.configuration.keys()):
        says = f"Rule '{rule.name}' needs '{key}' in its configuration."
        yield Diagnostic("condition-rule", says, at, hint=f"Add `configuration: {{{key}: …}}`.")
    for key in sorted(rule.configuration.keys() & _VALUES.keys()):
        if not _VALUES[key].regex.fullmatch(rule.configuration[key]):
            says = f"'{key}' of rule '{rule.name}' must be {_VALUES[key].says}."
            yield Diagnostic("condition-rule", says, at / "configuration" / key)
    if (rule.provider == "Commands") != bool(rule.commands):
        says = "`commands` are needed by, and only by, the provider Commands."
        yield Diagnostic("condition-rule", says, at, hint="Add or remove `commands`.")


def rollback_in_parallel(definition: Definition) -> Iterator[Diagnostic]:
    """Source: "Configuring stage rollback": not available for the execution mode PARALLEL."""
    if definition.execution_mode is ExecutionMode.PARALLEL:
        for _, condition, at in _conditions(definition):
            if condition.result is ConditionResult.ROLLBACK:
                yield Diagnostic(
                    code="rollback-in-parallel",
                    message="A stage cannot be rolled back in the execution mode PARALLEL.",
                    at=at,
                    hint="Use the execution mode SUPERSEDED or QUEUED.",
                )


def _conditions(definition: Definition) -> Iterator[tuple[str, StageCondition, Location]]:
    for stage, at in stages_of(definition):
        for moment, condition in conditions_of(stage):
            if condition is not None:
                yield moment, condition, at / moment


def unusable_role(definition: Definition) -> Iterator[Diagnostic]:
    """CodePipeline can only assume a role that trusts it."""
    if isinstance(definition.role, RoleForWebIdentity):
        yield Diagnostic(
            code="unusable-role",
            message="A role for web identities cannot be assumed by CodePipeline.",
            at=Location() / "role",
            hint="Give a role that trusts codepipeline.amazonaws.com, with type 'roleArn'; or none.",
        )


def needless_role(definition: Definition) -> Iterator[Diagnostic]:
    """The pipeline gets a role of its own instead."""
    if isinstance(definition.role, RoleForCodeBuild):
        yield Diagnostic(
            code="needless-role",
            message="A role for CodeBuild cannot be assumed by CodePipeline; the pipeline gets one of its own.",
            at=Location() / "role",
            severity=Severity.WARNING,
            hint="Remove `role`.",
        )


_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Source: PutRetentionPolicy in the CloudWatch Logs API reference."""


def log_retention(definition: Definition) -> Iterator[Diagnostic]:
    """CloudWatch keeps logs for one of a few periods."""
    days = definition.defaults.log_retention_days
    if days is not None and days not in _RETENTION_DAYS:
        nearest = min(_RETENTION_DAYS, key=lambda offered: abs(offered - days))
        yield Diagnostic(
            code="log-retention",
            message=f"CloudWatch does not keep logs for {days} days.",
            at=Location() / "defaults" / "logRetentionDays",
            hint=f"The nearest it offers are {nearest} days.",
        )
