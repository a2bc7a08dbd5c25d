"""From a file's bytes to a checked definition: read, rendered, typed, and looked over."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from pipeline_builder.core.definition.checks import check_definition
from pipeline_builder.core.definition.consequences import consequences_of
from pipeline_builder.core.definition.model import Definition, usual_name
from pipeline_builder.core.definition.older_forms import in_todays_form
from pipeline_builder.core.definition.salvage import Salvaged, faults_in, salvage, unrendered
from pipeline_builder.core.definition.texts import dynamic_reference, unusable_texts
from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity
from pipeline_builder.core.documents import Document, Scalar, position_in, read_data, read_document
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents.limits import MAXIMUM_FINDINGS
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.findings import shown
from pipeline_builder.core.schema.locating import as_written
from pipeline_builder.core.schema.reader import read
from pipeline_builder.core.schema.remainder import Remainder
from pipeline_builder.core.templating import Keys, Places, render_document

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
    """A definition, and the document it was read from.

    Attributes:
        definition: what could be read of it, so that everything that is wrong can be told at once.
        base: where the definition stands in the document: the whole, or under `props` of an export.
        rest: the tree it was read from: of a faulty definition without the places that are wrong.
        faults: places of the definition that could not be read, or are not there.
        has_errors: nothing can be made of it before its author has mended what was found.
    """

    definition: Definition
    document: Document
    base: Location
    rest: Remainder
    faults: frozenset[Keys]
    has_errors: bool = False

    def position_of(self, at: Location, offset: int) -> Position | None:
        """Where in the file a character of a text stands; None where the definition has no such text."""
        keys = self.rest.original(as_written(Definition, self.rest.root, at).keys)
        node = self.document.node(Location((*self.base.keys, *keys)))
        return position_in(node, offset) if isinstance(node, Scalar) else None

    def worth_telling(self, found: Iterable[Diagnostic], faults: Collection[Keys] = ()) -> Iterator[Diagnostic]:
        """Findings about the definition, with the places where its author wrote what they are about.

        Without those that only follow from what could not be read.

        Args:
            faults: further places of the definition from which other findings follow.
        """
        for one in _first(_not_following(found, self.rest, self.faults, also=faults)):
            yield _located(one, self.document, self.base)


def load_definition(data: object, name: str, report: Report) -> LoadedDefinition | None:
    """Read a definition.

    Args:
        data: the bytes of a file, or values as a JSON document would hold them.
        name: how findings call the file.
        report: gets every finding, with file and position; of a file in which nearly everything is wrong, some.

    Returns:
        The definition, or as much of it as can be read; None when that is too little to say more about it.
    """
    found = Report()
    document = read_document(data, name, found) if isinstance(data, bytes) else read_data(data, name, found)
    loaded = None if document is None else _loaded(document, found)
    report.extend(found.diagnostics)
    return None if loaded is None else replace(loaded, has_errors=found.has_errors)


def _loaded(document: Document, report: Report) -> LoadedDefinition | None:
    base, root = _unwrapped(document, report)
    if root is None:
        return None
    found = Report()
    rendered = render_document(root, _places(root), deferred=_is_deferred, report=found)
    not_rendered = frozenset(unrendered(root, rendered, _is_deferred) if found.has_errors else ())
    found.extend(unusable_texts(rendered))
    shape = Report()
    read_of = Salvaged(read(Definition, rendered, Location(), shape), Remainder(rendered, {}), frozenset())
    if read_of.definition is None or not_rendered:
        read_of = salvage(rendered, not_rendered | faults_in(shape))
    misread = {one.position for one in report if one.severity is Severity.ERROR}
    told = [*_first(found)]
    told += _first(one for one in shape if one.position not in misread and not _is_within(one.at.keys, not_rendered))
    definition = read_of.definition
    if definition is not None:
        rules = Report()
        definition = in_todays_form(definition, rules)
        check_definition(definition, rules)
        told += _not_following(_first(dict.fromkeys(rules)), read_of.rest, read_of.faults)
    report.extend(_located(one, document, base) for one in told)
    if definition is None:
        return None
    unusable = {one.at.keys for one in found if one.severity is Severity.ERROR}
    return LoadedDefinition(definition, document, base, read_of.rest, read_of.faults | unusable)


def _not_following(
    found: Iterable[Diagnostic], rest: Remainder, faults: frozenset[Keys], also: Collection[Keys] = ()
) -> Iterator[Diagnostic]:
    """Findings about what was read, with their places in the whole, that do not follow from a fault of it."""
    is_consequence = consequences_of(faults.union(also))
    for one in found:
        at = rest.original(as_written(Definition, rest.root, one.at).keys)
        placed = replace(one, at=Location(at))
        if one.file is not None or not (_is_within(at, faults) or is_consequence(placed)):
            yield placed


def _is_within(at: Keys, places: Collection[Keys]) -> bool:
    return bool(places) and any(at[:length] in places for length in range(len(at) + 1))


def _first(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """As many of each severity as help, then how many more there are: a file can hold tens of thousands."""
    counts: Counter[Severity] = Counter()
    for one in found:
        counts[one.severity] += 1
        if counts[one.severity] <= MAXIMUM_FINDINGS:
            yield one
    for severity, count in counts.items():
        if count > MAXIMUM_FINDINGS:
            more = count - MAXIMUM_FINDINGS
            says = f"Only the first {MAXIMUM_FINDINGS} of {count:,} {severity}s are told, not the other {more:,}."
            yield Diagnostic("too-many-findings", says, severity=severity)


def _located(diagnostic: Diagnostic, document: Document, base: Location) -> Diagnostic:
    return document.located(replace(diagnostic, at=Location((*base.keys, *diagnostic.at.keys))))


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
