"""From a tree of nodes to a dataclass, with every finding at once.

A reader is made for each shape when it is first needed, and kept: reading is then a walk of closures, because a
definition of a hundred steps has thousands of values.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeVar, assert_never, cast

from pipeline_builder.core.diagnostics import Location, Report, Severity
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.documents.scalars import NUMBER, Number
from pipeline_builder.core.schema.annotations import Length, Tagged
from pipeline_builder.core.schema.findings import Findings, Keys, did_you_mean, kind_of, listed, named, shown
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
    short_forms_of,
)

T = TypeVar("T")


class _Invalid:
    """Stands for a value that could not be read; the report says why."""


_INVALID = _Invalid()
_Read = Callable[[Node, Keys, Findings], object]


def read(cls: type[T], node: Node, at: Location, report: Report) -> T | None:
    """Read a node as a dataclass of `core.schema` shape.

    Args:
        at: where the node stands in its document; the locations of findings begin with it.
        report: gets everything that is wrong or, of very much, the first ones and how many more there are. Their
            positions are those of the node.

    Returns:
        The value, or None when anything in it is wrong.
    """
    found = Findings()
    value = _reader(Record(cls))(node, at.keys, found)
    report.extend(found)
    report.extend(found.untold(at.keys, node.position))
    return None if found.has_errors else cast("T", value)


def as_data(node: Node) -> Any:  # noqa: ANN401 -- whoever asks for plain values knows which ones to expect
    """The node as plain values: dicts, tuples, text, integers, `Number` for other numbers, true, false and None."""
    match node:
        case Scalar(value=str(text), quoted=False) if NUMBER.fullmatch(text):
            return Number(text)
        case Scalar():
            return node.value
        case SequenceNode():
            return tuple(as_data(item) for item in node.items)
        case _:
            return {key: as_data(below) for key, below in node.entries.items()}


@cache
def _reader(shape: Shape) -> _Read:  # noqa: PLR0911 -- one answer for each shape
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


# --- leaves ----------------------------------------------------------------------------------------------------------


def _text(shape: Text) -> _Read:
    pattern, length = shape.pattern, shape.length

    def read_text(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, Scalar) or node.value is None:
            return _wrong_type("a text", node, at, report)
        text = node.text
        if length is not None and not length.allows(len(text)):
            return _wrong_length(len(text), length, "characters", node, at, report)
        if pattern is not None and not pattern.regex.fullmatch(text):
            says = f"{named(at)} must be {pattern.says}, not '{shown(text)}'."
            return _wrong("wrong-pattern", says, node, at, report)
        return text

    return read_text


def _integer(shape: Integer) -> _Read:
    bounds = shape.range

    def read_integer(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, Scalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
            is_quoted = isinstance(node, Scalar) and node.quoted and node.text.strip().removeprefix("-").isdecimal()
            hint = "Write it without quotes; in a template expression, add `| number`." if is_quoted else None
            return _wrong_type("a whole number", node, at, report, hint)
        if bounds is not None and not bounds.minimum <= node.value <= bounds.maximum:
            says = f"{named(at)} must be from {bounds.minimum} to {bounds.maximum}, not {node.value}."
            return _wrong("out-of-range", says, node, at, report)
        return node.value

    return read_integer


def _truth(node: Node, at: Keys, report: Findings) -> object:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    hint = "Write true or false, without quotes." if isinstance(node, Scalar) else None
    return _wrong_type("true or false", node, at, report, hint)


def _choice(shape: Choice) -> _Read:
    members = {member.value: member for member in shape.enum}
    any_case = {value.lower(): member for value, member in members.items()}

    def read_choice(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, Scalar) or node.value is None:
            return _wrong_type("a word", node, at, report)
        member = members.get(node.text)
        if member is not None:
            return member
        member = any_case.get(node.text.lower())
        if member is None:
            says = f"{named(at)} is '{shown(node.text)}', which is none of {listed(members)}."
            return _wrong("not-one-of", says, node, at, report, did_you_mean(node.text, members, report))
        # What is meant is beyond doubt; other readers of the definition, editors among them, see it as an error.
        says = f"{named(at)} is written '{member.value}', not '{node.text}'."
        report.tell("other-case", says, at, node.position, f"Write '{member.value}'.", Severity.WARNING)
        return member

    return read_choice


def _anything(node: Node, _at: Keys, _report: Findings) -> object:
    return as_data(node)


# --- collections -----------------------------------------------------------------------------------------------------


def _items(shape: Items) -> _Read:
    read_item = _reader(shape.of)
    length = shape.length

    def read_items(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, SequenceNode):
            if not shape.may_be_one or _is_null(node):
                return _wrong_type("a list", node, at, report)
            one = read_item(node, at, report)
            return _INVALID if one is _INVALID else (one,)
        if length is not None and not length.allows(len(node.items)):
            return _wrong_length(len(node.items), length, "items", node, at, report)
        items = [read_item(item, (*at, index), report) for index, item in enumerate(node.items)]
        return _INVALID if _INVALID in items else tuple(items)

    return read_items


def _entries(shape: Entries) -> _Read:
    read_entry = _reader(shape.of)
    length = shape.length

    def read_entries(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, MappingNode):
            return _wrong_type("a mapping", node, at, report)
        if length is not None and not length.allows(len(node.entries)):
            return _wrong_length(len(node.entries), length, "entries", node, at, report)
        entries = {key: read_entry(below, (*at, key), report) for key, below in node.entries.items()}
        return _INVALID if _INVALID in entries.values() else entries

    return read_entries


# --- records ---------------------------------------------------------------------------------------------------------


def _record(shape: Record) -> _Read:
    record = shape.type
    read_fields = _fields_reader(record)
    forms = {type(form.shape): (form.make, _reader(form.shape)) for form in short_forms_of(record)}
    words = {Text: "a text", Truth: "true or false", Items: "a list"}
    wanted = " or ".join(["a mapping", *(words[form] for form in forms)])

    def read_record(node: Node, at: Keys, report: Findings) -> object:
        if isinstance(node, MappingNode):
            values = read_fields(node, at, report, ())
            return _INVALID if values is None else record(**values)
        form = None
        if isinstance(node, SequenceNode):
            form = forms.get(Items)
        elif node.value is not None:
            form = (isinstance(node.value, bool) and forms.get(Truth)) or forms.get(Text)
        if form is None:
            return _wrong_type(wanted, node, at, report)
        make, read_short = form
        short = read_short(node, at, report)
        return _INVALID if short is _INVALID else make(short)

    return read_record


_ReadFields = Callable[[MappingNode, Keys, Findings, Collection[str]], dict[str, Any] | None]


@cache
def _fields_reader(record: type) -> _ReadFields:
    """Reads the keys of a record, given those that may stand beside them. None where anything is wrong."""
    entries = entries_of(record)
    required = [entry for entry in entries if entry.is_required]
    known = {key: (entry, _lazily(entry.shape)) for entry in entries for key in (entry.key, *entry.aliases)}

    def read_fields(node: MappingNode, at: Keys, report: Findings, beside: Collection[str]) -> dict[str, Any] | None:
        values: dict[str, Any] = {}
        unknown: list[str] = []
        for key, below in node.entries.items():
            if key in known:
                entry, read_value = known[key]
                if entry.is_required or not _is_null(below):
                    if entry.name in values:
                        _given_twice(entry, key, node, at, report)
                    values[entry.name] = read_value(below, (*at, key), report)
                    _remark(entry, key, below, at, report)
            elif key not in beside:
                unknown.append(key)
        for key in unknown:
            _unknown_key(key, node, at, report, did_you_mean(key, (*known, *beside), report))
        for entry in required:
            if entry.name not in values:
                values[entry.name] = _missing_key(entry, node, at, report)
        return values if not unknown and _INVALID not in values.values() else None

    return read_fields


def _lazily(shape: Shape) -> _Read:
    """The reader of a shape, made when it is first needed: most definitions use few of the fields there are."""
    made: list[_Read] = []

    def read_lazily(node: Node, at: Keys, report: Findings) -> object:
        if not made:
            made.append(_reader(shape))
        return made[0](node, at, report)

    return read_lazily


def _one_of(shape: OneOf) -> _Read:
    tagged = shape.tagged
    members: dict[str, type] = {}
    older: dict[str, type] = {}
    for member in cast("tuple[Any, ...]", shape.members):
        members[member.kind] = member
        older.update(dict.fromkeys(getattr(member, "kind_aliases", ()), member))

    def read_one_of(node: Node, at: Keys, report: Findings) -> object:
        if not isinstance(node, MappingNode):
            return _wrong_type("a mapping", node, at, report)
        tag_node = node.entries.get(tagged.key)
        if tag_node is None or _is_null(tag_node):
            if tagged.default is None:
                says = f"{named(at)} needs '{tagged.key}': one of {listed(members)}."
                return _wrong("missing-key", says, node, at, report)
            return _read_member(members[tagged.default], tagged, node, at, report)
        tag = tag_node.text if isinstance(tag_node, Scalar) else ""
        if tag in older:
            _older_tag(tag, cast("Any", older[tag]).kind, tag_node, (*at, tagged.key), report)
        member = members.get(tag) or older.get(tag)
        if member is None:
            says = f"{named((*at, tagged.key))} is none of {listed(members)}."
            hint = did_you_mean(tag, members, report)
            return _wrong("not-one-of", says, tag_node, (*at, tagged.key), report, hint)
        return _read_member(member, tagged, node, at, report)

    return read_one_of


def _read_member(member: type, tagged: Tagged, node: MappingNode, at: Keys, report: Findings) -> object:
    """Read the record beside its tag, or nested under the tag's companion."""
    read_fields = _fields_reader(member)
    options = node.entries.get(tagged.nested) if tagged.nested is not None else None
    if options is None or _is_null(options):
        beside = (tagged.key,) if options is None else (tagged.key, str(tagged.nested))
        values = read_fields(node, at, report, beside)
        return _INVALID if values is None else member(**values)
    place = (*at, str(tagged.nested))
    if not isinstance(options, MappingNode):
        return _wrong_type("a mapping", options, place, report)
    outside = [key for key in node.entries if key not in {tagged.key, tagged.nested}]
    for key in outside:
        _unknown_key(key, node, at, report, f"With '{tagged.nested}', everything but '{tagged.key}' stands in there.")
    values = read_fields(options, place, report, ())
    return _INVALID if values is None or outside else member(**values)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


# --- findings --------------------------------------------------------------------------------------------------------


def _wrong(code: str, message: str, node: Node, at: Keys, report: Findings, hint: str | None = None) -> _Invalid:
    report.tell(code, message, at, node.position, hint)
    return _INVALID


def _wrong_type(wanted: str, node: Node, at: Keys, report: Findings, hint: str | None = None) -> _Invalid:
    return _wrong("wrong-type", f"{named(at)} must be {wanted}, not {kind_of(node)}.", node, at, report, hint)


def _wrong_length(count: int, length: Length, of: str, node: Node, at: Keys, report: Findings) -> _Invalid:
    if count < length.minimum:
        says = f"{named(at)} has {count} {of}; at least {length.minimum} are needed."
    else:
        says = f"{named(at)} has {count} {of}; at most {length.maximum} are allowed."
    return _wrong("wrong-length", says, node, at, report)


def _unknown_key(key: str, node: MappingNode, at: Keys, report: Findings, hint: str | None) -> None:
    says = f"{named(at)} has no key '{shown(key)}'."
    report.tell("unknown-key", says, (*at, key), node.key_positions.get(key), hint)


def _missing_key(entry: Entry, node: MappingNode, at: Keys, report: Findings) -> _Invalid:
    says = f"{named(at)} needs the key '{entry.key}'."
    return _wrong("missing-key", says, node, at, report, entry.doc.text if entry.doc else None)


def _given_twice(entry: Entry, key: str, node: MappingNode, at: Keys, report: Findings) -> None:
    other = next(one for one in (entry.key, *entry.aliases) if one in node.entries and one != key)
    says = f"'{key}' means the same as '{other}', which is given too."
    report.tell("duplicate-key", says, (*at, key), node.key_positions.get(key), "Remove one of them.")


def _older_tag(tag: str, kind: str, node: Node, at: Keys, report: Findings) -> None:
    says = f"The type '{tag}' is called '{kind}' today."
    report.tell("outdated", says, at, node.position, f"Write '{kind}'.", Severity.WARNING)


def _remark(entry: Entry, key: str, node: Node, at: Keys, report: Findings) -> None:
    if entry.outdated is not None:
        hint = f"Write {entry.outdated.instead} instead."
        report.tell("outdated", f"'{key}' is outdated.", (*at, key), node.position, hint, Severity.WARNING)
    if entry.ignored is not None:
        says = f"'{key}' has no effect: {entry.ignored.because}."
        report.tell("ignored", says, (*at, key), node.position, "Remove it.", Severity.NOTE)
