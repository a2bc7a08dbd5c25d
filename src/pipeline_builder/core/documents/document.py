"""A document that was read: its tree, and the way from a location in it to a line of its author's file."""

from dataclasses import replace

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.records import frozen


@frozen()
class Document:
    """One file.

    Attributes:
        name: as its author knows it, usually the path that was given.
        root: a mapping or a sequence, or a lone scalar.
    """

    name: str
    root: Node

    def locate(self, location: Location) -> Position:
        """Where the value at `location` begins, or the nearest value around it that exists.

        A finding about a key rather than its value brings its own position, from `Mapping.key_positions`.
        """
        node = self.root
        for key in location.keys:
            child = _child(node, key)
            if child is None:
                break
            node = child
        return node.position

    def node(self, location: Location) -> Node | None:
        """What stands at `location`; None where nothing does."""
        node: Node | None = self.root
        for key in location.keys:
            node = None if node is None else _child(node, key)
        return node

    def located(self, diagnostic: Diagnostic) -> Diagnostic:
        """The finding with this file and, where it has no position yet, the position of its location.

        One that already names a file is about that file, and stays as it is.
        """
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
    """Where a character of a scalar's text stands in the file.

    Exact for text on one line without escapes, and for literal blocks (`|`). Of folded text and of text with escapes,
    source and text differ; there it is where the scalar begins.
    """
    begin = scalar.position
    if scalar.offset_of_text is not None:
        return Position(begin.line, begin.column + scalar.offset_of_text + offset)
    if scalar.indent is not None:
        lines_before = scalar.text.count("\n", 0, offset)
        column = offset - (scalar.text.rfind("\n", 0, offset) + 1)
        return Position(begin.line + 1 + lines_before, scalar.indent + column + 1)
    return begin
