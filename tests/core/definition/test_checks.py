"""Every rule about a well-formed definition: what keeps it, and what breaks it, with its code and its place."""

import json
from typing import Any

import pytest

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Diagnostic, Report

ROLE = "arn:aws:iam::111122223333:role/r"


def found_in(*stages: dict[str, Any], **more: Any) -> list[Diagnostic]:
    definition: dict[str, Any] = {
        "project": "web",
        "organization": "acme",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "synth"},
        "stages": list(stages) or [a_stage()],
        **more,
    }
    report = Report()
    load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    return list(report.diagnostics)


def a_stage(*steps: dict[str, Any], name: str = "Test", **more: Any) -> dict[str, Any]:
    return {"stageName": name, "steps": list(steps) or [{"plugin": "jest"}], **more}


def a_rule(**more: Any) -> dict[str, Any]:
    return {"name": "r", "provider": "CloudWatchAlarm", "configuration": {"AlarmName": "a"}, **more}


def a_step(**more: Any) -> dict[str, Any]:
    return {"plugin": "jest", **more}


A_PERMISSION = {
    "actions": "s3:GetObject",
    "resources": "arn:aws:s3:::acme/*",
    "conditions": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "ForAnyValue:ArnLike": {"aws:SourceArn": "a"}},
}
METRICS_TWICE = {"aws:cdk:operations:metrics": True, "AWS:cdk:operations:metrics": False}


def with_source(**source: Any) -> dict[str, Any]:
    return {"synth": {"source": source, "plugin": "synth"}}


def test_a_definition_that_keeps_every_rule_has_no_findings():
    condition = {"result": "FAIL", "rules": a_rule()}
    steps = ({"plugin": "jest", "secrets": {"A": "x"}, "env": {"B": "y"}}, {"plugin": "eslint", "needs": "jest"})
    found = found_in(
        a_stage(*steps, beforeEntry=condition, onSuccess={**condition, "result": "ROLLBACK"}, onFailure="retry"),
        schedule="cron(0 4 * * ? *)",
        triggers={"push": {"branches": "main"}},
        variables=[{"name": "A"}],
        tags={"team": "a"},
        role={"roleArn": ROLE},
        defaults={"network": {"vpcId": "vpc-1", "subnetIds": "subnet-1"}},
    )
    assert found == []


BROKEN: list[tuple[str, str, tuple[dict[str, Any], ...], dict[str, Any]]] = [
    ("duplicate-stage", "stages[1].stageName", (a_stage(), a_stage()), {}),
    ("duplicate-step", "stages[0].steps[1]", (a_stage({"plugin": "jest"}, {"plugin": "jest"}),), {}),
    ("reserved-stage", "stages[0].stageName", (a_stage(name="Synth"),), {}),
    ("invalid-stage-name", "stages[0].stageName", (a_stage(name="Build & Test"),), {}),
    ("invalid-step-name", "stages[0].steps[0]", (a_stage({"plugin": {"name": "a b"}}),), {}),
    ("invalid-pipeline-name", "", (), {"organization": "o" * 60, "project": "p" * 60}),
    ("invalid-variable-name", "stages[0].steps[0].env.A-B", (a_stage({"plugin": "jest", "env": {"A-B": "1"}}),), {}),
    ("invalid-variable-name", "global.A B", (), {"global": {"A B": 1}}),
    (
        "reserved-variable-name",
        "stages[0].steps[0].env.CODEBUILD_X",
        (a_stage({"plugin": "jest", "env": {"CODEBUILD_X": "1"}}),),
        {},
    ),
    ("duplicate-variable", "variables[1].name", (), {"variables": [{"name": "A"}, {"name": "A"}]}),
    ("invalid-tag", "tags.aws:x", (), {"tags": {"aws:x": "1"}}),
    ("outdated-source", "synth.source", (), with_source(type="github", repo="a/b")),
    ("plain-text-token", "synth.source.token", (), with_source(type="github", repo="a/b", token="ghp_secret")),
    ("reserved-source", "sources.Source", (), {"sources": {"Source": {"repo": "a/b"}}}),
    ("reserved-source", "sources.a b", (), {"sources": {"a b": {"repo": "a/b"}}}),
    ("trigger-source", "triggers[0].source", (), {"triggers": [{"source": "x", "push": {"branches": "a"}}]}),
    (
        "trigger-source",
        "triggers[0]",
        (),
        {"triggers": [{"push": {"branches": "a"}}], **with_source(type="s3", bucketName="acme")},
    ),
    ("trigger-filter", "triggers[0]", (), {"triggers": [{}]}),
    ("trigger-filter", "triggers[0].push[0]", (), {"triggers": [{"push": [{"tags": "v*", "branches": "a"}]}]}),
    ("trigger-filter", "triggers[0].push[0]", (), {"triggers": [{"push": [{}]}]}),
    ("invalid-schedule", "schedule", (), {"schedule": "every day"}),
    ("invalid-schedule", "synth.source.schedule", (), with_source(repo="a/b", trigger="SCHEDULE", schedule="daily")),
    ("unused-schedule", "synth.source.schedule", (), with_source(repo="a/b", schedule="rate(1 day)")),
    ("unknown-need", "stages[0].steps[0].needs", (a_stage({"plugin": "jest", "needs": "x"}),), {}),
    ("unknown-need", "stages[0].steps[0].needs", (a_stage({"plugin": "jest", "needs": "jest"}),), {}),
    ("secret-reference", "stages[0].steps[0].secrets.A", (a_stage({"plugin": "jest", "secrets": {"A": {}}}),), {}),
    (
        "secret-reference",
        "stages[0].steps[0].secrets.A",
        (a_stage({"plugin": "jest", "secrets": {"A": {"parameter": "/a", "key": "k"}}}),),
        {},
    ),
    ("wrong-pattern", "stages[0].steps[0].secrets.A", (a_stage({"plugin": "jest", "secrets": {"A": "a b"}}),), {}),
    (
        "wrong-pattern",
        "stages[0].steps[0].secrets.A.parameter",
        (a_stage({"plugin": "jest", "secrets": {"A": {"parameter": "a b"}}}),),
        {},
    ),
    ("looked-up-network", "defaults.network", (), {"defaults": {"network": {"type": "vpcId", "vpcId": "v"}}}),
    (
        "looked-up-network",
        "stages[0].steps[0].network",
        (a_stage({"plugin": "jest", "network": {"type": "vpcLookup", "tags": {"a": "b"}}}),),
        {},
    ),
    (
        "looked-up-network",
        "defaults.securityGroups",
        (),
        {"defaults": {"securityGroups": {"type": "securityGroupLookup", "securityGroupName": "a", "vpcId": "v"}}},
    ),
    ("unusable-role", "role", (), {"role": {"type": "oidc", "issuer": "https://x"}}),
    ("needless-role", "role", (), {"role": {"type": "codeBuildDefault", "roleName": "x"}}),
    (
        "open-here-document",
        "stages[0].steps[0].commands[0]",
        (a_stage({"plugin": "jest", "commands": ["cat <<EOF\nopen"]}),),
        {},
    ),
    ("condition-result", "stages[0].beforeEntry", (a_stage(beforeEntry={"result": "RETRY", "rules": a_rule()}),), {}),
    ("condition-result", "stages[0].onSuccess", (a_stage(onSuccess={"result": "FAIL"}),), {}),
    (
        "condition-rule",
        "stages[0].onFailure.rules.provider",
        (a_stage(onFailure={"result": "FAIL", "rules": a_rule(provider="Magic")}),),
        {},
    ),
    (
        "condition-rule",
        "stages[0].onFailure.rules",
        (a_stage(onFailure={"result": "FAIL", "rules": a_rule(configuration={})}),),
        {},
    ),
    (
        "condition-rule",
        "stages[0].onFailure.rules",
        (a_stage(onFailure={"result": "FAIL", "rules": a_rule(commands=["true"])}),),
        {},
    ),
    ("rollback-in-parallel", "stages[0].onFailure", (a_stage(onFailure="rollback"),), {"executionMode": "PARALLEL"}),
    ("invalid-tag", "tags.", (), {"tags": {"": "1"}}),
    ("invalid-tag", "tags.k", (), {"tags": {"k": "v" * 257}}),
    ("invalid-tag", "tags.a{", (), {"tags": {"a{": "1"}}),
    ("invalid-tag", "tags.k", (), {"tags": {"k": "{1}"}}),
    ("duplicate-trigger", "triggers[1]", (), {"triggers": [{"push": {"tags": "v*"}}, {"push": {"branches": "a"}}]}),
    ("trigger-filter", "triggers.push", (), {"triggers": {"push": {"paths": "src/**"}}}),
    ("trigger-filter", "triggers.push.tags", (), {"triggers": {"push": {"tags": {}}}}),
    ("trigger-filter", "triggers.pullRequest.branches", (), {"triggers": {"pullRequest": {"branches": {}}}}),
    ("missing-schedule", "synth.source.trigger", (), with_source(repo="a/b", trigger="SCHEDULE")),
    ("shadowed-variable", "stages[0].steps[0].env.PIPELINE_NAME", (a_stage(a_step(env={"PIPELINE_NAME": "x"})),), {}),
    ("plain-text-credential", "global.AWS_ACCESS_KEY_ID", (), {"global": {"AWS_ACCESS_KEY_ID": "AKIA"}}),
    (
        "plain-text-credential",
        "stages[0].steps[0].env.AWS_SECRET_ACCESS_KEY",
        (a_stage(a_step(env={"AWS_SECRET_ACCESS_KEY": "x"})),),
        {},
    ),
    ("invalid-variable-name", "stages[0].steps[0].exports[1]", (a_stage(a_step(exports=["A", "b-c"])),), {}),
    ("reserved-variable-name", "stages[0].steps[0].exports", (a_stage(a_step(exports="CODEBUILD_X")),), {}),
    ("invalid-variable-name", "stages[0].steps[0].secrets.a-b", (a_stage(a_step(secrets={"a-b": "x"})),), {}),
    (
        "incomplete-network",
        "global.aws:cdk:ec2:network:vpcid",
        (),
        {"global": {"aws:cdk:ec2:network:vpcid": "vpc-1"}},
    ),
    (
        "incomplete-network",
        "stages[0].steps[0].metadata.aws:cdk:ec2:securitygroup:securitygroupids",
        (a_stage(a_step(metadata={"aws:cdk:ec2:securitygroup:securitygroupids": "sg-1"})),),
        {},
    ),
    (
        "metadata-misplaced",
        "stages[0].steps[0].plugin.metadata.aws:cdk:operations:metrics",
        (a_stage(a_step(plugin={"name": "jest", "metadata": {"aws:cdk:operations:metrics": True}})),),
        {},
    ),
    ("duplicate-key", "global.AWS:cdk:operations:metrics", (), {"global": METRICS_TWICE}),
    ("log-retention", "defaults.logRetentionDays", (), {"defaults": {"logRetentionDays": 10}}),
    ("condition-result", "stages[0].onSuccess", (a_stage(onSuccess="skip"),), {}),
    ("condition-result", "stages[0].onFailure", (a_stage(onFailure={"result": "RETRY", "rules": a_rule()}),), {}),
    ("condition-result", "stages[0].beforeEntry", (a_stage(beforeEntry={"result": "SKIP", "rules": a_rule()}),), {}),
    (
        "condition-rule",
        "stages[0].onFailure.rules[1].name",
        (a_stage(onFailure={"result": "FAIL", "rules": [a_rule(), a_rule()]}),),
        {},
    ),
    (
        "condition-rule",
        "stages[0].beforeEntry.rules.configuration.FunctionName",
        (
            a_stage(
                beforeEntry={
                    "result": "FAIL",
                    "rules": a_rule(provider="LambdaInvoke", configuration={"FunctionName": "*"}),
                }
            ),
        ),
        {},
    ),
    (
        "permissions-of-given-role",
        "stages[0].steps[0].permissions",
        (
            a_stage(
                a_step(role="arn:aws:iam::111122223333:role/r", permissions=[{"actions": "s3:*", "resources": "*"}])
            ),
        ),
        {},
    ),
    (
        "permission-condition",
        "stages[0].steps[0].permissions[0].conditions.Foo",
        (a_stage(a_step(permissions=[{"actions": "s3:*", "resources": "*", "conditions": {"Foo": {"a": "b"}}}])),),
        {},
    ),
    (
        "permission-condition",
        "stages[0].steps[0].permissions[0].conditions.Bool",
        (a_stage(a_step(permissions=[{"actions": "s3:*", "resources": "*", "conditions": {"Bool": "b"}}])),),
        {},
    ),
    (
        "permission-condition",
        "stages[0].steps[0].permissions[0].conditions.NullIfExists",
        (
            a_stage(
                a_step(permissions=[{"actions": "s3:*", "resources": "*", "conditions": {"NullIfExists": {"a": "b"}}}])
            ),
        ),
        {},
    ),
    (
        "permission-condition",
        "stages[0].steps[0].permissions[0].conditions.StringLessThan",
        (
            a_stage(
                a_step(
                    permissions=[{"actions": "s3:*", "resources": "*", "conditions": {"StringLessThan": {"a": "b"}}}]
                )
            ),
        ),
        {},
    ),
    ("invalid-tag", "tags.OrgId", (), {"tags": {"OrgId": "other"}}),
    (
        "shadowed-variable",
        "stages[0].steps[0].env.A",
        (a_stage(a_step(env={"A": "1"}, secrets={"A": "acme/a"})),),
        {},
    ),
    ("nul-character", "stages[0].steps[0].env.A", (a_stage(a_step(env={"A": "a\0b"})),), {}),
    ("dynamic-reference", "tags.{{resolve:ssm:x}}", (), {"tags": {"{{resolve:ssm:x}}": "1"}}),
    ("metadata-unknown", "global.aws:cdk:x", (), {"global": {"aws:cdk:x": 1}}),
    (
        "dynamic-reference",
        "stages[0].steps[0].env.A",
        (a_stage({"plugin": "jest", "env": {"A": "{{resolve:ssm:x}}"}}),),
        {},
    ),
]


@pytest.mark.parametrize(("code", "place", "stages", "more"), BROKEN)
def test_a_broken_rule_is_told_with_its_place(
    code: str, place: str, stages: tuple[dict[str, Any], ...], more: dict[str, Any]
):
    found = found_in(*stages, **more)
    assert (code, place) in [(one.code, str(one.at)) for one in found], found
    assert all(one.position is not None and one.file == "pipeline.json" for one in found)


@pytest.mark.parametrize(
    "kept",
    [
        {"tags": {"Cost-Centre": "R&D".replace("&", "+"), "owner": "José Ñandú", "e": ""}},
        {"triggers": [{"push": [{"branches": "a", "paths": "src/**"}, {"tags": ["v*"]}]}]},
        {"triggers": {"pullRequest": {"branches": "main", "paths": {"excludes": "**/*.md"}}}},
        {"schedule": "rate(1 day)", **with_source(repo="a/b", trigger="SCHEDULE")},
        with_source(repo="a/b", trigger="SCHEDULE", schedule="rate(2 hours)"),
        {"defaults": {"logRetentionDays": 365}},
        {"stages": [a_stage(a_step(env={"A": ""}, secrets={"A": "acme/a"}))]},
        {"stages": [a_stage(a_step(permissions=[A_PERMISSION]))]},
        {"selfMutation": False, "executionMode": "PARALLEL", "stages": [a_stage(onFailure="retry")]},
        {"stages": [a_stage(a_step(secrets={"AWS_ACCESS_KEY_ID": "x"}, env={"AWS_REGION": "eu-west-1"}))]},
        {"stages": [a_stage(a_step(env={"PIPELINE_DEFINITION": "x"}, exports="VERSION"))]},
        {"stages": [a_stage(onFailure={"result": "ROLLBACK", "rules": [a_rule(), a_rule(name="s")]})]},
        {
            "stages": [
                a_stage(
                    beforeEntry={
                        "result": "SKIP",
                        "rules": a_rule(provider="LambdaInvoke", configuration={"FunctionName": "f"}),
                    }
                )
            ]
        },
        {"global": {"aws:cdk:ec2:network:vpcid": "vpc-1", "aws:cdk:ec2:network:subnetids": "subnet-1"}},
        {
            "global": {"aws:cdk:ec2:network:vpcid": "vpc-1"},
            "synth": {
                "source": {"repo": "a/b"},
                "plugin": "synth",
                "metadata": {"aws:cdk:ec2:network:subnetids": "s-1", "aws:cdk:operations:metrics": True},
            },
            "stages": [a_stage(a_step(network={"vpcId": "vpc-2", "subnetIds": "s-2"}))],
        },
    ],
)
def test_what_keeps_the_rules_has_no_findings(kept: dict[str, Any]):
    assert found_in(**kept) == []


def test_a_credential_is_never_repeated():
    found = found_in(a_stage(a_step(env={"AWS_SECRET_ACCESS_KEY": "verysecret"})))

    assert "verysecret" not in repr(found)


@pytest.mark.parametrize(
    ("needs", "hint"), [(["jest"], "There are: jest, other."), ([], "There is no other.")], ids=["some", "none"]
)
def test_what_could_be_needed_is_told(needs: list[str], hint: str):
    others = [a_step(name="other")] if needs else []
    (found,) = found_in(a_stage(a_step(needs="x"), *others))

    assert found.hint == hint


def test_a_token_is_never_repeated():
    found = found_in(**with_source(type="github", repo="a/b", token="ghp_verysecret"))
    assert "ghp_verysecret" not in repr(found)


@pytest.mark.parametrize(
    "token", ["secretsmanager:github-token", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:t-AbCdEf"]
)
def test_a_named_token_is_fine(token: str):
    assert [one.code for one in found_in(**with_source(type="github", repo="a/b", token=token))] == ["outdated-source"]


@pytest.mark.parametrize(
    "command",
    ["cat <<EOF\nx\nEOF", "cat <<-EOF\n\tx\n\tEOF", "cat <<'EOF'\nx\nEOF\n", "a=$((1 << 2))", "cat <<< word", "true"],
)
def test_a_here_document_with_its_end_is_fine(command: str):
    assert found_in(a_stage({"plugin": "jest", "commands": [command]})) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    found = found_in(a_stage(name="Synth"), a_stage(name="a b"), schedule="x", tags={"aws:a": "b"})
    assert [one.code for one in found] == ["reserved-stage", "invalid-stage-name", "invalid-schedule", "invalid-tag"]


def test_an_exported_pipeline_is_read_and_findings_point_into_it():
    definition = {"project": "web", "organization": "acme", "synth": {"source": {"repo": "x"}, "plugin": "synth"}}
    report = Report()
    envelope = {"project": "web", "organization": "acme", "keywords": ["a"], "props": definition}
    load_definition(json.dumps(envelope).encode(), "export.json", report)
    (one,) = report
    assert (one.code, str(one.at)) == ("wrong-pattern", "props.synth.source.repo")


def test_an_exported_pipeline_has_known_keys():
    report = Report()
    load_definition(json.dumps({"props": {}, "frobnicate": 1}).encode(), "export.json", report)
    assert ("unknown-key", "frobnicate") in [(one.code, str(one.at)) for one in report]


@pytest.mark.parametrize("text", ["[]", "5", '"x"'])
def test_a_definition_is_a_mapping(text: str):
    report = Report()
    assert load_definition(text.encode(), "x.json", report) is None
    assert [one.code for one in report] == ["not-a-mapping"]


def test_expressions_are_rendered_before_the_definition_is_typed():
    report = Report()
    definition = {
        "project": "{{ vars.name }}",
        "organization": "{{ pipeline.vars.name }}",
        "vars": {"name": "web", "minutes": 7},
        "synth": {
            "source": {"repo": "acme/{{ pipeline.projectName }}"},
            "plugin": "synth",
            "env": {"A": "{{ env.B }}"},
        },
        "stages": [a_stage({"plugin": "jest", "timeout": "{{ vars.minutes | number }}", "env": {"A": "{{ env.B }}"}})],
    }
    loaded = load_definition(json.dumps(definition).encode(), "x.json", report)
    assert loaded is not None, list(report)
    assert loaded.definition.organization == "web"
    assert loaded.definition.stages[0].steps[0].timeout == 7
    assert loaded.definition.stages[0].steps[0].env["A"] == "{{ env.B }}"


def window(**configuration: str) -> dict[str, Any]:
    rules = a_rule(provider="DeploymentWindow", configuration={"Cron": "0 0 9-17 ? * MON-FRI *", **configuration})
    return a_stage(beforeEntry={"result": "FAIL", "rules": rules})


def comparison(operator: str) -> dict[str, Any]:
    values = {"Variable": "#{SourceVariables.BranchName}", "Value": "main", "Operator": operator}
    return a_stage(
        beforeEntry={"result": "FAIL", "rules": a_rule(provider="VariableCheck", configuration=values)},
    )


@pytest.mark.parametrize(
    "cron", ["* * * ? * * *", "* 0/15 8-17 ? JAN-MAR 2#1", "0 0 12 L-3 * ? 2026-2030", "* * 1 15W 1,6 ?"]
)
@pytest.mark.parametrize("zone", ["UTC", "UTC+2", "GMT-03:30", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_a_window_for_deployments_is_one_that_codepipeline_reads(cron: str, zone: str):
    assert found_in(window(Cron=cron, TimeZone=zone)) == []


@pytest.mark.parametrize(
    ("stage", "key"),
    [
        *((window(Cron=cron), "Cron") for cron in ("at noon", "0 9 * * 1", "cron(0 9 * * ? *)", "")),
        *((window(TimeZone=zone), "TimeZone") for zone in ("Berlin", "+02:00", "")),
        *((comparison(operator), "Operator") for operator in ("==", "eq", "GT", "")),
    ],
)
def test_a_value_that_no_rule_takes_is_told(stage: dict[str, Any], key: str):
    (found,) = found_in(stage)
    assert (found.code, found.at.keys[-1]) == ("condition-rule", key)
