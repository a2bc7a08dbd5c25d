"""From a tree of nodes to a dataclass, with every finding at once.

A reader is made for each shape when it is first needed, and kept: reading is then a walk of closures, because a
definition of a hundred steps has thousands of values.
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar, assert_never, cast

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.schema.annotations import Length
from pipeline_builder.core.schema.shape import (
    Anything,
    Choice,
    Entries,
    Entry,
    Integer,
    Items,
    OneOf,
    Record,
    Shape,
    Text,
    Truth,
    entries_of,
)

T = TypeVar("T")

Keys = tuple[str | int, ...]


class _Invalid:
    """Stands for a value that could not be read; the report says why."""


_INVALID = _Invalid()
Read = Callable[[Node, Keys, Report], Any]

_SHOWN_CHARACTERS = 60


def read(cls: type[T], node: Node, at: Location, report: Report) -> T | None:
    """Read a node as a dataclass of `core.schema` shape.

    Args:
        at: where the node stands in its document; the locations of findings begin with it.
        report: gets everything that is wrong. Their positions are those of the node.

    Returns:
        The value, or None when anything in it is wrong.
    """
    before = _errors(report)
    value = _reader(Record(cls))(node, at.keys, report)
    return None if value is _INVALID or _errors(report) > before else cast("T", value)


def as_data(node: Node) -> Any:
    """The node as plain values: dicts, tuples, text, integers, true, false and None."""
    return _anything(node, (), Report())


def _errors(report: Report) -> int:
    return sum(found.severity is Severity.ERROR for found in report)


@lru_cache(maxsize=None)
def _reader(shape: Shape) -> Read:
    match shape:
        case Text():
            return _text(shape)
        case Integer():
            return _integer(shape)
        case Truth():
            return _truth
        case Choice():
            return _choice(shape)
        case Items():
            return _items(shape)
        case Entries():
            return _entries(shape)
        case Anything():
            return _anything
        case Record():
            return _record(shape)
        case OneOf():
            return _one_of(shape)
        case _:
            assert_never(shape)


# --- leaves -----------------------------------------------------------------------------------------------------------


def _text(shape: Text) -> Read:
    pattern, length = shape.pattern, shape.length

    def read_text(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, Scalar) or node.value is None:
            return _wrong_type(node, at, "a text", report)
        text = node.text
        if length is not None and not _fits(len(text), length):
            return _wrong_length(len(text), length, "characters", node, at, report)
        if pattern is not None and not pattern.regex.fullmatch(text):
            says = f"{_named(at)} must be {pattern.says}, not '{_shown(text)}'."
            return _wrong("wrong-pattern", says, node, at, report)
        return text

    return read_text


def _integer(shape: Integer) -> Read:
    bounds = shape.range

    def read_integer(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, Scalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
            hint = None
            if isinstance(node, Scalar) and node.quoted and node.text.strip().removeprefix("-").isdecimal():
                hint = "Write it without quotes; in a template expression, add `| number`."
            return _wrong_type(node, at, "a whole number", report, hint)
        value = node.value
        if bounds is not None and not bounds.minimum <= value <= bounds.maximum:
            says = f"{_named(at)} must be from {bounds.minimum} to {bounds.maximum}, not {value}."
            return _wrong("out-of-range", says, node, at, report)
        return value

    return read_integer


def _truth(node: Node, at: Keys, report: Report) -> Any:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    hint = "Write true or false, without quotes." if isinstance(node, Scalar) else None
    return _wrong_type(node, at, "true or false", report, hint)


def _choice(shape: Choice) -> Read:
    members = {member.value: member for member in shape.enum}
    any_case = {value.lower(): member for value, member in members.items()}

    def read_choice(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, Scalar) or node.value is None:
            return _wrong_type(node, at, "a word", report)
        member = members.get(node.text) or any_case.get(node.text.lower())
        if member is not None:
            return member
        says = f"{_named(at)} is '{_shown(node.text)}', which is none of {_list(members)}."
        return _wrong("not-one-of", says, node, at, report, _nearest(node.text, members))

    return read_choice


def _anything(node: Node, _at: Keys, _report: Report) -> Any:
    match node:
        case Scalar():
            return node.value
        case SequenceNode():
            return tuple(_anything(item, _at, _report) for item in node.items)
        case MappingNode():
            return {key: _anything(below, _at, _report) for key, below in node.entries.items()}


# --- collections --------------------------------------------------------------------------------------------------------


def _items(shape: Items) -> Read:
    read_item = _reader(shape.of)
    length = shape.length

    def read_items(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, SequenceNode):
            if not shape.may_be_one or (isinstance(node, Scalar) and node.value is None):
                return _wrong_type(node, at, "a list", report)
            one = read_item(node, at, report)
            return _INVALID if one is _INVALID else (one,)
        if length is not None and not _fits(len(node.items), length):
            return _wrong_length(len(node.items), length, "items", node, at, report)
        items = [read_item(item, (*at, index), report) for index, item in enumerate(node.items)]
        return _INVALID if _INVALID in items else tuple(items)

    return read_items


def _entries(shape: Entries) -> Read:
    read_entry = _reader(shape.of)
    length = shape.length

    def read_entries(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, MappingNode):
            return _wrong_type(node, at, "a mapping", report)
        if length is not None and not _fits(len(node.entries), length):
            return _wrong_length(len(node.entries), length, "entries", node, at, report)
        entries = {key: read_entry(below, (*at, key), report) for key, below in node.entries.items()}
        return _INVALID if _INVALID in entries.values() else entries

    return read_entries


# --- records ------------------------------------------------------------------------------------------------------------


def _record(shape: Record) -> Read:
    record = shape.type
    short_text = getattr(record, "from_text", None)
    short_truth = getattr(record, "from_bool", None)
    short_items = getattr(record, "from_items", None)
    read_fields = _fields_reader(record)

    def read_record(node: Node, at: Keys, report: Report) -> Any:
        match node:
            case MappingNode():
                values = read_fields(node, at, report, frozenset())
                return _INVALID if values is None else record(**values)
            case Scalar(value=bool()) if short_truth is not None and not node.quoted:
                return short_truth(node.value)
            case Scalar() if short_text is not None and node.value is not None:
                try:
                    return short_text(node.text)
                except ValueError:
                    says = f"{_named(at)} cannot be '{_shown(node.text)}'."
                    return _wrong("wrong-short-form", says, node, at, report, (record.__doc__ or "").strip())
            case SequenceNode() if short_items is not None:
                items = _reader(Items(Text()))(node, at, report)
                return _INVALID if items is _INVALID else short_items(items)
            case _:
                return _wrong_type(node, at, "a mapping", report)

    return read_record


ReadFields = Callable[[MappingNode, Keys, Report, frozenset[str]], dict[str, Any] | None]


@lru_cache(maxsize=None)
def _fields_reader(record: type) -> ReadFields:
    """Reads the keys of a record. What is wrong is reported; then None is given."""
    known: dict[str, Entry] = {}
    for entry in entries_of(record):
        known[entry.key] = entry
        known.update(dict.fromkeys(entry.aliases, entry))
    required = [entry for entry in known.values() if entry.is_required]
    readers: dict[str, Read] = {}

    def read_fields(node: MappingNode, at: Keys, report: Report, beside: frozenset[str]) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        is_valid = True
        for key, below in node.entries.items():
            entry = known.get(key)
            if entry is None:
                if key not in beside:
                    _unknown_key(key, node, at, (*known, *beside), report)
                    is_valid = False
                continue
            if isinstance(below, Scalar) and below.value is None and not entry.is_required:
                continue
            reader = readers.get(entry.key)
            if reader is None:
                reader = readers[entry.key] = _reader(entry.shape)
            if entry.name in values:
                _given_twice(entry, key, node, at, report)
            value = reader(below, (*at, key), report)
            is_valid = is_valid and value is not _INVALID
            values[entry.name] = value
            if entry.outdated is not None or entry.ignored is not None:
                _remark(entry, key, below, at, report)
        for entry in required:
            if entry.name not in values:
                _missing_key(entry, node, at, report)
                is_valid = False
        return values if is_valid else None

    return read_fields


def _one_of(shape: OneOf) -> Read:
    tagged = shape.tagged
    members: dict[str, type] = {}
    older: dict[str, type] = {}
    for member in cast("tuple[Any, ...]", shape.members):
        members[member.kind] = member
        older.update(dict.fromkeys(getattr(member, "kind_aliases", {}), member))

    def read_one_of(node: Node, at: Keys, report: Report) -> Any:
        if not isinstance(node, MappingNode):
            return _wrong_type(node, at, "a mapping", report)
        tag_node = node.entries.get(tagged.key)
        tag = tagged.default if tag_node is None else tag_node.text if isinstance(tag_node, Scalar) else None
        member = members.get(tag or "") or older.get(tag or "")
        if member is None:
            if tag is None and tag_node is None:
                says = f"{_named(at)} needs '{tagged.key}': one of {_list(members)}."
                return _wrong("missing-key", says, node, at, report)
            says = f"{_named((*at, tagged.key))} is none of {_list(members)}."
            return _wrong("not-one-of", says, tag_node or node, (*at, tagged.key), report, _nearest(tag or "", members))
        if tag in older and tag_node is not None:
            kind = cast("Any", member).kind
            says = f"The type '{tag}' is called '{kind}' today."
            report.add(_finding("outdated", says, tag_node.position, (*at, tagged.key), f"Write '{kind}'.", Severity.WARNING))
        return _read_member(member, node, at, report)

    def _read_member(member: type, node: MappingNode, at: Keys, report: Report) -> Any:
        nested = node.entries.get(tagged.nested) if tagged.nested is not None else None
        if isinstance(nested, MappingNode):
            extra = [key for key in node.entries if key not in {tagged.key, tagged.nested}]
            for key in extra:
                _unknown_key(key, node, at, (tagged.key, tagged.nested or ""), report)
            values = _fields_reader(member)(nested, (*at, tagged.nested or ""), report, frozenset())
            return _INVALID if values is None or extra else member(**values)
        values = _fields_reader(member)(node, at, report, frozenset({tagged.key}))
        return _INVALID if values is None else member(**values)

    return read_one_of


# --- findings -----------------------------------------------------------------------------------------------------------


def _finding(  # noqa: PLR0913 -- the parts of a finding
    code: str, message: str, position: Position, at: Keys, hint: str | None, severity: Severity = Severity.ERROR
) -> Diagnostic:
    return Diagnostic(code, message, Location(at), severity, hint, position=position)


def _wrong(code: str, message: str, node: Node, at: Keys, report: Report, hint: str | None = None) -> _Invalid:
    report.add(_finding(code, message, node.position, at, hint))
    return _INVALID


def _wrong_type(node: Node, at: Keys, wanted: str, report: Report, hint: str | None = None) -> _Invalid:
    return _wrong("wrong-type", f"{_named(at)} must be {wanted}, not {_kind(node)}.", node, at, report, hint)


def _wrong_length(count: int, length: Length, of: str, node: Node, at: Keys, report: Report) -> _Invalid:
    if count < length.minimum:
        says = f"{_named(at)} has {count} {of}; at least {length.minimum} are needed."
    else:
        says = f"{_named(at)} has {count} {of}; at most {length.maximum} are allowed."
    return _wrong("wrong-length", says, node, at, report)


def _unknown_key(key: str, node: MappingNode, at: Keys, known: Iterable[str], report: Report) -> None:
    position = node.key_positions.get(key, node.position)
    says = f"{_named(at, 'The document')} has no key '{_shown(key)}'."
    report.add(_finding("unknown-key", says, position, (*at, key), _nearest(key, known)))


def _missing_key(entry: Entry, node: MappingNode, at: Keys, report: Report) -> None:
    hint = entry.doc.text if entry.doc else None
    says = f"{_named(at, 'The document')} needs the key '{entry.key}'."
    report.add(_finding("missing-key", says, node.position, at, hint))


def _given_twice(entry: Entry, key: str, node: MappingNode, at: Keys, report: Report) -> None:
    position = node.key_positions.get(key, node.position)
    says = f"'{key}' means the same as '{entry.key}', which is given too."
    report.add(_finding("duplicate-key", says, position, (*at, key), "Remove one of them."))


def _remark(entry: Entry, key: str, node: Node, at: Keys, report: Report) -> None:
    if entry.outdated is not None:
        says = f"'{key}' is outdated."
        hint = f"Write {entry.outdated.instead} instead."
        report.add(_finding("outdated", says, node.position, (*at, key), hint, Severity.WARNING))
    if entry.ignored is not None:
        says = f"'{key}' has no effect: {entry.ignored.because}."
        report.add(_finding("ignored", says, node.position, (*at, key), "Remove it.", Severity.NOTE))


def _named(at: Keys, whole: str = "The document") -> str:
    return f"'{Location(at)}'" if at else whole


def _kind(node: Node) -> str:
    match node:
        case MappingNode():
            return "a mapping"
        case SequenceNode():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return node.text
        case Scalar(value=int()):
            return f"the number {_shown(node.text)}"
        case _:
            return f"the text '{_shown(node.text)}'"


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    candidates = {one.lower(): one for one in known}
    close = get_close_matches(word.lower()[:_SHOWN_CHARACTERS], candidates, n=1)
    return f"Did you mean '{candidates[close[0]]}'?" if close else None


def _fits(count: int, length: Length) -> bool:
    return length.minimum <= count and (length.maximum is None or count <= length.maximum)

