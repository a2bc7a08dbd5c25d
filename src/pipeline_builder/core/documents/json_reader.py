"""JSON (RFC 8259) as a tree of nodes with positions.

The standard library's reader keeps no positions and accepts NaN, so the grammar is walked here; its strings are still
decoded by the standard library, in C.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError, scanstring

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.limits import MAXIMUM_DEPTH, MAXIMUM_NODES, SHOWN_CHARACTERS
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.scalars import plain_value
from pipeline_builder.core.documents.yaml_reader import duplicate_key

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|-Infinity")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _NotJson(Exception):
    """Reading cannot go on at this offset."""

    def __init__(self, offset: int, message: str, hint: str | None = None, code: str = "invalid-json") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.hint = hint
        self.code = code


def read_json(text: str, report: Report) -> Node | None:
    """The root of the text; None with findings when it is not JSON. Findings have positions but no file."""
    reader = _Reader(text, report)
    try:
        return reader.read()
    except _NotJson as error:
        position = reader.position(error.offset)
        report.add(Diagnostic(code=error.code, message=error.message, position=position, hint=error.hint))
        return None


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    position: Position
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    key_positions: dict[str, Position] = field(default_factory=dict)
    key: str = ""


class _Reader:
    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._offset = 0
        self._stack: list[_Open] = []
        self._size = 0

    def position(self, offset: int) -> Position:
        line = bisect_right(self._lines, offset)
        return Position(line, offset - self._lines[line - 1] + 1)

    def read(self) -> Node:
        self._skip()
        while True:
            node = self._value()
            if node is None:
                continue
            while self._stack:
                if self._into_collection(node):
                    break
                node = self._close()
            else:
                self._skip()
                if self._offset != len(self._text):
                    raise _NotJson(self._offset, "Something follows the end of the JSON value.")
                return node

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._offset)
        self._offset = match.end() if match else self._offset

    def _here(self) -> str:
        return self._text[self._offset : self._offset + 1]

    def _value(self) -> Node | None:
        """A scalar or an empty collection; None when a collection was opened that has content."""
        self._size += 1
        if self._size > MAXIMUM_NODES:
            message = f"The document has more than {MAXIMUM_NODES} values."
            raise _NotJson(self._offset, message, code="too-many-values")
        character = self._here()
        position = self.position(self._offset)
        if character == '"':
            return self._string(position)
        if character in {"{", "["}:
            return self._open(position, is_mapping=character == "{")
        return self._literal(position)

    def _string(self, position: Position) -> Scalar:
        begin = self._offset
        try:
            text, self._offset = scanstring(self._text, begin + 1, True)  # noqa: FBT003 -- the C function takes no keywords
        except JSONDecodeError as error:
            raise _NotJson(error.pos, f"The text is not valid here: {error.msg.lower().removesuffix(' at')}.") from None
        if _SURROGATE.search(text):
            raise _NotJson(begin, "The text holds half of a surrogate pair, which is no character.")
        is_literal = self._offset - begin - 2 == len(text)
        return Scalar(text, text, True, position, 1 if is_literal else None)

    def _open(self, position: Position, *, is_mapping: bool) -> Node | None:
        if len(self._stack) >= MAXIMUM_DEPTH:
            message = f"The document nests deeper than {MAXIMUM_DEPTH} levels."
            raise _NotJson(self._offset, message, code="too-deep")
        self._offset += 1
        self._skip()
        if self._here() == ("}" if is_mapping else "]"):
            self._offset += 1
            return Mapping({}, position, {}) if is_mapping else Sequence((), position)
        opened = _Open(position, is_mapping)
        self._stack.append(opened)
        if is_mapping:
            self._key(opened)
        return None

    def _key(self, opened: _Open) -> None:
        position = self.position(self._offset)
        if self._here() != '"':
            hint = "JSON has no trailing commas." if self._here() == "}" else "Keys stand in double quotes."
            raise _NotJson(self._offset, "A key is expected here.", hint)
        key = self._string(position).text
        self._skip()
        if self._here() != ":":
            raise _NotJson(self._offset, f"A ':' is expected after the key '{key[:SHOWN_CHARACTERS]}'.")
        self._offset += 1
        self._skip()
        opened.key = key
        first = opened.key_positions.setdefault(key, position)
        if first != position:
            self._report.add(duplicate_key(key, position, first))

    def _literal(self, position: Position) -> Scalar:
        begin = self._offset
        number = _NUMBER.match(self._text, begin)
        word = _WORD.match(self._text, begin)
        if word is not None:
            text = word.group()
            if text not in {"true", "false", "null"}:
                raise self._unknown_word(text)
        elif number is not None:
            text = number.group()
        else:
            raise self._nothing_known()
        self._offset = begin + len(text)
        return Scalar(plain_value(text), text, False, position)

    def _unknown_word(self, text: str) -> _NotJson:
        if text in {"NaN", "Infinity", "-Infinity"}:
            hint = "Quote it where it is meant as text."
            return _NotJson(self._offset, f"{text} is no number that JSON could hold.", hint, "not-a-number")
        return _NotJson(self._offset, f"'{text[:SHOWN_CHARACTERS]}' is no JSON value.", "Texts stand in double quotes.")

    def _nothing_known(self) -> _NotJson:
        character = self._here()
        if not character:
            return _NotJson(self._offset, "The text ends where a value is expected.")
        hints = {"]": "JSON has no trailing commas.", "/": "JSON has no comments.", "'": "Texts stand in double quotes."}
        return _NotJson(self._offset, f"A value is expected here, not {character!r}.", hints.get(character))

    def _into_collection(self, node: Node) -> bool:
        """Put the node into the innermost collection; True when another value follows, False when that one ends here."""
        top = self._stack[-1]
        if top.is_mapping:
            top.entries.setdefault(top.key, node)
        else:
            top.items.append(node)
        self._skip()
        character = self._here()
        if character == ("}" if top.is_mapping else "]"):
            self._offset += 1
            return False
        if character != ",":
            missing = "'}'" if top.is_mapping else "']'"
            raise _NotJson(self._offset, f"A ',' or {missing} is expected here.")
        self._offset += 1
        self._skip()
        if top.is_mapping:
            self._key(top)
        elif self._here() == "]":
            raise _NotJson(self._offset, "A value is expected here, not ']'.", "JSON has no trailing commas.")
        return True

    def _close(self) -> Node:
        top = self._stack.pop()
        if top.is_mapping:
            return Mapping(top.entries, top.position, top.key_positions)
        return Sequence(tuple(top.items), top.position)
