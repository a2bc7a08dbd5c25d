"""A pipeline that updates itself makes what it is made of, and cannot grow out of its boundary."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.permissions.definitions import Json, a_definition, a_step, crowds, rendered
from tests.permissions.evaluator import ANY
from tests.permissions.fence import RENEWING, Fence, failing_to_renew, growing_inside, reaching_out
from tests.permissions.folding import PSEUDO, arn
from tests.permissions.isolation import operations, to
from tests.permissions.steps import Deployed, deployed

RULES = (reaching_out, failing_to_renew, growing_inside)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_sample_stays_within_its_fence(sample: Deployed, rule: Callable[[Fence], Iterator[str]]):
    if sample.update_role_arn is None:
        assert sample.name == "monorepo-orders", "the only sample that does not update itself"
        return
    assert list(rule(Fence.of(sample))) == []


@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(crowds(selfMutation=True))
def test_a_crowd_of_steps_stays_within_its_fence(definition: Json):
    assert broken(rendered(definition)) == set()


def broken(template: Json) -> set[str]:
    """Names of the rules that do not hold."""
    fence = Fence.of(deployed(template))
    return {rule.__name__ for rule in RULES if list(rule(fence))}


# --- the rules can be broken -----------------------------------------------------------------------------------------


@pytest.fixture
def template() -> Json:
    """A pipeline with everything that self-mutation has to renew."""
    definition = a_definition(
        a_step("one", "jest", secrets={"TOKEN": "token"}),
        lookup="deploy",
        schedule="rate(1 day)",
        notifications={"topicArn": arn("sns", "told"), "failureAlarm": True},
    )
    return json.loads(json.dumps(rendered(definition)))


def allow(document: Json, action: str, resource: Any) -> None:
    document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": resource})


def policy_of(template: Json, name: str) -> Json:
    properties = template["Resources"][name]["Properties"]
    return (
        properties["PolicyDocument"] if "PolicyDocument" in properties else properties["Policies"][0]["PolicyDocument"]
    )


def test_roles_from_outside_are_handed_over_too():
    role, pipeline_role, check_role = (arn("iam", f"role/{name}", region="") for name in ("step", "pipeline", "check"))
    check = {"name": "c", "provider": "CloudWatchAlarm", "configuration": {"AlarmName": "a"}, "roleArn": check_role}
    stage = {
        "stageName": "Test",
        "steps": [a_step("one", "jest", role=role)],
        "beforeEntry": {"result": "FAIL", "rules": check},
    }
    definition = a_definition(stages=[stage], role={"type": "roleArn", "options": {"roleArn": pipeline_role}})
    fence = Fence.of(deployed(rendered(definition)))
    assert list(failing_to_renew(fence)) == []
    for service, name in (("codebuild", role), ("codepipeline", pipeline_role), ("codepipeline", check_role)):
        assert list(fence.may([("iam:PassRole", name)], to(service))) == [("iam:PassRole", name)]


def test_security_groups_are_kept_only_in_the_networks_of_steps():
    network = {"vpcId": "vpc-0a1b2c3d", "subnetIds": ["subnet-0a1b2c3d"]}
    fence = Fence.of(deployed(rendered(a_definition(a_step("one", "jest", network=network)))))
    group = arn("ec2", "security-group/sg-0a1b2c3d")
    keeping = [
        (f"ec2:{verb}", group)
        for verb in ("AuthorizeSecurityGroupEgress", "DeleteSecurityGroup", "RevokeSecurityGroupEgress")
    ]
    own, other = ({"ec2:Vpc": arn("ec2", f"vpc/{name}")} for name in ("vpc-0a1b2c3d", "vpc-99999999"))

    assert list(fence.may(keeping, own)) == keeping
    assert list(fence.may(keeping, other)) == []
    making = [("ec2:CreateSecurityGroup", one["ec2:Vpc"]) for one in (own, other)]
    assert list(fence.may(making, {})) == making[:1]


def test_rules_of_notification_are_kept_only_for_this_pipeline():
    notifications = {"topicArn": arn("sns", "told"), "events": ["FAILED"]}
    fence = Fence.of(deployed(rendered(a_definition(a_step("one"), notifications=notifications))))
    rule = arn("codestar-notifications", "notificationrule/0a1b2c3d")
    keeping = [
        (f"codestar-notifications:{verb}NotificationRule", rule) for verb in ("Create", "Delete", "Describe", "Update")
    ]
    own, other = (
        {"codestar-notifications:NotificationsForResource": name}
        for name in (fence.pipeline.arn, arn("codepipeline", "other"))
    )

    assert list(fence.may(keeping, own)) == keeping
    assert list(fence.may(keeping, other)) == []


def test_the_same_pipeline_in_another_region_is_out_of_reach(template: Json, monkeypatch: pytest.MonkeyPatch):
    here = Fence.of(deployed(template))
    monkeypatch.setitem(PSEUDO, "AWS::Region", "us-west-2")
    there = Fence.of(deployed(template))
    never = list(product(operations("iam"), (*there.inside, *there.policies, there.update.arn, there.boundary)))

    assert list(there.may(never, ANY)) != []
    assert list(here.may(never, ANY)) == []


def test_a_boundary_from_outside_is_around_the_update_role_too():
    boundary = arn("iam", "policy/boundary", region="")
    template = rendered(a_definition(a_step("one"), defaults={"permissionsBoundary": boundary}))
    roles = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role"]
    assert len(roles) > 1
    assert {role["PermissionsBoundary"] for role in roles} == {boundary}


def test_the_fence_holds_before_it_is_broken(template: Json):
    assert broken(template) == set()
    assert set(RENEWING) <= {resource["Type"] for resource in template["Resources"].values()}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PutRolePolicy", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline-builder-fence/*"}),
        ("iam:PutRolePolicy", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline-builder/*"}),
        ("iam:CreatePolicyVersion", {"Ref": "Boundary"}),
        ("iam:DeleteRolePermissionsBoundary", {"Fn::GetAtt": ["PipelineRole", "Arn"]}),
        ("iam:DeleteRole", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline-builder/*"}),
        ("iam:CreateUser", "*"),
        ("iam:PassRole", arn("iam", "role/pipeline-builder/*", region="")),
        ("sts:AssumeRole", {"Fn::GetAtt": ["PipelineRole", "Arn"]}),
    ],
)
def test_an_update_role_that_reaches_out_is_found(template: Json, action: str, resource: Any):
    allow(policy_of(template, "UpdateRole"), action, resource)
    assert broken(template) == {"reaching_out"}


def test_granting_without_the_boundary_is_found(template: Json):
    for statement in policy_of(template, "UpdateRole")["Statement"]:
        if statement["Sid"] == "GrantWithinBoundary":
            del statement["Condition"]
    assert broken(template) == {"reaching_out"}


@pytest.mark.parametrize(
    "sid",
    [
        "GrantWithinBoundary",
        "HandOverRoles",
        "KeepAlarms",
        "KeepBucketSettings",
        "KeepLogGroups",
        "KeepPipeline",
        "KeepPluginLookup",
        "KeepProjects",
        "KeepRoles",
        "KeepRules",
    ],
)
def test_an_update_role_that_cannot_renew_everything_is_found(template: Json, sid: str):
    policy = policy_of(template, "UpdateRole")
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(policy["Statement"]) - 1
    policy["Statement"] = kept
    assert broken(template) == {"failing_to_renew"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("*", "*"),
        ("iam:*", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline-builder/*"}),
        ("iam:PassRole", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline-builder-fence/*"}),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:*")),
        ("codebuild:*", arn("codebuild", "project/*")),
        ("s3:PutObject", "*"),
        ("cloudformation:*", arn("cloudformation", "stack/*")),
    ],
)
def test_a_boundary_that_is_too_wide_is_found(template: Json, action: str, resource: Any):
    allow(policy_of(template, "Boundary"), action, resource)
    assert broken(template) == {"growing_inside"}
