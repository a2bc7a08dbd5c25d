"""No step's role reads another step's secret or writes another step's output: in samples and in crowds of steps."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.permissions import isolation
from tests.permissions.definitions import Json, a_definition, a_step, crowds, rendered
from tests.permissions.folding import arn
from tests.permissions.steps import IN_FORCE, Deployed, deployed

RULES = (
    isolation.lacking,
    isolation.reaching_others,
    isolation.escalating,
    isolation.pipeline_reaching_further,
    isolation.trusting,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_sample_keeps_its_steps_apart(sample: Deployed, rule: Callable[[Deployed], Iterator[str]]):
    assert list(rule(sample)) == []


@settings(max_examples=20, suppress_health_check=[*HealthCheck])
@given(crowds())
def test_a_crowd_of_steps_stays_apart(definition: Json):
    pipeline = deployed(rendered(definition))
    assert [found for rule in RULES for found in rule(pipeline)] == []


def test_a_step_whose_policy_is_split_over_several_stays_apart_too():
    secrets = {f"TOKEN_{number}": f"pipeline-builder/acme/a/place/that/is/long/{number}" for number in range(90)}
    pipeline = deployed(rendered(a_definition(a_step("many", secrets=secrets), a_step("none"))))
    assert len(pipeline.policies) > 2, "the boundary, and at least two parts of a policy"
    assert [found for rule in RULES for found in rule(pipeline)] == []


# --- what authors ask for --------------------------------------------------------------------------------------------


def asking(**permission: Any) -> tuple[Deployed, dict[str, Any]]:
    """A pipeline of which one step asks for a permission, and its roles by the name of their step."""
    steps = a_step("asking", permissions=[permission]), a_step("other", secrets={"TOKEN": "token"})
    pipeline = deployed(rendered(a_definition(*steps)))
    return pipeline, {step.name.split("-")[-2]: step.role for step in pipeline.steps}


def test_what_a_step_asks_for_is_granted_to_it_alone():
    pipeline, roles = asking(actions=["lambda:InvokeFunction"], resources=[arn("lambda", "function:smoke")])
    request = ("lambda:InvokeFunction", arn("lambda", "function:smoke"))
    allowed = {role.arn for role in pipeline.account.roles.values() if pipeline.may(role, request, IN_FORCE)}
    assert allowed == {roles["asking"].arn}


def test_what_a_step_wants_denied_is_denied_to_it_alone():
    pipeline, roles = asking(actions=["secretsmanager:*"], resources=["*"], effect="Deny")
    request = ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:token-Ab1Cd2"))
    assert not pipeline.may(roles["asking"], request, IN_FORCE)
    assert pipeline.may(roles["other"], request, IN_FORCE)


# --- the rules can be broken -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd() -> Json:
    """Two steps with secrets, output, cache, reports, a network and a clone of their own."""
    steps = [
        a_step(
            name,
            "python-pytest",
            outputDirectory="out",
            secrets={"TOKEN": f"acme/{name}", "URL": {"parameter": f"/acme/{name}"}},
            cache=[".cache/**/*"],
            network={"vpcId": "vpc-1", "subnetIds": [f"subnet-{name}"]},
        )
        for name in ("one", "two")
    ]
    last = a_step("last", inputArtifact="one", additionalInputArtifacts={"artifact": "two"})
    synth = {"source": {"repo": "acme/web", "codeBuildCloneOutput": True}, "plugin": "cdk-synth"}
    definition = a_definition(*steps, last, synth=synth, artifacts={"ownKey": True}, schedule="rate(1 day)")
    return json.loads(json.dumps(rendered(definition)))


def named(template: Json, beginning: str) -> Json:
    """Properties of the one role whose id begins so."""
    (found,) = (
        resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role" and name.startswith(beginning)
    )
    return found


def statements(role: Json) -> list[Json]:
    return role["Policies"][0]["PolicyDocument"]["Statement"]


def broken(template: Json) -> set[str]:
    """Names of the rules that no longer hold."""
    pipeline = deployed(template)
    return {rule.__name__ for rule in RULES if list(rule(pipeline))}


def test_the_crowd_has_what_can_be_taken(crowd: Json):
    assert broken(crowd) == set()
    one = next(step for step in deployed(crowd).steps if "-one-" in step.name)
    assert {action for action, _ in one.needs} >= {
        "codebuild:BatchPutTestCases",
        "codeconnections:UseConnection",
        "ecr:BatchGetImage",
        "kms:Decrypt",
        "logs:PutLogEvents",
        "s3:GetObject",
        "s3:PutObject",
        "secretsmanager:GetSecretValue",
        "ssm:GetParameters",
    }


def without_boundary(crowd: Json) -> Json:
    """Only a role's own policies decide, so that widening those is enough."""
    copy = json.loads(json.dumps(crowd))
    for resource in copy["Resources"].values():
        resource["Properties"].pop("PermissionsBoundary", None)
    return copy


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:acme/*")),
        ("secretsmanager:*", arn("secretsmanager", "secret:acme/two-??????")),
        ("ssm:GetParameters", arn("ssm", "parameter/acme/t*")),
        ("s3:GetObject", {"Fn::Sub": "${ArtifactBucket.Arn}/*"}),
        ("s3:PutObject", {"Fn::Sub": "${ArtifactBucket.Arn}/acme-web-pipeline/two_*"}),
        ("s3:PutObject", {"Fn::Sub": "${ArtifactBucket.Arn}/kept-between-executions/*"}),
        ("logs:PutLogEvents", arn("logs", "log-group:/aws/codebuild/acme-web-*")),
        ("codebuild:UpdateReport", arn("codebuild", "report-group/*")),
        ("ec2:CreateNetworkInterfacePermission", arn("ec2", "network-interface/*")),
    ],
)
def test_reaching_another_steps_things_is_found(crowd: Json, action: str, resource: Any):
    copy = without_boundary(crowd)
    statements(named(copy, "TestOne")).append({"Effect": "Allow", "Action": action, "Resource": resource})
    assert "reaching_others" in broken(copy)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PassRole", "*"),
        ("iam:Attach*", arn("iam", "role/pipeline-builder/*", region="")),
        ("sts:AssumeRole", "*"),
        ("codebuild:StartBuild", arn("codebuild", "project/*")),
        ("codepipeline:PutApprovalResult", "*"),
        ("codepipeline:StartPipelineExecution", arn("codepipeline", "acme-web-pipeline")),
        ("cloudformation:UpdateStack", {"Ref": "AWS::StackId"}),
        ("secretsmanager:PutSecretValue", "*"),
        ("kms:Decrypt", "*"),
        ("s3:PutBucketPolicy", {"Fn::GetAtt": ["ArtifactBucket", "Arn"]}),
    ],
)
def test_growing_is_found(crowd: Json, action: str, resource: Any):
    copy = without_boundary(crowd)
    statements(named(copy, "TestOne")).append({"Effect": "Allow", "Action": action, "Resource": resource})
    assert "escalating" in broken(copy)


def test_every_statement_of_a_step_is_missed_where_it_is_not(crowd: Json):
    sids = [one["Sid"] for one in statements(named(crowd, "TestOne")) if "Sid" in one]
    assert len(sids) > 8
    for sid in sids:
        copy = json.loads(json.dumps(crowd))
        own = statements(named(copy, "TestOne"))
        own[:] = [one for one in own if one.get("Sid") != sid]
        assert broken(copy) == {"lacking"}, sid


@pytest.mark.parametrize("sid", ["StartProjects", "KeepArtifacts"])
def test_a_pipeline_that_cannot_run_its_steps_is_found(crowd: Json, sid: str):
    copy = json.loads(json.dumps(crowd))
    own = statements(named(copy, "PipelineRole"))
    own[:] = [one for one in own if one["Sid"] != sid]
    assert broken(copy) == {"lacking"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("codebuild:StartBuild", arn("codebuild", "project/*")),
        ("s3:PutObject", {"Fn::Sub": "${ArtifactBucket.Arn}/kept-between-executions/*"}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:acme/one-??????")),
        ("iam:PassRole", arn("iam", "role/*", region="")),
    ],
)
def test_a_pipeline_that_reaches_further_is_found(crowd: Json, action: str, resource: Any):
    copy = without_boundary(crowd)
    statements(named(copy, "PipelineRole")).append({"Effect": "Allow", "Action": action, "Resource": resource})
    assert "pipeline_reaching_further" in broken(copy)


@pytest.mark.parametrize(
    "changed",
    [
        {"Condition": {}},
        {"Principal": {"Service": ["codebuild.amazonaws.com", "ec2.amazonaws.com"]}},
        {"Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}},
    ],
)
def test_a_role_that_trusts_too_much_is_found(crowd: Json, changed: Json):
    copy = json.loads(json.dumps(crowd))
    (trust,) = named(copy, "TestOne")["AssumeRolePolicyDocument"]["Statement"]
    trust.update(changed)
    assert broken(copy) == {"trusting"}
