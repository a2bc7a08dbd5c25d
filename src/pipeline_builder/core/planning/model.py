"""The plan: the definition with every decision taken, as pure data.

A renderer decides nothing: whatever stands in the template stands here first, with its name, its logical id and its
permissions. Text that only AWS can complete (account, region, a parameter of the template, an attribute of a resource)
is a `Sub`; every other text is literal, however it looks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline_builder.core.definition.model import (
    ConditionResult,
    Effect,
    ExecutionMode,
    FailureBehavior,
    LookupTime,
    PullRequestEvent,
    RetryMode,
)
from pipeline_builder.core.plugins.model import OutputKind


@dataclass(frozen=True, slots=True)
class Sub:
    """Text with `${Name}` for a template parameter, a pseudo parameter, a logical id or `LogicalId.Attribute`.

    The syntax is that of `Fn::Sub`: a literal `${` is written `${!`.
    Source: Fn::Sub in the CloudFormation template reference.
    """

    text: str


Text = str | Sub


# --- permissions -----------------------------------------------------------------------------------------------------

Conditions = Mapping[str, Mapping[str, tuple[Text, ...]]]
"""Of a statement: operator → key → values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of an IAM policy.

    Attributes:
        sid: letters and digits, unique in its role; says what the statement is for.
        is_about_all_but: the actions are those that it is not about.
        only_if: name of the template's condition under which the statement is there at all.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[Text, ...]
    effect: Effect = Effect.ALLOW
    conditions: Conditions = field(default_factory=dict)
    only_if: str | None = None
    is_about_all_but: bool = False


HAS_REGISTRY_SECRET = "HasImageRegistrySecret"  # noqa: S105 -- the name of a condition
"""Condition of the template: its parameter ImageRegistrySecretArn is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Statements that fit into one document; the policies of a role are split where a limit demands it.

    Attributes:
        id: logical id, used where the policy is a managed one.
        is_managed: a managed policy of its own instead of an inline one.
    """

    id: str
    name: str
    statements: tuple[Statement, ...]
    is_managed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role that the template makes.

    Attributes:
        services: service principals that may assume it, such as `codebuild.amazonaws.com`.
        trust_conditions: on assuming it (confused deputy).
        path: begins and ends with `/`.
        boundary: ARN of the permissions boundary.
        is_retained: it outlives the stack.
    """

    id: str
    description: str
    services: tuple[str, ...]
    policies: tuple[Policy, ...]
    trust_conditions: Conditions = field(default_factory=dict)
    path: Text = "/"
    boundary: Text | None = None
    is_retained: bool = False


@dataclass(frozen=True, slots=True)
class RoleReference:
    """A role: one of the plan's by id, or one from outside by its ARN. Exactly one is set."""

    id: str | None = None
    arn: Text | None = None


# --- build steps -----------------------------------------------------------------------------------------------------


class VariableKind(StrEnum):
    """Where CodeBuild takes a variable's value from."""

    PLAIN = "PLAINTEXT"
    SECRET = "SECRETS_MANAGER"  # noqa: S105 -- the name of a kind, not a secret
    PARAMETER = "PARAMETER_STORE"


@dataclass(frozen=True, slots=True)
class EnvironmentVariable:
    """One variable of a step.

    Attributes:
        value: the value itself, or by `kind` a reference `secret:json-key:version-stage:version-id` or the name of a
            parameter.
    """

    name: str
    value: Text
    kind: VariableKind = VariableKind.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What a step runs in.

    Attributes:
        uri: complete, with registry (for plugin images a `Sub` over the parameter ImageRegistry).
        is_curated: one of CodeBuild's own (`aws/codebuild/…`), pulled with CodeBuild's credentials.
        repository: `<owner>/<name>` of a plugin's image, for the pull permission; None for others.
        digest: `sha256:…` when the image is pinned.
    """

    uri: Text
    is_curated: bool
    repository: Text | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcPlacement:
    """Where in a network a project runs. Without `security_group_ids`, `own_group` is the id of one that is made."""

    vpc_id: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...] = ()
    own_group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Test or coverage results that CodeBuild collects.

    Attributes:
        name: the report group is `<project>-<name>`.
        format: JUNITXML or COBERTURAXML (the two kinds our outputs have).
    """

    name: str
    files: tuple[str, ...]
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputArtifact:
    """What a step hands to later ones, or keeps.

    Attributes:
        name: the CodePipeline artifact's name; unique in its first 10 characters.
        label: what the author calls it: `stage/step`, or a source's name.
        base_directory: folder the files are taken from, relative to the workspace.
        files: globs below it.
        holds_evidence: reports kept for people rather than input of a step.
    """

    name: str
    label: str
    base_directory: str | None = None
    files: tuple[str, ...] = ("**/*",)
    holds_evidence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedArtifact:
    """A further input of a step and the folder of the workspace where it appears."""

    name: str
    directory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A declared output of the plugin, for whoever shows results: kind, path, and the artifact that keeps it."""

    kind: OutputKind
    path: str
    artifact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSpec:
    """What a project executes: build specification version 0.2.

    Attributes:
        script: the one command of the build phase; holds the whole step with its failure policy.
        exported: variables handed on to later actions.
    """

    script: str
    exported: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    outputs: tuple[OutputArtifact, ...] = ()
    cache_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginPin:
    """Which plugin a step uses, exactly."""

    name: str
    version: str
    owner: str
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """Where a project's output goes, and for how many days it is kept."""

    id: str
    name: str
    retention_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginLookup:
    """A step whose plugin is resolved while CloudFormation deploys, by a custom resource.

    Its attributes are what the project does not say itself, and the build specification in any case.

    Attributes:
        id: logical id of the custom resource.
        folder: where in the artifact bucket the build specification is put.
        binds_image: the image is the plugin's, and none that the author chose.
        question: which plugin, what the definition says about the step, and what expressions of the plugin may name.
    """

    id: str
    folder: str
    binds_image: bool
    question: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupFunction:
    """The Lambda function that resolves plugins while CloudFormation deploys."""

    id: str
    name: str
    role: RoleReference
    log_group: LogGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One step as it runs in CodeBuild.

    Attributes:
        environment: in order of name.
        mounted: further input artifacts and their folders; the script links them.
        compute_type: `BUILD_GENERAL1_SMALL` …
        build_spec: with `lookup`, without the script.
        environment_type: `LINUX_CONTAINER` or `ARM_CONTAINER`.
        cache_location: `<bucket>/<prefix>` in S3 where the cache paths are kept between executions.
    """

    id: str
    name: str
    stage: str
    step: str
    plugin: PluginPin
    description: str
    image: Image
    compute_type: Text
    environment: tuple[EnvironmentVariable, ...]
    build_spec: BuildSpec
    failure_behavior: FailureBehavior
    timeout_minutes: int
    queued_timeout_minutes: int
    role: RoleReference
    log_group: LogGroup
    environment_type: str = "LINUX_CONTAINER"
    is_privileged: bool | Sub = False
    cache_location: Text | None = None
    network: VpcPlacement | None = None
    mounted: tuple[MountedArtifact, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    lookup: PluginLookup | None = None


# --- stages and actions ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAction:
    """Fetches code.

    Attributes:
        owner, provider, version: of the action type, such as AWS, CodeStarSourceConnection, 1.
    """

    name: str
    owner: str
    provider: str
    version: str
    configuration: Mapping[str, Text]
    output: OutputArtifact
    namespace: str
    run_order: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildAction:
    """Starts a project.

    Attributes:
        project: logical id of the project.
        inputs: artifact names, the primary one first.
        environment: variables whose values CodePipeline completes (`#{…}`).
    """

    name: str
    project: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    environment: tuple[EnvironmentVariable, ...]
    run_order: int
    namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAction:
    """Waits for a person."""

    name: str
    run_order: int
    comment: str | None = None
    review_url: str | None = None
    topic_arn: Text | None = None
    timeout_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackUpdateAction:
    """Lets CloudFormation update the pipeline's own stack from the synthesized template.

    Attributes:
        input: artifact that holds the cloud assembly.
        template_path, configuration_path: files in that artifact.
        role: the role CloudFormation acts with.
    """

    name: str
    input: str
    template_path: Text
    configuration_path: Text
    role: RoleReference
    run_order: int = 1


Action = SourceAction | BuildAction | ApprovalAction | StackUpdateAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check of a condition, done by AWS."""

    name: str
    provider: str
    configuration: Mapping[str, str]
    commands: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    role_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must hold, and what happens when it does not."""

    result: ConditionResult
    rules: tuple[Rule, ...] = ()
    retry_mode: RetryMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Actions in order of run order, then of writing."""

    name: str
    actions: tuple[Action, ...]
    environment: str | None = None
    before_entry: Condition | None = None
    on_success: Condition | None = None
    on_failure: Condition | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those it has."""
        given = (self.before_entry, self.on_success, self.on_failure)
        return tuple(condition for condition in given if condition is not None)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all its conditions."""
        return tuple(rule for condition in self.conditions for rule in condition.rules)


# --- around the stages -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Glob patterns of a trigger."""

    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PushFilter:
    """Which pushes start an execution."""

    branches: Patterns | None = None
    tags: Patterns | None = None
    paths: Patterns | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestFilter:
    """Which pull requests start an execution."""

    branches: Patterns
    events: tuple[PullRequestEvent, ...]
    paths: Patterns | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What in a connected repository starts an execution."""

    source_action: str
    push: tuple[PushFilter, ...] = ()
    pull_request: tuple[PullRequestFilter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A value given when an execution starts."""

    name: str
    default: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRule:
    """An EventBridge rule that starts the pipeline: on a schedule, or when a source changes.

    Attributes:
        name: begins with what no other pipeline's rules begin with, because permissions rely on it.
        schedule: `rate(…)` or `cron(…)`; or
        event_pattern: JSON of the events that count, whose texts may be `Sub`.
    """

    id: str
    name: str
    description: str
    schedule: str | None = None
    event_pattern: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRule:
    """Tells people how executions end.

    Attributes:
        target_type: kind of `target`, a topic's or a chat channel's ARN, in the words of the service.
        event_ids: such as `codepipeline-pipeline-pipeline-execution-failed`.
    """

    id: str
    name: str
    target: Text
    target_type: str
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEvents:
    """An EventBridge rule that hands every change of an execution's state to a topic, for programs to read."""

    id: str
    name: str
    description: str
    topic_arn: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureAlarm:
    """A CloudWatch alarm on failed executions."""

    id: str
    name: str
    topic_arn: Text | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactStore:
    """The artifact bucket.

    Attributes:
        expiring: beginnings of the keys of objects that go after `retention_days`; all others stay.
        key_id: logical id of a key of the pipeline's own; or
        key_arn: an existing one; else the account's default key for S3.
    """

    id: str
    retention_days: int
    expiring: tuple[str, ...] = ("",)
    key_id: str | None = None
    key_arn: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The permissions boundary of every role made here, which self-mutation can neither widen nor delete.

    It outlives the stack: the role that updates the stack also deletes it, and may not delete this.
    """

    id: str
    name: str
    path: Text
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of the template. Without a default it must be given at the first deployment."""

    name: str
    description: str
    default: str | None = None
    allowed_pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything decided.

    Attributes:
        name: the CodePipeline pipeline's name.
        stages: all of them, Source and Synth included, in order.
        projects, roles: in order of first use.
        tags: on every resource that takes tags.
        start_role: role by which EventBridge starts the pipeline, when there are start rules.
    """

    name: str
    project: str
    organization: str
    org_id: str | None
    execution_mode: ExecutionMode
    lookup: LookupTime
    stages: tuple[Stage, ...]
    projects: tuple[Project, ...]
    roles: tuple[Role, ...]
    pipeline_role: RoleReference
    artifact_store: ArtifactStore
    parameters: tuple[Parameter, ...]
    variables: tuple[Variable, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    start_rules: tuple[StartRule, ...] = ()
    start_role: RoleReference | None = None
    notification_rule: NotificationRule | None = None
    execution_events: ExecutionEvents | None = None
    failure_alarm: FailureAlarm | None = None
    boundary: Boundary | None = None
    lookup_function: LookupFunction | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
