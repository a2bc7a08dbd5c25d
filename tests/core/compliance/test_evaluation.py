"""Rules over pipelines and plugins."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline_builder.core.compliance.attributes import KINDS, Target, sentences
from pipeline_builder.core.compliance.conditions import Single
from pipeline_builder.core.compliance.evaluation import RuleUnevaluable
from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.plugins.model import OutputKind, Permission, PluginOutput, PluginSecret
from tests.factories.compliance import a_pipeline, a_published, a_rule, evaluated
from tests.factories.definitions import a_plugin, a_stage

FULL = a_pipeline(
    a_stage("Test", "test", {"plugin": "report", "commands": ["make test"], "timeout": 10}, environment="staging"),
    a_stage("Go", {"plugin": "approve", "name": "ask"}, {"plugin": "plain", "network": None}, environment="production"),
    description="A pipeline.",
    tags={"team": "web"},
    schedule=["rate(1 day)"],
)


def value_of(target: str, attribute: str, facts: object = FULL) -> object:
    """What an attribute is, seen through a rule that is never kept."""
    kind = KINDS[Target(target)][attribute]
    operator = {"text": ("eq", "\x01"), "number": ("lt", -1), "boolean": ("neq", None), "list": ("countLt", 0)}
    name, value = operator.get(kind.value, ("countLt", 0))
    rules = [
        a_rule(target=target, attribute=attribute, operator=name, value=wanted)
        for wanted in ([True, False] if kind.value == "boolean" else [value])
    ]
    return [one.actual for rule in rules for one in evaluated(facts, rule).violations]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "'acme-web-pipeline'"),
        ("description", "'A pipeline.'"),
        ("tags", "team=web"),
        ("stages", "Test, Go"),
        ("steps", "synth, test, report, plain"),
        ("plugins", "plain, report, synth, test"),
        ("categories", "unknown"),
        ("approvals", "ask"),
        ("environments", "staging, production"),
        ("unapprovedDeployments", "Test"),
        ("executionMode", "'SUPERSEDED'"),
        ("schedules", "rate(1 day)"),
        ("hasOwnKey", "false"),
        ("hasNotifications", "false"),
        ("hasFailureAlarm", "false"),
        ("updatesItself", "true"),
        ("lookup", "'synth'"),
        ("stepsOutsideNetworks", "synth, test, report, plain"),
        ("unpinnedImages", "nothing"),
    ],
)
def test_what_is_known_of_a_pipeline(attribute: str, value: str):
    assert value_of("pipeline", attribute) == [value]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "'report'"),
        ("stage", "'Test'"),
        ("plugin", "'report'"),
        ("version", "'1.0.0'"),
        ("wantedVersion", "not known"),
        ("owner", "'system'"),
        ("category", "'unknown'"),
        ("keywords", "nothing"),
        ("pluginDescription", "not known"),
        ("buildType", "'build_image'"),
        ("isPinned", "true"),
        ("computeType", "'BUILD_GENERAL1_SMALL'"),
        ("isPrivileged", "false"),
        ("timeout", "10"),
        ("failureBehavior", "'fail'"),
        ("secrets", "nothing"),
        ("isInNetwork", "false"),
        ("ownCommands", "make test"),
        ("evidence", "junit, cobertura"),
        ("hasOutsideRole", "false"),
    ],
)
def test_what_is_known_of_a_step(attribute: str, value: str):
    found = value_of("step", attribute)
    place = len(found) // len(FULL.steps)

    assert value in found
    assert place >= 1


DOCKERFILE = """
# FROM commented:out
FROM golang:1.22 AS build
RUN go build \\
    ./...
FROM scratch
FROM --platform=linux/amd64 alpine@sha256:0 as last
COPY --from=build /x /x
FROM build
HEALTHCHECK CMD true
USER app:app
"""


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("baseImages", "golang:1.22, alpine@sha256:0"),
        ("unpinnedBaseImages", "golang:1.22"),
        ("user", "'app'"),
        ("hasHealthcheck", "true"),
        ("exposedPorts", "nothing"),
        ("visibility", "'public'"),
        ("secrets", "TOKEN, MAYBE"),
        ("requiredSecrets", "TOKEN"),
        ("allowedActions", "s3:GetObject, sts:AssumeRole"),
        ("allowedOnEverything", "sts:AssumeRole"),
        ("outputs", "sarif"),
        ("timeout", "30"),
        ("digest", "not known"),
        ("hasSmokeTest", "false"),
        ("variables", "A=b"),
    ],
)
def test_what_is_known_of_a_plugin(attribute: str, value: str):
    facts = a_published(
        DOCKERFILE,
        "public",
        secrets=(PluginSecret(name="TOKEN", required=True), PluginSecret(name="MAYBE", required=False)),
        permissions=(
            Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::a/*",)),
            Permission(actions=("sts:AssumeRole",), resources=("*",)),
        ),
        outputs=(PluginOutput(kind=OutputKind.SARIF, path="a.sarif"),),
        timeout=30,
        env={"A": "b"},
    )

    assert value_of("plugin", attribute, facts) == [value]


@pytest.mark.parametrize("attribute", ["dockerfile", "baseImages", "unpinnedBaseImages", "user", "hasHealthcheck"])
def test_without_a_dockerfile_nothing_is_known_of_it(attribute: str):
    assert set(value_of("plugin", attribute, a_published())) == {"not known"}


def test_an_image_without_a_user_runs_as_root_and_an_empty_from_is_no_image():
    assert value_of("plugin", "user", a_published("FROM a")) == ["'root'"]
    assert value_of("plugin", "baseImages", a_published("FROM --platform=x")) == ["nothing"]


def test_every_attribute_is_explained():
    assert all(text.endswith(".") for target in Target for text in sentences(target).values())
    assert all(sentences(target).keys() == KINDS[target].keys() for target in Target)


def test_every_attribute_can_be_found_of_everything():
    facts = {Target.PIPELINE: FULL, Target.STEP: FULL, Target.PLUGIN: a_published("FROM a")}
    for target in Target:
        rules = [
            a_rule(name=f"r{place}", target=target.value, attribute=name, operator="exists")
            for place, name in enumerate(KINDS[target])
        ]
        assert evaluated(facts[target], *rules).evaluated == len(rules)


def test_a_violation_names_step_attribute_what_is_wanted_and_what_is():
    rule = a_rule(
        target="step", description="Steps are quick.", attribute="timeout", operator="lte", value=5, hint="Hurry."
    )

    (violation, *more) = evaluated(FULL, rule).violations
    found = next(one for one in (violation, *more) if one.step == "report")

    assert found.message == "Step 'report': Steps are quick (timeout has to be at most 5, and is 10)."
    assert str(found.at) == "stages[0].steps[1]"
    diagnostic = found.as_diagnostic()
    assert (diagnostic.code, diagnostic.severity, diagnostic.hint) == ("rule-violated", Severity.ERROR, "Hurry.")


def test_a_warning_and_an_exempt_violation_do_not_block():
    rule = a_rule(attribute="name", operator="eq", value="x")
    warning = replace(rule, severity="warning")

    assert evaluated(FULL, rule).is_blocked
    assert not evaluated(FULL, warning).is_blocked
    exempt = evaluated(FULL, rule, is_exempt=lambda name: name == "rule")
    assert not exempt.is_blocked
    assert [one.as_diagnostic().code for one in exempt.violations] == ["rule-warning"]


def test_a_rule_counts_only_where_its_when_is_true():
    rule = a_rule(
        target="step",
        when={"attribute": "plugin", "operator": "eq", "value": "report"},
        then={"attribute": "timeout", "operator": "gt", "value": 10},
    )
    nowhere = a_rule(
        target="step",
        when={"attribute": "pluginDescription", "operator": "neq", "value": "x"},
        then={"attribute": "timeout", "operator": "gt", "value": 1000},
    )

    assert [one.step for one in evaluated(FULL, rule).violations] == ["report"]
    assert evaluated(FULL, nowhere).skipped == ("rule",), "what is absent meets no `when`"


def test_a_rule_outside_its_time_is_skipped():
    rule = a_rule(attribute="name", operator="eq", value="x", effectiveUntil="2026-01-01")

    found = evaluated(FULL, rule, moment=datetime(2026, 1, 2, tzinfo=UTC))

    assert (found.violations, found.evaluated, found.skipped) == ((), 0, ("rule",))


@pytest.mark.parametrize(
    "then",
    [
        {"attribute": "computeType", "operator": "eq", "value": "BUILD_GENERAL1_SMALL"},
        {"attribute": "count(keywords)", "operator": "lte", "value": 10},
        {"all": [{"attribute": "timeout", "operator": "gt", "value": 1}, {"attribute": "name", "operator": "exists"}]},
    ],
)
def test_rules_that_every_step_keeps_are_kept(then: object):
    found = evaluated(FULL, a_rule(target="step", then=then))

    assert (found.violations, found.evaluated) == ((), 1)


def test_what_is_absent_at_one_step_is_not_kept_there():
    facts = a_pipeline(a_stage("Test", {"plugin": "test@^1"}, "plain"))
    rule = a_rule(target="step", attribute="wantedVersion", operator="notEmpty")

    assert [one.step for one in evaluated(facts, rule).violations] == ["synth", "plain"]


def test_the_first_test_that_is_not_true_is_told():
    rule = a_rule(
        then={
            "all": [
                {"attribute": "name", "operator": "exists"},
                {"attribute": "count(stages)", "operator": "gt", "value": 5},
            ]
        }
    )
    turned = a_rule(then={"not": {"attribute": "name", "operator": "exists"}})

    assert [one.attribute for one in evaluated(FULL, rule).violations] == ["count(stages)"]
    assert [one.attribute for one in evaluated(FULL, turned).violations] == ["name"]


def test_a_rule_that_cannot_be_evaluated_is_no_rule_that_is_kept():
    rule = a_rule(attribute="name", operator="exists")
    assert isinstance(rule.then, Single)
    broken = replace(rule, then=replace(rule.then, test=lambda _: 1 / 0))

    with pytest.raises(RuleUnevaluable, match="'rule'"):
        evaluated(FULL, broken)


def test_plugins_looked_up_at_deployment_are_not_known_before():
    facts = a_pipeline(a_stage("Test", "test"), lookup="deploy", plugins=(a_plugin("later"),))
    facts = replace(facts, plugins={})
    rule = a_rule(target="step", attribute="category", operator="exists")

    assert [one.actual for one in evaluated(facts, rule).violations] == ["not known"] * 2


def test_a_role_from_outside_may_do_what_nobody_here_knows():
    role = "arn:aws:iam::012345678901:role/mine"
    facts = a_pipeline(a_stage("Test", {"plugin": "test", "role": role}))
    rules = [
        a_rule(target="step", attribute="hasOutsideRole", operator="eq", value=False),
        a_rule(name="other", target="step", attribute="allowedActions", operator="exists"),
    ]

    assert [(one.rule.name, one.step) for one in evaluated(facts, *rules).violations] == [
        ("rule", "test"),
        ("other", "test"),
    ]


def test_rules_that_want_the_same_come_to_the_same():
    rules = [a_rule(name=name, target="step", attribute="timeout", operator="gt", value=10) for name in ("one", "two")]

    found = evaluated(FULL, *rules).violations

    assert [one.rule.name for one in found] == ["one", "two"]


def test_what_a_function_computes_is_told():
    (violation,) = evaluated(FULL, a_rule(attribute="count(stages)", operator="gt", value=5)).violations

    assert (violation.attribute, violation.expected, violation.actual) == ("count(stages)", "be above 5", "2")


def test_every_shape_of_condition_says_the_same_of_one_step_and_of_many():
    """Of a pipeline with one step only that step is judged, whichever way."""
    then = {
        "any": [
            {"not": {"attribute": "lines(script)", "operator": "gt", "value": 10_000}},
            {"all": [{"attribute": "digest", "operator": "exists"}, {"attribute": "category", "operator": "notEmpty"}]},
        ]
    }

    assert evaluated(FULL, a_rule(target="step", then=then)).violations == ()
    turned = a_rule(target="step", then={"not": then})
    assert [one.step for one in evaluated(FULL, turned).violations] == ["synth", "test", "report", "plain"]
    unknown = a_rule(target="step", then={"not": {"attribute": "digest", "operator": "eq", "value": "x"}})
    assert [one.step for one in evaluated(FULL, unknown).violations] == ["plain"], (
        "absent is not true turned round either"
    )
