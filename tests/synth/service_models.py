"""Is a rendered property valid for AWS? Held against the service models that botocore ships.

CloudFormation's properties are those of the services' own API in all but the case of the first letter, and the table
below says where they are not. What AWS completes (`Ref`, `Fn::Sub` …) is taken for any text.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.loaders import Loader

Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """How a resource type maps onto a service's API.

    Attributes:
        shape: of the resource as a whole.
        elsewhere: properties that belong to other shapes of the service; None for what only CloudFormation has.
        renamed: dotted path, `[]` for any item of a list → the member's name in the API.
        reshaped: dotted path → what makes the API's form out of CloudFormation's.
        generated: required members that CloudFormation fills in.
    """

    service: str
    shape: str
    elsewhere: Mapping[str, str | None] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    reshaped: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    generated: frozenset[str] = frozenset()


def _by_key(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


KINDS = {
    "AWS::CodePipeline::Pipeline": Kind(
        "codepipeline", "PipelineDeclaration", elsewhere={"RestartExecutionOnUpdate": None, "Tags": "TagList"}
    ),
    "AWS::CodeBuild::Project": Kind(
        "codebuild",
        "CreateProjectInput",
        elsewhere={"Visibility": "ProjectVisibilityType"},
        renamed={"Source.BuildSpec": "buildspec"},
    ),
    "AWS::IAM::Role": Kind(
        "iam",
        "CreateRoleRequest",
        elsewhere={"Policies": "policyDetailListType", "ManagedPolicyArns": "policyListType"},
        reshaped={"ManagedPolicyArns": lambda arns: [{"Arn": arn} for arn in arns]},
        generated=frozenset({"RoleName"}),
    ),
    "AWS::IAM::ManagedPolicy": Kind("iam", "CreatePolicyRequest", generated=frozenset({"PolicyName"})),
    "AWS::Logs::LogGroup": Kind(
        "logs",
        "CreateLogGroupRequest",
        elsewhere={"RetentionInDays": "Days"},
        reshaped={"Tags": _by_key},
    ),
    "AWS::S3::Bucket": Kind(
        "s3",
        "CreateBucketRequest",
        elsewhere={
            "BucketEncryption": "ServerSideEncryptionConfiguration",
            "LifecycleConfiguration": "BucketLifecycleConfiguration",
            "OwnershipControls": "OwnershipControls",
            "PublicAccessBlockConfiguration": "PublicAccessBlockConfiguration",
            "Tags": "TagSet",
        },
        renamed={
            "BucketEncryption.ServerSideEncryptionConfiguration": "Rules",
            "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault": (
                "ApplyServerSideEncryptionByDefault"
            ),
            "LifecycleConfiguration.Rules[].Id": "ID",
            "LifecycleConfiguration.Rules[].ExpirationInDays": "Expiration",
        },
        reshaped={"LifecycleConfiguration.Rules[].ExpirationInDays": lambda days: {"Days": days}},
        generated=frozenset({"Bucket"}),
    ),
    "AWS::S3::BucketPolicy": Kind("s3", "PutBucketPolicyRequest", renamed={"PolicyDocument": "Policy"}),
    "AWS::KMS::Key": Kind(
        "kms",
        "CreateKeyRequest",
        elsewhere={"EnableKeyRotation": None},
        renamed={"KeyPolicy": "Policy"},
        reshaped={"Tags": lambda tags: [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]},
    ),
    "AWS::EC2::SecurityGroup": Kind(
        "ec2",
        "CreateSecurityGroupRequest",
        elsewhere={"SecurityGroupEgress": "IpPermissionList", "Tags": "TagList"},
        renamed={"GroupDescription": "Description"},
        reshaped={
            "SecurityGroupEgress": lambda rules: [
                {
                    "IpProtocol": rule["IpProtocol"],
                    "IpRanges": [{"CidrIp": rule["CidrIp"], "Description": rule["Description"]}],
                }
                for rule in rules
            ]
        },
        generated=frozenset({"GroupName"}),
    ),
    "AWS::Events::Rule": Kind(
        "events", "PutRuleRequest", elsewhere={"Targets": "TargetList"}, generated=frozenset({"Name"})
    ),
    "AWS::CodeStarNotifications::NotificationRule": Kind("codestar-notifications", "CreateNotificationRuleRequest"),
    "AWS::Lambda::Function": Kind("lambda", "CreateFunctionRequest", reshaped={"Tags": _by_key}),
    "AWS::CloudWatch::Alarm": Kind("cloudwatch", "PutMetricAlarmInput"),
}


def faults(template: Mapping[str, Any]) -> list[str]:
    """Everything in a template that a service would refuse."""
    return [
        fault
        for name, resource in template["Resources"].items()
        for fault in _resource_faults(name, resource["Type"], resource["Properties"])
    ]


def _resource_faults(name: str, resource_type: str, properties: Mapping[str, Any]) -> Iterator[str]:
    if resource_type.startswith("Custom::"):
        return
    if resource_type not in KINDS:
        yield f"{name}: no service model is named for {resource_type}"
        return
    kind = KINDS[resource_type]
    model = _Model(kind)
    own = {key: value for key, value in properties.items() if key not in kind.elsewhere}
    yield from (f"{name}.{fault}" for fault in model.faults(kind.shape, own, ""))
    for key in kind.elsewhere.keys() & properties.keys():
        shape = kind.elsewhere[key]
        if shape is not None:
            yield from (f"{name}.{fault}" for fault in model.faults(shape, properties[key], key))


@cache
def _shapes(service: str) -> Mapping[str, Shape]:
    return Loader().load_service_model(service, "service-2")["shapes"]


class _Model:
    """Checks values against the shapes of one service."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._shapes = _shapes(kind.service)

    def faults(self, shape_name: str, value: Any, path: str) -> Iterator[str]:
        shape = self._shapes[shape_name]
        if path in self._kind.reshaped:
            value = self._kind.reshaped[path](value)
        if _is_intrinsic(value):
            yield from self._intrinsic(shape_name, value, path)
        elif shape["type"] == "structure":
            yield from self._structure(shape, value, path)
        elif shape["type"] == "list":
            yield from self._list(shape, value, path)
        elif shape["type"] == "map":
            yield from self._map(shape, value, path)
        else:
            yield from self._scalar(shape, value, path)

    def _intrinsic(self, shape_name: str, value: Any, path: str) -> Iterator[str]:
        if "Fn::If" in value:
            for branch in value["Fn::If"][1:]:
                if branch != {"Ref": "AWS::NoValue"}:
                    yield from self.faults(shape_name, branch, path)
        elif self._shapes[shape_name]["type"] != "string" and not _is_answered(value):
            yield f"{path}: {value} is text where there must be a {self._shapes[shape_name]['type']}"

    def _structure(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no structure"
            return
        members = shape["members"]
        found = set()
        for key, inner in value.items():
            inner_path = f"{path}.{key}" if path else key
            member = self._kind.renamed.get(inner_path) or next(
                (name for name in (key, key[0].lower() + key[1:]) if name in members), None
            )
            if member not in members:
                yield f"{inner_path}: the API has no such member"
                continue
            found.add(member)
            yield from self.faults(members[member]["shape"], inner, inner_path)
        generated = set() if path else self._kind.generated
        for missing in sorted(set(shape.get("required", ())) - found - generated):
            yield f"{path}: {missing} is missing"

    def _list(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list | tuple):
            yield f"{path}: {value!r} is no list"
            return
        yield from _out_of_range(shape, len(value), path)
        for inner in value:
            yield from self.faults(shape["member"]["shape"], inner, f"{path}[]")

    def _map(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        for key, inner in value.items():
            yield from self.faults(shape["key"]["shape"], key, f"{path}{{}}")
            yield from self.faults(shape["value"]["shape"], inner, f"{path}[]")

    def _scalar(self, shape: Shape, value: Any, path: str) -> Iterator[str]:
        kind = shape["type"]
        if kind == "blob":
            yield from [] if isinstance(value, str) else [f"{path}: {value!r} is no text"]
        elif kind == "string":
            yield from _text_faults(shape, json.dumps(value) if isinstance(value, dict) else value, path)
        elif kind == "boolean":
            if not isinstance(value, bool):
                yield f"{path}: {value!r} is no boolean"
        elif kind in {"integer", "long", "double", "float"}:
            if isinstance(value, bool) or not isinstance(value, int | float):
                yield f"{path}: {value!r} is no number"
            else:
                yield from _out_of_range(shape, value, path)
        else:
            yield f"{path}: shape {kind} is not expected here"


def _is_intrinsic(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def _is_answered(value: Any) -> bool:
    """Whether it is told by a custom resource, whose `true` CloudFormation takes for the truth value."""
    return value.get("Fn::GetAtt", [""])[0].endswith("Lookup")


def _text_faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: {value!r} is no text"
        return
    yield from _out_of_range(shape, len(value), path)
    if "enum" in shape and value not in shape["enum"]:
        yield f"{path}: {value!r} is none of {', '.join(shape['enum'])}"
    pattern = _pattern(shape.get("pattern"))
    if pattern and not pattern.fullmatch(value):
        yield f"{path}: {value!r} does not match {pattern.pattern}"


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """The pattern, unless it is written in a dialect that Python does not read."""
    try:
        return re.compile(text, re.DOTALL) if text else None
    except re.error:
        return None


def _out_of_range(shape: Shape, size: float, path: str) -> Iterator[str]:
    if size < shape.get("min", size) or size > shape.get("max", size):
        yield f"{path}: {size} is not within {shape.get('min')} and {shape.get('max')}"
