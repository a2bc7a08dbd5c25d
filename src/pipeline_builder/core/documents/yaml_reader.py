"""YAML as a tree of nodes.

Built from the parser's events with a stack of our own, because a document may nest deeper than Python recurses and
because an alias must be counted, not copied: a few lines can stand for billions of values. Plain scalars get a type
only where every reader of YAML agrees on it (`true`, `null`, `12`); all others keep the author's text.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.limits import MAXIMUM_ALIASES, MAXIMUM_DEPTH, MAXIMUM_NODES, SHOWN_CHARACTERS
from pipeline_builder.core.documents.nodes import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.scalars import plain_value

if TYPE_CHECKING:
    import yaml

_MERGE = "<<"
_NOT_A_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_yaml(text: str, report: Report) -> Node | None:
    """The root of the one document in the text; None with findings when it is none.

    Findings have positions but no file.
    """
    import yaml  # noqa: PLC0415 -- a command that reads JSON alone, or nothing, starts faster without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(report)
    try:
        for event in yaml.parse(text, Loader=loader):
            if not builder.take(event):
                return None
    except yaml.reader.ReaderError as error:
        report.add(_unreadable_character(text, error))
        return None
    except yaml.MarkedYAMLError as error:
        report.add(_syntax(error))
        return None
    return builder.root


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    position: Position
    is_mapping: bool
    anchor: str | None
    size_before: int
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    key_positions: dict[str, Position] = field(default_factory=dict)
    key: Scalar | None = None


class _Builder:
    """Takes the events of one document in their order."""

    def __init__(self, report: Report) -> None:
        self.root: Node | None = None
        self._report = report
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._size = 0
        self._aliases = 0
        self._documents = 0

    def take(self, event: "yaml.Event") -> bool:
        """Take the next event; False when reading cannot go on, and then the report says why."""
        match type(event).__name__:
            case "ScalarEvent":
                return self._scalar(event)
            case "MappingStartEvent" | "SequenceStartEvent":
                return self._begin(event)
            case "MappingEndEvent" | "SequenceEndEvent":
                return self._end()
            case "AliasEvent":
                return self._alias(event)
            case "DocumentStartEvent":
                return self._document(event)
            case _:
                return True

    def _document(self, event: "yaml.Event") -> bool:
        self._documents += 1
        if self._documents > 1:
            return self._stop("several-documents", "The file holds more than one document.", _begin_of(event))
        return True

    def _scalar(self, event: "yaml.ScalarEvent") -> bool:
        position = _begin_of(event)
        self._check_tag(event, position)
        # The parser says in `implicit[0]` that a plain scalar has no tag, so that its text decides.
        is_plain = bool(event.implicit[0])
        text = event.value
        if is_plain and _NOT_A_NUMBER.fullmatch(text):
            self._report.add(_not_a_number(text, position))
        offset = None
        if event.style in {"'", '"', None} and event.start_mark.line == event.end_mark.line:
            quotes = 0 if event.style is None else 1
            written = event.end_mark.column - event.start_mark.column - 2 * quotes
            offset = quotes if written == len(text) else None
        value = plain_value(text) if is_plain else text
        node = Scalar(value, text, not is_plain, position, offset)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        return self._add(node, 1)

    def _begin(self, event: "yaml.CollectionStartEvent") -> bool:
        position = _begin_of(event)
        self._check_tag(event, position)
        if len(self._stack) >= MAXIMUM_DEPTH:
            says = f"The document nests deeper than {MAXIMUM_DEPTH} levels."
            return self._stop("too-deep", says, position)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self._stack.append(_Open(position, is_mapping, event.anchor, self._size))
        self._size += 1
        return True

    def _end(self) -> bool:
        ended = self._stack.pop()
        node: Node
        if ended.is_mapping:
            self._merge(ended)
            node = Mapping(ended.entries, ended.position, ended.key_positions)
        else:
            node = Sequence(tuple(ended.items), ended.position)
        if ended.anchor is not None:
            self._anchors[ended.anchor] = (node, self._size - ended.size_before)
        return self._add(node, 0)

    def _alias(self, event: "yaml.AliasEvent") -> bool:
        position = _begin_of(event)
        self._aliases += 1
        if self._aliases > MAXIMUM_ALIASES:
            return self._stop("too-many-aliases", f"The document has more than {MAXIMUM_ALIASES} aliases.", position)
        if event.anchor not in self._anchors:
            says = f"There is no anchor '&{event.anchor[:SHOWN_CHARACTERS]}' before this alias of it."
            return self._stop("unknown-alias", says, position)
        anchored = self._anchors[event.anchor]
        if anchored is None:
            return self._stop("alias-to-itself", f"The alias '*{event.anchor[:SHOWN_CHARACTERS]}' stands inside its own anchor.", position)
        return self._add(*anchored, at=position)

    def _add(self, node: Node, size: int, at: Position | None = None) -> bool:
        self._size += size
        if self._size > MAXIMUM_NODES:
            says = f"The document has more than {MAXIMUM_NODES} values, aliases counted in full."
            return self._stop("too-many-values", says, at or node.position)
        if not self._stack:
            self.root = node
            return True
        top = self._stack[-1]
        if not top.is_mapping:
            top.items.append(node)
        elif top.key is None:
            return self._key(top, node, at or node.position)
        else:
            self._entry(top, top.key, node)
            top.key = None
        return True

    def _key(self, top: _Open, node: Node, position: Position) -> bool:
        if not isinstance(node, Scalar):
            return self._stop("key-not-text", "A key must be a text, not a list or a mapping.", position)
        top.key = node
        first = top.key_positions.get(node.text)
        if first is None:
            top.key_positions[node.text] = position
        elif node.text != _MERGE or node.quoted:
            self._report.add(duplicate_key(node.text, position, first))
        return True

    def _entry(self, top: _Open, key: Scalar, node: Node) -> None:
        if key.text == _MERGE and not key.quoted and _MERGE in top.entries:
            before = top.entries[_MERGE]
            parts = (*before.items, node) if isinstance(before, Sequence) else (before, node)
            top.entries[_MERGE] = Sequence(parts, before.position)
        else:
            top.entries.setdefault(key.text, node)

    def _merge(self, ended: _Open) -> None:
        """Entries of merged mappings stand behind the mapping's own, and never replace one. Source: YAML 1.1, merge key."""
        merged = ended.entries.pop(_MERGE, None)
        if merged is None:
            return
        position = ended.key_positions.pop(_MERGE)
        for part in merged.items if isinstance(merged, Sequence) else (merged,):
            if not isinstance(part, Mapping):
                says = "Only a mapping, or a list of mappings, can be merged with '<<'."
                self._report.add(Diagnostic(code="merge-not-mapping", message=says, position=position))
                continue
            for name, node in part.entries.items():
                if name not in ended.entries:
                    ended.entries[name] = node
                    ended.key_positions[name] = part.key_positions[name]

    def _check_tag(self, event: "yaml.NodeEvent", position: Position) -> None:
        tag = event.tag
        if tag is not None and tag != "!" and not tag.startswith("tag:yaml.org,2002:"):
            self._refuse_tag(tag, position)
        elif tag is not None and tag.removeprefix("tag:yaml.org,2002:") not in {"!", "str", "map", "seq"}:
            self._refuse_tag(tag.replace("tag:yaml.org,2002:", "!!"), position)

    def _refuse_tag(self, tag: str, position: Position) -> None:
        self._report.add(
            Diagnostic(
                code="tag-not-supported",
                message=f"The tag '{tag[:SHOWN_CHARACTERS]}' has no meaning here.",
                position=position,
                hint="Write the value without a tag; quote it where it must stay text.",
            )
        )

    def _stop(self, code: str, message: str, position: Position) -> bool:
        self._report.add(Diagnostic(code=code, message=message, position=position))
        return False


def duplicate_key(key: str, position: Position, first: Position) -> Diagnostic:
    """The same key twice in one mapping: one of the two values would be lost without a word."""
    return Diagnostic(
        code="duplicate-key",
        message=f"The key '{key[:SHOWN_CHARACTERS]}' stands here a second time; first on line {first.line}.",
        position=position,
        hint="Remove one of them.",
    )


def _not_a_number(text: str, position: Position) -> Diagnostic:
    return Diagnostic(
        code="not-a-number",
        message=f"{text} is no number that JSON or CloudFormation could hold.",
        position=position,
        hint="Quote it where it is meant as text.",
    )


def _begin_of(event: "yaml.Event") -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1)


_SENTENCES = {
    "found character that cannot start any token": "A tab or another character stands where a value should begin.",
    "mapping values are not allowed in this context": "A ':' stands where no key can be; quote the text, or check the indentation.",
    "could not find expected ':'": "A key without ':' and value stands before this.",
    "did not find expected key": "The indentation does not fit the lines above.",
    "did not find expected '-' indicator": "The indentation does not fit the list above.",
    "did not find expected ',' or ']'": "A list that began with '[' goes on without ',' or ']'.",
    "did not find expected ',' or '}'": "A mapping that began with '{' goes on without ',' or '}'.",
    "found unexpected end of stream": "A quote that was opened is never closed.",
    "found a tab character that violates indentation": "A tab is used to indent; YAML knows only spaces.",
    "found a tab character where an indentation space is expected": "A tab is used to indent; YAML knows only spaces.",
    "block sequence entries are not allowed in this context": "A '-' stands where no list can begin.",
}


def _syntax(error: "yaml.MarkedYAMLError") -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "it is no YAML"
    return Diagnostic(
        code="invalid-yaml",
        message=_SENTENCES.get(problem, f"This is not YAML: {problem}."),
        position=Position(mark.line + 1, mark.column + 1) if mark is not None else Position(1, 1),
    )


def _unreadable_character(text: str, error: "yaml.reader.ReaderError") -> Diagnostic:
    index = error.position if isinstance(error.position, int) else 0
    before = text[:index]
    return Diagnostic(
        code="control-character",
        message=f"The character {error.character!r} may not stand in YAML."
        if not isinstance(error.character, int)
        else f"The character U+{error.character:04X} may not stand in YAML.",
        position=Position(before.count("\n") + 1, len(before) - before.rfind("\n")),
        hint='In a double-quoted text it can be written as an escape such as "\\u0007".',
    )
