"""What is left of a document when the places that are wrong are left out."""

from collections.abc import Collection, Mapping

from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.findings import Keys

_Below = dict[str | int, "_Below"]
"""What is left out below a node, by key; nothing below means the node itself."""


@frozen()
class Remainder:
    """A document without some of its places.

    Attributes:
        root: what is left; its nodes still know where they stand in the file.
        kept: of each list that lost items, by its place in the whole document, the indices of those it kept.
    """

    root: Node
    kept: Mapping[Keys, tuple[int, ...]]

    def original(self, keys: Keys) -> Keys:
        """Where in the whole document something stands that has this place in what is left."""
        found: Keys = ()
        for key in keys:
            indices = self.kept.get(found, ())
            found = (*found, indices[key] if isinstance(key, int) and key < len(indices) else key)
        return found


def without(root: Node, places: Collection[Keys]) -> Remainder:
    """Leave out places of a document. One that it does not have stands for the nearest around it; the root stays."""
    below: _Below = {}
    for place in places:
        _enter(existing(root, place), below)
    kept: dict[Keys, tuple[int, ...]] = {}
    return Remainder(_left(root, below, (), kept), kept)


def existing(root: Node, place: Keys) -> Keys:
    """The place, as far as the document has it."""
    node = root
    found: Keys = ()
    for key in place:
        match node:
            case MappingNode() if key in node.entries:
                node = node.entries[str(key)]
            case SequenceNode() if isinstance(key, int) and 0 <= key < len(node.items):
                node = node.items[key]
            case _:
                break
        found = (*found, key)
    return found


def _enter(place: Keys, below: _Below) -> None:
    """Note a place, unless something around it is left out anyway."""
    for key in place[:-1]:
        if below.get(key) == {}:
            return
        below = below.setdefault(key, {})
    if place:
        below[place[-1]] = {}


def _left(node: Node, below: _Below, at: Keys, kept: dict[Keys, tuple[int, ...]]) -> Node:
    match node:
        case MappingNode() if below:
            entries = {
                key: _left(child, below.get(key, {}), (*at, key), kept)
                for key, child in node.entries.items()
                if below.get(key) != {}
            }
            return MappingNode(entries, node.position, node.key_positions)
        case SequenceNode() if below:
            indices = tuple(index for index in range(len(node.items)) if below.get(index) != {})
            if len(indices) < len(node.items):
                kept[at] = indices
            items = (_left(node.items[index], below.get(index, {}), (*at, index), kept) for index in indices)
            return SequenceNode(tuple(items), node.position)
        case _:
            return node
