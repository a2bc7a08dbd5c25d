"""From a file's bytes to a checked definition: read, rendered, typed, and looked over."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from pipeline_builder.core.definition.checks import check_definition
from pipeline_builder.core.definition.model import Definition, usual_name
from pipeline_builder.core.definition.older_forms import in_todays_form
from pipeline_builder.core.definition.texts import dynamic_reference, unusable_texts
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.documents import Document, Node, Scalar, read_document
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents.limits import MAXIMUM_FINDINGS
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.findings import shown
from pipeline_builder.core.schema.locating import as_written
from pipeline_builder.core.schema.reader import read
from pipeline_builder.core.templating import Data, Keys, Places, parse, render_document
from pipeline_builder.core.templating.values import child

__all__ = ["LoadedDefinition", "dynamic_reference", "load_definition", "scope_of"]

_DEFERRED_FIELDS = frozenset(
    {
        "commands",
        "env",
        "inputs",
        "installCommands",
        "postCommands",
        "postInstallCommands",
        "preCommands",
        "preInstallCommands",
    }
)
"""Fields of a step that are rendered in planning, where the step's own environment and inputs are known."""

_ENVELOPE = "props"
"""Exports of pipelines put the definition under this key, beside what the platform knows of the pipeline."""

_ENVELOPE_KEYS = frozenset(
    {
        "accessModifier",
        "criticality",
        "description",
        "keywords",
        "labels",
        "lifecycle",
        "links",
        "organization",
        "ownerId",
        "ownerType",
        "pipelineName",
        "project",
        _ENVELOPE,
    }
)
"""What the platform knows of a pipeline beside its definition."""


@frozen()
class LoadedDefinition:
    """A definition without errors, and the document it was read from.

    Attributes:
        base: where the definition stands in the document: the whole, or under `props` of an export.
    """

    definition: Definition
    document: Document
    base: Location

    def located(self, diagnostic: Diagnostic) -> Diagnostic:
        """A finding about the definition, with the place where its author wrote what it is about."""
        return _located(diagnostic, self.document, self.base)


def load_definition(data: bytes, name: str, report: Report) -> LoadedDefinition | None:
    """Read a definition.

    Args:
        name: how findings call the file.
        report: gets every finding, with file and position; of a file in which nearly everything is wrong, some.

    Returns:
        The definition, or None when anything in it is an error.
    """
    found = Report()
    document = read_document(data, name, found)
    loaded = None if document is None else _loaded(document, found)
    report.extend(found.diagnostics)
    return None if found.has_errors else loaded


def _loaded(document: Document, report: Report) -> LoadedDefinition | None:
    base, root = _unwrapped(document, report)
    if root is None:
        return None
    found = Report()
    rendered = render_document(root, _places(root), deferred=_is_deferred, report=found)
    found.extend(unusable_texts(rendered))
    judged = Report()
    definition = read(Definition, rendered, Location(), judged)
    if definition is not None:
        definition = in_todays_form(definition, judged)
        check_definition(definition, judged)
    told = {one.position for one in report if one.severity is Severity.ERROR}

    def is_worth_telling(one: Diagnostic) -> bool:
        return one.position not in told and not _is_unrendered(one.at, root, rendered)

    worth_telling = (*_first(found.diagnostics), *_first(dict.fromkeys(judged), is_worth_telling))
    report.extend(_located(one, document, base) for one in worth_telling)
    return None if definition is None else LoadedDefinition(definition, document, base)


def _is_unrendered(at: Location, root: Node, rendered: Node) -> bool:
    """Whether the text there is as it was because of a fault that is told: what it would be cannot be judged."""
    keys = as_written(Definition, root, at).keys
    written, made = _node_at(root, keys), _node_at(rendered, keys)
    if not isinstance(written, Scalar) or written is not made or _is_deferred(keys):
        return False
    return not parse(written.text).is_literal(written.text)


def _node_at(node: Data, keys: Keys) -> Data:
    for key in keys:
        _, node = child(node, key) or (key, None)
    return node


def _first(
    found: Iterable[Diagnostic], is_worth_telling: Callable[[Diagnostic], bool] = lambda _: True
) -> Iterator[Diagnostic]:
    """As many of each severity as help, then how many more there are: a file can hold tens of thousands.

    What is only counted is not looked at, so that some of it may be about what another fault caused.
    """
    counts: Counter[Severity] = Counter()
    for one in found:
        if counts[one.severity] >= MAXIMUM_FINDINGS:
            counts[one.severity] += 1
        elif is_worth_telling(one):
            counts[one.severity] += 1
            yield one
    for severity, count in counts.items():
        if count > MAXIMUM_FINDINGS:
            more = count - MAXIMUM_FINDINGS
            says = f"Only the first {MAXIMUM_FINDINGS} of {count:,} {severity}s are told, not the other {more:,}."
            yield Diagnostic("too-many-findings", says, severity=severity)


def _located(diagnostic: Diagnostic, document: Document, base: Location) -> Diagnostic:
    root = document.root
    if base.keys and isinstance(root, MappingNode):
        root = root.entries[_ENVELOPE]
    written = as_written(Definition, root, diagnostic.at)
    return document.located(replace(diagnostic, at=Location((*base.keys, *written.keys))))


def _unwrapped(document: Document, report: Report) -> tuple[Location, MappingNode | None]:
    """The definition, and where it stands."""
    root = document.root
    if not isinstance(root, MappingNode):
        says = "A definition is a mapping that begins with keys such as 'project' and 'organization'."
        report.add(document.located(Diagnostic("not-a-mapping", says, Location(), hint="Begin with `project:`.")))
        return Location(), None
    props = root.entries.get(_ENVELOPE)
    if not isinstance(props, MappingNode):
        return Location(), root
    for key in root.entries:
        if key not in _ENVELOPE_KEYS:
            says = f"An exported pipeline has no key '{shown(key)}' beside '{_ENVELOPE}'."
            unknown = Diagnostic("unknown-key", says, Location((key,)), position=root.key_positions.get(key))
            report.add(document.located(unknown))
    return Location((_ENVELOPE,)), props


def _places(root: MappingNode) -> Places:
    """What the roots of expressions mean in a definition. `vars.x` and `pipeline.vars.x` are the same."""
    metadata: tuple[Keys, ...] = (("global",), ("defaults", "metadata"))
    return Places(
        _with_usual_name(root),
        {
            ("vars",): (("vars",),),
            ("metadata",): metadata,
            ("pipeline",): ((),),
            ("pipeline", "vars"): (("vars",),),
            ("pipeline", "metadata"): metadata,
            ("pipeline", "projectName"): (("project",),),
        },
    )


def _with_usual_name(root: MappingNode) -> MappingNode:
    """With the name that the pipeline gets, where it is given none and the parts of it are known."""
    parts = [root.entries.get(key) for key in ("organization", "project")]
    known = [
        part.text for part in parts if isinstance(part, Scalar) and part.value is not None and "{{" not in part.text
    ]
    given = root.entries.get("pipelineName")
    if len(known) < len(parts) or (given is not None and not (isinstance(given, Scalar) and given.value is None)):
        return root
    name = usual_name(*known)
    entries = {**root.entries, "pipelineName": Scalar(name, name, quoted=True, position=root.position)}
    return MappingNode(entries, root.position, root.key_positions)


def _is_deferred(keys: Keys) -> bool:
    match keys:
        case ("stages", int(), "steps", int(), str(field), *_):
            return field in _DEFERRED_FIELDS
        case ("synth", str(field), *_):
            return field in _DEFERRED_FIELDS
        case _:
            return False


def scope_of(definition: Definition) -> dict[str, Any]:
    """What expressions in a step's texts may name of the whole pipeline."""
    metadata = {**definition.defaults.metadata, **definition.shared_metadata}
    pipeline = {
        "environment": definition.environment,
        "metadata": metadata,
        "orgId": definition.org_id,
        "organization": definition.organization,
        "pipelineId": definition.pipeline_id,
        "pipelineName": definition.name,
        "project": definition.project,
        "projectName": definition.project,
        "vars": definition.vars,
    }
    return {"metadata": metadata, "pipeline": pipeline, "vars": definition.vars}
