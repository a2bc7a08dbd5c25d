"""A step with its texts rendered and its settings merged: everything about it that does not depend on other steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pipeline_builder.core.definition.load import dynamic_reference
from pipeline_builder.core.definition.metadata import StepSettings, split, step_settings
from pipeline_builder.core.definition.model import (
    PATH,
    ComputeType,
    Definition,
    FailureBehavior,
    LookedUpNetwork,
    Permission,
    SecretReference,
    SecurityGroupIds,
    Step,
    Value,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.planning.context import SECRETS_PREFIX, Context
from pipeline_builder.core.planning.ids import logical_id
from pipeline_builder.core.planning.model import EnvironmentVariable, Text, VpcPlacement
from pipeline_builder.core.planning.references import REFERENCE
from pipeline_builder.core.planning.secrets import BoundSecret, bind, default_place
from pipeline_builder.core.plugins.contracts import check_contract
from pipeline_builder.core.plugins.inputs import variable_of
from pipeline_builder.core.plugins.model import Plugin, PluginOutput, PluginType
from pipeline_builder.core.schema.findings import shown
from pipeline_builder.core.templating import Path, render_fields

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """One step, ready to be planned.

    Attributes:
        at: its place in the definition.
        plugin: the plugin as resolved, its own texts not rendered.
        variables: every plain variable, by name, as the commands will see it.
        environment: the variables of the project, secrets included, in order of name.
        late: the plain variables whose values CodePipeline completes when the action starts, in order of name.
        compute_type, is_privileged: as the author says; None where that is left to the plugin.
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
    late: Mapping[str, str]
    secrets: tuple[BoundSecret, ...]
    install: tuple[str, ...]
    build: tuple[str, ...]
    failure_behavior: FailureBehavior
    compute_type: ComputeType | None
    is_privileged: bool | None
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


def draft_step(
    step: Step,
    plugin: Plugin,
    definition: Definition,
    context: Context,
    *,
    stage: str,
    at: Location,
    is_known: bool = True,
) -> StepDraft:
    """Merge what the plugin, the pipeline and the author say about one step, and render its texts.

    What wins is what stands nearest to the step: the plugin's own values, `defaults`, `global`, the reference to the
    plugin, the step's metadata, its inputs, its `env`.

    Args:
        is_known: the plugin was found; otherwise something stands for it, and only what the author says is judged.
    """
    spec = plugin.spec
    metadata = _metadata(plugin, definition, step)
    plain, keys = split(metadata)
    settings = step_settings(keys)
    typed = settings.variables or {}
    references = {**{name: one for name, one in typed.items() if isinstance(one, SecretReference)}, **step.secrets}
    secrets = tuple(_secrets(plugin, references, context))
    secret_names = frozenset(secret.variable.name for secret in secrets)
    env = {
        **spec.env,
        **plain,
        **(settings.env or {}),
        **{name: one for name, one in typed.items() if isinstance(one, str)},
        **step.env,
    }
    texts = _render(step, plugin, context, env, settings, metadata, at=at, is_known=is_known)
    # Empty text where a secret is expected is how definitions in the world say that it comes from elsewhere.
    given = {name: value for name, value in texts.env.items() if value or name not in secret_names}
    inputs = check_contract(
        plugin,
        inputs=texts.inputs,
        env=given,
        metadata=metadata,
        variables=definition.vars,
        secrets=secret_names,
        at=at,
        report=context.report,
    )
    plain_given = {name: value for name, value in given.items() if name not in secret_names}
    variables = {**plain_given, **inputs, **_standard(definition, context, stage=stage, step=step)}
    context.report.extend(_workdir_outside(variables.get("WORKDIR"), step, at))
    context.report.extend(_dynamic_references(variables, (*texts.install, *texts.build), at))
    if not texts.build and spec.plugin_type is not PluginType.MANUAL_APPROVAL:
        context.report.add(_nothing_to_do(spec.name, at))
    late = {name: value for name, value in sorted(variables.items()) if "#{" in value and REFERENCE.search(value)}
    early = [EnvironmentVariable(name, value) for name, value in variables.items() if name not in late]
    environment = sorted((*early, *(secret.variable for secret in secrets)), key=lambda variable: variable.name)
    return StepDraft(
        at=at,
        stage=stage,
        label=step.label,
        plugin=plugin,
        step=step,
        variables=variables,
        environment=tuple(environment),
        late=late,
        secrets=secrets,
        install=texts.install,
        build=texts.build,
        failure_behavior=step.failure_behavior or spec.failure_behavior,
        compute_type=step.compute_type or settings.compute_type,
        is_privileged=_first(step.privileged, settings.privileged),
        image=settings.image,
        timeout=_first(step.timeout, settings.timeout, spec.timeout),
        queued_timeout=step.queued_timeout,
        role_arn=step.role or settings.role_arn,
        permissions=(*step.permissions, *(settings.permissions or ())),
        network=_network(step, settings, definition),
        output_directory=step.output_directory or settings.primary_output_directory or spec.primary_output_directory,
        evidence=spec.outputs,
        cache=_first(step.cache, settings.cache, spec.cache) or (),
        exports=step.exports,
        workdir=variables.get("WORKDIR") or None,
    )


def _first(*values: T | None) -> T | None:
    for value in values:
        if value is not None:
            return value
    return None


def _metadata(plugin: Plugin, definition: Definition, step: Step) -> dict[str, Value]:
    return {
        **plugin.spec.metadata,
        **definition.defaults.metadata,
        **definition.shared_metadata,
        **step.plugin.metadata,
        **step.metadata,
    }


def _standard(definition: Definition, context: Context, *, stage: str, step: Step) -> dict[str, str]:
    """What every step may want to know of where it runs."""
    names = {"PIPELINE_NAME": context.name, "PIPELINE_STAGE": stage, "PIPELINE_STEP": step.label}
    return names | ({"PIPELINE_ID": definition.pipeline_id} if definition.pipeline_id is not None else {})


# --- secrets ---------------------------------------------------------------------------------------------------------


def _secrets(plugin: Plugin, references: Mapping[str, SecretReference], context: Context) -> Iterable[BoundSecret]:
    """Required secrets always, from their default place unless the author names another; optional ones when named."""
    required = [secret.name for secret in plugin.spec.secrets if secret.required]
    for name in sorted({*required, *references}):
        reference = references.get(name)
        default: Text = "" if reference is not None else default_place(SECRETS_PREFIX, context.use_org_id(), name)
        yield bind(name, reference, default)


# --- texts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Texts:
    """A step's texts, rendered."""

    env: Mapping[str, str]
    inputs: Mapping[str, str]
    install: tuple[str, ...]
    build: tuple[str, ...]


def _render(
    step: Step,
    plugin: Plugin,
    context: Context,
    env: Mapping[str, str],
    settings: StepSettings,
    metadata: Mapping[str, Value],
    *,
    at: Location,
    is_known: bool,
) -> _Texts:
    """Render environment, inputs and commands together, for each may name the others' values."""
    spec = plugin.spec
    carried = {variable_of(name, declared): name for name, declared in spec.inputs.items()}
    fields: dict[Path, str] = {("env", name): value for name, value in env.items()}
    fields |= {("inputs", name): value for name, value in step.inputs.items()}
    for variable, name in carried.items():
        # An input that is not given by name is given by its variable, or is its default; and the other way round.
        declared = spec.inputs[name]
        fields.setdefault(("inputs", name), fields.get(("env", variable), declared.default or ""))
        fields[("env", variable)] = fields[("inputs", name)]
    install = (
        *_numbered("preInstallCommands", step.pre_install_commands),
        *_numbered(
            "installCommands", _first(step.install_commands, settings.install_commands, spec.install_commands) or ()
        ),
        *_numbered("postInstallCommands", step.post_install_commands),
    )
    build = (
        *_numbered("preCommands", step.pre_commands),
        *_numbered("commands", _first(step.commands, settings.commands, spec.commands) or ()),
        *_numbered("postCommands", step.post_commands),
    )
    fields |= dict((*install, *build))
    scope = dict(context.scope)
    merged = {**scope["metadata"], **metadata}
    scope |= {
        "metadata": merged,
        "pipeline": {**scope["pipeline"], "metadata": merged},
        "plugin": {"name": spec.name, "version": spec.version},
        "env": {},
        "inputs": {},
    }
    rendered = render_fields(
        fields,
        scope,
        at=partial(_place, at),
        report=context.report,
        position_of=lambda path, offset: context.position_of(_place(at, path), offset),
        partly_known=() if is_known else _OF_PLUGIN,
    )
    given_env = {name: rendered["env", name] for name in env if name not in carried}
    given_env |= {name: rendered["env", name] for name in carried if name in env and carried[name] not in step.inputs}
    defaults = {
        name: rendered["inputs", name] for name in spec.inputs if variable_of(name, spec.inputs[name]) not in env
    }
    return _Texts(
        env=given_env,
        inputs={name: text for name, text in defaults.items() if name in step.inputs or text}
        | {name: rendered["inputs", name] for name in step.inputs},
        install=tuple(rendered[path] for path, _ in install),
        build=tuple(rendered[path] for path, _ in build),
    )


_OF_PLUGIN = ("env", "inputs", "metadata", "plugin")
"""Roots of expressions to whose values a plugin adds its own."""


def _place(step: Location, path: Path) -> Location:
    """Where a text of a step stands."""
    field, name = path
    return Location((*step.keys, field, name if field in _BY_NAME else int(name)))


_BY_NAME = ("env", "inputs")


def _numbered(key: str, commands: Iterable[str]) -> list[tuple[Path, str]]:
    return [((key, str(index)), text) for index, text in enumerate(commands)]


def _dynamic_references(variables: Mapping[str, str], commands: Iterable[str], at: Location) -> Iterable[Diagnostic]:
    """The author's own texts were looked at when they were read; this finds those of plugins, and what was joined."""
    if "{{resolve:" in "\n".join((*variables.values(), *commands)):
        yield dynamic_reference(at)


def _workdir_outside(workdir: str | None, step: Step, at: Location) -> Iterable[Diagnostic]:
    """What a step leaves behind is looked for in its folder, so that has to be known, and in the workspace."""
    if workdir and not PATH.regex.fullmatch(workdir):
        yield Diagnostic(
            code="path-outside",
            message=f"Commands run in WORKDIR, '{shown(workdir)}', which must be {PATH.says}.",
            at=at / "env" / "WORKDIR" if "WORKDIR" in step.env else at,
        )


def _nothing_to_do(plugin: str, at: Location) -> Diagnostic:
    return Diagnostic(
        code="no-commands",
        message=f"Neither plugin '{plugin}' nor the step says what to run.",
        at=at,
        hint="Add `commands` to the step.",
    )


# --- network ---------------------------------------------------------------------------------------------------------


def _network(step: Step, settings: StepSettings, definition: Definition) -> VpcPlacement | None:
    groups = definition.defaults.security_groups
    shared = groups.security_group_ids if isinstance(groups, SecurityGroupIds) else ()
    network = step.network or settings.network or definition.defaults.network
    if network is None or isinstance(network, LookedUpNetwork):
        return None
    group_ids = network.security_group_ids or shared
    return VpcPlacement(
        vpc_id=network.vpc_id,
        subnet_ids=network.subnet_ids,
        security_group_ids=group_ids,
        own_group=None if group_ids else logical_id(network.vpc_id, kind="SecurityGroup"),
    )
