"""A parsed document: plain values that still know where they stand and how their author wrote them.

Everything after reading works on this tree. It is the same for JSON and YAML, and keeps the text of each scalar, so
that an account id with a leading zero, `no`, `1e3`, `3.10` or a date stays what was written.
"""

from collections.abc import Mapping as AbstractMapping
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Position


class Scalar(NamedTuple):
    """A leaf.

    Attributes:
        value: `True`, `False`, `None` or an int where it was written plainly as `true`, `false`, `null`/`~`/nothing, or
            a canonical decimal integer of at most 18 digits; in every other case the same string as `text`.
        text: the characters of the value, exactly as written (quotes and escapes undone).
        quoted: it was written as a string (quotes or a block scalar in YAML, a string in JSON).
        position: where the value begins.
        offset_of_text: how many columns after `position` the first character of `text` stands (1 behind a quote);
            None where text and source do not match character by character (block scalars, escapes, folded lines).
        indent: of a literal block (`|`), how many columns its lines are indented; None of everything else.
    """

    value: str | int | bool | None
    text: str
    quoted: bool
    position: Position
    offset_of_text: int | None = 0
    indent: int | None = None


class Sequence(NamedTuple):
    """A list of nodes in order."""

    items: "tuple[Node, ...]"
    position: Position


class Mapping(NamedTuple):
    """Keys to nodes, in the author's order, each key once."""

    entries: "AbstractMapping[str, Node]"
    position: Position
    key_positions: AbstractMapping[str, Position]


Node = Scalar | Sequence | Mapping
