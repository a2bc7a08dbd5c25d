"""From a file's bytes to a checked definition: read, rendered, typed, and looked over."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline_builder.core.definition.checks import check_definition
from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.documents import Document, Node, Scalar, read_document
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.reader import read
from pipeline_builder.core.templating import Keys, Places, render_document

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
    {"accessModifier", "description", "keywords", "organization", "pipelineName", "project", _ENVELOPE}
)


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
        """A finding about the definition, with file and position."""
        return self.document.located(_based(diagnostic, self.base))


def load_definition(data: bytes, name: str, report: Report) -> LoadedDefinition | None:
    """Read a definition.

    Args:
        name: how findings call the file.
        report: gets every finding, with file and position.

    Returns:
        The definition, or None when anything in it is an error.
    """
    document = read_document(data, name, report)
    if document is None:
        return None
    found = Report()
    base, root = _unwrapped(document.root, found)
    report.extend(map(document.located, found))
    if root is None:
        return None
    found = Report()
    _refuse_dynamic_references(root, found)
    rendered = render_document(root, _places(root), deferred=_is_deferred, report=found)
    definition = read(Definition, rendered, Location(), found)
    if definition is not None:
        check_definition(definition, found)
    report.extend(document.located(_based(diagnostic, base)) for diagnostic in found)
    if definition is None or report.has_errors:
        return None
    return LoadedDefinition(definition, document, base)


def _based(diagnostic: Diagnostic, base: Location) -> Diagnostic:
    return replace(diagnostic, at=Location((*base.keys, *diagnostic.at.keys))) if base.keys else diagnostic


def _unwrapped(root: Node, report: Report) -> tuple[Location, Node | None]:
    if not isinstance(root, MappingNode):
        says = "A definition is a mapping that begins with keys such as 'project' and 'organization'."
        report.add(Diagnostic("not-a-mapping", says, position=root.position))
        return Location(), None
    props = root.entries.get(_ENVELOPE)
    if not isinstance(props, MappingNode):
        return Location(), root
    for key in root.entries:
        if key not in _ENVELOPE_KEYS:
            says = f"An exported pipeline has no key '{key[:60]}' beside 'props'."
            report.add(Diagnostic("unknown-key", says, Location() / key, position=root.key_positions.get(key)))
    return Location() / _ENVELOPE, props


def _places(root: Node) -> Places:
    """What the roots of expressions mean in a definition. `vars.x` and `pipeline.vars.x` are the same."""
    metadata: tuple[Keys, ...] = (("global",), ("defaults", "metadata"))
    return Places(
        root,
        {
            ("vars",): (("vars",),),
            ("metadata",): metadata,
            ("pipeline",): ((),),
            ("pipeline", "vars"): (("vars",),),
            ("pipeline", "metadata"): metadata,
            ("pipeline", "projectName"): (("project",),),
        },
    )


def _is_deferred(keys: Keys) -> bool:
    match keys:
        case ("stages", int(), "steps", int(), str(field), *_):
            return field in _DEFERRED_FIELDS
        case ("synth", str(field), *_):
            return field in _DEFERRED_FIELDS
        case _:
            return False


def _refuse_dynamic_references(root: Node, report: Report) -> None:
    """CloudFormation would fetch the secret such a text names and put it in the text's place, for everybody to read.

    It does so after everything else is resolved, wherever the text stands.
    """
    waiting: list[tuple[Keys, Node]] = [((), root)]
    while waiting:
        keys, node = waiting.pop()
        match node:
            case Scalar():
                if "{{resolve:" in node.text:
                    report.add(dynamic_reference(Location(keys)))
            case MappingNode():
                waiting += [((*keys, key), below) for key, below in node.entries.items()]
            case SequenceNode():
                waiting += [((*keys, index), below) for index, below in enumerate(node.items)]


def dynamic_reference(at: Location) -> Diagnostic:
    """The finding for a text that CloudFormation would resolve by itself."""
    return Diagnostic(
        code="dynamic-reference",
        message="CloudFormation would replace '{{resolve:…}}' by the value it names, readable for everybody.",
        at=at,
        hint="Bind the secret under `secrets` of the step.",
    )


def scope_of(definition: Definition) -> dict[str, Any]:
    """What expressions in a step's texts may name of the whole pipeline."""
    metadata: Mapping[str, Any] = {**definition.defaults.metadata, **definition.shared_metadata}
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
