"""The kernel, as the platform uses it: from a text to a checked definition, a plan, a template.

Everything here is computing and takes milliseconds of a core, so it runs in a thread: other requests go on meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from pipeline_builder import __version__
from pipeline_builder.core.compliance.facts import PipelineFacts
from pipeline_builder.core.definition.load import LoadedDefinition, load_definition
from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.planning.model import Plan
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.planning.preparation import references_of
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.lock import Lock, read_lock, write_lock
from pipeline_builder.core.plugins.model import Plugin, Request
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.domains.pipelines.contract import DefinitionRefused
from pipeline_builder.kit.findings import Finding, findings_of
from pipeline_builder.synth import Template, render
from pipeline_builder.synth.template import TemplateTooLarge

FindCatalog = Callable[[Collection[PluginReference]], Awaitable[Catalog]]
"""Finds the plugins that references could mean."""

FILE = "pipeline.yaml"
"""How findings call a definition that the platform keeps."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose pipeline it is: what a definition need not say, because the platform knows it."""

    org_id: UUID
    pipeline_id: UUID


@dataclass(frozen=True, slots=True)
class Made:
    """Everything that was made of a definition.

    Attributes:
        lock: the plugins it was made with, whole.
        findings: warnings and notes; errors there are none.
    """

    loaded: LoadedDefinition
    plan: Plan
    template: Template
    lock: Lock
    findings: tuple[Finding, ...]

    @property
    def lock_text(self) -> str:
        return write_lock(self.lock)

    @property
    def facts(self) -> PipelineFacts:
        """What rules look at."""
        used = {(one.spec.name, one.spec.version): one for one in self.lock.plugins.values()}
        return PipelineFacts(self.loaded.definition, self.plan, used, self.template.as_dict())

    @property
    def plugins(self) -> Sequence[Plugin]:
        return list(self.lock.plugins.values())


async def make(text: str, identity: Identity, find: FindCatalog, lock_text: str | None = None) -> Made:
    """Make everything of a definition.

    Args:
        text: YAML or JSON.
        identity: whose it is.
        find: where plugins come from that the lock does not hold.
        lock_text: which versions were used before; what it does not hold is looked up and added.

    Raises:
        DefinitionRefused: it cannot become a pipeline.
    """
    report = Report()
    loaded = await asyncio.to_thread(_load, text, identity, report)
    if loaded is None:
        raise DefinitionRefused(findings_of(report.diagnostics))
    references = references_of(loaded.definition)
    kept = _kept(lock_text, references.values())
    missing = [one for one in references.values() if kept is None or Request.of(one) not in kept.plugins]
    catalog = await find(missing)
    return await asyncio.to_thread(_made, loaded, catalog, kept, report)


def _load(text: str, identity: Identity, report: Report) -> LoadedDefinition | None:
    loaded = load_definition(text.encode(), FILE, report)
    if loaded is None:
        return None
    named = loaded.definition.org_id
    if named is not None and named != str(identity.org_id):
        # Secrets are found under the organization's id: another one's must not be named.
        says = f"The definition is of the organization '{named}', and this is '{identity.org_id}'."
        hint = "Leave `orgId` out; the platform knows it."
        foreign = Diagnostic("foreign-organization", says, Location() / "orgId", hint=hint)
        report.extend(loaded.worth_telling([foreign]))
        loaded = replace(loaded, has_errors=True)
    definition = replace(loaded.definition, org_id=str(identity.org_id), pipeline_id=str(identity.pipeline_id))
    return replace(loaded, definition=definition)


def _kept(lock_text: str | None, references: Collection[PluginReference]) -> Lock | None:
    """Of a stored lock, what the definition still refers to."""
    lock = None if lock_text is None else read_lock(lock_text.encode(), Report())
    if lock is None:
        return None
    wanted = {Request.of(reference) for reference in references}
    return Lock(lock.made_by, {request: plugin for request, plugin in lock.plugins.items() if request in wanted})


def _made(loaded: LoadedDefinition, catalog: Catalog, kept: Lock | None, report: Report) -> Made:
    references = references_of(loaded.definition)
    resolved = (
        {}
        if kept is None
        else {at: kept.plugins[Request.of(one)] for at, one in references.items() if Request.of(one) in kept.plugins}
    )
    missing = {at: one for at, one in references.items() if at not in resolved}
    resolved |= resolve(missing, catalog, Report())
    lock = Lock.of(references, resolved, __version__)
    # What could not be resolved is not in the lock, and planning tells it.
    complete = lock if len(resolved) == len(references) else None
    plan = make_plan(loaded, catalog, report, lock=complete)
    if plan is None:
        raise DefinitionRefused(findings_of(report.diagnostics))
    template = render(plan)
    try:
        template.as_json()
    except TemplateTooLarge as error:
        report.add(Diagnostic("limit-exceeded", str(error), severity=Severity.ERROR, file=FILE))
        raise DefinitionRefused(findings_of(report.diagnostics)) from error
    return Made(loaded, plan, template, lock, findings_of(report.diagnostics))
