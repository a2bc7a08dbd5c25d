"""What can be read of a faulty definition, so that the rest of it is judged at once with its faults."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.reader import read
from pipeline_builder.core.schema.remainder import Remainder, existing, without
from pipeline_builder.core.templating import Keys, parse


@frozen()
class Salvaged:
    """As much of a definition as can be read.

    Attributes:
        definition: None when that is too little.
        rest: what it was read from.
        faults: places of the whole that are left out, or are not there.
    """

    definition: Definition | None
    rest: Remainder
    faults: frozenset[Keys]


def salvage(root: Node, faults: Collection[Keys]) -> Salvaged:
    """Read what is left without the faults, and without what then lacks something, and so on outwards."""
    left_out = frozenset(faults)
    while () not in left_out:
        rest = without(root, left_out)
        missing: set[Keys] = set()
        if isinstance(rest.root, MappingNode):
            rest = replace(rest, root=_completed(rest.root, _STAND_INS, (), missing))
        found = Report()
        definition = read(Definition, rest.root, Location(), found)
        further = {existing(root, rest.original(place)) for place in faults_in(found)} - left_out
        if not further:
            return Salvaged(definition, rest, left_out | missing)
        left_out |= further
    return Salvaged(None, Remainder(root, {}), left_out)


def faults_in(found: Iterable[Diagnostic]) -> set[Keys]:
    """What is to be left out because of these findings."""
    errors = (one for one in found if one.severity is Severity.ERROR)
    # There are stand-ins for what the whole and the synth step lack.
    return {one.at.keys for one in errors if not (one.code == "missing-key" and one.at.keys in {(), ("synth",)})}


def unrendered(written: Node, rendered: Node, is_deferred: Callable[[Keys], bool]) -> Iterator[Keys]:
    """Where a text is as it was because of a fault that is told: what it would be cannot be judged."""
    waiting: list[tuple[Keys, Node, Node]] = [((), written, rendered)]
    while waiting:
        keys, was, node = waiting.pop()
        match was, node:
            case MappingNode(), MappingNode():
                waiting += [((*keys, key), was.entries[key], below) for key, below in node.entries.items()]
            case SequenceNode(), SequenceNode():
                waiting += [((*keys, index), was.items[index], below) for index, below in enumerate(node.items)]
            case Scalar(), Scalar() if was is node and not parse(was.text).is_literal(was.text):
                if not is_deferred(keys):
                    yield keys


# --- what stands in for what every definition has --------------------------------------------------------------------

_StandIns = Mapping[str, "Node | _StandIns"]
_NOWHERE = Position(0, 0)


def _text(text: str) -> Scalar:
    return Scalar(text, text, quoted=True, position=_NOWHERE)


def _mapping(entries: Mapping[str, Node]) -> MappingNode:
    return MappingNode(entries, _NOWHERE, {})


_STAND_INS: _StandIns = {
    "project": _text("project"),
    "organization": _text("organization"),
    "synth": {"source": _mapping({"repo": _text("owner/repository")}), "plugin": _text("cdk-synth")},
}
"""Without these nothing at all could be read. No finding about them, or that follows from them, is ever told."""


def _completed(node: MappingNode, stand_ins: _StandIns, at: Keys, missing: set[Keys]) -> MappingNode:
    entries = dict(node.entries)
    for key, stand_in in stand_ins.items():
        below = entries.get(key)
        if isinstance(stand_in, Mapping):
            whole = below if isinstance(below, MappingNode) else _mapping({})
            entries[key] = _completed(whole, stand_in, (*at, key), missing)
        elif below is None:
            entries[key] = stand_in
            missing.add((*at, key))
    return MappingNode(entries, node.position, node.key_positions)
