"""Lines and columns of a text."""

import re
from collections.abc import Iterator

from pipeline_builder.core.diagnostics import Position

LINE_BREAK = re.compile(r"\r\n?|\n")
"""What ends a line for JSON, YAML and editors alike."""


def begins_of_lines(text: str) -> Iterator[int]:
    """The offset of the first character of every line."""
    yield 0
    for found in LINE_BREAK.finditer(text):
        yield found.end()


def position_at(text: str, offset: int) -> Position:
    """The place of one character. Reads everything before it: who asks for many counts the lines on the way."""
    before = LINE_BREAK.split(text[:offset])
    return Position(len(before), len(before[-1]) + 1)
