"""The `aws:cdk:*` metadata keys that definitions in the world carry, and what each means here.

A key without that prefix is an environment variable. Every known key stands in one table: with the setting it becomes,
or why it has no effect, or why it is refused and what to write instead.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from pipeline_builder.core.definition.model import (
    ARN,
    ComputeType,
    NotificationEvent,
    Permission,
    PipelineVariable,
    SecretReference,
    SubnetNetwork,
    Value,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.reader import read

PREFIX = "aws:cdk:"


class Reach(StrEnum):
    """Whether a key is about the pipeline or about a step. One about steps may stand in `global` for all of them."""

    PIPELINE = "pipeline"
    STEP = "step"


class NotUnderstood(Exception):
    """A value is not what its key needs; the text finishes the sentence "… must be"."""


@frozen(kw_only=True)
class MetadataKey:
    """One key.

    Attributes:
        name: behind `aws:cdk:`.
        kind: what its value is, in words.
        setting: the field of `PipelineSettings` or `StepSettings` that it becomes.
        convert: makes the setting of the value; raises NotUnderstood.
        moot: why it has no effect here; such a key is let pass with a note.
        refused: why it cannot be kept, and what to write instead.
    """

    name: str
    reach: Reach
    kind: str
    does: str
    setting: str | None = None
    convert: "Callable[[Value], Any] | None" = None
    moot: str | None = None
    refused: str | None = None


@frozen(kw_only=True)
class PipelineSettings:
    """What metadata says about the pipeline. None where it says nothing."""

    self_mutation: bool | None = None
    own_key: bool = False
    pipeline_name: str | None = None
    pipeline_type: str | None = None
    artifact_retention_days: int | None = None
    kms_key_arn: str | None = None
    notification_topic_arn: str | None = None
    notification_events: tuple[NotificationEvent, ...] = ()
    execution_events: bool = False
    failure_alarm: bool = False
    variables: tuple[PipelineVariable, ...] = ()
    role_arn: str | None = None


@frozen(kw_only=True)
class StepSettings:
    """What metadata says about a step. None where it says nothing."""

    commands: tuple[str, ...] | None = None
    install_commands: tuple[str, ...] | None = None
    env: Mapping[str, str] | None = None
    variables: Mapping[str, str | SecretReference] | None = None
    primary_output_directory: str | None = None
    timeout: int | None = None
    role_arn: str | None = None
    compute_type: ComputeType | None = None
    privileged: bool | None = None
    image: str | None = None
    cache: tuple[str, ...] | None = None
    permissions: tuple[Permission, ...] | None = None
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] | None = None
    security_group_ids: tuple[str, ...] | None = None

    @property
    def network(self) -> SubnetNetwork | None:
        """The network, where metadata names one by its ids."""
        if self.vpc_id is None or not self.subnet_ids:
            return None
        return SubnetNetwork(
            vpc_id=self.vpc_id, subnet_ids=self.subnet_ids, security_group_ids=self.security_group_ids or ()
        )


# --- conversions -----------------------------------------------------------------------------------------------------


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int) and str(value):
        return str(value)
    raise NotUnderstood("a text")


def _truth(value: Value) -> bool:
    """`"false"` is false."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    truth = value if isinstance(value, bool) else words.get(str(value).strip().lower())
    if truth is None:
        raise NotUnderstood("true or false")
    return truth


def _arn(value: Value) -> str:
    if not isinstance(value, str) or not ARN.regex.fullmatch(value):
        raise NotUnderstood("an ARN")
    return value


_DURATION = re.compile(r"PT(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?")


def _minutes(value: Value) -> int:
    """A number, or a duration of ISO 8601 such as `PT1H30M`."""
    text = _text(value)
    if text.isdecimal() and len(text) <= 6:
        return int(text)
    duration = _DURATION.fullmatch(text)
    if duration is None or not any(duration.groups()):
        raise NotUnderstood("minutes, as a number or like PT1H30M")
    return 60 * int(duration["hours"] or 0) + int(duration["minutes"] or 0)


def _days(value: Value) -> int:
    text = _text(value)
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise NotUnderstood("a number of days from 1 to 3650")
    return int(text)


def _texts(value: Value) -> tuple[str, ...]:
    """A list, a lone text, or texts with commas between them."""
    items = value if isinstance(value, tuple) else tuple(part.strip() for part in _text(value).split(","))
    return tuple(_text(item) for item in items)


def _commands(value: Value) -> tuple[str, ...]:
    return tuple(_text(item) for item in (value if isinstance(value, tuple) else (value,)))


def _data(value: Value) -> Value:
    """Structured data as it is, or as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return _frozen(json.loads(value))
    except (ValueError, RecursionError):
        raise NotUnderstood("data, or JSON in a text") from None


def _frozen(value: Any) -> Value:
    if isinstance(value, dict):
        return {str(key): _frozen(below) for key, below in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return str(value) if isinstance(value, float) else value


def _map(value: Value) -> dict[str, str]:
    data = _data(value)
    if not isinstance(data, Mapping):
        raise NotUnderstood("a map from names to texts")
    return {name: _text(below) if below != "" else "" for name, below in data.items()}


def _compute(value: Value) -> ComputeType:
    word = (
        _text(value).upper().removeprefix("BUILD_GENERAL1_").replace("2XLARGE", "X2_LARGE").replace("XLARGE", "X_LARGE")
    )
    word = {"X2_X_LARGE": "X2_LARGE", "X_X_LARGE": "X_LARGE"}.get(word, word)
    if word not in set(ComputeType):
        raise NotUnderstood(f"one of {', '.join(ComputeType)}, or BUILD_GENERAL1_…")
    return ComputeType(word)


def _events(value: Value) -> tuple[NotificationEvent, ...]:
    names = [name.upper() for name in _texts(value)]
    if not set(names) <= set(NotificationEvent):
        raise NotUnderstood(f"some of {', '.join(NotificationEvent)}")
    return tuple(NotificationEvent(name) for name in names)


def _variables(value: Value) -> tuple[PipelineVariable, ...]:
    """`A=1,B=2`, or a list of `{name, defaultValue, description}`."""
    if isinstance(value, str) and not value.lstrip().startswith("["):
        pairs = [part.partition("=") for part in value.split(",")]
        return _records(
            PipelineVariable,
            tuple(
                {"name": name.strip(), "default": default} if default else {"name": name.strip()}
                for name, _, default in pairs
            ),
        )
    return _records(PipelineVariable, value)


def _permissions(value: Value) -> tuple[Permission, ...]:
    return _records(Permission, value)


def _records(cls: type[Any], value: Value) -> tuple[Any, ...]:
    data = _data(value)
    items = data if isinstance(data, tuple) else (data,)
    read_items = []
    for item in items:
        report = Report()
        document = read_document(json.dumps(item).encode(), "metadata.json", report)
        read_item = None if document is None else read(cls, document.root, Location(), report)
        if read_item is None:
            first = next(iter(report), None)
            raise NotUnderstood(f"a list of them ({first.message if first else 'not readable'})")
        read_items.append(read_item)
    return tuple(read_items)


def _typed_variables(value: Value) -> dict[str, str | SecretReference]:
    """`{NAME: {value, type}}`, as CodeBuild has it: plain, from Secrets Manager, or from the Parameter Store."""
    data = _data(value)
    if not isinstance(data, Mapping):
        raise NotUnderstood("a map {NAME: {value, type}}")
    variables: dict[str, str | SecretReference] = {}
    for name, given in data.items():
        if not isinstance(given, Mapping) or "value" not in given or not set(given) <= {"value", "type"}:
            raise NotUnderstood("a map {NAME: {value, type}}")
        text = "" if given["value"] == "" else _text(given["value"])
        match given.get("type", "PLAINTEXT"):
            case "PLAINTEXT":
                variables[name] = text
            case "PARAMETER_STORE":
                variables[name] = SecretReference(parameter=text)
            case "SECRETS_MANAGER":
                variables[name] = _secret(text)
            case _:
                raise NotUnderstood("of type PLAINTEXT, PARAMETER_STORE or SECRETS_MANAGER")
    return variables


_ARN_PARTS = 7


def _secret(text: str) -> SecretReference:
    """`name:json-key:version-stage:version-id`, or the same behind an ARN. Source: buildspec reference, secrets-manager."""
    parts = text.split(":")
    count = _ARN_PARTS if text.startswith("arn:") else 1
    key, stage, version, *_ = [*parts[count:], "", "", ""]
    return SecretReference(
        secret=":".join(parts[:count]), key=key or None, version_stage=stage or None, version_id=version or None
    )


# --- the table -------------------------------------------------------------------------------------------------------

_NO_OBJECTS = "a CDK object cannot be written in a definition"
_OWN_ASSEMBLY = "the pipeline is rendered without CDK Pipelines, which this option is for"
_NO_LOOKUP = "a look-up needs an account"


def _pipeline(name: str, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=f"pipelines:codepipeline:{name}", reach=Reach.PIPELINE, kind=kind, does=does, **more)


def _step(name: str, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=f"pipelines:codebuildstep:{name}", reach=Reach.STEP, kind=kind, does=does, **more)


def _shell(name: str, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=f"pipelines:shellstep:{name}", reach=Reach.STEP, kind=kind, does=does, **more)


def _build(name: str, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=f"codebuild:buildenvironment:{name}", reach=Reach.STEP, kind=kind, does=does, **more)


def _network(name: str, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=f"ec2:network:{name}", reach=Reach.STEP, kind=kind, does=does, **more)


def _other(name: str, reach: Reach, kind: str, does: str, **more: Any) -> MetadataKey:
    return MetadataKey(name=name, reach=reach, kind=kind, does=does, **more)


TABLE = (
    _pipeline("selfmutation", "boolean", "The pipeline updates itself.", setting="self_mutation", convert=_truth),
    _pipeline("crossaccountkeys", "boolean", "A key of its own for artifacts.", setting="own_key", convert=_truth),
    _pipeline("enablekeyrotation", "boolean", "Rotation of that key.", moot="a key made here is always rotated"),
    _pipeline(
        "dockerenabledforselfmutation", "boolean", "Docker for it.", moot="CloudFormation updates the stack itself"
    ),
    _pipeline("dockerenabledforsynth", "boolean", "Docker for synth.", moot="the plugin says whether it needs Docker"),
    _pipeline("publishassetsinparallel", "boolean", "Assets in parallel.", moot=_OWN_ASSEMBLY),
    _pipeline("reusecrossregionsupportstacks", "boolean", "Support stacks.", moot=_OWN_ASSEMBLY),
    _pipeline("usechangesets", "boolean", "Change sets.", moot=_OWN_ASSEMBLY),
    _pipeline("usepipelineroleforactions", "boolean", "One role.", moot="actions always use the pipeline's role"),
    _pipeline("cliversion", "text", "Version of the CDK CLI.", moot=_OWN_ASSEMBLY),
    _pipeline("cdkassetscliversion", "text", "Version of a CDK tool.", moot=_OWN_ASSEMBLY),
    _pipeline("pipelinename", "text", "Name of the pipeline.", setting="pipeline_name", convert=_text),
    _pipeline("pipelinetype", "text", "V1 or V2.", setting="pipeline_type", convert=_text),
    _pipeline("artifactbucket", "object", "Bucket.", refused="use `artifacts`"),
    _pipeline("assetpublishingcodebuilddefaults", "object", "Defaults.", refused=_OWN_ASSEMBLY),
    _pipeline("codebuilddefaults", "object", "Defaults.", refused="use `defaults`"),
    _pipeline("codepipeline", "object", "An existing pipeline.", refused=_NO_OBJECTS),
    _pipeline("crossregionreplicationbuckets", "object", "Buckets.", refused="a pipeline has one region here"),
    _pipeline("dockercredentials", "object", "Credentials.", refused="use the parameter ImageRegistrySecretArn"),
    _pipeline("role", "ARN", "Role of the pipeline.", setting="role_arn", convert=_arn),
    _pipeline(
        "selfmutationcodebuilddefaults", "object", "Defaults.", refused="CloudFormation updates the stack itself"
    ),
    _pipeline("synth", "object", "Synth step.", refused="use `synth`"),
    _pipeline("synthcodebuilddefaults", "object", "Defaults.", refused="use the fields of `synth`"),
    _step("commands", "list of texts", "Instead of the plugin's commands.", setting="commands", convert=_commands),
    _step("installcommands", "list of texts", "Instead of its install.", setting="install_commands", convert=_commands),
    _step("env", "map", "Environment variables.", setting="env", convert=_map),
    _step("primaryoutputdirectory", "text", "Output.", setting="primary_output_directory", convert=_text),
    _step("projectname", "text", "Name of the project.", moot="names are made of pipeline, stage and step"),
    _step("timeout", "minutes", "Time-out.", setting="timeout", convert=_minutes),
    _step("role", "ARN", "Role of the step.", setting="role_arn", convert=_arn),
    _step(
        "actionrole", "ARN", "Role of the action.", refused="actions use the pipeline's role; use `role` of the step"
    ),
    _step("cache", "list of paths", "Kept between executions.", setting="cache", convert=_texts),
    _step("logging", "object", "Logs.", refused="use `defaults.logRetentionDays`"),
    _step("filesystemlocations", "object", "File systems.", refused=_NO_OBJECTS),
    _step(
        "partialbuildspec", "object", "Build specification.", refused="use the step's commands, `exports` and `cache`"
    ),
    _step("rolepolicystatements", "list of statements", "Permissions.", setting="permissions", convert=_permissions),
    _step("input", "object", "Input.", refused="use `inputArtifact`"),
    _step("additionalinputs", "object", "Inputs.", refused="use `additionalInputArtifacts`"),
    _step("envfromcfnoutputs", "object", "Outputs of stacks.", refused="read them with the AWS CLI in a command"),
    _step("buildenvironment", "object", "Environment.", refused="use the `codebuild:buildenvironment:*` keys"),
    _shell("commands", "list of texts", "Instead of the plugin's commands.", setting="commands", convert=_commands),
    _shell(
        "installcommands", "list of texts", "Instead of its install.", setting="install_commands", convert=_commands
    ),
    _shell("env", "map", "Environment variables.", setting="env", convert=_map),
    _shell("primaryoutputdirectory", "text", "Output.", setting="primary_output_directory", convert=_text),
    _shell("input", "object", "Input.", refused="use `inputArtifact`"),
    _shell("additionalinputs", "object", "Inputs.", refused="use `additionalInputArtifacts`"),
    _shell("envfromcfnoutputs", "object", "Outputs of stacks.", refused="read them with the AWS CLI in a command"),
    _build("computetype", "text", "Size of the machine.", setting="compute_type", convert=_compute),
    _build("privileged", "boolean", "Docker inside the step.", setting="privileged", convert=_truth),
    _build("environmentvariables", "map", "Variables with types.", setting="variables", convert=_typed_variables),
    _build("buildimage", "text", "Image of the step.", setting="image", convert=_text),
    _build("certificate", "object", "Certificate.", refused=_NO_OBJECTS),
    _build("dockerserver", "object", "Docker server.", refused=_NO_OBJECTS),
    _build("fleet", "object", "Fleet.", refused=_NO_OBJECTS),
    _network("type", "text", "Kind of network.", moot="ids say it all"),
    _network("vpcid", "text", "The VPC.", setting="vpc_id", convert=_text),
    _network("subnetids", "list of texts", "Its subnets.", setting="subnet_ids", convert=_texts),
    _network("securitygroupids", "list of texts", "Groups.", setting="security_group_ids", convert=_texts),
    _network("vpcname", "text", "Name to look up.", refused=f"{_NO_LOOKUP}; give vpcid and subnetids"),
    _network("subnettype", "text", "Subnets to look up.", refused=f"{_NO_LOOKUP}; give subnetids"),
    _network("subnetgroupname", "text", "Subnets to look up.", refused=f"{_NO_LOOKUP}; give subnetids"),
    _network("availabilityzones", "list", "Zones to look up.", refused=f"{_NO_LOOKUP}; give subnetids"),
    _network("tags", "map", "Tags to look up.", refused=f"{_NO_LOOKUP}; give vpcid and subnetids"),
    _network("region", "text", "Region to look up in.", refused=_NO_LOOKUP),
    _other("iam:role:type", Reach.PIPELINE, "text", "Kind of role.", moot="the ARN says it all"),
    _other("iam:role:rolearn", Reach.PIPELINE, "ARN", "Role of the pipeline.", setting="role_arn", convert=_arn),
    _other("iam:role:rolename", Reach.PIPELINE, "text", "Its name.", refused="use `role` of type roleName"),
    _other("iam:role:mutable", Reach.PIPELINE, "boolean", "Changes.", moot="a role from outside is never changed"),
    _other("ec2:securitygroup:type", Reach.STEP, "text", "Kind.", moot="ids say it all"),
    _other(
        "ec2:securitygroup:securitygroupids",
        Reach.STEP,
        "list",
        "Groups.",
        setting="security_group_ids",
        convert=_texts,
    ),
    _other("ec2:securitygroup:securitygroupname", Reach.STEP, "text", "Name.", refused=f"{_NO_LOOKUP}; give ids"),
    _other("ec2:securitygroup:vpcid", Reach.STEP, "text", "VPC.", moot="groups are given by their ids"),
    _other("ec2:securitygroup:mutable", Reach.STEP, "boolean", "Changes.", moot="the groups are never changed"),
    _other(
        "notifications:topic:arn", Reach.PIPELINE, "ARN", "Who is told.", setting="notification_topic_arn", convert=_arn
    ),
    _other("notifications:events", Reach.PIPELINE, "list", "Of what.", setting="notification_events", convert=_events),
    _other(
        "operations:executionevents", Reach.PIPELINE, "boolean", "Events.", setting="execution_events", convert=_truth
    ),
    _other("operations:metrics", Reach.PIPELINE, "boolean", "Alarm.", setting="failure_alarm", convert=_truth),
    _other(
        "operations:artifactretentiondays",
        Reach.PIPELINE,
        "days",
        "How long artifacts are kept.",
        setting="artifact_retention_days",
        convert=_days,
    ),
    _other("operations:variables", Reach.PIPELINE, "list", "Variables.", setting="variables", convert=_variables),
    _other("encryption:kmskeyarn", Reach.PIPELINE, "ARN", "Key of the artifacts.", setting="kms_key_arn", convert=_arn),
)

KEYS = {PREFIX + key.name: key for key in TABLE}
"""Every known key, by its full name."""


# --- use -------------------------------------------------------------------------------------------------------------


def split(metadata: Mapping[str, Value]) -> tuple[dict[str, str], dict[str, Value]]:
    """Environment variables, and `aws:cdk:*` keys. Case does not count in these."""
    environment: dict[str, str] = {}
    keys: dict[str, Value] = {}
    for name, value in metadata.items():
        if name.lower().startswith(PREFIX):
            keys[name.lower()] = value
        else:
            environment[name] = "" if value in (None, "") else _text_or_json(value)
    return environment, keys


def _text_or_json(value: Value) -> str:
    if isinstance(value, tuple | Mapping):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return _text(value)


def check_metadata(metadata: Mapping[str, Value], at: Location, report: Report) -> None:
    """Report keys that are unknown, refused, without effect, or with a value that is not understood."""
    for name, value in metadata.items():
        if not name.lower().startswith(PREFIX):
            continue
        key = KEYS.get(name.lower())
        if key is None:
            report.add(_unknown(name, at / name))
        elif key.refused is not None:
            says = f"'{name}' cannot be used: {key.refused}."
            report.add(Diagnostic("metadata-refused", says, at / name, hint="Remove it."))
        elif key.moot is not None:
            says = f"'{name}' has no effect: {key.moot}."
            report.add(Diagnostic("ignored", says, at / name, Severity.NOTE, hint="Remove it."))
        elif key.convert is not None:
            try:
                key.convert(value)
            except NotUnderstood as problem:
                report.add(Diagnostic("metadata-value", f"'{name}' must be {problem}.", at / name, hint=key.does))


def _unknown(name: str, at: Location) -> Diagnostic:
    close = get_close_matches(name.lower(), KEYS, n=1)
    hint = f"Did you mean '{close[0]}'?" if close else "Keys without 'aws:cdk:' become environment variables."
    return Diagnostic("metadata-unknown", f"There is no metadata key '{name[:80]}'.", at, hint=hint)


def pipeline_settings(metadata: Mapping[str, Value]) -> PipelineSettings:
    """What checked metadata says about the pipeline."""
    return PipelineSettings(**_settings(metadata, Reach.PIPELINE, PipelineSettings))


def step_settings(metadata: Mapping[str, Value]) -> StepSettings:
    """What checked metadata says about a step."""
    return StepSettings(**_settings(metadata, Reach.STEP, StepSettings))


def _settings(metadata: Mapping[str, Value], reach: Reach, cls: type[Any]) -> dict[str, Any]:
    names = {field.name for field in fields(cls)}
    settings: dict[str, Any] = {}
    for name, value in metadata.items():
        key = KEYS.get(name.lower())
        if key is not None and key.reach is reach and key.setting in names and key.convert is not None:
            settings[key.setting] = key.convert(value)
    return settings
