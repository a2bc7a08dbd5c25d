"""All of a plan in which an author can err: which plugins, and what each step says, reads and waits for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline_builder.core.definition.consequences import SPECIFICATION
from pipeline_builder.core.definition.load import LoadedDefinition, scope_of
from pipeline_builder.core.definition.metadata import PipelineSettings, pipeline_settings
from pipeline_builder.core.definition.model import Definition, LookupTime, PluginReference, Registry, Step, Value
from pipeline_builder.core.definition.walks import steps_of
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.planning.approvals import faults_in_approval
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft, draft_step
from pipeline_builder.core.planning.fence import role_path
from pipeline_builder.core.planning.ids import CACHE_FOLDER, PIPELINE_KEY_CHARACTERS
from pipeline_builder.core.planning.lookup import outlines, unknown_plugin
from pipeline_builder.core.planning.model import ArtifactStore, Sub, Variable
from pipeline_builder.core.planning.notifications import PlannedNotifications, plan_notifications
from pipeline_builder.core.planning.self_mutation import Fencing, plan_fencing
from pipeline_builder.core.planning.sources import PRIMARY, PlannedSource, plan_source
from pipeline_builder.core.planning.stages import orders_of
from pipeline_builder.core.planning.triggers import self_mutation_by_others, self_mutation_in_parallel
from pipeline_builder.core.planning.wiring import Wiring, wire
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.resolution import resolve

SYNTH_STAGE = "Synth"

_DEFAULT_ARTIFACT_DAYS = 30
_DEFAULT_LOG_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A definition with all that it refers to. Where the report has errors, as much as there is.

    Attributes:
        places: where stages, steps and sources stand in the definition, by their names.
        unresolved: the places of specifications that could not be found.
        orders: the run order of every step, by its place.
    """

    definition: Definition
    settings: PipelineSettings
    context: Context
    places: Mapping[tuple[str, ...], Location]
    unresolved: frozenset[tuple[str | int, ...]]
    sources: Mapping[str, PlannedSource]
    variables: tuple[Variable, ...]
    wiring: Wiring
    orders: Mapping[Location, int]
    synth: StepDraft
    fencing: Fencing
    notifications: PlannedNotifications


def prepare(loaded: LoadedDefinition, catalog: Catalog, report: Report, *, lock: Lock | None, locked: bool) -> Prepared:
    """Find what the definition refers to, and report all in it that is wrong.

    Args:
        lock, locked: as `resolve` knows them.
    """
    definition = loaded.definition
    uses = tuple(_uses(definition))
    if definition.lookup is LookupTime.DEPLOY:
        plugins = outlines({use.plugin_at: use.step for use in uses}, catalog, report, lock=lock, locked=locked)
    else:
        plugins = resolve(references_of(definition), catalog, report, lock=lock, locked=locked)
    settings = pipeline_settings(_pipeline_metadata(definition))
    report.extend(_lost_letters(definition, settings))
    context = _context(loaded, settings, report)
    drafts = [
        draft_step(
            use.step,
            plugins.get(use.plugin_at) or unknown_plugin(use.step),
            definition,
            context,
            stage=use.stage,
            at=use.at,
            is_known=use.plugin_at in plugins,
        )
        for use in uses
    ]
    report.extend(_without_effect(definition, settings, drafts))
    report.extend(fault for draft in drafts if draft.is_approval for fault in faults_in_approval(draft))
    variables = _variables(definition, settings)
    sources = _plan_sources(definition, context)
    wiring = wire(definition, drafts, sources, [variable.name for variable in variables], context)
    orders = orders_of(wiring, report)
    synth = wiring.drafts[0]
    fencing = plan_fencing(definition, settings, synth, report)
    if fencing.role is not None:
        report.extend((*self_mutation_by_others(definition), *self_mutation_in_parallel(definition)))
    return Prepared(
        definition=definition,
        settings=settings,
        context=context,
        places=_places(definition, uses),
        unresolved=frozenset((*use.at.keys, SPECIFICATION) for use in uses if use.plugin_at not in plugins),
        sources=sources,
        variables=variables,
        wiring=wiring,
        orders=orders,
        synth=synth,
        fencing=fencing,
        notifications=plan_notifications(definition, settings, context.name, report),
    )


def references_of(definition: Definition) -> dict[Location, PluginReference]:
    """Every use of a plugin, by its place in the definition."""
    return {use.plugin_at: use.step.plugin for use in _uses(definition)}


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
    for step, at in steps_of(definition):
        match at.keys:
            case ("stages", int(index), *_):
                yield _Use(stage=definition.stages[index].stage_name, step=step, at=at)
            case _:
                yield _Use(stage=SYNTH_STAGE, step=step, at=at)


def _places(definition: Definition, uses: Iterable[_Use]) -> dict[tuple[str, ...], Location]:
    places: dict[tuple[str, ...], Location] = {(PRIMARY, PRIMARY): Location() / "synth" / "source"}
    places |= {(PRIMARY, name): Location() / "sources" / name for name in definition.sources}
    places |= {(stage.stage_name,): Location(("stages", index)) for index, stage in enumerate(definition.stages)}
    return places | {(use.stage, use.step.label): use.at for use in uses}


def _pipeline_metadata(definition: Definition) -> dict[str, Value]:
    return {**definition.defaults.metadata, **definition.shared_metadata, **definition.synth.metadata}


def _context(loaded: LoadedDefinition, settings: PipelineSettings, report: Report) -> Context:
    definition = loaded.definition
    name = settings.pipeline_name or definition.name
    return Context(
        name=name,
        org_id=definition.org_id or Sub("${OrgId}"),
        store=_store(definition, settings, name),
        log_retention_days=definition.defaults.log_retention_days or _DEFAULT_LOG_DAYS,
        role_path=role_path(name),
        registry=_registry(definition.registry),
        scope=scope_of(definition),
        position_of=loaded.position_of,
        report=report,
    )


def _without_effect(
    definition: Definition, settings: PipelineSettings, drafts: Iterable[StepDraft]
) -> Iterator[Diagnostic]:
    store = definition.artifacts
    if (store.own_key or settings.own_key) and (store.kms_key_arn or settings.kms_key_arn):
        yield Diagnostic(
            code="no-effect",
            message="The pipeline gets no key of its own: artifacts are encrypted with the key that is named.",
            at=Location(("artifacts",) if store.own_key else ("global",)),
            severity=Severity.WARNING,
            hint="Ask for one or the other.",
        )
    if definition.defaults.security_groups is not None and all(draft.network is None for draft in drafts):
        yield Diagnostic(
            code="no-effect",
            message="No step runs in a network, so there is nothing that the security groups are for.",
            at=Location(("defaults", "securityGroups")),
            severity=Severity.WARNING,
            hint="Name a `network`, or remove the groups.",
        )


def _registry(registry: Registry) -> str | None:
    if registry.pull_host is None or registry.pull_port in {None, *_USUAL_PORTS}:
        return registry.pull_host
    host, slash, path = registry.pull_host.partition("/")
    return f"{host.partition(':')[0]}:{registry.pull_port}{slash}{path}"


_USUAL_PORTS = (80, 443)


def _lost_letters(definition: Definition, settings: PipelineSettings) -> Iterator[Diagnostic]:
    if definition.pipeline_name is not None or settings.pipeline_name is not None:
        return
    for key, name in (("organization", definition.organization), ("project", definition.project)):
        if any(character.isalnum() and not character.isascii() for character in name):
            yield Diagnostic(
                code="pipeline-name-loses-letters",
                message=f"The pipeline is called '{definition.name}': CodePipeline takes no such letters.",
                at=Location((key,)),
                severity=Severity.WARNING,
                hint="Give a `pipelineName`: another name with such letters may become the same one.",
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


def _plan_sources(definition: Definition, context: Context) -> dict[str, PlannedSource]:
    triggered = {trigger.source or PRIMARY for trigger in definition.triggers}
    planned = {}
    for name, source in {PRIMARY: definition.synth.source, **definition.sources}.items():
        artifact = context.artifact_names.of(PRIMARY, name)
        planned[name] = plan_source(name, source, artifact, has_triggers=name in triggered)
        if (parameter := planned[name].parameter) is not None:
            context.add_parameter(parameter)
    return planned


def _variables(definition: Definition, settings: PipelineSettings) -> tuple[Variable, ...]:
    given = definition.variables or settings.variables
    return tuple(Variable(name=one.name, default=one.default, description=one.description) for one in given)
