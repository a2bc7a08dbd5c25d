"""From a definition to a plan: every decision, in an order that reads from top to bottom."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline_builder.core.definition.checks import synth_as_step
from pipeline_builder.core.definition.load import LoadedDefinition, scope_of
from pipeline_builder.core.definition.metadata import PipelineSettings, pipeline_settings
from pipeline_builder.core.definition.model import (
    Definition,
    ExecutionMode,
    LookupTime,
    PluginReference,
    Step,
    Value,
)
from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.planning import model
from pipeline_builder.core.planning.approvals import faults_in_approval
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft, draft_step
from pipeline_builder.core.planning.fence import role_path
from pipeline_builder.core.planning.ids import CACHE_FOLDER, PIPELINE_KEY_CHARACTERS
from pipeline_builder.core.planning.limit_checks import over_limits
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.lookup import is_looked_up, looked_up, outlines, plan_function
from pipeline_builder.core.planning.model import (
    ArtifactStore,
    EnvironmentVariable,
    Plan,
    RoleReference,
    StackUpdateAction,
    Sub,
    Text,
)
from pipeline_builder.core.planning.notifications import plan_notifications
from pipeline_builder.core.planning.pipeline_roles import (
    PIPELINE_ROLE_ID,
    START_ROLE_ID,
    outside_role,
    pipeline_role,
    start_role,
)
from pipeline_builder.core.planning.self_mutation import Fencing, boundary_of, plan_fencing, update_role
from pipeline_builder.core.planning.sources import PRIMARY, PlannedSource, plan_source
from pipeline_builder.core.planning.stages import author_stages, orders_of
from pipeline_builder.core.planning.start_rules import plan_start_rules
from pipeline_builder.core.planning.steps import plan_step
from pipeline_builder.core.planning.triggers import plan_triggers, self_mutation_by_others, self_mutation_in_parallel
from pipeline_builder.core.planning.wiring import wire
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.resolution import resolve

SYNTH_STAGE = "Synth"
SELF_MUTATION_STAGE = "SelfMutation"
RESERVED_STAGES = (PRIMARY, SYNTH_STAGE, SELF_MUTATION_STAGE)
"""Stages that every pipeline may have, so that no stage of a definition can be called so."""

_DEFAULT_ARTIFACT_DAYS = 30
_DEFAULT_LOG_DAYS = 90


def make_plan(
    loaded: LoadedDefinition, catalog: Catalog, report: Report, *, lock: Lock | None = None, locked: bool = False
) -> Plan | None:
    """Take every decision for a definition that was loaded without errors.

    Args:
        catalog: where plugins are found.
        report: gets what is wrong, all at once.
        lock: which plugins were resolved before; wins over the catalog.
        locked: use nothing but the lock, and only images pinned by digest.

    Returns:
        The plan, or None when the report has errors.
    """
    found = Report()
    plan = _planned(loaded.definition, catalog, found, lock=lock, locked=locked)
    report.extend(map(loaded.located, found.diagnostics))
    return None if found.has_errors else plan


def references_of(definition: Definition) -> dict[Location, PluginReference]:
    """Every use of a plugin, by its place in the definition."""
    return {use.plugin_at: use.step.plugin for use in _uses(definition)}


def _planned(
    definition: Definition, catalog: Catalog, report: Report, *, lock: Lock | None, locked: bool
) -> Plan | None:
    uses = tuple(_uses(definition))
    if definition.lookup is LookupTime.DEPLOY:
        plugins = outlines({use.plugin_at: use.step for use in uses}, catalog, report, lock=lock, locked=locked)
    else:
        plugins = resolve(references_of(definition), catalog, report, lock=lock, locked=locked)
    settings = pipeline_settings(_pipeline_metadata(definition))
    context = _context(definition, settings, report)
    drafts = [
        draft_step(use.step, plugins[use.plugin_at], definition, context, stage=use.stage, at=use.at)
        for use in uses
        if use.plugin_at in plugins
    ]
    report.extend(fault for draft in drafts if draft.is_approval for fault in faults_in_approval(draft))
    if report.has_errors:
        return None
    plan = _assemble(definition, settings, context, drafts)
    if plan is None:
        return None
    report.extend(over_limits(plan, _places(definition, uses)))
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A step in its place."""

    stage: str
    step: Step
    at: Location
    plugin_at: Location


def _uses(definition: Definition) -> Iterator[_Use]:
    yield _use(SYNTH_STAGE, synth_as_step(definition.synth), Location(("synth",)))
    for stage_index, stage in enumerate(definition.stages):
        for step_index, step in enumerate(stage.steps):
            yield _use(stage.stage_name, step, Location(("stages", stage_index, "steps", step_index)))


def _use(stage: str, step: Step, at: Location) -> _Use:
    return _Use(stage=stage, step=step, at=at, plugin_at=at / "plugin")


def _places(definition: Definition, uses: Iterable[_Use]) -> dict[tuple[str, ...], Location]:
    """Where stages, steps and sources stand in the definition, by their names."""
    places: dict[tuple[str, ...], Location] = {(PRIMARY, PRIMARY): Location() / "synth" / "source"}
    places |= {(PRIMARY, name): Location() / "sources" / name for name in definition.sources}
    places |= {(stage.stage_name,): Location(("stages", index)) for index, stage in enumerate(definition.stages)}
    return places | {(use.stage, use.step.label): use.at for use in uses}


def _pipeline_metadata(definition: Definition) -> dict[str, Value]:
    return {**definition.defaults.metadata, **definition.shared_metadata, **definition.synth.metadata}


def _context(definition: Definition, settings: PipelineSettings, report: Report) -> Context:
    name = settings.pipeline_name or definition.name
    registry = definition.registry.pull_host
    port = definition.registry.pull_port
    return Context(
        name=name,
        org_id=definition.org_id or Sub("${OrgId}"),
        store=_store(definition, settings, name),
        log_retention_days=definition.defaults.log_retention_days or _DEFAULT_LOG_DAYS,
        role_path=role_path(name),
        registry=f"{registry}:{port}" if registry and port and port not in {80, 443} else registry,
        scope=scope_of(definition),
        report=report,
    )


def _store(definition: Definition, settings: PipelineSettings, pipeline: str) -> ArtifactStore:
    key_arn = definition.artifacts.kms_key_arn or settings.kms_key_arn
    has_own_key = definition.artifacts.own_key or settings.own_key
    return ArtifactStore(
        id="ArtifactBucket",
        retention_days=definition.artifacts.retention_days
        or settings.artifact_retention_days
        or _DEFAULT_ARTIFACT_DAYS,
        # A build specification is needed as long as its step is there, so then only artifacts and caches go.
        expiring=(f"{pipeline[:PIPELINE_KEY_CHARACTERS]}/", f"{CACHE_FOLDER}/")
        if definition.lookup is LookupTime.DEPLOY
        else ("",),
        key_id="ArtifactKey" if has_own_key and key_arn is None else None,
        key_arn=key_arn,
    )


# --- sources ---------------------------------------------------------------------------------------------------------


def _plan_sources(definition: Definition, context: Context) -> dict[str, PlannedSource]:
    triggered = {trigger.source or PRIMARY for trigger in definition.triggers}
    planned = {}
    for name, source in {PRIMARY: definition.synth.source, **definition.sources}.items():
        artifact = context.artifact_names.of(PRIMARY, name)
        planned[name] = plan_source(name, source, artifact, has_triggers=name in triggered)
        if (parameter := planned[name].parameter) is not None:
            context.add_parameter(parameter)
    return planned


# --- the whole -------------------------------------------------------------------------------------------------------


def _assemble(
    definition: Definition, settings: PipelineSettings, context: Context, drafts: Sequence[StepDraft]
) -> Plan | None:
    report = context.report
    variables = _variables(definition, settings)
    sources = _plan_sources(definition, context)
    wiring = wire(definition, drafts, sources, [variable.name for variable in variables], context)
    orders = orders_of(wiring, report)
    synth = wiring.drafts[0]
    fencing = plan_fencing(definition, settings, synth, report)
    if fencing.role is not None:
        report.extend((*self_mutation_by_others(definition), *self_mutation_in_parallel(definition)))
    if report.has_errors:
        return None
    planned = {
        draft.at: plan_step(
            draft,
            wiring.inputs[draft.at],
            context,
            run_order=orders[draft.at],
            is_read=draft.at in wiring.read or (draft is synth and fencing.role is not None),
            boundary=fencing.boundary,
        )
        for draft in wiring.drafts
        if not draft.is_approval
    }
    planned |= {
        draft.at: looked_up(planned[draft.at], draft, definition, context)
        for draft in wiring.drafts
        if is_looked_up(definition, draft)
    }
    stages = [
        model.Stage(name=PRIMARY, actions=tuple(source.action for source in sources.values())),
        model.Stage(name=SYNTH_STAGE, actions=(planned[synth.at].action,)),
        *([_self_mutation_stage(synth, fencing, context)] if fencing.role else []),
        *author_stages(definition, {at: step.action for at, step in planned.items()}, orders, wiring),
    ]
    projects = tuple(step.project for step in planned.values())
    notifications = plan_notifications(definition, settings, context.name, report)
    start_rules = plan_start_rules(definition, sources, context.name)
    roles = [step.role for step in planned.values() if step.role is not None]
    role = outside_role(definition, settings)
    if role is None:
        roles.append(pipeline_role(context, fencing, stages, projects, sources))
        role = RoleReference(id=PIPELINE_ROLE_ID)
    if start_rules:
        roles.append(start_role(context, fencing))
    lookup_function = None
    if any(project.lookup for project in projects):
        lookup_function, lookup_role = plan_function(context, fencing.boundary)
        roles.append(lookup_role)
    boundary = None
    if fencing.is_made:
        wanted = [statement for role in roles for policy in role.policies for statement in policy.statements]
        if definition.defaults.permissions_boundary is None:
            boundary = boundary_of(context, wanted, lookup_function)
        roles.append(
            update_role(
                context,
                fencing,
                outside_roles=_outside_roles(stages, projects, role),
                connections=[source.connection for source in sources.values() if source.connection is not None],
                tokens=[resource for source in sources.values() for resource in source.token],
                has_network=any(project.network for project in projects),
                has_notifications=notifications.rule is not None or notifications.alarm is not None,
                lookup=lookup_function,
            )
        )
    return Plan(
        name=context.name,
        project=definition.project,
        organization=definition.organization,
        org_id=definition.org_id,
        execution_mode=definition.execution_mode or ExecutionMode.SUPERSEDED,
        lookup=definition.lookup,
        stages=tuple(stages),
        projects=_with_parameters(projects, synth, context),
        roles=tuple(roles),
        pipeline_role=role,
        artifact_store=context.store,
        parameters=tuple(context.parameters[name] for name in sorted(context.parameters)),
        variables=variables,
        triggers=plan_triggers(definition.triggers, PRIMARY),
        start_rules=start_rules,
        start_role=RoleReference(id=START_ROLE_ID) if start_rules else None,
        notification_rule=notifications.rule,
        execution_events=notifications.execution_events,
        failure_alarm=notifications.alarm,
        boundary=boundary,
        lookup_function=lookup_function,
        tags=_tags(definition),
    )


def _outside_roles(
    stages: Iterable[model.Stage], projects: Iterable[model.Project], pipeline: RoleReference
) -> list[Text]:
    """ARNs of the roles that the author names: of the pipeline, of steps, and of checks."""
    references = (pipeline, *(project.role for project in projects))
    found = [reference.arn for reference in references if reference.arn is not None]
    for stage in stages:
        for condition in (stage.before_entry, stage.on_success, stage.on_failure):
            found += [rule.role_arn for rule in (condition.rules if condition else ()) if rule.role_arn is not None]
    return found


def _self_mutation_stage(synth: StepDraft, fencing: Fencing, context: Context) -> model.Stage:
    return model.Stage(
        name=SELF_MUTATION_STAGE,
        actions=(
            StackUpdateAction(
                name=SELF_MUTATION_STAGE,
                input=context.artifact_names.of(synth.stage, synth.label),
                template_path=Sub("${AWS::StackName}.template.json"),
                configuration_path=Sub("${AWS::StackName}.configuration.json"),
                role=fencing.role or RoleReference(),
            ),
        ),
    )


def _with_parameters(
    projects: Sequence[model.Project], synth: StepDraft, context: Context
) -> tuple[model.Project, ...]:
    """The synth step learns the stack's name and parameters last, when it is known which parameters there are.

    It writes them beside the new template, so that an update keeps the values given at the first deployment.
    """
    values = ", ".join(f'"{name}": "${{{name}}}"' for name in sorted(context.parameters))
    own = (
        EnvironmentVariable("PIPELINE_STACK_NAME", Sub("${AWS::StackName}")),
        EnvironmentVariable("PIPELINE_STACK_PARAMETERS", Sub("{" + values + "}")),
    )
    return tuple(
        replace(project, environment=tuple(sorted((*project.environment, *own), key=lambda one: one.name)))
        if (project.stage, project.step) == (synth.stage, synth.label)
        else project
        for project in projects
    )


def _variables(definition: Definition, settings: PipelineSettings) -> tuple[model.Variable, ...]:
    given = definition.variables or settings.variables
    return tuple(model.Variable(name=one.name, default=one.default, description=one.description) for one in given)


def _tags(definition: Definition) -> dict[str, str]:
    """The author's tags, and those by which events of executions are told apart. In order of key."""
    environments = [f"{stage.stage_name}:{stage.environment}" for stage in definition.stages if stage.environment]
    if not environments and definition.environment and definition.stages:
        environments = [f"{definition.stages[-1].stage_name}:{definition.environment}"]
    own = {
        "pipeline-builder": "true",
        "project": definition.project,
        "organization": definition.organization,
        "OrgId": definition.org_id,
        "pb.pipeline-id": definition.pipeline_id,
        "pb.deploys": _tag_value("+".join(environments)) or None,
    }
    tags = {key: value for key, value in own.items() if value is not None} | dict(definition.tags)
    return dict(sorted(tags.items()))


def _tag_value(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 ._/@=+:-]", "-", text)[: LIMITS["tag-value-length"].value]
