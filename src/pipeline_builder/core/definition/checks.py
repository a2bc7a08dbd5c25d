"""What a well-formed definition can still get wrong: one function per rule, called after its code.

`artifact-…` and the order of steps are checked in planning, where the plugins are known.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from pipeline_builder.core.definition.metadata import check_metadata
from pipeline_builder.core.definition.model import (
    NAME,
    ConditionResult,
    ConnectionSource,
    Defaults,
    Definition,
    ExecutionMode,
    GitHubSource,
    LookedUpNetwork,
    RoleForCodeBuild,
    RoleForWebIdentity,
    SecretReference,
    SecurityGroupLookup,
    Source,
    SourceTrigger,
    Stage,
    StageCondition,
    Step,
    Synth,
    Trigger,
    Value,
    VpcNetwork,
)
from pipeline_builder.core.definition.schedules import fault_in_schedule
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity

Found = Iterator[Diagnostic]

PRIMARY_SOURCE = "Source"
RESERVED_STAGES = ("Source", "Synth", "SelfMutation")
"""Stages that every pipeline may have, so that no stage of a definition can be called so."""


def check_definition(definition: Definition, report: Report) -> None:
    """Apply every rule."""
    for rule in _RULES:
        report.extend(rule(definition))
    for metadata, at in _metadata(definition):
        check_metadata(metadata, at, report)


# --- names -----------------------------------------------------------------------------------------------------------


def duplicate_stage(definition: Definition) -> Found:
    """Stages are addressed by name."""
    seen: set[str] = set()
    for index, stage in enumerate(definition.stages):
        if stage.stage_name in seen:
            yield Diagnostic(
                code="duplicate-stage",
                message=f"There is already a stage named '{stage.stage_name}'.",
                at=Location() / "stages" / index / "stageName",
                hint="Give each stage a name of its own.",
            )
        seen.add(stage.stage_name)


def duplicate_step(definition: Definition) -> Found:
    """A step is addressed by name, so a second one under that name would shadow the first."""
    for stage_index, stage in enumerate(definition.stages):
        seen: set[str] = set()
        for step_index, step in enumerate(stage.steps):
            if step.label in seen:
                yield Diagnostic(
                    code="duplicate-step",
                    message=f"Stage '{stage.stage_name}' already has a step named '{step.label}'.",
                    at=Location() / "stages" / stage_index / "steps" / step_index,
                    hint="Give one of them another `name`.",
                )
            seen.add(step.label)


def reserved_stage(definition: Definition) -> Found:
    """Source, Synth and SelfMutation are made for every pipeline."""
    for index, stage in enumerate(definition.stages):
        if stage.stage_name in RESERVED_STAGES:
            yield Diagnostic(
                code="reserved-stage",
                message=f"'{stage.stage_name}' is a stage that every pipeline has anyway.",
                at=Location() / "stages" / index / "stageName",
                hint="Choose another name.",
            )


def invalid_stage_name(definition: Definition) -> Found:
    """CodePipeline takes letters, digits and . @ _ - in a stage's name."""
    for index, stage in enumerate(definition.stages):
        if not NAME.regex.fullmatch(stage.stage_name):
            proposed = re.sub(r"[^A-Za-z0-9.@_-]+", "-", stage.stage_name).strip("-") or "Stage"
            yield Diagnostic(
                code="invalid-stage-name",
                message=f"'{stage.stage_name}' is no name of a stage for CodePipeline: {NAME.says}.",
                at=Location() / "stages" / index / "stageName",
                hint=f"Write '{proposed}'.",
            )


def invalid_step_name(definition: Definition) -> Found:
    """A step's name becomes the action's, also where it comes from the plugin."""
    for step, at in _steps(definition):
        if not NAME.regex.fullmatch(step.label):
            yield Diagnostic(
                code="invalid-step-name",
                message=f"'{step.label[:60]}' is no name of a step for CodePipeline: {NAME.says}.",
                at=at,
                hint="Give the step a `name`.",
            )


def invalid_pipeline_name(definition: Definition) -> Found:
    """Also a name made of organization and project must fit."""
    if not NAME.regex.fullmatch(definition.name):
        yield Diagnostic(
            code="invalid-pipeline-name",
            message=f"The pipeline's name '{definition.name[:120]}' does not fit: {NAME.says}.",
            hint="Give a `pipelineName`.",
        )


def invalid_variable_name(definition: Definition) -> Found:
    """Environment variables must be such to a shell."""
    for names, at in _variable_names(definition):
        for name in names:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                yield Diagnostic(
                    code="invalid-variable-name",
                    message=f"'{name[:60]}' is no name of an environment variable.",
                    at=at / name,
                    hint="Use letters, digits and underscores; begin with no digit.",
                )
            elif name.startswith("CODEBUILD_"):
                yield Diagnostic(
                    code="reserved-variable-name",
                    message=f"'{name[:60]}' belongs to CodeBuild, which sets such variables itself.",
                    at=at / name,
                    hint="Choose another name.",
                )


def duplicate_variable(definition: Definition) -> Found:
    """A pipeline variable has one default."""
    seen: set[str] = set()
    for index, variable in enumerate(definition.variables):
        if variable.name in seen:
            yield Diagnostic(
                code="duplicate-variable",
                message=f"There is already a variable named '{variable.name}'.",
                at=Location() / "variables" / index / "name",
            )
        seen.add(variable.name)


def invalid_tag(definition: Definition) -> Found:
    """Tags that begin with `aws:` belong to AWS."""
    for key in definition.tags:
        if key.lower().startswith("aws:"):
            yield Diagnostic(
                code="invalid-tag",
                message=f"The tag '{key[:60]}' begins with 'aws:', which only AWS may use.",
                at=Location() / "tags" / key,
                hint="Choose another key.",
            )


# --- sources and triggers --------------------------------------------------------------------------------------------


def outdated_source(definition: Definition) -> Found:
    """A personal token is long-lived, sees all of a person's repositories, and AWS advises against it."""
    for source, at in _sources(definition):
        if isinstance(source, GitHubSource):
            yield Diagnostic(
                code="outdated-source",
                message="The source 'github' works with a personal token, which AWS no longer recommends.",
                at=at,
                severity=Severity.WARNING,
                hint="Use type 'connection' with a `connectionArn`.",
            )


def plain_text_token(definition: Definition) -> Found:
    """A token in a template can be read by everybody who can read the stack. It is not repeated here either."""
    for source, at in _sources(definition):
        if isinstance(source, GitHubSource) and source.token is not None:
            name = source.token
            is_named = re.fullmatch(r"secretsmanager:[A-Za-z0-9/_+=.@-]+", name, re.IGNORECASE)
            if not is_named and not re.fullmatch(r"arn:[a-z-]+:secretsmanager:[A-Za-z0-9:/_+=.@-]+", name):
                yield Diagnostic(
                    code="plain-text-token",
                    message="The token must be named, not written down.",
                    at=at / "token",
                    hint="Store it in Secrets Manager and write 'secretsmanager:<name>' or the secret's ARN.",
                )


def reserved_source(definition: Definition) -> Found:
    """The first source has its name already."""
    for name in definition.sources:
        if name == PRIMARY_SOURCE or not re.fullmatch(r"[A-Za-z0-9@_-]{1,100}", name):
            yield Diagnostic(
                code="reserved-source",
                message=f"A source cannot be named '{name[:60]}'.",
                at=Location() / "sources" / name,
                hint=f"Use letters, digits and @ _ -; '{PRIMARY_SOURCE}' is the first source.",
            )


def trigger_source(definition: Definition) -> Found:
    """Triggers with filters exist only for sources behind a connection."""
    known = {PRIMARY_SOURCE: definition.synth.source, **definition.sources}
    for index, trigger in enumerate(definition.triggers):
        name = trigger.source or PRIMARY_SOURCE
        at = Location() / "triggers" / index
        if name not in known:
            yield Diagnostic(
                code="trigger-source",
                message=f"There is no source named '{name[:60]}'.",
                at=at / "source",
                hint=f"There are: {', '.join(known)}.",
            )
        elif not isinstance(known[name], ConnectionSource):
            yield Diagnostic(
                code="trigger-source",
                message=f"Source '{name}' is no connection, and only those have triggers.",
                at=at,
                hint="Use `trigger: AUTO` of the source.",
            )


def trigger_filter(definition: Definition) -> Found:
    """CodePipeline refuses tags together with branches or paths, and a trigger that filters nothing."""
    for index, trigger in enumerate(definition.triggers):
        at = Location() / "triggers" / index
        if not trigger.push and not trigger.pull_request:
            yield Diagnostic("trigger-filter", "The trigger has neither `push` nor `pullRequest`.", at)
        yield from _push_filters(trigger, at)


def _push_filters(trigger: Trigger, at: Location) -> Found:
    for index, push in enumerate(trigger.push):
        if push.tags and (push.branches or push.paths):
            yield Diagnostic(
                code="trigger-filter",
                message="One filter cannot have tags together with branches or paths.",
                at=at / "push" / index,
                hint="Write two filters: any of them starts the pipeline.",
            )
        if not (push.tags or push.branches or push.paths):
            yield Diagnostic("trigger-filter", "The filter has no branches, tags or paths.", at / "push" / index)


def invalid_schedule(definition: Definition) -> Found:
    """EventBridge takes rate() and cron() with six fields."""
    for index, expression in enumerate(definition.schedule):
        fault = fault_in_schedule(expression)
        if fault is not None:
            yield Diagnostic("invalid-schedule", fault, Location() / "schedule" / index)
    for source, at in _sources(definition):
        fault = fault_in_schedule(source.schedule) if source.schedule is not None else None
        if fault is not None:
            yield Diagnostic("invalid-schedule", fault, at / "schedule")


def unused_schedule(definition: Definition) -> Found:
    """A source's schedule counts only with `trigger: SCHEDULE`."""
    for source, at in _sources(definition):
        if source.schedule is not None and source.trigger is not SourceTrigger.SCHEDULE:
            yield Diagnostic(
                code="unused-schedule",
                message="The schedule of the source has no effect without `trigger: SCHEDULE`.",
                at=at / "schedule",
                severity=Severity.WARNING,
                hint="Set the trigger, or use `schedule` of the definition.",
            )


# --- steps -----------------------------------------------------------------------------------------------------------


def unknown_need(definition: Definition) -> Found:
    """A step can wait only for steps of its own stage: whole stages wait for one another anyway."""
    for stage_index, stage in enumerate(definition.stages):
        labels = {step.label for step in stage.steps}
        for step_index, step in enumerate(stage.steps):
            for need_index, need in enumerate(step.needs):
                if need not in labels or need == step.label:
                    yield Diagnostic(
                        code="unknown-need",
                        message=f"Stage '{stage.stage_name}' has no other step named '{need[:60]}'.",
                        at=Location() / "stages" / stage_index / "steps" / step_index / "needs" / need_index,
                        hint=f"There are: {', '.join(sorted(labels - {step.label})) or 'none'}.",
                    )


def secret_reference(definition: Definition) -> Found:
    """A secret comes from Secrets Manager or from the Parameter Store, not from both."""
    for step, at in _steps(definition):
        for name, reference in step.secrets.items():
            fault = _fault_in_secret(reference)
            if fault is not None:
                yield Diagnostic("secret-reference", fault, at / "secrets" / name)


def _fault_in_secret(reference: SecretReference) -> str | None:
    if (reference.secret is None) == (reference.parameter is None):
        return "Name either a `secret` or a `parameter`."
    if reference.parameter is not None and (reference.key or reference.version_stage or reference.version_id):
        return "`key` and versions are of secrets, not of parameters."
    if reference.secret is not None and not re.fullmatch(
        r"(arn:[a-z-]+:secretsmanager:.*:)?[A-Za-z0-9/_+=.@-]+", reference.secret
    ):
        return "A secret's name has letters, digits and / _ + = . @ -; or give its ARN."
    if reference.parameter is not None and not re.fullmatch(
        r"(arn:[a-z-]+:ssm:.*:parameter)?[A-Za-z0-9/_.-]+", reference.parameter
    ):
        return "A parameter's name has letters, digits and / _ . -; or give its ARN."
    return None


def looked_up_network(definition: Definition) -> Found:
    """A template is made without an account, so nothing can be looked up: ids must be given."""
    for owner, at in _network_owners(definition):
        network = owner.network
        if isinstance(network, LookedUpNetwork) or (isinstance(network, VpcNetwork) and not network.subnet_ids):
            yield Diagnostic(
                code="looked-up-network",
                message="The subnets would have to be looked up in an account.",
                at=at / "network",
                hint="Give `vpcId` and `subnetIds`.",
            )
    if isinstance(definition.defaults.security_groups, SecurityGroupLookup):
        yield Diagnostic(
            code="looked-up-network",
            message="The security group would have to be looked up in an account.",
            at=Location() / "defaults" / "securityGroups",
            hint="Give `securityGroupIds`.",
        )


def unusable_role(definition: Definition) -> Found:
    """CodePipeline can only assume a role that trusts it."""
    match definition.role:
        case RoleForWebIdentity():
            yield Diagnostic(
                code="unusable-role",
                message="A role for web identities cannot be assumed by CodePipeline.",
                at=Location() / "role",
                hint="Give a role that trusts codepipeline.amazonaws.com, with type 'roleArn'; or none.",
            )
        case RoleForCodeBuild():
            yield Diagnostic(
                code="needless-role",
                message="A role for CodeBuild cannot be assumed by CodePipeline; the pipeline gets one of its own.",
                at=Location() / "role",
                severity=Severity.WARNING,
                hint="Remove `role`.",
            )
        case _:
            return


def open_here_document(definition: Definition) -> Found:
    """A here-document whose end is missing would wait for it for ever; the shell only warns."""
    for step, at in _steps(definition):
        for key, commands in _commands(step).items():
            for index, command in enumerate(commands):
                if _is_open(command):
                    yield Diagnostic(
                        code="open-here-document",
                        message="A here-document in this command has no end.",
                        at=at / key / index,
                        severity=Severity.WARNING,
                        hint="Its last line must be the word behind '<<', alone.",
                    )


# --- stages ----------------------------------------------------------------------------------------------------------

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


def condition_result(definition: Definition) -> Found:
    """Not every result is possible at every moment."""
    for moment, condition, at in _conditions(definition):
        if condition.result not in _ALLOWED_RESULTS[moment]:
            allowed = ", ".join(sorted(_ALLOWED_RESULTS[moment]))
            yield Diagnostic(
                code="condition-result",
                message=f"`{moment}` cannot have the result {condition.result}.",
                at=at,
                hint=f"Possible are: {allowed}.",
            )
        elif moment != "onFailure" and not condition.rules:
            yield Diagnostic("condition-result", f"`{moment}` needs `rules`: what must hold.", at)


def condition_rule(definition: Definition) -> Found:
    """A rule names its provider, and gives it what it needs."""
    for _, condition, at in _conditions(definition):
        for index, rule in enumerate(condition.rules):
            here = at / "rules" / index
            needed = _RULE_CONFIGURATION.get(rule.provider)
            if needed is None:
                known = ", ".join(_RULE_CONFIGURATION)
                says = f"There is no rule provider '{rule.provider[:60]}'."
                yield Diagnostic("condition-rule", says, here / "provider", hint=f"There are: {known}.")
                continue
            for key in sorted(needed - rule.configuration.keys()):
                says = f"Rule '{rule.name}' needs '{key}' in its configuration."
                yield Diagnostic("condition-rule", says, here)
            if (rule.provider == "Commands") != bool(rule.commands):
                says = "`commands` are needed by, and only by, the provider Commands."
                yield Diagnostic("condition-rule", says, here)


def rollback_in_parallel(definition: Definition) -> Found:
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


# --- walks -----------------------------------------------------------------------------------------------------------


def _steps(definition: Definition) -> Iterator[tuple[Step, Location]]:
    yield synth_as_step(definition.synth), Location() / "synth"
    for stage_index, stage in enumerate(definition.stages):
        for step_index, step in enumerate(stage.steps):
            yield step, Location() / "stages" / stage_index / "steps" / step_index


def synth_as_step(synth: Synth) -> Step:
    """The synth step like any other: it has the same fields, as far as it has them."""
    return Step(
        plugin=synth.plugin,
        metadata=synth.metadata,
        inputs=synth.inputs,
        env=synth.env,
        secrets=synth.secrets,
        commands=synth.commands,
        install_commands=synth.install_commands,
        pre_install_commands=synth.pre_install_commands,
        post_install_commands=synth.post_install_commands,
        pre_commands=synth.pre_commands,
        post_commands=synth.post_commands,
        network=synth.network,
        role=synth.role,
        permissions=synth.permissions,
        compute_type=synth.compute_type,
        privileged=synth.privileged,
        timeout=synth.timeout,
        queued_timeout=synth.queued_timeout,
        output_directory=synth.output_directory,
    )


def _commands(step: Step) -> dict[str, tuple[str, ...]]:
    return {
        "commands": step.commands or (),
        "installCommands": step.install_commands or (),
        "preInstallCommands": step.pre_install_commands,
        "postInstallCommands": step.post_install_commands,
        "preCommands": step.pre_commands,
        "postCommands": step.post_commands,
    }


def _sources(definition: Definition) -> Iterator[tuple[Source, Location]]:
    yield definition.synth.source, Location() / "synth" / "source"
    for name, source in definition.sources.items():
        yield source, Location() / "sources" / name


def _metadata(definition: Definition) -> Iterator[tuple[Mapping[str, Value], Location]]:
    yield definition.shared_metadata, Location() / "global"
    yield definition.defaults.metadata, Location() / "defaults" / "metadata"
    for step, at in _steps(definition):
        yield step.metadata, at / "metadata"
        yield step.plugin.metadata, at / "plugin" / "metadata"


def _variable_names(definition: Definition) -> Iterator[tuple[Iterable[str], Location]]:
    for metadata, at in _metadata(definition):
        yield [name for name in metadata if not name.lower().startswith("aws:cdk:")], at
    for step, at in _steps(definition):
        yield step.env, at / "env"
        yield step.secrets, at / "secrets"
        yield step.exports, at / "exports"


def _network_owners(definition: Definition) -> Iterator[tuple[Step | Defaults, Location]]:
    yield definition.defaults, Location() / "defaults"
    yield from _steps(definition)


def _conditions(definition: Definition) -> Iterator[tuple[str, StageCondition, Location]]:
    for index, stage in enumerate(definition.stages):
        for moment, condition in conditions_of(stage):
            if condition is not None:
                yield moment, condition, Location() / "stages" / index / moment


def conditions_of(stage: Stage) -> tuple[tuple[str, StageCondition | None], ...]:
    """The conditions of a stage by the key they stand under."""
    return ("beforeEntry", stage.before_entry), ("onSuccess", stage.on_success), ("onFailure", stage.on_failure)


_HERE_DOCUMENT = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\2")


def _is_open(command: str) -> bool:
    for begin in _HERE_DOCUMENT.finditer(command):
        lines = command[begin.end() :].split("\n")[1:]
        ends = [line.lstrip("\t") if begin.group(1) else line for line in lines]
        if begin.group(3) not in ends:
            return True
    return False


_RULES: tuple[Callable[[Definition], Found], ...] = (
    duplicate_stage,
    duplicate_step,
    reserved_stage,
    invalid_stage_name,
    invalid_step_name,
    invalid_pipeline_name,
    invalid_variable_name,
    duplicate_variable,
    invalid_tag,
    outdated_source,
    plain_text_token,
    reserved_source,
    trigger_source,
    trigger_filter,
    invalid_schedule,
    unused_schedule,
    unknown_need,
    secret_reference,
    looked_up_network,
    unusable_role,
    open_here_document,
    condition_result,
    condition_rule,
    rollback_in_parallel,
)
