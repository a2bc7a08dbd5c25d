"""Intrinsic functions as CloudFormation understands them."""

from typing import Any

import pytest

from tests.permissions.folding import ACCOUNT, REGION, Deployment, NotUnderstood

RESOURCES = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/made/"}},
    "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {"Name": "web"}},
}


def folded(value: Any, **template: Any) -> Any:
    return Deployment({"Resources": RESOURCES, **template}).fold(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("${AWS::Region}", "${AWS::Region}"),
        ({"Ref": "AWS::Region"}, REGION),
        ({"Ref": "Project"}, "web"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, f"arn:aws:iam::{ACCOUNT}:role/made/made-stack-Role"),
        ({"Fn::Sub": "${Bucket.Arn}/${Project}/*"}, "arn:aws:s3:::made-stack-bucket-1x2y3z/web/*"),
        ({"Fn::Sub": "${!AWS::Region}"}, "${AWS::Region}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Project"}]]}, "a-web"),
        ({"Deep": [{"Ref": "Project"}, 1, True]}, {"Deep": ["web", 1, True]}),
    ],
)
def test_a_value_becomes_what_is_deployed(value, expected):
    assert folded(value) == expected


@pytest.mark.parametrize(("secret", "expected"), [("given", ["always", "sometimes"]), ("", ["always"])])
def test_what_depends_on_a_condition_is_there_or_not(secret, expected):
    template = {
        "Parameters": {"Secret": {"Type": "String", "Default": "-"}},
        "Conditions": {
            "Has": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Secret"}, "-"]}]},
            "HasToo": {"Condition": "Has"},
        },
        "Resources": {"Extra": {"Type": "AWS::S3::Bucket", "Condition": "Has"}},
    }
    deployment = Deployment(template, {"Secret": secret})
    assert deployment.fold(["always", {"Fn::If": ["HasToo", "sometimes", {"Ref": "AWS::NoValue"}]}]) == expected
    assert bool(deployment.of_type("AWS::S3::Bucket")) is bool(secret)


def test_a_parameter_has_the_value_given_or_its_default_or_a_made_one():
    template = {
        "Resources": {},
        "Parameters": {
            "Given": {"Type": "String", "Default": "unused"},
            "Usual": {"Type": "String", "Default": "usual"},
            "SourceConnectionArn": {"Type": "String", "AllowedPattern": "arn:.+:connection/.+"},
        },
    }
    deployment = Deployment(template, {"Given": "given"})
    assert [deployment.ref(name) for name in ("Given", "Usual")] == ["given", "usual"]
    assert deployment.ref("SourceConnectionArn").endswith(f":{ACCOUNT}:connection/SourceConnectionArn")


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::ImportValue": "elsewhere"},
        {"Fn::GetAtt": ["Bucket", "DomainName"]},
        {"Fn::If": ["Nothing", 1, 2]},
        {"Fn::Sub": ["${a}", {"a": "b"}]},
    ],
)
def test_what_is_not_known_fails(value):
    with pytest.raises(NotUnderstood):
        folded(value, Conditions={"Nothing": {"Fn::Contains": []}})


def test_a_parameter_that_takes_no_made_value_fails():
    for declared in ({"Type": "String"}, {"Type": "String", "Default": "a", "AllowedPattern": "b"}):
        with pytest.raises(NotUnderstood):
            folded("", Parameters={"Strange": declared})
