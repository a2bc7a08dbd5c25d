"""JSON (RFC 8259) as a tree of nodes with positions.

The standard library's reader keeps no positions and accepts NaN, so the grammar is walked here; its strings are still
decoded by the standard library, in C.
"""

import re
from collections.abc import Container
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in the types, but where `json` has it from
from typing import NoReturn

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.findings import (
    SURROGATE,
    BeyondLimit,
    Unreadable,
    duplicate_key,
    not_a_number,
    shown,
    too_deep,
    too_many_values,
)
from pipeline_builder.core.documents.limits import MAXIMUM_DEPTH, MAXIMUM_NODES
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.positions import begins_of_lines
from pipeline_builder.core.documents.scalars import NUMBER, plain_value

_SPACE = re.compile(r"[ \t\n\r]+")
_DELIMITER = re.compile(r"[ \t\n\r]*([,:\]}])[ \t\n\r]*")
_WORD = re.compile(r"[-+.\w]+")
_NOT_NUMBERS = {"NaN", "Infinity", "-Infinity"}

_COMMAS = "JSON has no comma behind the last item."
_COMMENTS = "JSON has no comments."
_QUOTES = "Texts and keys stand in double quotes."
_COMMENT_HINTS = {"/": _COMMENTS, "#": _COMMENTS}
_HINTS = {"]": _COMMAS, "}": _COMMAS, "'": _QUOTES, **_COMMENT_HINTS}


def read_json(text: str, report: Report) -> Node:
    """The root of the text.

    Args:
        report: gets findings that leave the text readable. They have positions but no file.

    Raises:
        Unreadable: the text is not JSON.
        BeyondLimit: it is more than is read.
    """
    return _Reader(text, report).read()


class _Reader:
    """Reads from left to right, one function for each rule of the grammar. The limit of depth bounds its recursion."""

    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        self._at = 0
        self._size = 0
        self._line = 1
        self._begins = [*begins_of_lines(text), len(text) + 1]

    def read(self) -> Node:
        self._skip_space()
        node = self._value(1)
        self._skip_space()
        if self._at < len(self._text):
            self._refuse("Something follows the end of the JSON value.", _COMMENT_HINTS.get(self._character()))
        return node

    def _character(self) -> str:
        """The current character; empty at the end."""
        return self._text[self._at : self._at + 1]

    def _position(self) -> Position:
        """Of the current character. Places are asked for in order, so lines are counted on the way."""
        while self._at >= self._begins[self._line]:
            self._line += 1
        return Position(self._line, self._at - self._begins[self._line - 1] + 1)

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        if space:
            self._at = space.end()

    def _value(self, depth: int) -> Node:
        self._size += 1
        if self._size > MAXIMUM_NODES:
            raise BeyondLimit(too_many_values(self._position()))
        match self._character():
            case '"':
                return self._string()
            case "{":
                return self._mapping(depth)
            case "[":
                return self._sequence(depth)
            case _:
                return self._literal()

    def _mapping(self, depth: int) -> Mapping:
        position = self._opened(depth)
        entries: dict[str, Node] = {}
        key_positions: dict[str, Position] = {}
        continues = not self._is_closed_at_once("}")
        while continues:
            key = self._key(key_positions)
            entries.setdefault(key, self._value(depth + 1))
            continues = self._continues("}")
        return Mapping(entries, position, key_positions)

    def _sequence(self, depth: int) -> Sequence:
        position = self._opened(depth)
        items: list[Node] = []
        continues = not self._is_closed_at_once("]")
        while continues:
            items.append(self._value(depth + 1))
            continues = self._continues("]")
        return Sequence(tuple(items), position)

    def _opened(self, depth: int) -> Position:
        position = self._position()
        if depth > MAXIMUM_DEPTH:
            raise BeyondLimit(too_deep(position))
        self._at += 1
        self._skip_space()
        return position

    def _is_closed_at_once(self, closing: str) -> bool:
        if self._character() != closing:
            return False
        self._at += 1
        return True

    def _continues(self, closing: str) -> bool:
        """Whether another item follows; steps over the comma before it, or over the closing bracket."""
        return self._delimiter({",", closing}, f"A ',' or '{closing}' is expected here.") == ","

    def _delimiter(self, wanted: Container[str], otherwise: str) -> str:
        found = _DELIMITER.match(self._text, self._at)
        if not found or found[1] not in wanted:
            self._skip_space()
            self._refuse(otherwise, _COMMENT_HINTS.get(self._character()))
        self._at = found.end()
        return found[1]

    def _key(self, key_positions: dict[str, Position]) -> str:
        if self._character() != '"':
            self._refuse("A key is expected here.", _HINTS.get(self._character(), _QUOTES))
        _, key, _, position, _, _ = self._string()
        first = key_positions.setdefault(key, position)
        if first is not position:
            self._report.add(duplicate_key(key, position, first))
        self._delimiter(":", "A ':' is expected behind the key.")
        return key

    def _string(self) -> Scalar:
        position = self._position()
        begin = self._at + 1
        try:
            text, self._at = scanstring(self._text, begin)
        except JSONDecodeError as error:
            self._refuse_string(error)
        is_literal = self._at - begin - 1 == len(text)
        if not is_literal and SURROGATE.search(text):
            message = "An escape in this text stands for half of a character."
            raise Unreadable(Diagnostic("invalid-json", message, position=position, hint="Write both halves, or none."))
        return Scalar(text, text, quoted=True, position=position, offset_of_text=1 if is_literal else None)

    def _refuse_string(self, error: JSONDecodeError) -> NoReturn:
        self._at = error.pos
        character = self._character()
        if error.msg.startswith("Unterminated"):
            self._refuse("The text that begins here has no closing quote.")
        if character in {"\n", "\r"}:
            hint = "Close the quote, or write the line break as \\n."
            self._refuse("A text has to end on the line it begins on.", hint)
        if error.msg.startswith("Invalid control"):
            self._refuse("A control character stands in a text.", f"Write it as \\u{ord(character):04x}.")
        self._refuse("JSON knows no such escape.", "Write two backslashes where one is meant.")

    def _literal(self) -> Scalar:
        position = self._position()
        word = _WORD.match(self._text, self._at)
        if word is None:
            character = self._character()
            says = f"A value is expected here, not {character!r}." if character else "The file ends before a value."
            self._refuse(says, _HINTS.get(character))
        text = word[0]
        if text in _NOT_NUMBERS:
            raise Unreadable(not_a_number(text, position))
        if text not in {"true", "false", "null"} and not NUMBER.fullmatch(text):
            self._refuse(f"'{shown(text)}' is no value of JSON.", _QUOTES)
        self._at = word.end()
        return Scalar(plain_value(text), text, quoted=False, position=position)

    def _refuse(self, message: str, hint: str | None = None) -> NoReturn:
        raise Unreadable(Diagnostic("invalid-json", message, position=self._position(), hint=hint))
