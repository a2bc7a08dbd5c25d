"""A step with its texts rendered and its settings merged: everything about it that does not depend on other steps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from pipeline_builder.core.definition.load import LoadedDefinition
from pipeline_builder.core.definition.metadata import StepSettings, split, step_settings
from pipeline_builder.core.definition.model import (
    ComputeType,
    FailureBehavior,
    LookedUpNetwork,
    Network,
    Permission,
    SecurityGroupIds,
    Step,
    Synth,
    Value,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.planning.context import SECRETS_PREFIX, Context
from pipeline_builder.core.planning.ids import logical_id
from pipeline_builder.core.planning.model import EnvironmentVariable, Sub, Text, VpcPlacement
from pipeline_builder.core.planning.secrets import BoundSecret, bind, default_place
from pipeline_builder.core.plugins.contracts import check_contract
from pipeline_builder.core.plugins.inputs import variable_of
from pipeline_builder.core.plugins.model import Plugin, PluginOutput, PluginType

_RUN_TIME_REFERENCE = re.compile(r"#\{[^}]+\}")
"""CodePipeline completes these only in the configuration of an action."""

_NOT_A_NAMESPACE_CHARACTER = re.compile(r"[^A-Za-z0-9@_-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step, ready to be planned.

    Attributes:
        at: its place in the definition.
        plugin: the plugin as resolved, its own texts not rendered.
        variables: every plain variable, by name, as the commands will see it.
        environment: the variables of the project, secrets included, in order of name.
        action_environment: those whose values CodePipeline completes when the action starts.
        workdir: folder the commands run in, relative to the workspace, where the author says so.
        output_directory: what later steps may receive.
    """

    at: Location
    stage: str
    label: str
    plugin: Plugin
    step: Step
    variables: Mapping[str, str]
    environment: tuple[EnvironmentVariable, ...]
    action_environment: tuple[EnvironmentVariable, ...]
    secrets: tuple[BoundSecret, ...]
    install: tuple[str, ...]
    build: tuple[str, ...]
    failure_behavior: FailureBehavior
    compute_type: ComputeType
    is_privileged: bool
    image: str | None
    timeout: int | None
    queued_timeout: int | None
    role_arn: str | None
    permissions: tuple[Permission, ...]
    network: VpcPlacement | None
    output_directory: str | None
    evidence: tuple[PluginOutput, ...]
    cache: tuple[str, ...]
    exports: tuple[str, ...]
    workdir: str | None

    @property
    def is_approval(self) -> bool:
        return self.plugin.spec.plugin_type is PluginType.MANUAL_APPROVAL

    @property
    def namespace(self) -> str:
        """What later steps read this one's exported variables by: `#{namespace.NAME}`."""
        return _NOT_A_NAMESPACE_CHARACTER.sub("_", self.label)


def synth_as_step(synth: Synth) -> Step:
    """The synth step like any other: it has the same fields, as far as it has them."""
    shared = {field.name for field in fields(Step)} & {field.name for field in fields(Synth)}
    return Step(**{name: getattr(synth, name) for name in shared})
