"""Everything that a rule can look at: one table for each target, each line an attribute with how it is found.

What is not known is absent: nothing is made up, and nothing is taken for granted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pipeline_builder.core.compliance.dockerfile import installs_into_system, remote_scripts
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts, StepFacts
from pipeline_builder.core.compliance.values import Kind, Value
from pipeline_builder.core.planning.model import Statement, Sub, VariableKind

F = TypeVar("F")


class Target(StrEnum):
    """What a rule is about: the pipeline as a whole, each of its steps, or a plugin that is published."""

    PIPELINE = "pipeline"
    STEP = "step"
    PLUGIN = "plugin"


@dataclass(frozen=True)
class Attribute(Generic[F]):
    """One thing that can be known.

    Attributes:
        sentence: what it is, and when it is absent.
        of: finds it; None where it is absent.
    """

    name: str
    kind: Kind
    sentence: str
    of: Callable[[F], Value | None]


def _actions(statements: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(sorted({action for statement in statements for action in statement.actions}))


def _on_everything(statements: Sequence[Statement]) -> tuple[str, ...]:
    return tuple(sorted({action for one in statements if "*" in one.resources for action in one.actions}))


def _text(value: object) -> str | None:
    """A text that is known while planning; what CloudFormation fills in is not."""
    return None if value is None or isinstance(value, Sub) else str(value)


def _secrets(step: StepFacts) -> tuple[str, ...]:
    return tuple(one.name for one in step.project.environment if one.kind is not VariableKind.PLAIN)


PIPELINE: tuple[Attribute[PipelineFacts], ...] = (
    Attribute("name", Kind.TEXT, "Name of the pipeline.", lambda p: p.plan.name),
    Attribute("project", Kind.TEXT, "The definition's `project`.", lambda p: p.plan.project),
    Attribute("organization", Kind.TEXT, "The definition's `organization`.", lambda p: p.plan.organization),
    Attribute(
        "description", Kind.TEXT, "The definition's `description`, if it has one.", lambda p: p.definition.description
    ),
    Attribute("tags", Kind.MAP, "Tags that its author gave all resources.", lambda p: p.definition.tags),
    Attribute(
        "stages",
        Kind.LIST,
        "Names of its author's stages.",
        lambda p: tuple(one.stage_name for one in p.definition.stages),
    ),
    Attribute(
        "steps",
        Kind.LIST,
        "Names of the steps that run commands.",
        lambda p: tuple(one.project.step for one in p.steps),
    ),
    Attribute(
        "plugins",
        Kind.LIST,
        "Names of the plugins that it uses.",
        lambda p: tuple(sorted({one.project.plugin.name for one in p.steps})),
    ),
    Attribute(
        "categories",
        Kind.LIST,
        "Categories of the plugins that it uses, as `testing`.",
        lambda p: tuple(sorted({one.spec.category for one in p.steps if one.spec})),
    ),
    Attribute("approvals", Kind.LIST, "Names of the steps in which a person decides.", lambda p: p.approvals),
    Attribute(
        "environments",
        Kind.LIST,
        "Environments that its stages say they deploy to.",
        lambda p: tuple(one.environment for one in p.plan.stages if one.environment),
    ),
    Attribute(
        "unapprovedDeployments",
        Kind.LIST,
        "Stages that say they deploy, and run commands before anybody has approved.",
        lambda p: p.unapproved_deployments,
    ),
    Attribute(
        "sources",
        Kind.LIST,
        "Providers of its sources, as `CodeStarSourceConnection`.",
        lambda p: tuple(one.provider for one in p.sources),
    ),
    Attribute(
        "executionMode", Kind.TEXT, "`SUPERSEDED`, `QUEUED` or `PARALLEL`.", lambda p: p.plan.execution_mode.value
    ),
    Attribute("schedules", Kind.LIST, "When it starts by itself.", lambda p: p.definition.schedule),
    Attribute(
        "longestTimeout",
        Kind.NUMBER,
        "The longest time that any step may take, in minutes.",
        lambda p: float(max((one.timeout_minutes for one in p.plan.projects), default=0)),
    ),
    Attribute(
        "totalTimeout",
        Kind.NUMBER,
        "The sum of the times that all steps may take, in minutes.",
        lambda p: float(sum(one.timeout_minutes for one in p.plan.projects)),
    ),
    Attribute(
        "shortestLogRetention",
        Kind.NUMBER,
        "The shortest time that the log of any step is kept, in days.",
        lambda p: float(min((one.log_group.retention_days for one in p.plan.projects), default=0)),
    ),
    Attribute(
        "artifactRetention",
        Kind.NUMBER,
        "How long artifacts are kept, in days.",
        lambda p: float(p.plan.artifact_store.retention_days),
    ),
    Attribute(
        "hasOwnKey",
        Kind.BOOLEAN,
        "Artifacts are encrypted with a key of the customer's, and not with one of AWS.",
        lambda p: p.plan.artifact_store.key_id is not None or p.plan.artifact_store.key_arn is not None,
    ),
    Attribute(
        "hasNotifications",
        Kind.BOOLEAN,
        "Somebody is told of its executions.",
        lambda p: p.plan.notification_rule is not None or p.plan.execution_events is not None,
    ),
    Attribute(
        "hasFailureAlarm",
        Kind.BOOLEAN,
        "An alarm goes off when executions fail.",
        lambda p: p.plan.failure_alarm is not None,
    ),
    Attribute(
        "updatesItself",
        Kind.BOOLEAN,
        "An execution may change the pipeline's own stack.",
        lambda p: (
            p.plan.boundary is not None
            or (p.definition.self_mutation is not None and any(stage.name == "SelfMutation" for stage in p.plan.stages))
        ),
    ),
    Attribute("lookup", Kind.TEXT, "When plugins are resolved: `synth` or `deploy`.", lambda p: p.plan.lookup.value),
    Attribute(
        "stepsOutsideNetworks",
        Kind.LIST,
        "Names of the steps that run in no VPC.",
        lambda p: tuple(one.project.step for one in p.steps if one.project.network is None),
    ),
    Attribute(
        "unpinnedImages",
        Kind.LIST,
        "Names of the plugins whose image is not pinned by digest.",
        lambda p: tuple(sorted({one.project.plugin.name for one in p.steps if not _is_pinned(one)})),
    ),
    Attribute("allowedActions", Kind.LIST, "Everything that its roles may do.", lambda p: _actions(p.statements)),
    Attribute(
        "allowedOnEverything",
        Kind.LIST,
        "What its roles may do to every resource of the account.",
        lambda p: _on_everything(p.statements),
    ),
    Attribute(
        "wildcardActions",
        Kind.LIST,
        "Allowed actions that have a wildcard in their name.",
        lambda p: tuple(one for one in _actions(p.statements) if "*" in one),
    ),
    Attribute(
        "resourceTypes", Kind.LIST, "Types of the resources in the rendered template.", lambda p: p.resource_types
    ),
    Attribute(
        "resources",
        Kind.NUMBER,
        "How many resources the rendered template has.",
        lambda p: float(len(p.template.get("Resources", {}))),
    ),
    Attribute(
        "parameters",
        Kind.LIST,
        "Names of the rendered template's parameters.",
        lambda p: tuple(p.template.get("Parameters", {})),
    ),
)


def _is_pinned(step: StepFacts) -> bool:
    """An image by digest; and those that AWS looks after, which have no digest that lasts."""
    image = step.project.image
    return image.digest is not None or image.is_curated


def _own_commands(step: StepFacts) -> tuple[str, ...]:
    one = step.step
    parts = (
        one.pre_install_commands,
        one.install_commands,
        one.post_install_commands,
        one.pre_commands,
        one.commands,
        one.post_commands,
    )
    return tuple(command for part in parts for command in part or ())


# Values of these can be told apart by their hashes, so none is a map.
STEP: tuple[Attribute[StepFacts], ...] = (
    Attribute("name", Kind.TEXT, "Name of the step.", lambda s: s.project.step),
    Attribute("stage", Kind.TEXT, "Name of its stage.", lambda s: s.project.stage),
    Attribute("plugin", Kind.TEXT, "Name of its plugin.", lambda s: s.project.plugin.name),
    Attribute("version", Kind.TEXT, "Version of its plugin.", lambda s: s.project.plugin.version),
    Attribute(
        "wantedVersion",
        Kind.TEXT,
        "The version or range that its author wrote; absent where the highest is taken.",
        lambda s: s.step.plugin.wanted_version,
    ),
    Attribute(
        "owner",
        Kind.TEXT,
        "Whose plugin it is: `system`, or `org-` and the organization's id.",
        lambda s: s.project.plugin.owner,
    ),
    Attribute(
        "category",
        Kind.TEXT,
        "Category of its plugin; absent where that is looked up at deployment.",
        lambda s: s.spec.category if s.spec else None,
    ),
    Attribute(
        "keywords",
        Kind.LIST,
        "Keywords of its plugin; absent as for `category`.",
        lambda s: s.spec.keywords if s.spec else None,
    ),
    Attribute(
        "pluginDescription",
        Kind.TEXT,
        "Description of its plugin, if it has one.",
        lambda s: s.spec.description if s.spec else None,
    ),
    Attribute(
        "buildType",
        Kind.TEXT,
        "Where its image comes from; absent as for `category`.",
        lambda s: s.plugin.build_type.value if s.plugin else None,
    ),
    Attribute(
        "image",
        Kind.TEXT,
        "Its image; absent where only the template's parameters tell it.",
        lambda s: _text(s.project.image.uri),
    ),
    Attribute(
        "digest", Kind.TEXT, "Digest of its image; absent where it is not pinned.", lambda s: s.project.image.digest
    ),
    Attribute("isPinned", Kind.BOOLEAN, "Its image is pinned by digest, or looked after by AWS.", _is_pinned),
    Attribute(
        "computeType",
        Kind.TEXT,
        "Size of its machine, as `BUILD_GENERAL1_SMALL`; absent where looked up at deployment.",
        lambda s: _text(s.project.compute_type),
    ),
    Attribute(
        "isPrivileged",
        Kind.BOOLEAN,
        "It may start containers, with rights over its machine; absent as for `computeType`.",
        lambda s: s.project.is_privileged if isinstance(s.project.is_privileged, bool) else None,
    ),
    Attribute("timeout", Kind.NUMBER, "How long it may take, in minutes.", lambda s: float(s.project.timeout_minutes)),
    Attribute(
        "failureBehavior",
        Kind.TEXT,
        "What its failure does: `fail`, `warn` or `ignore`.",
        lambda s: s.project.failure_behavior.value,
    ),
    Attribute("secrets", Kind.LIST, "Variables that hold secrets.", _secrets),
    Attribute(
        "variables",
        Kind.LIST,
        "Names of all its variables.",
        lambda s: tuple(one.name for one in s.project.environment),
    ),
    Attribute("isInNetwork", Kind.BOOLEAN, "It runs in a VPC.", lambda s: s.project.network is not None),
    Attribute(
        "logRetention",
        Kind.NUMBER,
        "How long its log is kept, in days.",
        lambda s: float(s.project.log_group.retention_days),
    ),
    Attribute("ownCommands", Kind.LIST, "Commands that the author of the definition added or replaced.", _own_commands),
    Attribute("script", Kind.TEXT, "Everything that it runs.", lambda s: s.project.build_spec.script or None),
    Attribute(
        "evidence",
        Kind.LIST,
        "Kinds of evidence that it leaves, as `junit`.",
        lambda s: tuple(one.kind.value for one in s.project.evidence),
    ),
    Attribute(
        "allowedActions",
        Kind.LIST,
        "What its role may do; absent for a role from outside.",
        lambda s: None if s.statements is None else _actions(s.statements),
    ),
    Attribute(
        "allowedOnEverything",
        Kind.LIST,
        "What its role may do to every resource; absent as for `allowedActions`.",
        lambda s: None if s.statements is None else _on_everything(s.statements),
    ),
    Attribute(
        "hasOutsideRole",
        Kind.BOOLEAN,
        "Its role was not made for it, and may do what nobody here knows.",
        lambda s: s.project.role.arn is not None,
    ),
)


PLUGIN: tuple[Attribute[PluginFacts], ...] = (
    Attribute("name", Kind.TEXT, "Name of the plugin.", lambda p: p.spec.name),
    Attribute("version", Kind.TEXT, "The version that is published.", lambda p: p.spec.version),
    Attribute("description", Kind.TEXT, "What it says it does, if it says so.", lambda p: p.spec.description),
    Attribute("category", Kind.TEXT, "Its category.", lambda p: p.spec.category),
    Attribute("keywords", Kind.LIST, "Words to find it by.", lambda p: p.spec.keywords),
    Attribute("visibility", Kind.TEXT, "`private` or `public`.", lambda p: p.visibility),
    Attribute("pluginType", Kind.TEXT, "What a step of it becomes.", lambda p: p.spec.plugin_type.value),
    Attribute("buildType", Kind.TEXT, "Where its image comes from.", lambda p: p.config.build_type.value),
    Attribute("computeType", Kind.TEXT, "Size of the machine that it asks for.", lambda p: p.spec.compute_type.value),
    Attribute(
        "isPrivileged",
        Kind.BOOLEAN,
        "It asks to start containers, with rights over its machine.",
        lambda p: p.spec.privileged,
    ),
    Attribute(
        "timeout",
        Kind.NUMBER,
        "How long it may take, in minutes, if it says so.",
        lambda p: None if p.spec.timeout is None else float(p.spec.timeout),
    ),
    Attribute(
        "failureBehavior",
        Kind.TEXT,
        "What its failure does unless a step says otherwise.",
        lambda p: p.spec.failure_behavior.value,
    ),
    Attribute("secrets", Kind.LIST, "Secrets that it reads.", lambda p: tuple(one.name for one in p.spec.secrets)),
    Attribute(
        "requiredSecrets",
        Kind.LIST,
        "Secrets that it cannot do without.",
        lambda p: tuple(one.name for one in p.spec.secrets if one.required),
    ),
    Attribute("variables", Kind.MAP, "Its fixed variables, with their values.", lambda p: p.spec.env),
    Attribute("inputs", Kind.LIST, "Names of its typed inputs.", lambda p: tuple(p.spec.inputs)),
    Attribute(
        "outputs",
        Kind.LIST,
        "Kinds of what it leaves behind, as `sarif`.",
        lambda p: tuple(one.kind.value for one in p.spec.outputs),
    ),
    Attribute("commands", Kind.LIST, "Its commands.", lambda p: p.spec.commands),
    Attribute("installCommands", Kind.LIST, "Its commands before those.", lambda p: p.spec.install_commands),
    Attribute(
        "allowedActions",
        Kind.LIST,
        "What its role must be allowed.",
        lambda p: tuple(sorted({action for one in p.spec.permissions for action in one.actions})),
    ),
    Attribute(
        "allowedOnEverything",
        Kind.LIST,
        "What its role must be allowed on every resource.",
        lambda p: tuple(
            sorted({action for one in p.spec.permissions if "*" in one.resources for action in one.actions})
        ),
    ),
    Attribute("image", Kind.TEXT, "The ready image that its steps run in, if it names one.", lambda p: p.spec.image),
    Attribute("digest", Kind.TEXT, "Digest of its image; absent while none is built.", lambda p: p.digest),
    Attribute("dockerfile", Kind.TEXT, "Its Dockerfile; absent where no image is built.", lambda p: p.dockerfile),
    Attribute(
        "baseImages",
        Kind.LIST,
        "Images that its Dockerfile begins from; absent without one.",
        lambda p: p.recipe.bases if p.recipe else None,
    ),
    Attribute(
        "unpinnedBaseImages",
        Kind.LIST,
        "Those of them that are not pinned by digest; absent without a Dockerfile.",
        lambda p: p.recipe.unpinned_bases if p.recipe else None,
    ),
    Attribute(
        "user",
        Kind.TEXT,
        "Who its image runs as, without the group; absent without a Dockerfile.",
        lambda p: p.recipe.user if p.recipe else None,
    ),
    Attribute(
        "hasHealthcheck",
        Kind.BOOLEAN,
        "Its Dockerfile has a HEALTHCHECK; absent without one.",
        lambda p: p.recipe.has("HEALTHCHECK") if p.recipe else None,
    ),
    Attribute(
        "exposedPorts",
        Kind.LIST,
        "Ports that its image says it listens on, as `8080/tcp`; absent without a Dockerfile.",
        lambda p: p.recipe.ports if p.recipe else None,
    ),
    Attribute(
        "packages",
        Kind.LIST,
        "Packages that its Dockerfile installs by name; absent without one.",
        lambda p: p.recipe.packages if p.recipe else None,
    ),
    Attribute(
        "script",
        Kind.TEXT,
        "Everything that its steps run and its image is built with.",
        lambda p: "\n".join(p.commands),
    ),
    Attribute(
        "remoteScripts",
        Kind.LIST,
        "What it downloads and hands to a shell unseen, as `curl … | sh`.",
        lambda p: remote_scripts(p.commands),
    ),
    Attribute(
        "installsAtRunTime",
        Kind.BOOLEAN,
        "Its steps install packages of the system, which its image should have.",
        lambda p: installs_into_system((*p.spec.install_commands, *p.spec.commands)),
    ),
    Attribute(
        "plainCredentials",
        Kind.LIST,
        "Variables that are named like credentials, and whose value is written down.",
        lambda p: p.plain_credentials,
    ),
    Attribute(
        "inlineSecrets",
        Kind.LIST,
        "Where something stands that looks like a secret, as `env.KEY` or `dockerfile`.",
        lambda p: p.inline_secrets,
    ),
    Attribute(
        "hasSmokeTest",
        Kind.BOOLEAN,
        "It has a command that shows that its image works.",
        lambda p: p.spec.smoke_test is not None,
    ),
)


KINDS: Mapping[Target, Mapping[str, Kind]] = {
    Target.PIPELINE: {one.name: one.kind for one in PIPELINE},
    Target.STEP: {one.name: one.kind for one in STEP},
    Target.PLUGIN: {one.name: one.kind for one in PLUGIN},
}
"""The kind of each attribute, by target and name."""


def sentences(target: Target) -> Mapping[str, str]:
    """What each attribute of a target is."""
    tables: Mapping[Target, tuple[Attribute[PipelineFacts] | Attribute[StepFacts] | Attribute[PluginFacts], ...]] = {
        Target.PIPELINE: PIPELINE,
        Target.STEP: STEP,
        Target.PLUGIN: PLUGIN,
    }
    return {one.name: one.sentence for one in tables[target]}
