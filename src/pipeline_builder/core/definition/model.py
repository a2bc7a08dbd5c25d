"""What a person wrote: the definition of a pipeline, checked and typed, with nothing decided yet.

Text fields of steps (`env`, `commands`, `inputs` …) still hold their template expressions, which are rendered in
planning, where a step's scope exists. All others are rendered when the definition is loaded.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Annotated, ClassVar

from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.annotations import (
    Doc,
    Ignored,
    Key,
    Length,
    OneOrMany,
    Outdated,
    Pattern,
    Range,
    Tagged,
)

Value = str | int | bool | None | tuple["Value", ...] | Mapping[str, "Value"]
"""Data whose shape only its reader knows: `vars`, metadata. Numbers other than plain integers keep their text."""

# These become resources in policies, where `*` and `?` would stand for others too.
ARN = Pattern(re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^*?\s]+"), "an ARN without wildcards")
_ROLE_ARN = Pattern(re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+"), "the ARN of a role")
_POLICY_ARN = Pattern(
    re.compile(r"arn:[a-z-]+:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+"), "the ARN of a managed policy"
)
_KEY_ARN = Pattern(re.compile(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"), "the ARN of a KMS key")
_CONNECTION_ARN = Pattern(
    re.compile(r"arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9-]+"),
    "the ARN of a connection",
)
_TOLD_ARN = Pattern(
    re.compile(r"arn:[a-z-]+:(sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+|chatbot::[0-9]{12}:chat-configuration/[^*?\s]+)"),
    "the ARN of an SNS topic (no FIFO topic) or of a chat configuration",
)
ID = Pattern(re.compile(r"[A-Za-z0-9-]{1,64}"), "an id (letters, digits, hyphens)")
PLATFORM_ID = Pattern(re.compile(r"[A-Za-z0-9_-]{1,128}"), "1 to 128 letters, digits or _ -")
_SAYS_SOMETHING = Pattern(re.compile(r".*\S.*"), "one line with more than blanks")
REGISTRY = Pattern(
    re.compile(r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]{1,5})?(/[a-zA-Z0-9._-]+)*"),
    "a host, with a port and a path where there are any, and no scheme",
)
NAME = Pattern(re.compile(r"[A-Za-z0-9.@_-]{1,100}"), "1 to 100 letters, digits or . @ _ -")
ROLE_NAME = Pattern(
    re.compile(r"/?([A-Za-z0-9_+=,.@-]{1,128}/){0,8}[A-Za-z0-9_+=,.@-]{1,64}"),
    "the name of a role (letters, digits and _ + = , . @ -), with its path",
)
PATH = Pattern(
    # What CodePipeline completes (`#{…}`), it completes in variables alone.
    re.compile(r"(?![/~])(?!([^/]*/)*\.\.(/|$))(?!.*#\{)[^\\\x00-\x1f\x7f]*[^\\\x00-\x20\x7f][^\\\x00-\x1f\x7f]*"),
    "a path inside the workspace: relative, with / between its parts, without `..`",
)
IMAGE = Pattern(
    re.compile(
        r"([A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"
        r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?"
    ),
    "the name of an image, as it is pulled",
)
VARIABLE = Pattern(re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), "a variable name (letters, digits, underscores)")


class FailureBehavior(StrEnum):
    """What a step's non-zero exit code does to its execution."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


class StepPosition(StrEnum):
    """Where in its stage a step runs: before, or after, the ones without a mark."""

    PRE = "pre"
    POST = "post"


class ComputeType(StrEnum):
    """How large a machine a step gets, in the catalogue's words."""

    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"
    X_LARGE = "X_LARGE"
    X2_LARGE = "X2_LARGE"


class SourceTrigger(StrEnum):
    """What starts an execution when a source changes."""

    NONE = "NONE"
    AUTO = "AUTO"
    SCHEDULE = "SCHEDULE"


class ExecutionMode(StrEnum):
    """What happens to an execution when the next one comes."""

    QUEUED = "QUEUED"
    SUPERSEDED = "SUPERSEDED"
    PARALLEL = "PARALLEL"


class LookupTime(StrEnum):
    """When plugins are resolved: while synthesizing (pinned), or while CloudFormation deploys."""

    SYNTH = "synth"
    DEPLOY = "deploy"


# --- plugins ---------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class PluginFilter:
    """The older way to say which plugin: a search in a catalogue."""

    name: Annotated[str | None, Doc("The plugin's name, where `name` beside the filter is only a label.")] = None
    version: Annotated[str | None, Doc("An exact version or a range such as `^1.2`.")] = None
    access_modifier: Annotated[str | None, Ignored("visibility is decided by who owns the plugin")] = None
    is_active: Annotated[bool | None, Ignored("only published versions are ever used")] = None
    is_default: Annotated[bool | None, Ignored("the highest matching version is used")] = None
    id: Annotated[str | None, Ignored("a plugin is found by name and version")] = None
    org_id: Annotated[str | None, Ignored("own, parent and system plugins are searched in this order")] = None
    plugin_type: Annotated[str | None, Ignored("a plugin is found by name and version")] = None
    keyword: Annotated[str | None, Ignored("a plugin is found by name and version")] = None
    category: Annotated[str | None, Ignored("a plugin is found by name and version")] = None
    owner_id: Annotated[str | None, Ignored("a plugin is found by name and version")] = None
    lifecycle: Annotated[str | None, Ignored("a plugin is found by name and version")] = None


_PLUGIN_TEXT = Pattern(re.compile(r"[^@\s]+(@.+)?"), "the name of a plugin, or name@range")


@frozen(kw_only=True)
class PluginReference:
    """Which plugin, and which of its versions. The short form is the text `name` or `name@range`."""

    name: Annotated[str, Doc("The plugin's name in the catalogue.", examples=("jest",)), Length(1, 255)]
    version: Annotated[str | None, Doc("An exact version or a range: `1.2.0`, `^1.2`, `1.x`. Default: highest.")] = None
    alias: Annotated[str | None, Doc("The step's name, where the plugin's own name does not serve.")] = None
    filter: Annotated[PluginFilter | None, Outdated("`name` and `version`")] = None
    metadata: Annotated[Mapping[str, Value], Doc("Environment variables and `aws:cdk:*` keys of this use.")] = field(
        default_factory=dict
    )

    @classmethod
    def from_text(cls, text: Annotated[str, _PLUGIN_TEXT, Length(1, 255)]) -> "PluginReference":
        """`jest` or `jest@^1.2`."""
        name, _, version = text.partition("@")
        return cls(name=name, version=version or None)

    @property
    def wanted_name(self) -> str:
        """The name to look for: the filter's where it has one."""
        return self.filter.name if self.filter and self.filter.name else self.name

    @property
    def wanted_version(self) -> str | None:
        return self.version or (self.filter.version if self.filter else None)

    @property
    def label(self) -> str:
        """What the step is called after."""
        return self.alias or self.name


# --- network, roles, permissions -------------------------------------------------------------------------------------


@frozen(kw_only=True)
class SubnetNetwork:
    """A VPC by its ids; needs no look-up."""

    kind: ClassVar[str] = "subnetIds"
    vpc_id: Annotated[str, ID, Doc("The VPC.", examples=("vpc-0a1b2c3d",))]
    subnet_ids: Annotated[
        tuple[Annotated[str, ID], ...], OneOrMany(), Length(1, 16), Doc("Subnets with a way out (NAT).")
    ]
    security_group_ids: Annotated[
        tuple[Annotated[str, ID], ...], OneOrMany(), Length(0, 5), Doc("Default: one is made.")
    ] = ()


@frozen(kw_only=True)
class VpcNetwork:
    """A VPC whose subnets would have to be looked up; refused unless the subnets are given."""

    kind: ClassVar[str] = "vpcId"
    vpc_id: Annotated[str, ID, Doc("The VPC.")]
    subnet_ids: Annotated[tuple[Annotated[str, ID], ...], OneOrMany(), Length(0, 16), Doc("Its subnets.")] = ()
    subnet_type: Annotated[str | None, Doc("Which subnets a look-up would take.")] = None
    availability_zones: Annotated[tuple[str, ...], OneOrMany(), Doc("Which zones a look-up would take.")] = ()
    subnet_group_name: Annotated[str | None, Doc("Which group a look-up would take.")] = None
    security_group_ids: Annotated[
        tuple[Annotated[str, ID], ...], OneOrMany(), Length(0, 5), Doc("Default: one is made.")
    ] = ()


@frozen(kw_only=True)
class LookedUpNetwork:
    """A VPC by tags; refused, because a look-up needs an account."""

    kind: ClassVar[str] = "vpcLookup"
    tags: Annotated[Mapping[str, str], Doc("Tags of the VPC.")]
    vpc_name: Annotated[str | None, Doc("Name of the VPC.")] = None
    region: Annotated[str | None, Doc("Its region.")] = None
    subnet_type: Annotated[str | None, Doc("Which subnets a look-up would take.")] = None
    availability_zones: Annotated[tuple[str, ...], OneOrMany(), Doc("Which zones a look-up would take.")] = ()
    subnet_group_name: Annotated[str | None, Doc("Which group a look-up would take.")] = None
    security_group_ids: Annotated[tuple[Annotated[str, ID], ...], OneOrMany(), Doc("Security groups.")] = ()


Network = Annotated[SubnetNetwork | VpcNetwork | LookedUpNetwork, Tagged(default="subnetIds")]


@frozen(kw_only=True)
class SecurityGroupIds:
    """Security groups by their ids."""

    kind: ClassVar[str] = "securityGroupIds"
    security_group_ids: Annotated[tuple[Annotated[str, ID], ...], OneOrMany(), Length(1, 5), Doc("Security groups.")]
    mutable: Annotated[bool, Ignored("the groups are never changed")] = False


@frozen(kw_only=True)
class SecurityGroupLookup:
    """Security groups by name; refused, because a look-up needs an account."""

    kind: ClassVar[str] = "securityGroupLookup"
    security_group_name: Annotated[str, Doc("Name of the group.")]
    vpc_id: Annotated[str, ID, Doc("Its VPC.")]


SecurityGroups = Annotated[SecurityGroupIds | SecurityGroupLookup, Tagged(default="securityGroupIds")]


@frozen(kw_only=True)
class RoleByArn:
    """An existing role for the pipeline itself."""

    kind: ClassVar[str] = "roleArn"
    role_arn: Annotated[str, _ROLE_ARN, Doc("The role; CodePipeline must be allowed to assume it.")]
    mutable: Annotated[bool, Ignored("a role from outside is never changed")] = False


@frozen(kw_only=True)
class RoleByName:
    """An existing role of the deploying account."""

    kind: ClassVar[str] = "roleName"
    role_name: Annotated[str, ROLE_NAME, Doc("Name of the role, with its path.")]
    mutable: Annotated[bool, Ignored("a role from outside is never changed")] = False


@frozen(kw_only=True)
class RoleForCodeBuild:
    """A role that trusts CodeBuild: of no use to a pipeline, so the pipeline's own role is made instead."""

    kind: ClassVar[str] = "codeBuildDefault"
    role_name: Annotated[str | None, Doc("Name of the role.")] = None


@frozen(kw_only=True)
class RoleForWebIdentity:
    """A role that trusts a web identity; refused, because CodePipeline can never assume it."""

    kind: ClassVar[str] = "oidc"
    provider_arn: Annotated[str | None, Doc("Identity provider.")] = None
    issuer: Annotated[str | None, Doc("Issuer.")] = None
    client_ids: Annotated[tuple[str, ...], OneOrMany(), Doc("Audiences.")] = ()
    thumbprints: Annotated[tuple[str, ...], OneOrMany(), Doc("Thumbprints.")] = ()
    conditions: Annotated[Mapping[str, Value], Doc("StringEquals.")] = field(default_factory=dict)
    conditions_like: Annotated[Mapping[str, Value], Doc("StringLike.")] = field(default_factory=dict)
    role_name: Annotated[str | None, Doc("Name.")] = None
    description: Annotated[str | None, Doc("Description.")] = None
    max_session_duration: Annotated[int | None, Doc("Seconds.")] = None
    permissions_boundary_arn: Annotated[str | None, Doc("Boundary.")] = None
    managed_policy_arns: Annotated[tuple[str, ...], OneOrMany(), Doc("Policies.")] = ()
    policy_statements: Annotated[tuple[Mapping[str, Value], ...], Doc("Statements.")] = ()


PipelineRole = Annotated[RoleByArn | RoleByName | RoleForCodeBuild | RoleForWebIdentity, Tagged(default="roleArn")]


class Effect(StrEnum):
    """Whether a statement allows or denies."""

    ALLOW = "Allow"
    DENY = "Deny"


_ACTION = Pattern(re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+"), "an IAM action such as s3:GetObject")
_RESOURCE = Pattern(re.compile(r"\*|(arn:|\$\{AWS::)[^\s]+"), "an ARN, or *")


@frozen(kw_only=True)
class Permission:
    """One IAM statement that a step's own role gets beside what it needs anyway."""

    actions: Annotated[
        tuple[Annotated[str, _ACTION], ...], OneOrMany(), Length(1), Doc("IAM actions.", examples=("s3:GetObject",))
    ]
    resources: Annotated[
        tuple[Annotated[str, _RESOURCE], ...],
        OneOrMany(),
        Length(1),
        Doc("ARNs. `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}` stand for the deploying account's."),
    ]
    effect: Annotated[Effect, Doc("Default: Allow.")] = Effect.ALLOW
    conditions: Annotated[Mapping[str, Value], Doc("Conditions, as in a policy document.")] = field(
        default_factory=dict
    )


SECRET = Pattern(
    re.compile(r"(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,519}"),
    "the name of a secret (letters, digits and / _ + = . @ -) or its ARN",
)
PARAMETER = Pattern(
    re.compile(r"(arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter/)?[A-Za-z0-9/_.-]{1,1011}"),
    "the name of a parameter (letters, digits and / _ . -) or its ARN",
)
_PART = Pattern(re.compile(r"[^:\s]{1,512}"), "without colons and blanks")
"""CodeBuild names secret, key and version in one text, with colons between them."""


@frozen(kw_only=True)
class SecretReference:
    """Where a step's secret lies, when not in its default place. The short form is the secret's name or ARN."""

    secret: Annotated[str | None, SECRET, Doc("Name or ARN of a secret in Secrets Manager.")] = None
    key: Annotated[str | None, _PART, Doc("Which key, where the secret is a JSON object. Default: the whole.")] = None
    version_stage: Annotated[str | None, _PART, Doc("Which staging label. Default: AWSCURRENT.")] = None
    version_id: Annotated[str | None, _PART, Doc("Which version. Default: the one of the staging label.")] = None
    parameter: Annotated[
        str | None, PARAMETER, Doc("Name or ARN of a parameter in SSM Parameter Store, instead of a secret.")
    ] = None

    @classmethod
    def from_text(cls, text: Annotated[str, SECRET]) -> "SecretReference":
        """The name or ARN of a secret, whose whole value is meant."""
        return cls(secret=text)


# --- sources ---------------------------------------------------------------------------------------------------------

_REPO = Pattern(re.compile(r"[^/\s]+(/[^/\s]+)+"), "owner/repository")
_COMMIT_REPOSITORY = Pattern(re.compile(r"[A-Za-z0-9._-]{1,100}"), "1 to 100 letters, digits or . _ -")
_BUCKET = Pattern(re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "a bucket's name (3 to 63 of a-z, 0-9, . and -)")
_OBJECT_KEY = Pattern(re.compile(r"[^*?\r\n]{1,1024}"), "an object's key without wildcards")
_IMAGE_REPOSITORY = Pattern(re.compile(r"[a-z0-9][a-z0-9._/-]{1,255}"), "2 to 256 of a-z, 0-9 and . _ / -")


@frozen(kw_only=True)
class ConnectionSource:
    """A repository behind a connection to GitHub, GitLab or Bitbucket (AWS CodeConnections)."""

    kind: ClassVar[str] = "connection"
    kind_aliases: ClassVar[tuple[str, ...]] = ("codestar",)
    repo: Annotated[str, _REPO, Doc("Repository as `owner/name`.", examples=("owner/repo",))]
    branch: Annotated[str, Doc("Branch."), Length(1, 255)] = "main"
    connection_arn: Annotated[
        str | None, _CONNECTION_ARN, Doc("The connection. Default: a parameter of the template.")
    ] = None
    trigger: Annotated[SourceTrigger, Doc("AUTO starts an execution at each push to the branch.")] = SourceTrigger.NONE
    schedule: Annotated[str | None, Doc("With trigger SCHEDULE: when.")] = None
    code_build_clone_output: Annotated[bool, Doc("Hand steps a full git clone instead of an archive.")] = False


@frozen(kw_only=True)
class GitHubSource:
    """A GitHub repository through a personal token: the outdated way."""

    kind: ClassVar[str] = "github"
    repo: Annotated[str, _REPO, Doc("Repository as `owner/name`.")]
    branch: Annotated[str, Doc("Branch."), Length(1, 255)] = "main"
    token: Annotated[
        str | None,
        Length(0, 2048),
        Doc("`secretsmanager:<name>` or the ARN of a secret. Default: the secret `github-token`."),
    ] = None
    allow_plain_text_token: Annotated[bool, Doc("Never honoured: a token in a template is readable by many.")] = False
    trigger: Annotated[SourceTrigger, Doc("AUTO polls the repository.")] = SourceTrigger.NONE
    schedule: Annotated[str | None, Doc("With trigger SCHEDULE: when.")] = None


@frozen(kw_only=True)
class CodeCommitSource:
    """A CodeCommit repository."""

    kind: ClassVar[str] = "codecommit"
    repository_name: Annotated[str, _COMMIT_REPOSITORY, Doc("Repository.")]
    branch: Annotated[str, Doc("Branch."), Length(1, 255)] = "main"
    trigger: Annotated[SourceTrigger, Doc("AUTO starts an execution at each push to the branch.")] = SourceTrigger.NONE
    schedule: Annotated[str | None, Doc("With trigger SCHEDULE: when.")] = None
    code_build_clone_output: Annotated[bool, Doc("Hand steps a full git clone instead of an archive.")] = False


@frozen(kw_only=True)
class S3Source:
    """An archive in a versioned bucket."""

    kind: ClassVar[str] = "s3"
    bucket_name: Annotated[str, _BUCKET, Doc("Bucket; versioning must be on.")]
    object_key: Annotated[str, _OBJECT_KEY, Doc("Key of the archive.")] = "source.zip"
    trigger: Annotated[SourceTrigger, Doc("AUTO needs EventBridge notifications on the bucket.")] = SourceTrigger.NONE
    schedule: Annotated[str | None, Doc("With trigger SCHEDULE: when.")] = None


@frozen(kw_only=True)
class EcrSource:
    """An image in ECR: an execution per pushed tag."""

    kind: ClassVar[str] = "ecr"
    repository_name: Annotated[str, _IMAGE_REPOSITORY, Doc("Repository.")]
    image_tag: Annotated[str, Doc("Tag."), Length(1, 128)] = "latest"
    trigger: Annotated[SourceTrigger, Doc("AUTO starts an execution when the tag is pushed.")] = SourceTrigger.NONE
    schedule: Annotated[str | None, Doc("With trigger SCHEDULE: when.")] = None


Source = Annotated[
    ConnectionSource | GitHubSource | CodeCommitSource | S3Source | EcrSource, Tagged(default="connection")
]


# --- triggers, variables, conditions ---------------------------------------------------------------------------------


_Glob = Annotated[str, Length(1, 255)]


@frozen(kw_only=True)
class Patterns:
    """Glob patterns. The short form is a list, or one text: what to include."""

    includes: Annotated[tuple[_Glob, ...], OneOrMany(), Length(0, 8), Doc("At least one must match.")] = ()
    excludes: Annotated[tuple[_Glob, ...], OneOrMany(), Length(0, 8), Doc("None may match.")] = ()

    @classmethod
    def from_text(cls, text: _Glob) -> "Patterns":
        """What to include."""
        return cls(includes=(text,))

    @classmethod
    def from_items(cls, items: Annotated[tuple[_Glob, ...], Length(1, 8)]) -> "Patterns":
        """All that is to be included."""
        return cls(includes=items)


@frozen(kw_only=True)
class PushFilter:
    """Which pushes start an execution."""

    branches: Annotated[Patterns | None, Doc("Branches.")] = None
    tags: Annotated[Patterns | None, Doc("Tags; not together with branches or paths.")] = None
    paths: Annotated[Patterns | None, Key("paths", ("filePaths",)), Doc("Changed files.")] = None


class PullRequestEvent(StrEnum):
    """What happened to a pull request."""

    OPEN = "OPEN"
    UPDATED = "UPDATED"
    CLOSED = "CLOSED"


@frozen(kw_only=True)
class PullRequestFilter:
    """Which pull requests start an execution."""

    branches: Annotated[Patterns, Doc("Target branches.")]
    events: Annotated[tuple[PullRequestEvent, ...], OneOrMany(), Doc("Default: all three.")] = ()
    paths: Annotated[Patterns | None, Key("paths", ("filePaths",)), Doc("Changed files.")] = None


@frozen(kw_only=True)
class Trigger:
    """What in a connected repository starts an execution."""

    source: Annotated[str | None, Doc("Name of the source. Default: the first one.")] = None
    push: Annotated[
        tuple[PushFilter, ...], OneOrMany(), Length(0, 3), Doc("Pushes that start an execution: any of these.")
    ] = ()
    pull_request: Annotated[
        tuple[PullRequestFilter, ...],
        OneOrMany(),
        Length(0, 3),
        Doc("Pull requests that start an execution: any of these."),
    ] = ()


@frozen(kw_only=True)
class PipelineVariable:
    """A value given when an execution starts. Steps read it as `#{variables.NAME}` in `env`."""

    name: Annotated[str, VARIABLE, Length(1, 128), Doc("Name.")]
    default: Annotated[str | None, Key("default", ("defaultValue",)), Length(1, 1000), Doc("Default value.")] = None
    description: Annotated[str | None, Length(0, 200), Doc("For the person who starts an execution.")] = None


class ConditionResult(StrEnum):
    """What a stage does when the condition is not met."""

    FAIL = "FAIL"
    SKIP = "SKIP"
    RETRY = "RETRY"
    ROLLBACK = "ROLLBACK"


class RetryMode(StrEnum):
    """Which actions of a failed stage run again."""

    FAILED_ACTIONS = "FAILED_ACTIONS"
    ALL_ACTIONS = "ALL_ACTIONS"


_ONE_LINE = Pattern(re.compile(r"[^\r\n]*"), "one line")


@frozen(kw_only=True)
class ConditionRule:
    """One check of a stage condition, done by AWS."""

    name: Annotated[str, NAME, Doc("Name, unique in the condition.")]
    provider: Annotated[
        str, Doc("CloudWatchAlarm, DeploymentWindow, LambdaInvoke, VariableCheck, CodeBuild or Commands.")
    ]
    configuration: Annotated[Mapping[str, str], Doc("As the provider's reference says.")] = field(default_factory=dict)
    commands: Annotated[
        tuple[Annotated[str, _ONE_LINE, Length(1, 1000)], ...],
        OneOrMany(),
        Length(0, 50),
        Doc("What the provider Commands runs, a line each; all must succeed."),
    ] = ()
    input_artifacts: Annotated[tuple[str, ...], OneOrMany(), Doc("Names of sources or steps.")] = ()
    role_arn: Annotated[str | None, _ROLE_ARN, Doc("Role that runs the check.")] = None


_RESULT = Pattern(re.compile("fail|retry|rollback|skip|FAIL|RETRY|ROLLBACK|SKIP"), "fail, retry, rollback or skip")


@frozen(kw_only=True)
class StageCondition:
    """What must hold, and what happens when it does not. The short form is the result alone: `rollback`."""

    result: Annotated[ConditionResult, Doc("What happens when a rule does not pass.")]
    rules: Annotated[tuple[ConditionRule, ...], OneOrMany(), Length(0, 5), Doc("What is checked; all must pass.")] = ()
    retry_mode: Annotated[RetryMode, Doc("With RETRY: which actions run again.")] = RetryMode.FAILED_ACTIONS

    @classmethod
    def from_text(cls, text: Annotated[str, _RESULT]) -> "StageCondition":
        """`rollback`, `retry`, `fail` or `skip`."""
        return cls(result=ConditionResult(text.upper()))


# --- steps, stages, synth --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class ArtifactKey:
    """Which step's output. The short form is a text: a source's name, `step`, or `stage/step`."""

    stage_name: Annotated[str | None, Doc("Stage.")] = None
    stage_alias: Annotated[str | None, Doc("Alias of the stage.")] = None
    plugin_name: Annotated[str | None, Doc("Name of the plugin.")] = None
    plugin_alias: Annotated[str | None, Doc("Alias of the plugin, or the step's name.")] = None
    output_directory: Annotated[str | None, Doc("Output directory of that step.")] = None
    name: Annotated[str | None, Doc("Source name, `step` or `stage/step`.")] = None

    @classmethod
    def from_text(cls, text: Annotated[str, Length(1, 255)]) -> "ArtifactKey":
        """The name of a source, `step`, or `stage/step`."""
        return cls(name=text)


@frozen(kw_only=True)
class AdditionalInput:
    """A further artifact, put into a directory of the step's workspace."""

    artifact: Annotated[ArtifactKey, Doc("Which artifact.")]
    directory: Annotated[str | None, PATH, Doc("Where it appears. Default: its output directory, or its name.")] = None


@frozen(kw_only=True)
class PluginUse:
    """A plugin at work: what a step of a stage and the synth step have in common."""

    plugin: Annotated[PluginReference, Doc("Which plugin runs.")]
    inputs: Annotated[Mapping[str, str], Doc("The plugin's typed inputs.")] = field(default_factory=dict)
    metadata: Annotated[Mapping[str, Value], Doc("Environment variables and `aws:cdk:*` keys.")] = field(
        default_factory=dict
    )
    env: Annotated[Mapping[str, str], Doc("Environment variables; they win over all others.")] = field(
        default_factory=dict
    )
    secrets: Annotated[Mapping[str, SecretReference], Doc("Secrets by variable name.")] = field(default_factory=dict)
    commands: Annotated[tuple[str, ...] | None, OneOrMany(), Doc("Instead of the plugin's commands.")] = None
    install_commands: Annotated[
        tuple[str, ...] | None, OneOrMany(), Doc("Instead of the plugin's install commands.")
    ] = None
    pre_install_commands: Annotated[tuple[str, ...], OneOrMany(), Doc("Before the plugin's install.")] = ()
    post_install_commands: Annotated[tuple[str, ...], OneOrMany(), Doc("After the plugin's install.")] = ()
    pre_commands: Annotated[tuple[str, ...], OneOrMany(), Doc("Before the plugin's commands.")] = ()
    post_commands: Annotated[tuple[str, ...], OneOrMany(), Doc("After the plugin's commands.")] = ()
    network: Annotated[Network | None, Doc("The VPC it runs in.")] = None
    role: Annotated[str | None, Key("role", ("roleArn",)), _ROLE_ARN, Doc("An existing role instead of one made.")] = (
        None
    )
    permissions: Annotated[tuple[Permission, ...], Doc("What its role may do beside what it needs.")] = ()
    compute_type: Annotated[ComputeType | None, Doc("Default: the plugin's.")] = None
    privileged: Annotated[bool | None, Doc("Docker inside the step. Default: the plugin's.")] = None
    timeout: Annotated[int | None, Range(0, 2160), Doc("Minutes. Default: the plugin's.")] = None
    queued_timeout: Annotated[int | None, Range(5, 480), Doc("Minutes it may wait for a machine.")] = None
    output_directory: Annotated[
        str | None,
        Key("outputDirectory", ("primaryOutputDirectory",)),
        PATH,
        Doc("What later steps receive, or the cloud assembly. Default: the plugin's."),
    ] = None


@frozen(kw_only=True)
class Step(PluginUse):
    """One use of a plugin in a stage."""

    name: Annotated[str | None, NAME, Doc("Unique in the stage. Default: the plugin's alias or name.")] = None
    position: Annotated[StepPosition | None, Doc("Before (`pre`) or after (`post`) the unmarked steps.")] = None
    needs: Annotated[tuple[str, ...], OneOrMany(), Doc("Steps of this stage that must succeed first.")] = ()
    failure_behavior: Annotated[FailureBehavior | None, Doc("Default: the plugin's.")] = None
    input_artifact: Annotated[ArtifactKey | None, Doc("What it works on. Default: the first source.")] = None
    additional_input_artifacts: Annotated[
        tuple[AdditionalInput, ...], OneOrMany(), Length(0, 4), Doc("What it gets beside.")
    ] = ()
    exports: Annotated[tuple[str, ...], OneOrMany(), Doc("Variables that later steps read as `#{step.NAME}`.")] = ()
    cache: Annotated[tuple[str, ...] | None, OneOrMany(), Doc("Paths kept between executions.")] = None

    @property
    def label(self) -> str:
        """The step's name: unique in its stage."""
        return self.name or self.plugin.label


@frozen(kw_only=True)
class Stage:
    """Steps that run together, after all of the stage before."""

    stage_name: Annotated[str, Key("stageName", ("name",)), Length(1, 100), Doc("Name of the CodePipeline stage.")]
    steps: Annotated[tuple[Step, ...], Length(1), Doc("In order of writing; see `position` and `needs`.")]
    alias: Annotated[str | None, Doc("Another name, under which artifacts are found.")] = None
    environment: Annotated[str | None, Length(1, 100), Doc("The environment it deploys to, for DORA figures.")] = None
    before_entry: Annotated[StageCondition | None, Doc("Checked before the stage begins.")] = None
    on_success: Annotated[StageCondition | None, Doc("Checked after the stage succeeded.")] = None
    on_failure: Annotated[StageCondition | None, Doc("What happens when the stage fails.")] = None


@frozen(kw_only=True)
class Synth(PluginUse):
    """Where the code comes from, and the step that renders the template of the pipeline itself."""

    source: Annotated[Source, Doc("The first source.")]


# --- the whole -------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Defaults:
    """What every step gets unless it says otherwise."""

    network: Annotated[Network | None, Doc("The VPC that steps run in.")] = None
    security_groups: Annotated[SecurityGroups | None, Doc("Security groups of the steps.")] = None
    metadata: Annotated[Mapping[str, Value], Doc("Environment variables and `aws:cdk:*` keys.")] = field(
        default_factory=dict
    )
    permissions_boundary: Annotated[str | None, _POLICY_ARN, Doc("A managed policy that bounds every role made.")] = (
        None
    )
    log_retention_days: Annotated[
        int | None, Doc("Days that logs are kept, as CloudWatch offers them. Default: 90.")
    ] = None


class NotificationEvent(StrEnum):
    """What of an execution is told."""

    FAILED = "FAILED"
    SUCCEEDED = "SUCCEEDED"
    STARTED = "STARTED"
    CANCELED = "CANCELED"
    SUPERSEDED = "SUPERSEDED"
    RESUMED = "RESUMED"


@frozen(kw_only=True)
class Notifications:
    """Who is told how executions end."""

    topic_arn: Annotated[str, _TOLD_ARN, Doc("An SNS topic, or a chat configuration.")]
    events: Annotated[tuple[NotificationEvent, ...], OneOrMany(), Doc("Default: FAILED, SUCCEEDED.")] = ()
    failure_alarm: Annotated[bool, Doc("Also a CloudWatch alarm on failed executions.")] = False
    approvals: Annotated[bool, Doc("Also when an approval is needed.")] = False


@frozen(kw_only=True)
class ArtifactStore:
    """How artifacts are kept."""

    retention_days: Annotated[int | None, Range(1, 3650), Doc("Days that artifacts are kept. Default: 30.")] = None
    kms_key_arn: Annotated[str | None, _KEY_ARN, Doc("An existing key that encrypts them.")] = None
    own_key: Annotated[bool, Doc("A key of the pipeline's own, as cross-account deployments need.")] = False


@frozen(kw_only=True)
class SelfMutation:
    """Whether and how the pipeline updates its own stack. The short form is true or false."""

    enabled: Annotated[bool, Doc("Default: true when the synth plugin makes a cloud assembly.")] = True
    role_arn: Annotated[str | None, _ROLE_ARN, Doc("The role CloudFormation uses, instead of one made.")] = None

    @classmethod
    def from_bool(cls, enabled: bool) -> "SelfMutation":  # noqa: FBT001 -- the short form *is* the boolean
        """Whether it does."""
        return cls(enabled=enabled)


@frozen(kw_only=True)
class Registry:
    """Where plugin images are pulled from, when not given as the template's parameter."""

    pull_host: Annotated[str | None, REGISTRY, Doc("Host, with a path where there is one.")] = None
    pull_port: Annotated[int | None, Range(1, 65535), Doc("Port.")] = None


@frozen(kw_only=True)
class Definition:
    """A whole pipeline."""

    project: Annotated[str, Length(1, 100), _SAYS_SOMETHING, Doc("Name of the project.", examples=("my-app",))]
    organization: Annotated[
        str, Length(1, 100), _SAYS_SOMETHING, Doc("Name of the organization.", examples=("acme-corp",))
    ]
    synth: Annotated[Synth, Doc("The first source and the synth step.")]
    stages: Annotated[tuple[Stage, ...], Doc("In order.")] = ()
    pipeline_name: Annotated[
        str | None, NAME, Doc("Name of the pipeline. Default: `{organization}-{project}-pipeline`.")
    ] = None
    description: Annotated[str | None, Length(0, 2000), Doc("For people.")] = None
    environment: Annotated[str | None, Length(1, 100), Doc("The environment it deploys to, for DORA figures.")] = None
    org_id: Annotated[str | None, PLATFORM_ID, Doc("Id of the organization. Default: a template parameter.")] = None
    pipeline_id: Annotated[str | None, PLATFORM_ID, Doc("Id of the pipeline on the platform.")] = None
    shared_metadata: Annotated[
        Mapping[str, Value], Key("global"), Doc("Environment variables and `aws:cdk:*` keys for every step.")
    ] = field(default_factory=dict)
    vars: Annotated[Mapping[str, Value], Doc("Values for template expressions: `{{ vars.name }}`.")] = field(
        default_factory=dict
    )
    defaults: Annotated[Defaults, Doc("What every step gets.")] = Defaults()
    role: Annotated[PipelineRole | None, Doc("The role of the pipeline itself.")] = None
    sources: Annotated[Mapping[str, Source], Length(0, 20), Doc("Further sources by name.")] = field(
        default_factory=dict
    )
    schedule: Annotated[tuple[str, ...], OneOrMany(), Length(0, 10), Doc("`rate(…)` or `cron(…)`, in UTC.")] = ()
    triggers: Annotated[tuple[Trigger, ...], OneOrMany(), Length(0, 50), Doc("What starts an execution.")] = ()
    variables: Annotated[tuple[PipelineVariable, ...], Length(0, 50), Doc("Given when an execution starts.")] = ()
    execution_mode: Annotated[ExecutionMode | None, Doc("Default: SUPERSEDED.")] = None
    notifications: Annotated[Notifications | None, Doc("Who is told of executions.")] = None
    artifacts: Annotated[ArtifactStore, Doc("How artifacts are kept.")] = ArtifactStore()
    self_mutation: Annotated[SelfMutation | None, Doc("Whether the pipeline updates itself.")] = None
    lookup: Annotated[LookupTime, Doc("When plugins are resolved.")] = LookupTime.SYNTH
    tags: Annotated[Mapping[str, str], Length(0, 50), Doc("Tags of every resource.")] = field(default_factory=dict)
    registry: Annotated[Registry, Doc("Where plugin images are pulled from.")] = Registry()
    resolved_plugins: Annotated[Value, Ignored("`pipeline.lock` says which plugins were resolved")] = None

    @property
    def name(self) -> str:
        """The pipeline's name: as given, or made of organization and project."""
        return self.pipeline_name or usual_name(self.organization, self.project)


def usual_name(organization: str, project: str) -> str:
    """The name of a pipeline that is given none.

    Every character that is no letter or digit becomes an underscore, as definitions in the world expect.
    """
    plain = [re.sub(r"[^A-Za-z0-9]", "_", name).lower() for name in (organization, project)]
    return f"{plain[0]}-{plain[1]}-pipeline"
