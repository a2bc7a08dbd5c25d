"""The use cases of golden-path templates: definitions to begin from, whose `vars` are asked for, typed.

A value becomes a text in `vars` and never structure; the definition that comes out says where each is used.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from uuid import UUID

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Diagnostic, Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.plugins.inputs import expectation_missed, pattern_of
from pipeline_builder.core.plugins.model import InputType, PluginInput
from pipeline_builder.core.plugins.patterns import UnsupportedPattern
from pipeline_builder.core.schema.reader import as_data
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.pipelines.contract import DefinitionRefused
from pipeline_builder.domains.pipelines.repository import Template, TemplateRepository
from pipeline_builder.domains.pipelines.workshop import FILE, Identity, make
from pipeline_builder.domains.plugins.contract import Plugins
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.errors import InvalidValue, NotFound, Outdated
from pipeline_builder.kit.findings import findings_of
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.scope import OrgScope

PUBLIC = "public"


class InputWritten(Protocol):
    """An input of a template, as somebody wants it."""

    @property
    def type(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def default(self) -> str | None: ...
    @property
    def required(self) -> bool: ...
    @property
    def enum(self) -> list[str]: ...
    @property
    def pattern(self) -> str | None: ...


class TemplateWritten(Protocol):
    """A template, as somebody wants it."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def keywords(self) -> list[str]: ...
    @property
    def visibility(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, InputWritten]: ...
    @property
    def written(self) -> str: ...


class TemplateUsed(Protocol):
    """What a template is used for."""

    @property
    def project(self) -> str: ...
    @property
    def organization(self) -> str: ...
    @property
    def pipeline_name(self) -> str | None: ...
    @property
    def inputs(self) -> Mapping[str, str | bool | float]: ...


class GoldenPaths:
    """The use cases, in one organization."""

    def __init__(
        self, templates: TemplateRepository, scope: OrgScope, *, plugins: Plugins, audit: Audit, clock: Clock
    ) -> None:
        self._templates = templates
        self._plugins = plugins
        self._scope = scope
        self._audit = audit
        self._clock = clock

    async def put(self, wanted: TemplateWritten, before: Template | None) -> Template:
        """Add a template, or change one.

        Raises:
            DefinitionRefused: with its defaults, or with any value where there is none, it is no definition.
            InvalidValue: an input contradicts itself.
            PermissionDenied: it is or becomes public in the system organization, and the actor may not publish.
            TemplateNameTaken: there is another one of its name.
        """
        inputs = {name: _input(one) for name, one in wanted.inputs.items()}
        for name, one in inputs.items():
            _ensure_sound(name, one)
        await self._ensure_usable(wanted.written, inputs)
        if PUBLIC in (wanted.visibility, before.visibility if before else ""):
            self._scope.require(Permission.PLUGINS_PUBLISH)
        now, author = self._clock(), self._scope.actor.name
        after = Template(
            id=before.id if before else new_id(),
            org_id=self._scope.org_id,
            name=wanted.name,
            description=wanted.description,
            keywords=list(wanted.keywords),
            visibility=wanted.visibility,
            inputs={name: _as_row(one) for name, one in wanted.inputs.items()},
            text=wanted.written,
            revision=before.revision + 1 if before else 1,
            created_at=before.created_at if before else now,
            created_by=before.created_by if before else author,
            updated_at=now,
            updated_by=author,
        )
        await self._templates.put(after)
        action = "templates.changed" if before else "templates.created"
        told = None if before is None else {"name": before.name, "visibility": before.visibility}
        change = Change(
            action,
            "template",
            after.id,
            after.name,
            before=told,
            after={"name": after.name, "visibility": after.visibility},
        )
        await self._audit.record(change)
        return after

    async def _ensure_usable(self, text: str, inputs: Mapping[str, PluginInput]) -> None:
        """See that a definition comes out: a whole pipeline, where every input says what it may be."""
        given = {name: one.default or (one.enum[0] if one.enum else "value") for name, one in inputs.items()}
        data = _with_vars(_data(text), given)
        _ensure_definition(data)
        if all(one.default or one.enum for one in inputs.values()):
            await make(json.dumps(data), Identity(self._scope.org_id, new_id()), self._plugins.catalog)

    async def for_change(self, template_id: UUID, expected: int) -> Template:
        """A template of the organization's own that nobody else changed.

        Raises:
            NotFound, Outdated: as they say.
        """
        template = await self._templates.own(template_id)
        if template is None:
            raise NotFound("template", template_id)
        if template.revision != expected:
            raise Outdated("template", template.revision)
        return template

    async def remove(self, template_id: UUID, expected: int) -> None:
        """Delete a template.

        Raises:
            NotFound, Outdated: as for `for_change`.
        """
        template = await self.for_change(template_id, expected)
        if template.visibility == PUBLIC:
            self._scope.require(Permission.PLUGINS_PUBLISH)
        await self._templates.remove(template_id)
        await self._audit.record(Change("templates.deleted", "template", template_id, template.name))

    async def use(self, template_id: UUID, use: TemplateUsed) -> dict[str, Any]:
        """The definition that a template becomes with these values.

        Raises:
            NotFound: there is no such template.
            InvalidValue: a value is missing, is not asked for, or is not what is asked for.
            DefinitionRefused: it is no definition with them.
        """
        template = await self._templates.visible(template_id)
        if template is None:
            raise NotFound("template", template_id)
        declared = {name: _of_row(one) for name, one in template.inputs.items()}
        given = dict(_values(declared, use.inputs))
        data = _with_vars(_data(template.text), given)
        data |= {"project": use.project, "organization": use.organization}
        data.pop("pipelineName", None)
        if use.pipeline_name is not None:
            data["pipelineName"] = use.pipeline_name
        _ensure_definition(data)
        return data


def _values(declared: Mapping[str, PluginInput], given: Mapping[str, str | bool | float]) -> Iterator[tuple[str, str]]:
    for name in given:
        if name not in declared:
            raise InvalidValue(f"inputs.{name}", f"The template has no input '{name}'.")
    for name, one in declared.items():
        value = _text(given[name]) if name in given else one.default
        if not value and one.required:
            raise InvalidValue(f"inputs.{name}", f"The input '{name}' has to be given: {one.description}")
        missed = expectation_missed(value or "", one)
        if missed is not None:
            raise InvalidValue(f"inputs.{name}", f"The input '{name}' must be {missed}.")
        yield name, value or ""


def _text(value: str | bool | float) -> str:  # noqa: FBT001 -- a value of a document
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else value


def _input(written: InputWritten) -> PluginInput:
    return PluginInput(
        type=InputType(written.type),
        description=written.description,
        default=written.default,
        required=written.required,
        enum=tuple(written.enum),
        pattern=written.pattern,
    )


def _ensure_sound(name: str, declared: PluginInput) -> None:
    """See that an input does not contradict itself."""
    try:
        if declared.pattern is not None:
            pattern_of(declared.pattern)
        missed = expectation_missed(declared.default or "", declared)
    except UnsupportedPattern as error:
        raise InvalidValue(f"inputs.{name}.pattern", f"The pattern of '{name}' cannot be used: {error}") from error
    if missed is not None:
        raise InvalidValue(f"inputs.{name}.default", f"The default of '{name}' must be {missed}.")


def _as_row(written: InputWritten) -> dict[str, object]:
    return {
        "type": written.type,
        "description": written.description,
        "default": written.default,
        "required": written.required,
        "enum": list(written.enum),
        "pattern": written.pattern,
    }


def _of_row(row: Mapping[str, Any]) -> PluginInput:
    return PluginInput(**{**row, "type": InputType(row["type"]), "enum": tuple(row["enum"])})


def _data(text: str) -> dict[str, Any]:
    report = Report()
    document = read_document(text.encode(), FILE, report)
    data = None if document is None else as_data(document.root)
    if not isinstance(data, dict):
        if not report.has_errors:
            says = "A definition is a mapping that begins with keys such as 'project' and 'organization'."
            report.add(Diagnostic("not-a-mapping", says, file=FILE))
        raise DefinitionRefused(findings_of(report.diagnostics))
    return data


def _with_vars(data: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    own = data.get("vars")
    return {**data, "vars": {**(own if isinstance(own, dict) else {}), **given}} if given or own else dict(data)


def _ensure_definition(data: Mapping[str, Any]) -> None:
    report = Report()
    loaded = load_definition(data, FILE, report)
    if loaded is None or loaded.has_errors:
        raise DefinitionRefused(findings_of(report.diagnostics))
