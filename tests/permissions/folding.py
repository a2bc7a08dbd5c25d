"""A rendered template as CloudFormation would deploy it into one made account: intrinsic functions become values.

Nothing of the renderer is used, so that it cannot vouch for itself. What is not known here fails.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-central-1"
STACK = "made-stack"
_STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/0a1b2c3d-0000-1111-2222-333344445555"

PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": _STACK_ID,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}

_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class NotUnderstood(Exception):
    """The template says something whose meaning is not known here, so nothing can be concluded from it."""


def arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    """ARN of something in the made account."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


class Deployment:
    """A template with its parameters given.

    Attributes:
        resources: by logical id, with concrete values; those whose condition is false are left out.
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> None:
        self._written = template["Resources"]
        self._conditions = template.get("Conditions", {})
        self._parameters = {
            name: _parameter_value(name, declared, parameters or {})
            for name, declared in template.get("Parameters", {}).items()
        }
        self.resources: dict[str, Any] = {
            name: {**resource, "Properties": self.fold(resource.get("Properties", {}))}
            for name, resource in self._written.items()
            if "Condition" not in resource or self._holds({"Condition": resource["Condition"]})
        }

    def of_type(self, kind: str) -> dict[str, Any]:
        """Properties of the resources of a type, by logical id."""
        return {name: one["Properties"] for name, one in self.resources.items() if one["Type"] == kind}

    def fold(self, value: Any) -> Any:  # noqa: PLR0911 -- a case for each
        """The value without intrinsic functions."""
        match value:
            case {"Ref": "AWS::NoValue"}:
                return _NO_VALUE
            case {"Ref": str(name)}:
                return self.ref(name)
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return self.attribute(name, attribute)
            case {"Fn::Sub": str(text)}:
                return _VARIABLE.sub(self._substitute, text)
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.fold(part) for part in parts)
            case {"Fn::If": [str(condition), then, otherwise]}:
                return self.fold(then if self._holds({"Condition": condition}) else otherwise)
            case dict() if any(str(key).startswith("Fn::") for key in value):
                raise NotUnderstood(f"the intrinsic function {value}")
            case dict():
                folded = {key: self.fold(inner) for key, inner in value.items()}
                return {key: inner for key, inner in folded.items() if inner is not _NO_VALUE}
            case list() | tuple():
                return [inner for inner in map(self.fold, value) if inner is not _NO_VALUE]
            case _:
                return value

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Condition": str(name)}:
                return self._holds(self._conditions[name])
            case {"Fn::Equals": [one, other]}:
                return bool(self.fold(one) == self.fold(other))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case _:
                raise NotUnderstood(f"the condition {condition}")

    def _substitute(self, found: re.Match[str]) -> str:
        is_literal, name = found.groups()
        if is_literal:
            return f"${{{name}}}"
        resource, dot, attribute = name.partition(".")
        return str(self.attribute(resource, attribute) if dot else self.ref(name))

    def ref(self, name: str) -> str:  # noqa: PLR0911 -- a case for each
        """What CloudFormation calls a resource, or the value of a parameter.

        Source: "Return values" of each resource type in the CloudFormation template reference.
        """
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._parameters:
            return self._parameters[name]
        match self._resource(name):
            case "AWS::IAM::ManagedPolicy", properties:
                return arn("iam", f"policy{self.fold(properties.get('Path', '/'))}{STACK}-{name}", region="")
            case "AWS::IAM::Role", _:
                return f"{STACK}-{name}"
            case "AWS::S3::Bucket", _:
                return f"{STACK}-{name}-1x2y3z".lower()
            case "AWS::Logs::LogGroup", properties:
                return self._named(properties, "LogGroupName")
            case "AWS::CodeBuild::Project" | "AWS::CodePipeline::Pipeline", properties:
                return self._named(properties, "Name")
            case kind, _:
                raise NotUnderstood(f"a reference to {name}, which is an {kind}")

    def attribute(self, name: str, attribute: str) -> str:  # noqa: PLR0911 -- a case for each
        """An attribute of a resource, such as its ARN."""
        match (*self._resource(name), attribute):
            case "AWS::IAM::Role", properties, "Arn":
                return arn("iam", f"role{self.fold(properties.get('Path', '/'))}{self.ref(name)}", region="")
            case "AWS::S3::Bucket", _, "Arn":
                return f"arn:aws:s3:::{self.ref(name)}"
            case "AWS::KMS::Key", _, "Arn":
                return arn("kms", f"key/0a1b2c3d-{name}")
            case "AWS::Lambda::Function", properties, "Arn":
                return arn("lambda", f"function:{self._named(properties, 'FunctionName')}")
            case "AWS::EC2::SecurityGroup", _, "GroupId":
                return f"sg-{name}"
            case "Custom::PluginLookup", properties, "BuildSpec":
                return f"{self._bucket_of_lookups()}/{properties['Folder']}/0a1b2c3d.yaml"
            case "Custom::PluginLookup", properties, "Image" | "ImagePullCredentialsType":
                question = json.loads(self.fold(properties["Step"]))
                image = f"{self.ref('ImageRegistry')}/made-owner/{question['plugin']}@sha256:{'a' * 64}"
                made = (image, "SERVICE_ROLE") if question["hasImage"] else ("aws/codebuild/standard:7.0", "CODEBUILD")
                return made[attribute != "Image"]
            case "Custom::PluginLookup", _, "ComputeType" | "PrivilegedMode":
                return f"made-{attribute}"
            case kind, _, _:
                raise NotUnderstood(f"{attribute} of {name}, which is an {kind}")

    def _bucket_of_lookups(self) -> str:
        (function,) = (one for one in self._written.values() if one["Type"] == "AWS::Lambda::Function")
        return str(self.fold(function["Properties"]["Environment"]["Variables"]["ARTIFACT_BUCKET_ARN"]))

    def _resource(self, name: str) -> tuple[str, Mapping[str, Any]]:
        return self._written[name]["Type"], self._written[name].get("Properties", {})

    def _named(self, properties: Mapping[str, Any], key: str) -> str:
        return str(self.fold(properties[key]))


def _parameter_value(name: str, declared: Mapping[str, Any], given: Mapping[str, str]) -> str:
    value = given.get(name) or declared.get("Default") or _made_parameter(name)
    if re.fullmatch(declared.get("AllowedPattern", ".*"), value) is None:
        raise NotUnderstood(f"parameter {name}: '{value}' is none of its values")
    return value


def _made_parameter(name: str) -> str:
    """A parameter that may stay empty is given too: what it adds to policies has to be safe as well."""
    if name.endswith("SecretArn"):
        return arn("secretsmanager", f"secret:{name}-AbCdEf")
    if name.endswith("ConnectionArn"):
        return arn("codeconnections", f"connection/{name}")
    made = {
        "ImageRegistry": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
        "OrgId": "made-organization",
        "PlatformUrl": "https://platform.example",
        "PluginsAsOf": "today",
    }
    if name not in made:
        raise NotUnderstood(f"parameter {name}")
    return made[name]
