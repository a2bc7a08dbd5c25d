"""The `aws:cdk:*` metadata keys that definitions in the world carry, each with what it means here.

A key becomes a setting; or it is let pass because it has nothing to say here; or it is refused, because it asks for
what a definition cannot hold.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum

from pipeline_builder.core.definition import metadata_values as values
from pipeline_builder.core.definition.model import Value
from pipeline_builder.core.records import frozen

PREFIX = "aws:cdk:"


class Reach(StrEnum):
    """Whether a key is about the pipeline or about a step. One about steps may stand in `global` for all of them."""

    PIPELINE = "pipeline"
    STEP = "step"


@frozen(kw_only=True)
class MetadataKey:
    """One key.

    Attributes:
        name: behind `aws:cdk:`.
        kind: what its value is, in words.
        does: what it asks for, as a sentence.
        setting: the field of `PipelineSettings` or `StepSettings` that it becomes.
        convert: makes the setting of the value; raises `NotUnderstood`.
        moot: why it has no effect here; such a key is let pass with a note.
        refused: why it cannot be had, or what to write instead.
    """

    name: str
    reach: Reach
    kind: str
    does: str
    setting: str | None = None
    convert: Callable[[Value], object] | None = None
    moot: str | None = None
    refused: str | None = None


_Setting = tuple[str, str, Callable[[Value], object], str, str]
"""Name, setting, conversion, kind of value, what it does."""

_PIPELINE_SETTINGS: tuple[_Setting, ...] = (
    ("selfmutation", "self_mutation", values.truth, "boolean", "Whether the pipeline updates its own stack."),
    ("crossaccountkeys", "own_key", values.truth, "boolean", "Whether artifacts get a key of the pipeline's own."),
    ("dockerenabledforsynth", "docker_for_synth", values.truth, "boolean", "Docker inside the synth step."),
    ("pipelinename", "pipeline_name", values.name, "text", "The pipeline's name."),
    ("pipelinetype", "pipeline_type", values.version_two, "`V2`", "The type of pipeline; there is only this one."),
    ("role", "role_arn", values.arn, "ARN", "The role of the pipeline, instead of one made."),
)
_PIPELINE_OPERATIONS: tuple[_Setting, ...] = (
    ("iam:role:rolearn", "role_arn", values.arn, "ARN", "The role of the pipeline, instead of one made."),
    ("iam:role:rolename", "role_name", values.role_name, "text", "The same, by its name; an ARN wins."),
    (
        "notifications:topic:arn",
        "notification_topic_arn",
        values.arn,
        "ARN",
        "The SNS topic that is told of executions.",
    ),
    (
        "notifications:events",
        "notification_events",
        values.events,
        "list of words",
        "What is told: FAILED, SUCCEEDED, STARTED, CANCELED, SUPERSEDED, RESUMED. Default: the first two.",
    ),
    (
        "operations:executionevents",
        "execution_events",
        values.truth,
        "boolean",
        "Whether every change of an execution's state is sent to the topic.",
    ),
    ("operations:metrics", "failure_alarm", values.truth, "boolean", "Whether an alarm watches for failed executions."),
    ("operations:artifactretentiondays", "artifact_retention_days", values.days, "number", "Days artifacts are kept."),
    (
        "operations:variables",
        "variables",
        values.pipeline_variables,
        "`A=1,B=2`, or a list of `{name, defaultValue, description}`",
        "Variables that are given when an execution starts.",
    ),
    ("encryption:kmskeyarn", "kms_key_arn", values.arn, "ARN", "An existing key that encrypts artifacts."),
)
_STEP_TEXTS: tuple[_Setting, ...] = (
    ("commands", "commands", values.commands, "list of texts", "Commands instead of the plugin's."),
    ("installcommands", "install_commands", values.commands, "list of texts", "Commands instead of its install."),
    ("env", "env", values.texts_by_name, "map", "Environment variables."),
    ("primaryoutputdirectory", "primary_output_directory", values.path, "text", "What later steps receive."),
)
_BUILD_STEP_SETTINGS: tuple[_Setting, ...] = (
    ("timeout", "timeout", values.minutes, "minutes, or a duration like `PT1H30M`", "When the step is stopped."),
    ("role", "role_arn", values.arn, "ARN", "The role of the step, instead of one made."),
    ("cache", "cache", values.texts, "list of paths", "What is kept between executions."),
    (
        "rolepolicystatements",
        "permissions",
        values.permissions,
        "list of `{actions, resources, effect, conditions}`",
        "What the step's role may do beside what it needs.",
    ),
)
_ENVIRONMENT_SETTINGS: tuple[_Setting, ...] = (
    (
        "computetype",
        "compute_type",
        values.compute_type,
        "text",
        "How large a machine: `MEDIUM`, or as CodeBuild says.",
    ),
    ("privileged", "privileged", values.truth, "boolean", "Docker inside the step."),
    ("environmentvariables", "variables", values.typed_variables, "map `{NAME: {value, type}}`", "Typed variables."),
    ("buildimage", "image", values.image, "text", "The image the step runs in, instead of the plugin's."),
)
_NETWORK_SETTINGS: tuple[_Setting, ...] = (
    ("network:vpcid", "vpc_id", values.text, "text", "The VPC the step runs in; `subnetids` is needed too."),
    ("network:subnetids", "subnet_ids", values.texts, "list of texts", "Its subnets."),
    ("network:securitygroupids", "security_group_ids", values.texts, "list of texts", "Its security groups."),
    ("securitygroup:securitygroupids", "security_group_ids", values.texts, "list of texts", "Its security groups."),
)

_OWN_RENDERER = "the pipeline is rendered without CDK Pipelines, which this option is for"
_OWN_UPDATE = "CloudFormation updates the stack, in no build of its own"
_KEPT_ROLE = "a role from outside is never changed"

_MOOT: tuple[tuple[Reach, str, dict[str, str]], ...] = (
    (
        Reach.PIPELINE,
        "pipelines:codepipeline:",
        {
            "cdkassetscliversion": _OWN_RENDERER,
            "cliversion": _OWN_RENDERER,
            "dockerenabledforselfmutation": _OWN_UPDATE,
            "enablekeyrotation": "a key made here is always rotated",
            "publishassetsinparallel": _OWN_RENDERER,
            "reusecrossregionsupportstacks": _OWN_RENDERER,
            "usechangesets": _OWN_RENDERER,
            "usepipelineroleforactions": "actions always use the pipeline's role",
        },
    ),
    (Reach.PIPELINE, "iam:role:", {"mutable": _KEPT_ROLE, "type": "the ARN says it all"}),
    (Reach.STEP, "pipelines:codebuildstep:", {"projectname": "names are made of pipeline, stage and step"}),
    (
        Reach.STEP,
        "ec2:",
        {
            "network:type": "the ids say it all",
            "securitygroup:mutable": "security groups from outside are never changed",
            "securitygroup:type": "the ids say it all",
            "securitygroup:vpcid": "security groups are given by their ids",
        },
    ),
)

_NO_OBJECTS = "a CDK object cannot be written in a definition"
_NO_LOOKUP = "a look-up needs an account; give `vpcid` and `subnetids`"
_STACK_OUTPUTS = "read the outputs of stacks with the AWS CLI in a command"

_REFUSED: tuple[tuple[Reach, str, dict[str, str]], ...] = (
    (
        Reach.PIPELINE,
        "pipelines:codepipeline:",
        {
            "artifactbucket": "the bucket is the pipeline's own; use `artifacts` of the definition",
            "assetpublishingcodebuilddefaults": _OWN_RENDERER,
            "codebuilddefaults": "use `defaults` of the definition",
            "codepipeline": _NO_OBJECTS,
            "crossregionreplicationbuckets": "a pipeline stands in one region here",
            "dockercredentials": "use the parameter ImageRegistrySecretArn of the template",
            "selfmutationcodebuilddefaults": _OWN_UPDATE,
            "synth": "use `synth` of the definition",
            "synthcodebuilddefaults": "use the fields of `synth`",
        },
    ),
    (
        Reach.STEP,
        "pipelines:codebuildstep:",
        {
            "actionrole": "actions use the pipeline's role; use `role` of the step",
            "additionalinputs": "use `additionalInputArtifacts` of the step",
            "buildenvironment": "use the `aws:cdk:codebuild:buildenvironment:*` keys",
            "envfromcfnoutputs": _STACK_OUTPUTS,
            "filesystemlocations": _NO_OBJECTS,
            "input": "use `inputArtifact` of the step",
            "logging": "use `defaults.logRetentionDays` of the definition",
            "partialbuildspec": "use commands, `exports` and `cache` of the step",
        },
    ),
    (
        Reach.STEP,
        "pipelines:shellstep:",
        {
            "additionalinputs": "use `additionalInputArtifacts` of the step",
            "envfromcfnoutputs": _STACK_OUTPUTS,
            "input": "use `inputArtifact` of the step",
        },
    ),
    (
        Reach.STEP,
        "codebuild:buildenvironment:",
        {"certificate": _NO_OBJECTS, "dockerserver": _NO_OBJECTS, "fleet": _NO_OBJECTS},
    ),
    (
        Reach.STEP,
        "ec2:",
        {
            "network:availabilityzones": _NO_LOOKUP,
            "network:region": _NO_LOOKUP,
            "network:subnetgroupname": _NO_LOOKUP,
            "network:subnettype": _NO_LOOKUP,
            "network:tags": _NO_LOOKUP,
            "network:vpcname": _NO_LOOKUP,
            "securitygroup:securitygroupname": "a look-up needs an account; give `securitygroupids`",
        },
    ),
)


def _table() -> Iterator[MetadataKey]:
    for reach, space, rows in (
        (Reach.PIPELINE, "pipelines:codepipeline:", _PIPELINE_SETTINGS),
        (Reach.PIPELINE, "", _PIPELINE_OPERATIONS),
        (Reach.STEP, "pipelines:codebuildstep:", (*_STEP_TEXTS, *_BUILD_STEP_SETTINGS)),
        (Reach.STEP, "pipelines:shellstep:", _STEP_TEXTS),
        (Reach.STEP, "codebuild:buildenvironment:", _ENVIRONMENT_SETTINGS),
        (Reach.STEP, "ec2:", _NETWORK_SETTINGS),
    ):
        for name, setting, convert, kind, does in rows:
            yield MetadataKey(name=space + name, reach=reach, kind=kind, does=does, setting=setting, convert=convert)
    for reach, space, reasons in _MOOT:
        for name, why in reasons.items():
            yield MetadataKey(name=space + name, reach=reach, kind="anything", does="Nothing.", moot=why)
    for reach, space, reasons in _REFUSED:
        for name, why in reasons.items():
            yield MetadataKey(name=space + name, reach=reach, kind="anything", does="Nothing.", refused=why)


TABLE = tuple(_table())

KEYS = {PREFIX + key.name: key for key in TABLE}
"""Every known key, by its full name."""
