"""Every limit of AWS: its value, a plan just inside and one just outside, and where a definition is told of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from pipeline_builder.core.definition.model import ConditionResult
from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.planning.limit_checks import measured, over_limits, resource_count
from pipeline_builder.core.planning.limits import LIMITS, Limit
from pipeline_builder.core.planning.model import (
    Action,
    ApprovalAction,
    Boundary,
    BuildSpec,
    Condition,
    EnvironmentVariable,
    LogGroup,
    OutputArtifact,
    Parameter,
    Patterns,
    Plan,
    PluginLookup,
    Policy,
    PullRequestFilter,
    PushFilter,
    Report,
    Rule,
    Stage,
    StartRule,
    Statement,
    Trigger,
    Variable,
    VariableKind,
    VpcPlacement,
)
from pipeline_builder.core.planning.policies import document_size, role_policies
from pipeline_builder.synth import render
from pipeline_builder.synth.template import TemplateTooLarge
from tests.factories.definitions import a_plugin, a_stage, made_from
from tests.factories.plans import a_build, a_plan, a_project, a_role, a_statement, plan_with_everything

PlanOf = Callable[[int], Plan]
"""A plan in which a limit's amount is the given one."""


def texts(count: int) -> tuple[str, ...]:
    return tuple(f"t{number}" for number in range(count))


def with_project(change: Callable[[int], dict[str, Any]]) -> PlanOf:
    return lambda amount: a_plan(a_project(**change(amount)))


def with_action(make: Callable[[int], Action]) -> PlanOf:
    return lambda amount: with_stage(actions=(make(amount),))


def with_stage(**changes: Any) -> Plan:
    first, second = a_plan().stages
    return a_plan(stages=(first, replace(second, **changes)))


def with_rule(**rule: Any) -> Plan:
    values: dict[str, Any] = {"name": "r", "provider": "Commands", "configuration": {}} | rule
    return with_stage(before_entry=Condition(result=ConditionResult.FAIL, rules=(Rule(**values),)))


def with_trigger(push: PushFilter | None = None, **trigger: Any) -> Plan:
    return a_plan(triggers=(Trigger(source_action="Source", push=(push,) if push else (), **trigger),))


def with_start_rule(**changes: Any) -> Plan:
    values: dict[str, Any] = {"id": "Nightly", "name": "nightly", "description": "Starts it."}
    return a_plan(start_rules=(StartRule(**values | changes),))


def with_variable(**changes: Any) -> Plan:
    return a_plan(variables=(Variable(**{"name": "A"} | changes),))


def with_role(**changes: Any) -> Plan:
    return a_plan(roles=(a_role(**changes),))


def a_long_statement(characters: int) -> Statement:
    """A statement that stands in a document of this many characters."""
    statement = a_statement("S", "", "")
    half = (characters - document_size([statement])) // 2
    return replace(statement, resources=("x" * half, "x" * (characters - document_size([statement]) - half)))


def padded(name: str, build: Callable[[str], Plan]) -> PlanOf:
    """A plan with as much padding as makes the amount of this limit the given one."""

    def plan_of(amount: int) -> Plan:
        bare = max(found for limit, _, found in measured(build("")) if limit == name)
        return build("x" * (amount - bare))

    return plan_of


def parallel(count: int) -> tuple[Action, ...]:
    return tuple(ApprovalAction(name=f"a{number}", run_order=1) for number in range(count))


def many_actions(count: int) -> Plan:
    """In stages of a hundred."""
    source, _ = a_plan().stages
    sizes = [min(100, count - 1 - start) for start in range(0, count - 1, 100)]
    return a_plan(
        stages=(source, *(Stage(name=f"S{index}", actions=parallel(size)) for index, size in enumerate(sizes)))
    )


def many_resources(count: int) -> Plan:
    """Start rules are resources without anything around them."""
    bare = resource_count(a_plan())
    rules = [StartRule(id=f"R{number}", name="r", description="") for number in range(count - bare)]
    return a_plan(start_rules=tuple(rules))


CASES: dict[str, PlanOf] = {
    "pipeline-name-length": lambda amount: a_plan(name="p" * amount),
    "stages": lambda amount: a_plan(stages=tuple(Stage(name=name, actions=parallel(1)) for name in texts(amount))),
    "stages-minimum": lambda amount: a_plan(stages=a_plan().stages[:amount]),
    "stage-name-length": lambda amount: with_stage(name="s" * amount),
    "actions-in-pipeline": many_actions,
    "actions-in-stage": lambda amount: with_stage(actions=parallel(amount)),
    "parallel-actions": lambda amount: with_stage(actions=parallel(amount)),
    "sequential-actions": lambda amount: with_stage(
        actions=tuple(ApprovalAction(name=f"a{order}", run_order=order) for order in range(1, amount + 1))
    ),
    "run-order": with_action(lambda amount: ApprovalAction(name="a", run_order=amount)),
    "action-name-length": with_action(lambda amount: ApprovalAction(name="a" * amount, run_order=1)),
    "action-configuration-length": with_action(
        lambda amount: ApprovalAction(name="a", run_order=1, comment="c" * amount)
    ),
    "build-inputs": with_action(lambda amount: a_build(a_project(), inputs=texts(amount))),
    "build-outputs": with_action(lambda amount: a_build(a_project(), outputs=texts(amount))),
    "artifact-name-length": with_project(
        lambda amount: {"build_spec": BuildSpec(script="", outputs=(OutputArtifact(name="o" * amount, label="o"),))}
    ),
    "namespace-length": with_action(lambda amount: a_build(a_project(), namespace="n" * amount)),
    "approval-timeout": with_action(lambda amount: ApprovalAction(name="a", run_order=1, timeout_minutes=amount)),
    "approval-timeout-minimum": with_action(
        lambda amount: ApprovalAction(name="a", run_order=1, timeout_minutes=amount)
    ),
    "variables": lambda amount: a_plan(variables=tuple(Variable(name=name) for name in texts(amount))),
    "variable-name-length": lambda amount: with_variable(name="V" * amount),
    "variable-default-length": lambda amount: with_variable(default="d" * amount),
    "variable-description-length": lambda amount: with_variable(description="d" * amount),
    "triggers": lambda amount: a_plan(triggers=(Trigger(source_action="Source"),) * amount),
    "push-filters": lambda amount: a_plan(triggers=(Trigger(source_action="Source", push=(PushFilter(),) * amount),)),
    "pull-request-filters": lambda amount: with_trigger(
        pull_request=(PullRequestFilter(branches=Patterns(), events=()),) * amount
    ),
    "filter-patterns": lambda amount: with_trigger(PushFilter(paths=Patterns(excludes=texts(amount)))),
    "filter-pattern-length": lambda amount: with_trigger(
        pull_request=(PullRequestFilter(branches=Patterns(includes=("b" * amount,)), events=()),)
    ),
    "condition-rules": lambda amount: with_stage(
        on_failure=Condition(
            result=ConditionResult.ROLLBACK,
            rules=tuple(Rule(name=name, provider="Commands", configuration={}) for name in texts(amount)),
        )
    ),
    "rule-configuration-length": lambda amount: with_rule(configuration={"AlarmName": "a" * amount}),
    "rule-commands": lambda amount: with_rule(commands=texts(amount)),
    "rule-command-length": lambda amount: with_rule(commands=("c" * amount,)),
    "project-name-length": with_project(lambda amount: {"name": "p" * amount}),
    "project-description-length": with_project(lambda amount: {"description": "d" * amount}),
    "build-timeout": with_project(lambda amount: {"timeout_minutes": amount}),
    "build-timeout-minimum": with_project(lambda amount: {"timeout_minutes": amount}),
    "queued-timeout": with_project(lambda amount: {"queued_timeout_minutes": amount}),
    "queued-timeout-minimum": with_project(lambda amount: {"queued_timeout_minutes": amount}),
    "report-name-length": with_project(
        lambda amount: {
            "name": "p" * (amount - len("-tests")),
            "build_spec": BuildSpec(script="", reports=(Report(name="tests", files=("f",), format="JUNITXML"),)),
        }
    ),
    "vpc-subnets": with_project(lambda amount: {"network": VpcPlacement(vpc_id="v", subnet_ids=texts(amount))}),
    "vpc-security-groups": with_project(
        lambda amount: {"network": VpcPlacement(vpc_id="v", subnet_ids=("s",), security_group_ids=texts(amount))}
    ),
    "project-tags": lambda amount: a_plan(tags=dict.fromkeys(texts(amount), "1")),
    "managed-policy-size": lambda amount: a_plan(
        boundary=Boundary(id="B", name="b", path="/", statements=(a_long_statement(amount),))
    ),
    "policies-on-role": lambda amount: with_role(
        policies=(Policy(id="P", name="p", statements=(), is_managed=True),) * amount
    ),
    "trust-policy-size": padded("trust-policy-size", lambda pad: with_role(trust_conditions={"ArnEquals": {pad: ()}})),
    "role-path-length": lambda amount: with_role(path="/" * amount),
    "role-description-length": lambda amount: with_role(description="d" * amount),
    "template-resources": many_resources,
    "template-parameters": lambda amount: a_plan(
        parameters=tuple(Parameter(name=name, description="") for name in texts(amount))
    ),
    "template-size": padded("template-size", lambda pad: a_plan(a_project(build_spec=BuildSpec(script=pad)))),
    "logical-id-length": with_project(lambda amount: {"id": "P" * amount}),
    "parameter-default-size": lambda amount: a_plan(
        parameters=(Parameter(name="P", description="", default="é" * (amount // 2) + "e" * (amount % 2)),)
    ),
    "lookup-question-size": padded(
        "lookup-question-size",
        lambda pad: a_plan(
            a_project(lookup=PluginLookup(id="L", folder="f", binds_image=True, question={"build": [pad]}))
        ),
    ),
    "rule-name-length": lambda amount: with_start_rule(name="n" * amount),
    "rule-description-length": lambda amount: with_start_rule(description="d" * amount),
    "schedule-length": lambda amount: with_start_rule(schedule="s" * amount),
    "event-pattern-size": padded("event-pattern-size", lambda pad: with_start_rule(event_pattern={"source": [pad]})),
    "log-group-name-length": with_project(
        lambda amount: {"log_group": LogGroup(id="L", name="l" * amount, retention_days=1)}
    ),
    "alarm-name-length": lambda amount: replace(
        plan_with_everything(), failure_alarm=replace(plan_with_everything().failure_alarm, name="a" * amount)
    ),
    "notification-name-length": lambda amount: replace(
        plan_with_everything(), notification_rule=replace(plan_with_everything().notification_rule, name="n" * amount)
    ),
    "tag-key-length": lambda amount: a_plan(tags={"k" * amount: "1"}),
    "tag-value-length": lambda amount: a_plan(tags={"k": "v" * amount}),
    "secret-name-length": with_project(
        lambda amount: {"environment": (EnvironmentVariable("A", "s" * amount + ":key", VariableKind.SECRET),)}
    ),
    "ssm-parameter-name-length": with_project(
        lambda amount: {"environment": (EnvironmentVariable("A", "p" * amount, VariableKind.PARAMETER),)}
    ),
}


def broken(plan: Plan) -> set[str]:
    return {name for name in LIMITS for one in over_limits(plan, {}) if f"({name})" in one.message}


REPAIRED = "inline-policies-size"
"""What is over this one is split while planning."""


@pytest.mark.parametrize(
    "limit", [limit for limit in LIMITS.values() if limit.name != REPAIRED], ids=lambda limit: limit.name
)
def test_the_last_value_that_aws_allows_is_taken_and_the_next_one_refused(limit: Limit):
    plan_of = CASES[limit.name]
    assert limit.name not in broken(plan_of(limit.value))
    assert limit.name in broken(plan_of(limit.value - 1 if limit.is_minimum else limit.value + 1))


def test_a_policy_stands_in_its_role_as_long_as_aws_allows_that():
    limit = LIMITS[REPAIRED].value
    inside = role_policies("P", [a_long_statement(limit)])
    outside = role_policies("P", [a_long_statement(limit + 1)])
    assert [policy.is_managed for policy in inside] == [False]
    assert [policy.is_managed for policy in outside] == [True, True]


def test_there_are_at_least_forty():
    assert len(LIMITS) >= 40


# --- their values


SERVICES = {
    "CloudWatch": "cloudwatch",
    "CloudWatch Logs": "logs",
    "CodeBuild": "codebuild",
    "CodePipeline": "codepipeline",
    "CodeStar Notifications": "codestar-notifications",
    "EventBridge": "events",
    "IAM": "iam",
    "Secrets Manager": "secretsmanager",
}


@pytest.mark.parametrize(
    "limit", [limit for limit in LIMITS.values() if limit.shape is not None], ids=lambda limit: limit.name
)
def test_a_value_is_the_one_of_the_services_own_model(limit: Limit):
    service = SERVICES[limit.source.removesuffix(" API reference")]
    shape = botocore.session.get_session().get_service_model(service).shape_for(limit.shape)
    assert limit.value == shape.metadata["min" if limit.is_minimum else "max"]


def test_a_limit_that_an_api_reference_states_names_the_shape():
    assert [
        one.name for one in LIMITS.values() if one.source.endswith("API reference") != (one.shape is not None)
    ] == []


# --- counted from the plan, true of the template


def test_as_many_resources_are_counted_as_the_template_has():
    for plan in (a_plan(), plan_with_everything()):
        assert resource_count(plan) == len(render(plan).resources)


@pytest.mark.parametrize("commands", [(), ("é\\n" * 400_000,), ('"' * 200_000,)], ids=["none", "escaped", "quoted"])
def test_never_more_bytes_are_counted_than_the_template_has(commands: tuple[str, ...]):
    plan = a_plan(a_project(build_spec=BuildSpec(script="".join(commands))))
    (counted,) = (amount for name, _, amount in measured(plan) if name == "template-size")
    try:
        written = len(render(plan).as_json())
    except TemplateTooLarge as refused:
        written = refused.size
    assert counted <= written


def test_a_template_that_is_too_large_by_all_its_parts_together_is_refused_where_it_is_written():
    plan = many_resources(2000)
    with pytest.raises(TemplateTooLarge, match=r"at most 1048576 \(template-size\)") as refused:
        render(
            replace(plan, start_rules=tuple(replace(one, description="d" * 512) for one in plan.start_rules))
        ).as_json()
    assert refused.value.data["size"] > 1_048_576


# --- told where the author can mend it


def step(**more: Any) -> dict[str, Any]:
    return {"plugin": "test", **more}


def steps(count: int) -> list[dict[str, Any]]:
    return [step(name=f"s{number}") for number in range(count)]


OVER: dict[str, tuple[dict[str, Any], str]] = {
    "actions-in-stage": ({"stages": [a_stage("A", *steps(101))]}, "stages[0]"),
    "build-timeout-minimum": ({"stages": [a_stage("A", step(timeout=4))]}, "stages[0].steps[0].timeout"),
    "action-configuration-length": (
        {"stages": [a_stage("A", step(env={"A": "#{codepipeline.PipelineExecutionId}" + "x" * 1000}))]},
        "stages[0].steps[0]",
    ),
    "stages": ({"stages": [a_stage(name, "test") for name in texts(48)]}, ""),
    "template-resources": ({"stages": [a_stage(name, *steps(25)) for name in texts(10)]}, ""),
    "project-tags": ({"tags": dict.fromkeys(texts(50), "1"), "stages": [a_stage("A", "test")]}, ""),
}


@pytest.mark.parametrize("name", OVER)
def test_a_finding_stands_where_the_amount_is_written(name: str):
    definition, place = OVER[name]
    made = made_from(*definition["stages"], **{key: value for key, value in definition.items() if key != "stages"})
    found = [one for one in made.found if f"({name})" in one.message]
    assert made.planned is None
    assert [(one.code, str(one.at)) for one in found] == [("limit-exceeded", place)]
    assert found[0].hint


def test_a_policy_that_outgrows_a_role_is_told_at_its_step():
    wanted = [{"actions": ["s3:GetObject"], "resources": [f"arn:aws:s3:::{'b' * 60}{n:04}/*"]} for n in range(700)]
    made = made_from(a_stage("A", step(permissions=wanted)), selfMutation=False)
    assert [(one.code, str(one.at)) for one in made.found] == [("limit-exceeded", "stages[0].steps[0]")]


def test_secrets_that_no_boundary_holds_are_told_with_what_helps():
    secrets = {f"S{number}": f"acme/{'s' * 150}-{number}" for number in range(40)}
    made = made_from(a_stage("A", step(secrets=secrets)))
    (found,) = [one for one in made.found if one.severity is Severity.ERROR]
    assert found.message.startswith("The permissions boundary: ")
    assert found.hint is not None
    assert "default place" in found.hint


def test_a_step_of_a_long_name_in_a_pipeline_of_a_long_name_keeps_all_limits():
    plugin = a_plugin("tested", outputs=())
    made = made_from(
        a_stage("S" * 100, {"plugin": "tested", "name": "t" * 100}),
        plugins=(plugin,),
        pipelineName="p" * 100,
    )
    assert made.errors == []


@pytest.mark.parametrize(
    ("stages", "steps", "says"),
    [
        (1, 1000, "at least 1001 actions in all stages together; AWS allows at most 1000 (actions-in-pipeline)"),
        (1, 250, "at least 502 resources in a template; AWS allows at most 500 (template-resources)"),
    ],
)
def test_of_what_is_far_over_a_limit_nothing_else_is_told(stages: int, steps: int, says: str):
    written = [{"plugin": "test", "name": f"s{number}"} for number in range(steps)]
    made = made_from(*[a_stage(f"S{number}", *written) for number in range(stages)])
    assert [one.message for one in made.found] == [f"The pipeline: {says}."]


def test_steps_that_only_wait_need_no_resources():
    gates = [{"plugin": "approve", "name": f"s{number}"} for number in range(251)]
    made = made_from(a_stage("S", *gates))
    assert not any("resources in a template" in one.message for one in made.found)
