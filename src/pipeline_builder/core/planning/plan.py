"""From a definition to a plan: every decision, in an order that reads from top to bottom."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline_builder.core.definition.checks import conditions_of, synth_as_step
from pipeline_builder.core.definition.load import LoadedDefinition
from pipeline_builder.core.definition.metadata import PipelineSettings, pipeline_settings
from pipeline_builder.core.definition.model import (
    ArtifactKey,
    Definition,
    ExecutionMode,
    LookupTime,
    PluginReference,
    RoleByArn,
    RoleByName,
    SourceTrigger,
    Step,
    Value,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.planning import model, permissions
from pipeline_builder.core.planning.approvals import plan_approval
from pipeline_builder.core.planning.artifacts import Producer, find
from pipeline_builder.core.planning.conditions import plan_condition, statements_for
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft, draft_step
from pipeline_builder.core.planning.fence import role_path
from pipeline_builder.core.planning.ids import PIPELINE_KEY_CHARACTERS
from pipeline_builder.core.planning.limit_checks import over_limits
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.lookup import is_looked_up, looked_up, outlines, plan_function
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    ArtifactStore,
    EnvironmentVariable,
    MountedArtifact,
    Plan,
    Role,
    RoleReference,
    StackUpdateAction,
    Statement,
    Sub,
    Text,
)
from pipeline_builder.core.planning.namespaces import unknown_namespaces
from pipeline_builder.core.planning.notifications import plan_notifications
from pipeline_builder.core.planning.order import Orderable, run_orders
from pipeline_builder.core.planning.policies import role_policies
from pipeline_builder.core.planning.self_mutation import Fencing, boundary_of, plan_fencing, update_role
from pipeline_builder.core.planning.sources import PRIMARY, PlannedSource, plan_source, schedule_rule
from pipeline_builder.core.planning.steps import Inputs, PlannedStep, plan_step
from pipeline_builder.core.planning.text import arn
from pipeline_builder.core.planning.triggers import plan_triggers
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.resolution import resolve

SYNTH_STAGE = "Synth"
SELF_MUTATION_STAGE = "SelfMutation"
RESERVED_STAGES = (PRIMARY, SYNTH_STAGE, SELF_MUTATION_STAGE)
"""Stages that every pipeline may have, so that no stage of a definition can be called so."""

_DEFAULT_ARTIFACT_DAYS = 30
_DEFAULT_LOG_DAYS = 90
_DEFAULT_SCHEDULE = "rate(1 day)"


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
    return plan


def references_of(definition: Definition) -> dict[Location, PluginReference]:
    """Every use of a plugin, by its place in the definition."""
    return {use.plugin_at: use.step.plugin for use in _uses(definition)}


def _planned(
    definition: Definition, catalog: Catalog, report: Report, *, lock: Lock | None, locked: bool
) -> Plan | None:
    if definition.lookup is LookupTime.DEPLOY:
        steps = {use.plugin_at: use.step for use in _uses(definition)}
        plugins = outlines(steps, catalog, report, lock=lock, locked=locked)
    else:
        plugins = resolve(references_of(definition), catalog, report, lock=lock, locked=locked)
    settings = pipeline_settings(_pipeline_metadata(definition))
    context = _context(definition, settings, report)
    drafts = [
        draft_step(use.step, plugins[use.plugin_at], definition, context, stage=use.stage, at=use.at)
        for use in _uses(definition)
        if use.plugin_at in plugins
    ]
    if report.has_errors:
        return None
    report.extend(unknown_namespaces(definition, drafts))
    plan = _assemble(definition, settings, context, drafts)
    if plan is None:
        return None
    exceeded = tuple(over_limits(plan))
    report.extend(exceeded)
    return None if exceeded else plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """A step in its place."""

    stage: str
    step: Step
    at: Location

    @property
    def plugin_at(self) -> Location:
        return self.at / "plugin"


def _uses(definition: Definition) -> Iterator[_Use]:
    yield _Use(stage=SYNTH_STAGE, step=synth_as_step(definition.synth), at=Location() / "synth")
    for stage_index, stage in enumerate(definition.stages):
        for step_index, step in enumerate(stage.steps):
            yield _Use(stage=stage.stage_name, step=step, at=Location() / "stages" / stage_index / "steps" / step_index)


def _pipeline_metadata(definition: Definition) -> dict[str, Value]:
    return {**definition.shared_metadata, **definition.defaults.metadata, **definition.synth.metadata}


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
        expiring=(f"{pipeline[:PIPELINE_KEY_CHARACTERS]}/", "cache/")
        if definition.lookup is LookupTime.DEPLOY
        else ("",),
        key_id="ArtifactKey" if has_own_key and key_arn is None else None,
        key_arn=key_arn,
    )


# --- artifacts: who reads what ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wiring:
    """The inputs of each step by its place, and the places of the steps whose output somebody reads."""

    inputs: Mapping[Location, Inputs]
    read: frozenset[Location]
    names: Mapping[str, str]


def _wire(
    definition: Definition, drafts: Sequence[StepDraft], sources: Mapping[str, PlannedSource], context: Context
) -> _Wiring:
    """Find what each step works on. A step may read the sources and the steps that stand before it."""
    aliases = {stage.stage_name: stage.alias for stage in definition.stages}
    known: dict[Producer, StepDraft | PlannedSource] = {
        Producer(stage="", step=name): source for name, source in sources.items()
    }
    inputs: dict[Location, Inputs] = {}
    read: set[Location] = set()

    def artifact(key: ArtifactKey, at: Location) -> tuple[str, tuple[Statement, ...]]:
        found = find(key, known)
        if len(found) != 1:
            context.report.add(_unclear_artifact(found, known, at))
            return "", ()
        producer = known[found[0]]
        if isinstance(producer, PlannedSource):
            return producer.action.output.name, producer.clone_statements
        if producer.output_directory is None:
            context.report.add(_nothing_handed_on(producer, at))
        read.add(producer.at)
        return context.artifact_names.of(producer.stage, producer.label), ()

    for draft in drafts:
        if draft.is_approval:
            continue
        primary_key = draft.step.input_artifact or ArtifactKey(name=PRIMARY)
        primary, clones = artifact(primary_key, draft.at / "inputArtifact")
        mounted = []
        for index, further in enumerate(draft.step.additional_input_artifacts):
            name, further_clones = artifact(further.artifact, draft.at / "additionalInputArtifacts" / index)
            folder = further.directory or further.artifact.output_directory or _folder_of(further.artifact)
            mounted.append(MountedArtifact(name=name, directory=folder))
            clones = (*clones, *further_clones)
        inputs[draft.at] = Inputs(primary=primary, mounted=tuple(mounted), clone_statements=clones)
        known[_producer(draft, aliases.get(draft.stage))] = draft
    rule_inputs = _rule_inputs(definition, artifact)
    return _Wiring(inputs, frozenset(read), rule_inputs)


def _rule_inputs(
    definition: Definition, artifact: Callable[[ArtifactKey, Location], tuple[str, tuple[Statement, ...]]]
) -> Mapping[str, str]:
    """The artifacts that rules of conditions read, by what the author calls them."""
    names: dict[str, str] = {}
    for index, stage in enumerate(definition.stages):
        for moment, condition in conditions_of(stage):
            for rule_index, rule in enumerate(condition.rules if condition else ()):
                at = Location() / "stages" / index / moment / "rules" / rule_index / "inputArtifacts"
                for label in rule.input_artifacts:
                    names[label] = artifact(ArtifactKey(name=label), at)[0]
    return names


def _producer(draft: StepDraft, alias: str | None) -> Producer:
    return Producer(
        stage=draft.stage,
        step=draft.label,
        stage_alias=alias,
        plugin=draft.plugin.spec.name,
        directory=draft.output_directory,
    )


def _folder_of(key: ArtifactKey) -> str:
    return (key.name or key.plugin_alias or "input").rpartition("/")[2]


def _unclear_artifact(found: Sequence[Producer], known: Iterable[Producer], at: Location) -> Diagnostic:
    labels = ", ".join(f"'{producer.label}'" for producer in (found or known))
    if found:
        return Diagnostic(
            code="artifact-ambiguous",
            message=f"Several steps before this one are meant by it: {labels}.",
            at=at,
            hint="Write `stage/step`.",
        )
    return Diagnostic(
        code="artifact-unknown",
        message="No source and no step before this one is meant by it.",
        at=at,
        hint=f"There are: {labels}.",
    )


def _nothing_handed_on(producer: StepDraft, at: Location) -> Diagnostic:
    return Diagnostic(
        code="artifact-not-produced",
        message=f"Step '{producer.label}' of stage '{producer.stage}' hands nothing on.",
        at=at,
        hint=f"Say which folder with `outputDirectory` on the step '{producer.label}'.",
    )


# --- stages ----------------------------------------------------------------------------------------------------------


def _orders(drafts: Sequence[StepDraft], report: Report) -> dict[Location, int]:
    by_stage: dict[str, list[StepDraft]] = {}
    for draft in drafts:
        by_stage.setdefault(draft.stage, []).append(draft)
    orders: dict[Location, int] = {}
    for stage, members in by_stage.items():
        found = run_orders(
            [Orderable(one.label, one.step.position, one.step.needs, is_approval=one.is_approval) for one in members]
        )
        if found is None:
            report.add(
                Diagnostic(
                    code="contradictory-order",
                    message=f"Steps of stage '{stage}' wait for one another: `needs`, `position`, approvals disagree.",
                    at=Location(members[0].at.keys[:2]) / "steps",
                    hint="A step can only need steps that run before it: `pre` before unmarked before `post`, and "
                    "nothing behind an approval before it.",
                )
            )
        else:
            orders.update({one.at: found[one.label] for one in members})
    return orders


def _stages(
    definition: Definition,
    drafts: Sequence[StepDraft],
    planned: Mapping[Location, PlannedStep],
    orders: Mapping[Location, int],
    wiring: _Wiring,
) -> Iterator[model.Stage]:
    """The author's stages, in order."""
    for stage in definition.stages:
        members = [draft for draft in drafts if draft.stage == stage.stage_name]
        actions = [
            plan_approval(draft, orders[draft.at]) if draft.is_approval else planned[draft.at].action
            for draft in members
        ]
        yield model.Stage(
            name=stage.stage_name,
            # Sorted by run order for the reader; within one, as written.
            actions=tuple(sorted(actions, key=lambda action: action.run_order)),
            environment=stage.environment,
            before_entry=plan_condition(stage.before_entry, wiring.names.__getitem__),
            on_success=plan_condition(stage.on_success, wiring.names.__getitem__),
            on_failure=plan_condition(stage.on_failure, wiring.names.__getitem__),
        )


def _plan_sources(definition: Definition, context: Context) -> dict[str, PlannedSource]:
    triggered = {trigger.source or PRIMARY for trigger in definition.triggers}
    planned = {}
    for name, source in {PRIMARY: definition.synth.source, **definition.sources}.items():
        artifact = context.artifact_names.of(PRIMARY, name)
        planned[name] = plan_source(name, source, artifact, has_triggers=name in triggered)
        if (parameter := planned[name].parameter) is not None:
            context.add_parameter(parameter)
    return planned


def _start_rules(definition: Definition, sources: Mapping[str, PlannedSource]) -> tuple[model.StartRule, ...]:
    """By change of a source, and by the clock: the definition's schedule, or that of a source with trigger SCHEDULE."""
    changes = [source.start_rule for source in sources.values() if source.start_rule is not None]
    expressions = list(definition.schedule)
    if not expressions:
        all_sources = (definition.synth.source, *definition.sources.values())
        expressions = [
            source.schedule or _DEFAULT_SCHEDULE for source in all_sources if source.trigger is SourceTrigger.SCHEDULE
        ]
    return (*changes, *(schedule_rule(expression) for expression in dict.fromkeys(expressions)))


# --- the whole -------------------------------------------------------------------------------------------------------


def _assemble(
    definition: Definition, settings: PipelineSettings, context: Context, drafts: Sequence[StepDraft]
) -> Plan | None:
    report = context.report
    sources = _plan_sources(definition, context)
    wiring = _wire(definition, drafts, sources, context)
    orders = _orders(drafts, report)
    fencing = plan_fencing(definition, settings, drafts[0], report)
    if report.has_errors:
        return None
    synth = drafts[0]
    planned = {
        draft.at: plan_step(
            draft,
            wiring.inputs[draft.at],
            context,
            run_order=orders[draft.at],
            is_read=draft.at in wiring.read or (draft is synth and fencing.role is not None),
            boundary=fencing.boundary,
        )
        for draft in drafts
        if not draft.is_approval
    }
    planned |= {
        draft.at: looked_up(planned[draft.at], draft, definition, context)
        for draft in drafts
        if is_looked_up(definition, draft)
    }
    stages = [
        model.Stage(name=PRIMARY, actions=tuple(source.action for source in sources.values())),
        model.Stage(name=SYNTH_STAGE, actions=(planned[synth.at].action,)),
        *([_self_mutation_stage(synth, fencing, context)] if fencing.role else []),
        *_stages(definition, drafts[1:], planned, orders, wiring),
    ]
    projects = tuple(step.project for step in planned.values())
    notifications = plan_notifications(definition, settings, context.name)
    start_rules = _start_rules(definition, sources)
    roles = [step.role for step in planned.values() if step.role is not None]
    pipeline_role = _outside_role(definition, settings)
    if pipeline_role is None:
        made = _pipeline_role(context, fencing, stages, projects, sources)
        roles.append(made)
        pipeline_role = RoleReference(id=made.id)
    if start_rules:
        roles.append(_start_role(context, fencing))
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
                connections=[source.connection for source in sources.values() if source.connection is not None],
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
        pipeline_role=pipeline_role,
        artifact_store=context.store,
        parameters=tuple(context.parameters[name] for name in sorted(context.parameters)),
        variables=_variables(definition, settings),
        triggers=plan_triggers(definition.triggers, PRIMARY),
        start_rules=start_rules,
        start_role=RoleReference(id=START_ROLE_ID) if start_rules else None,
        notification_rule=notifications.rule,
        execution_events_topic=notifications.execution_events_topic,
        failure_alarm=notifications.alarm,
        boundary=boundary,
        lookup_function=lookup_function,
        tags=_tags(definition),
    )


START_ROLE_ID = "StartRole"
PIPELINE_ROLE_ID = "PipelineRole"


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


def _outside_role(definition: Definition, settings: PipelineSettings) -> RoleReference | None:
    match definition.role:
        case RoleByArn(role_arn=given):
            return RoleReference(arn=given)
        case RoleByName(role_name=name):
            return RoleReference(arn=arn("iam", f"role/{name.removeprefix('/')}", region=False))
        case _:
            return None if settings.role_arn is None else RoleReference(arn=settings.role_arn)


def _pipeline_role(
    context: Context,
    fencing: Fencing,
    stages: Iterable[model.Stage],
    projects: Sequence[model.Project],
    sources: Mapping[str, PlannedSource],
) -> Role:
    """The role of the pipeline itself: it fetches the sources, keeps artifacts, and starts exactly these projects."""
    topics: list[Text] = []
    rules: list[model.Rule] = []
    for stage in stages:
        topics += [
            action.topic_arn for action in stage.actions if isinstance(action, ApprovalAction) and action.topic_arn
        ]
        for condition in (stage.before_entry, stage.on_success, stage.on_failure):
            rules += condition.rules if condition else ()
    statements = [
        *permissions.start_projects([project.name for project in projects]),
        permissions.keep_artifacts(context.store, context.name),
        permissions.locate_artifacts(context.store),
        *permissions.use_artifact_key(context.store),
        *(statement for source in sources.values() for statement in source.statements),
        *permissions.ask_for_approval(topics),
        *(statement for rule in rules for statement in statements_for(rule, context.name)),
        *_self_mutation_statements(fencing),
    ]
    return Role(
        id=PIPELINE_ROLE_ID,
        description=f"The pipeline {context.name} itself.",
        services=("codepipeline.amazonaws.com",),
        policies=role_policies(f"{PIPELINE_ROLE_ID}Policy", _unique(statements)),
        trust_conditions={
            "StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)},
            "ArnEquals": {"aws:SourceArn": (arn("codepipeline", context.name),)},
        },
        path=context.role_path,
        boundary=fencing.boundary,
    )


def _self_mutation_statements(fencing: Fencing) -> list[Statement]:
    if fencing.role is None:
        return []
    return [permissions.update_own_stack(), permissions.hand_over_update_role(_arn_of(fencing.role))]


def _unique(statements: Iterable[Statement]) -> list[Statement]:
    unique: list[Statement] = []
    for statement in statements:
        if statement not in unique:
            unique.append(statement)
    return unique


def _arn_of(role: RoleReference) -> Text:
    return role.arn if role.arn is not None else Sub(f"${{{role.id}.Arn}}")


def _start_role(context: Context, fencing: Fencing) -> Role:
    return Role(
        id=START_ROLE_ID,
        description=f"Lets EventBridge start the pipeline {context.name}.",
        services=("events.amazonaws.com",),
        policies=role_policies(f"{START_ROLE_ID}Policy", [permissions.start_pipeline(context.name)]),
        trust_conditions={"StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)}},
        path=context.role_path,
        boundary=fencing.boundary,
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
