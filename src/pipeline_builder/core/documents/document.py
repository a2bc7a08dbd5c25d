"""A document that was read: its tree, and the way from a location in it to a line of its author's file."""

from dataclasses import dataclass, replace

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class Document:
    """One file.

    Attributes:
        name: as its author knows it, usually the path that was given.
        root: a mapping or a sequence, or a lone scalar.
    """

    name: str
    root: Node

    def locate(self, location: Location) -> Position:
        """Where the value at `location` begins, or the nearest value around it that exists."""
        node = self.root
        for key in location.keys:
            child = _child(node, key)
            if child is None:
                break
            node = child
        return node.position

    def locate_key(self, location: Location) -> Position:
        """Where the last key of `location` is written; of a list item, where the item begins."""
        *parents, last = location.keys or ("",)
        node = self.root
        for key in parents:
            child = _child(node, key)
            if child is None:
                return node.position
            node = child
        if isinstance(node, Mapping) and last in node.key_positions:
            return node.key_positions[str(last)]
        return self.locate(location)

    def located(self, diagnostic: Diagnostic) -> Diagnostic:
        """The finding with this file and, where it has no position yet, the position of its location."""
        if diagnostic.file is not None:
            return diagnostic
        return replace(diagnostic, file=self.name, position=diagnostic.position or self.locate(diagnostic.at))


def _child(node: Node, key: str | int) -> Node | None:
    match node:
        case Mapping():
            return node.entries.get(str(key))
        case Sequence() if isinstance(key, int) and 0 <= key < len(node.items):
            return node.items[key]
        case _:
            return None


def position_in(scalar: Scalar, offset: int) -> Position:
    """Where a character of a scalar's text stands, as far as text and source match; else where the scalar begins.

    Text in a block scalar is found by its lines: the first one stands below the indicator. Its columns are not known.
    """
    begin = scalar.position
    lines_before = scalar.text.count("\n", 0, offset)
    if scalar.offset_of_text is None:
        return Position(begin.line + lines_before, begin.column) if lines_before else begin
    return Position(begin.line, begin.column + scalar.offset_of_text + offset) if not lines_before else begin
