"""The evaluator itself, on policies made by hand: it has to allow as well as to refuse, or it would prove nothing."""

from typing import Any

import pytest

from tests.permissions.evaluator import ANY, Account, Role, Statement, account_of, decision
from tests.permissions.folding import ACCOUNT, Deployment, NotUnderstood, arn

OBJECT = "arn:aws:s3:::made/folder/object"


def a_statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


def decided(*statements: dict[str, Any], action="s3:GetObject", resource=OBJECT, context=ANY) -> bool | None:
    return decision(tuple(map(Statement.of, statements)), action, resource, context)


def a_role(*, trusted: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A role as it stands in a template."""
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Statement": [trust | (trusted or {})]}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, **properties}}


def inline(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PolicyName": "made", "PolicyDocument": {"Statement": list(statements)}}]


def deployed_role(**resources: dict[str, Any]) -> tuple[Account, Role]:
    """The account of a template, and its role `Step`."""
    deployment = Deployment({"Resources": resources})
    account = account_of(deployment)
    return account, account.roles[deployment.attribute("Step", "Arn")]


# --- statements ------------------------------------------------------------------------------------------------------


def test_what_nothing_allows_is_not_allowed():
    assert decided() is None
    assert decided(a_statement(Action="s3:PutObject")) is None


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:getobject", "s3:Get*", "*", "s3:GetO?ject"])
def test_an_action_may_have_wildcards_and_any_case(action):
    assert decided(a_statement(Action=action)) is True


@pytest.mark.parametrize("action", ["s3:GetObjectVersion", "s3:Get", "s3:Get?", "sqs:*"])
def test_an_action_is_matched_as_a_whole(action):
    assert decided(a_statement(Action=action)) is None


@pytest.mark.parametrize("resource", [OBJECT, "*", "arn:aws:s3:::made/*", "arn:aws:s3:::m*/object", OBJECT[:-1] + "?"])
def test_a_resource_may_have_wildcards(resource):
    assert decided(a_statement(Resource=["arn:aws:s3:::other/*", resource])) is True


@pytest.mark.parametrize(
    "resource", [OBJECT.upper(), OBJECT + "?", "arn:aws:s3:::made", "arn:aws:s3:::made/[f]older/*"]
)
def test_a_resource_is_matched_as_a_whole_and_exactly(resource):
    assert decided(a_statement(Resource=resource)) is None


def test_a_denial_outweighs_whatever_allows():
    assert decided(a_statement(), a_statement(Effect="Deny", Resource="arn:aws:s3:::made/*")) is False
    assert decided(a_statement(), a_statement(Effect="Deny", Resource="arn:aws:s3:::other/*")) is True


def test_everything_but_some_actions_or_resources_can_be_meant():
    but_writing = {"Effect": "Allow", "NotAction": ["s3:Put*", "s3:Delete*"], "Resource": "*"}
    assert decided(but_writing) is True
    assert decided(but_writing, action="s3:PutObject") is None
    but_elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::made/*"}
    assert decided(but_elsewhere) is None
    assert decided(but_elsewhere, resource="arn:aws:s3:::other/object") is True


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "wanted", "met", "unmet"),
    [
        ("StringEquals", ["a", "b"], "b", "B"),
        ("StringEquals", "a*", "a*", "ab"),
        ("StringLike", "a*", "ab", "ba"),
        ("Bool", "false", "false", "true"),
        ("Bool", False, "false", "true"),
        ("NumericLessThan", "1.2", 1.1, 1.2),
        ("ArnEquals", "arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"),
        ("ArnLike", arn("ec2", "subnet/*"), arn("ec2", "subnet/1"), arn("ec2", "subnet/1", region="us-east-1")),
    ],
)
def test_a_condition_is_met_or_not(operator, wanted, met, unmet):
    statement = a_statement(Condition={operator: {"aws:key": wanted}})
    assert decided(statement, context={"aws:key": met}) is True
    assert decided(statement, context={"aws:key": unmet}) is None
    assert decided(statement, context={}) is None, "what a request does not say meets no condition"


def test_a_wildcard_in_the_condition_on_an_arn_stays_within_its_part():
    statement = a_statement(Condition={"ArnLike": {"aws:key": "arn:aws:sns:*:made:topic"}})
    assert decided(statement, context={"aws:key": "arn:aws:sns:anywhere:made:topic"}) is True
    assert decided(statement, context={"aws:key": "arn:aws:sns:anywhere:other:made:topic"}) is None


def test_all_conditions_have_to_be_met():
    both = a_statement(Condition={"StringEquals": {"aws:one": "1", "aws:two": "2"}, "Bool": {"aws:three": "true"}})
    met = {"aws:one": "1", "aws:two": "2", "aws:three": "true"}
    assert decided(both, context=met) is True
    assert [decided(both, context=met | {key: "other"}) for key in met] == [None, None, None]


def test_without_a_context_grants_count_and_denials_with_a_condition_do_not():
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    assert decided(a_statement(Condition=condition), context=ANY) is True
    assert decided(a_statement(), a_statement(Effect="Deny", Condition=condition), context=ANY) is True
    assert decided(a_statement(), a_statement(Effect="Deny"), context=ANY) is False


# --- what is not known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        a_statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        a_statement(Condition={"StringEqualsIfExists": {"aws:key": "a"}}),
        a_statement(Condition={"ForAllValues:StringEquals": {"aws:key": "a"}}),
        a_statement(Resource="arn:aws:s3:::made/${aws:username}"),
        a_statement(Resource=[]),
        a_statement(Resource={"Fn::Sub": "text"}),
        a_statement(Effect="allow"),
        a_statement(Principal="*"),
        a_statement(Actions="s3:PutObject"),
    ],
)
def test_what_is_not_understood_fails_rather_than_decides(statement):
    with pytest.raises(NotUnderstood):
        decided(statement)


def test_a_condition_on_an_arn_that_is_none_fails_when_it_is_asked():
    statement = a_statement(Condition={"ArnLike": {"aws:SourceArn": "*"}})
    with pytest.raises(NotUnderstood):
        decided(statement, context={"aws:SourceArn": OBJECT})


def test_a_policy_from_outside_fails_rather_than_counts_as_empty():
    with pytest.raises(NotUnderstood):
        deployed_role(Step=a_role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]))


def test_a_resource_that_anybody_may_use_fails_rather_than_goes_unseen():
    statement = a_statement(Principal="*", Action="s3:*")
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": [statement]}}
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }
    with pytest.raises(NotUnderstood):
        deployed_role(Step=a_role(), **resources)


def test_a_policy_at_a_resource_of_another_kind_fails_rather_than_goes_unseen():
    queue = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": {"Statement": []}}}
    with pytest.raises(NotUnderstood):
        deployed_role(Step=a_role(), Queue=queue)


# --- roles -----------------------------------------------------------------------------------------------------------


def test_inline_managed_and_attached_policies_count_alike():
    managed = {"Type": "AWS::IAM::ManagedPolicy"}
    account, role = deployed_role(
        Step=a_role(Policies=inline(a_statement()), ManagedPolicyArns=[{"Ref": "Managed"}]),
        Managed={**managed, "Properties": {"PolicyDocument": {"Statement": [a_statement(Action="sqs:*")]}}},
        Attaching={
            **managed,
            "Properties": {"Roles": [{"Ref": "Step"}], "PolicyDocument": {"Statement": [a_statement(Action="sns:*")]}},
        },
        Inline={
            "Type": "AWS::IAM::Policy",
            "Properties": {"Roles": [{"Ref": "Step"}], "PolicyDocument": {"Statement": [a_statement(Action="ec2:*")]}},
        },
    )
    allowed = {
        action: account.may(role, action, "*") for action in ("s3:GetObject", "sqs:A", "sns:A", "ec2:A", "iam:A")
    }
    assert allowed == {"s3:GetObject": True, "sqs:A": True, "sns:A": True, "ec2:A": True, "iam:A": False}


def test_a_boundary_cuts_what_policies_allow_and_adds_nothing():
    boundary = {"PolicyDocument": {"Statement": [a_statement(Action=["s3:*", "sns:*"])]}}
    account, role = deployed_role(
        Step=a_role(Policies=inline(a_statement(Action=["s3:*", "sqs:*"])), PermissionsBoundary={"Ref": "Boundary"}),
        Boundary={"Type": "AWS::IAM::ManagedPolicy", "Properties": boundary},
    )
    allowed = {action: account.may(role, action, "*") for action in ("s3:A", "sqs:A", "sns:A")}
    assert allowed == {"s3:A": True, "sqs:A": False, "sns:A": False}


def test_a_bucket_can_refuse_what_a_role_may():
    policy = {
        "Bucket": {"Ref": "Bucket"},
        "PolicyDocument": {
            "Statement": [
                a_statement(
                    Effect="Deny", Principal="*", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}
                )
            ]
        },
    }
    account, role = deployed_role(
        Step=a_role(Policies=inline(a_statement())),
        Bucket={"Type": "AWS::S3::Bucket"},
        Policy={"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    )
    there = "arn:aws:s3:::made-stack-bucket-1x2y3z/object"
    assert account.may(role, "s3:GetObject", there, {"aws:SecureTransport": "true"})
    assert not account.may(role, "s3:GetObject", there, {"aws:SecureTransport": "false"})
    assert account.may(role, "s3:GetObject", OBJECT, {"aws:SecureTransport": "false"}), "another bucket's object"


@pytest.mark.parametrize(("principal", "allowed"), [(f"arn:aws:iam::{ACCOUNT}:root", True), (None, False)])
def test_a_key_obeys_roles_only_where_its_policy_says_so(principal, allowed):
    left = [a_statement(Principal={"AWS": principal}, Action="kms:*")] if principal else []
    account, role = deployed_role(
        Step=a_role(Policies=inline(a_statement(Action="kms:Decrypt"))),
        Key={"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": left}}},
    )
    assert account.may(role, "kms:Decrypt", arn("kms", "key/0a1b2c3d-Key")) is allowed


def test_a_role_is_assumed_by_whom_it_trusts_and_as_it_says():
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    _, role = deployed_role(Step=a_role(trusted={"Condition": condition}))
    assert role.can_be_assumed_by("Service", "codebuild.amazonaws.com", {"aws:SourceAccount": ACCOUNT})
    assert not role.can_be_assumed_by("Service", "codebuild.amazonaws.com", {"aws:SourceAccount": "000000000000"})
    assert not role.can_be_assumed_by("Service", "codebuild.amazonaws.com", {})
    assert not role.can_be_assumed_by("Service", "lambda.amazonaws.com")
    assert not role.can_be_assumed_by("AWS", f"arn:aws:iam::{ACCOUNT}:root")


def test_a_role_open_to_everybody_is_seen_as_such():
    _, role = deployed_role(Step=a_role(trusted={"Principal": "*"}))
    assert role.can_be_assumed_by("AWS", "arn:aws:iam::000000000000:role/anybody")
