"""YAML as a tree of nodes.

Built from the parser's events with a stack of our own, because an alias must be counted and not copied: a few lines can
stand for billions of values. Plain scalars get a type only where every reader of YAML agrees on it (`true`, `null`,
`12`); all others keep the author's text.
"""

import re
from abc import ABC, abstractmethod
from enum import Enum
from functools import cached_property
from typing import NamedTuple, Protocol

import yaml

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
from pipeline_builder.core.documents.limits import CHARACTERS_PER_VALUE, MAXIMUM_ALIASES, MAXIMUM_DEPTH, MAXIMUM_NODES
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.positions import LINE_BREAK, position_at
from pipeline_builder.core.documents.scalars import plain_value
from pipeline_builder.core.documents.yaml_faults import syntax_fault

_UNSEEN = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML forbids, and the separators (U+0085, U+2028, U+2029) that end a line for YAML 1.1 and not for 1.2."""

_TAG_DIRECTIVE = re.compile(r"%TAG(?<![^\r\n]%TAG)")
"""At the beginning of a line. The pattern begins with the text all the same: that is searched for much faster."""

_CORE_TAGS = "tag:yaml.org,2002:"
_HARMLESS_TAGS = {"!", f"{_CORE_TAGS}str", f"{_CORE_TAGS}map", f"{_CORE_TAGS}seq"}
_NOT_NUMBERS = {".nan", ".NaN", ".NAN"} | {sign + inf for sign in ("", "-", "+") for inf in (".inf", ".Inf", ".INF")}
_MERGE = "<<"
_TWO_QUOTES = 2


def read_yaml(text: str, report: Report) -> Node | None:
    """The root of the one document in the text; None where it holds nothing but comments.

    What `limits` promises holds with the parser in C. The one in Python, which stands in where PyYAML was built without
    libyaml, is some ten times slower.

    Args:
        report: gets findings that leave the text readable. They have positions but no file.

    Raises:
        Unreadable: the text is not YAML.
        BeyondLimit: it is more than is read.
    """
    parser: type[_Parser] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    _refuse_what_the_parser_must_not_see(text)
    try:
        return _Builder(text, report).build(parser(text))
    except yaml.MarkedYAMLError as error:
        raise Unreadable(syntax_fault(error, text)) from None
    except (ValueError, OverflowError):
        # So the parser in Python fails on an escape beyond Unicode; the one in C calls it a fault of syntax.
        raise Unreadable(Diagnostic("invalid-yaml", "An escape in this document stands for no character.")) from None


def _refuse_what_the_parser_must_not_see(text: str) -> None:
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        message = f"The invisible character U+{ord(unseen.group()):04X} may not stand in YAML."
        hint = 'Remove it. In a double-quoted text it can be written as an escape such as "\\u0007".'
        position = position_at(text, unseen.start())
        raise Unreadable(Diagnostic("control-character", message, position=position, hint=hint))
    directive = _TAG_DIRECTIVE.search(text)
    if directive is not None:
        # The parser compares each declaration with every other: a megabyte of them would take it many seconds.
        position = position_at(text, directive.start())
        raise Unreadable(_tag_not_supported("%TAG", position))


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    """What we use of PyYAML's events; each kind has some of it.

    PyYAML's own types let marks be absent, which is true of events made by hand only.
    """

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]
    style: str | None


class _Parser(Protocol):
    """The parser in C, or the one in Python."""

    def __init__(self, stream: str) -> None: ...

    def get_event(self) -> _Event | None: ...


class _Anchored(NamedTuple):
    """What an alias stands for, measured once: an alias of aliases costs nothing."""

    node: Node
    size: int
    height: int


class _Open(ABC):
    """A collection whose end has not come yet."""

    def __init__(self, position: Position, anchor: str | None, size_before: int) -> None:
        self.position = position
        self.anchor = anchor
        self.size_before = size_before
        self.height = 1
        """How many levels of collections it has, itself included."""

    @abstractmethod
    def put(self, node: Node, position: Position) -> None:
        """Take the next node. `position` is where it was mentioned, which for an alias is not where it stands."""

    @abstractmethod
    def closed(self) -> Node:
        """What it has become."""


class _OpenSequence(_Open):
    def __init__(self, position: Position, anchor: str | None, size_before: int) -> None:
        super().__init__(position, anchor, size_before)
        self._items: list[Node] = []

    def put(self, node: Node, position: Position) -> None:  # noqa: ARG002 -- of use to a mapping only
        self._items.append(node)

    def closed(self) -> Sequence:
        return Sequence(tuple(self._items), self.position)


class _Slot(Enum):
    """Where the value of a key goes that has no entry of its own."""

    MERGED = "merged"
    DROPPED = "dropped"
    """Its key is at fault."""


class _OpenMapping(_Open):
    def __init__(self, position: Position, anchor: str | None, size_before: int, report: Report) -> None:
        super().__init__(position, anchor, size_before)
        self.expects_key = True
        self._report = report
        self._entries: dict[str, Node] = {}
        self._key_positions: dict[str, Position] = {}
        self._slot: str | _Slot = _Slot.DROPPED
        """Where the next value goes: under this key, as a rule."""
        self._merge_key: Position | None = None
        self._merged: list[tuple[Node, Position]] = []

    def put(self, node: Node, position: Position) -> None:
        if self.expects_key:
            if isinstance(node, Scalar):
                self.put_key(node.text, position, is_plain=not node.quoted)
            else:
                self._report.add(self._key_not_text(position))
                self._slot = _Slot.DROPPED
                self.expects_key = False
            return
        self.expects_key = True
        if isinstance(self._slot, str):
            self._entries[self._slot] = node
        elif self._slot is _Slot.MERGED:
            parts = node.items if isinstance(node, Sequence) else (node,)
            self._merged = [(part, position) for part in parts]

    def _key_not_text(self, position: Position) -> Diagnostic:
        message = "A key must be a text, not a list or a mapping."
        if position != (self.position.line, self.position.column + 1):
            return Diagnostic("key-not-text", message, position=position)
        hint = 'Quote the text if it is an expression: "{{ … }}".'
        return Diagnostic("key-not-text", message, position=self.position, hint=hint)

    def put_key(self, key: str, position: Position, *, is_plain: bool) -> None:
        """Take a key that is a text, as nearly all are: it needs no node. Only where `expects_key`."""
        self.expects_key = False
        if is_plain and key == _MERGE:
            self._put_merge_key(position)
            return
        self._slot = key
        first = self._key_positions.setdefault(key, position)
        if first is not position:
            self._report.add(duplicate_key(key, position, first))
            self._slot = _Slot.DROPPED

    def _put_merge_key(self, position: Position) -> None:
        if self._merge_key is None:
            self._merge_key = position
            self._slot = _Slot.MERGED
        else:
            hint = f"Merge a list: `{_MERGE}: [*one, *other]`."
            self._report.add(duplicate_key(_MERGE, position, self._merge_key, hint))
            self._slot = _Slot.DROPPED

    def closed(self) -> Mapping:
        """With what is merged behind its own entries, none of which it replaces. Source: YAML 1.1, merge key."""
        for part, position in self._merged:
            if not isinstance(part, Mapping):
                message = "Only a mapping, or a list of mappings, can be merged with '<<'."
                self._report.add(Diagnostic("merge-not-mapping", message, position=position))
                continue
            for key, node in part.entries.items():
                if key not in self._entries:
                    self._entries[key] = node
                    self._key_positions[key] = part.key_positions[key]
        return Mapping(self._entries, self.position, self._key_positions)


class _Builder:
    """Takes the events of one document in their order."""

    def __init__(self, text: str, report: Report) -> None:
        self._text = text
        self._report = report
        self._root: Node | None = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}
        """None as long as what is anchored is open."""
        self._size = 0
        self._aliases = 0

    def build(self, parser: _Parser) -> Node | None:
        take = {
            yaml.DocumentStartEvent: self._document,
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.AliasEvent: self._alias,
        }
        while (event := parser.get_event()) is not None:
            taken_by = take.get(type(event))
            if taken_by is not None:
                taken_by(event)
        return self._root

    def _document(self, event: _Event) -> None:
        if self._root is not None:
            message = "The file holds more than one document."
            raise Unreadable(Diagnostic("several-documents", message, position=_position(event)))

    def _scalar(self, event: _Event) -> None:
        position = _position(event)
        text, tag, anchor, style = event.value, event.tag, event.anchor, event.style
        is_plain = tag is None and event.implicit[0]
        if tag is not None:
            self._check_tag(tag, position)
        if style == '"' and SURROGATE.search(text):
            # The parser in C knows that no escape stands for half of a character; the one in Python does not.
            message = "An escape in this text stands for half of a character."
            raise Unreadable(Diagnostic("invalid-yaml", message, position=position))
        size = 1 + len(text) // CHARACTERS_PER_VALUE
        self._count(size, position)
        around = self._stack[-1] if self._stack else None
        if anchor is None and isinstance(around, _OpenMapping) and around.expects_key:
            around.put_key(text, position, is_plain=is_plain)
            return
        if is_plain and text in _NOT_NUMBERS:
            self._report.add(not_a_number(text, position))
        value = plain_value(text) if is_plain else text
        indent = self._indent(event) if style == "|" else None
        node = Scalar(value, text, not is_plain, position, _offset_of_text(event), indent)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(node, size, 0)
        if around is None:
            self._root = node
        else:
            around.put(node, position)

    def _sequence(self, event: _Event) -> None:
        position = _position(event)
        self._open(_OpenSequence(position, event.anchor, self._size), event)

    def _mapping(self, event: _Event) -> None:
        position = _position(event)
        self._open(_OpenMapping(position, event.anchor, self._size, self._report), event)

    def _open(self, opened: _Open, event: _Event) -> None:
        if event.tag is not None:
            self._check_tag(event.tag, opened.position)
        if len(self._stack) == MAXIMUM_DEPTH:
            raise BeyondLimit(too_deep(opened.position))
        if opened.anchor is not None:
            self._anchors[opened.anchor] = None
        self._count(1, opened.position)
        self._stack.append(opened)

    def _end(self, _event: _Event) -> None:
        ended = self._stack.pop()
        node = ended.closed()
        if ended.anchor is not None:
            self._anchors[ended.anchor] = _Anchored(node, self._size - ended.size_before, ended.height)
        self._put(node, ended.height, ended.position)

    def _alias(self, event: _Event) -> None:
        position = _position(event)
        self._aliases += 1
        if self._aliases > MAXIMUM_ALIASES:
            message = f"The document has more than {MAXIMUM_ALIASES:,} aliases."
            raise Unreadable(Diagnostic("too-many-aliases", message, position=position))
        name = event.anchor or ""
        if name not in self._anchors:
            message = f"There is no anchor '&{shown(name)}' before this alias of it."
            hint = f"Quote the text if it is no alias: '*{shown(name)}'."
            raise Unreadable(Diagnostic("unknown-alias", message, position=position, hint=hint))
        anchored = self._anchors[name]
        if anchored is None:
            message = f"The alias '*{shown(name)}' stands inside its own anchor."
            raise Unreadable(Diagnostic("alias-to-itself", message, position=position))
        if len(self._stack) + anchored.height > MAXIMUM_DEPTH:
            raise BeyondLimit(too_deep(position))
        self._count(anchored.size, position)
        self._put(anchored.node, anchored.height, position)

    def _count(self, size: int, position: Position) -> None:
        self._size += size
        if self._size > MAXIMUM_NODES:
            raise BeyondLimit(too_many_values(position))

    def _put(self, node: Node, height: int, position: Position) -> None:
        if not self._stack:
            self._root = node
            return
        around = self._stack[-1]
        if around.height <= height:
            around.height = height + 1
        around.put(node, position)

    def _check_tag(self, tag: str, position: Position) -> None:
        if tag not in _HARMLESS_TAGS:
            self._report.add(_tag_not_supported(tag.replace(_CORE_TAGS, "!!"), position))

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_BREAK.split(self._text)

    def _indent(self, event: _Event) -> int | None:
        """How far a literal block is indented: by what its first line with content is longer in the file."""
        content = event.value.lstrip("\n")
        if not content:
            return None
        first = content.partition("\n")[0]
        line = self._lines[event.start_mark.line + 1 + len(event.value) - len(content)]
        return len(line) - len(first) if line.endswith(first) else None


def _offset_of_text(event: _Event) -> int | None:
    begin, end = event.start_mark, event.end_mark
    if begin.line != end.line:
        return None
    more = end.column - begin.column - len(event.value)
    if not event.style:
        return more  # An anchor or a tag stands before the text, and nothing behind it.
    return 1 if event.style in {"'", '"'} and more == _TWO_QUOTES else None


def _position(event: _Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _tag_not_supported(tag: str, position: Position) -> Diagnostic:
    message = f"'{shown(tag)}' has no meaning here: values have no tags."
    hint = "Write the value without a tag; quote it where it must stay text."
    return Diagnostic("tag-not-supported", message, position=position, hint=hint)
