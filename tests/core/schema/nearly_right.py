"""Documents that are nearly right, made from the shape itself: there a schema and a reader could differ."""

from functools import cache

from hypothesis import strategies as st

from pipeline_builder.core.schema.shape import (
    Anything,
    Choice,
    Entries,
    Integer,
    Items,
    OneOf,
    Record,
    Text,
    Truth,
    entries_of,
    short_forms_of,
)

_KEYS = st.sampled_from(["", "a", "A", "b-1", "unknown", "true"])
_WORDS = st.sampled_from(["", "a", "A", "jest", "SMALL", "small", "x/y", "true", "7", "1.0.0", "circle", "a\n", "é"])
_LEAVES = st.none() | st.booleans() | st.integers(-2, 12) | st.integers(10**9) | st.floats(0, 2) | st.just(1.0) | _WORDS
_DATA = _LEAVES | st.lists(_LEAVES, max_size=2) | st.dictionaries(_KEYS, _LEAVES, max_size=2)


def documents(record):
    """Mappings and short forms of a record, and what somebody may have taken for one."""
    return _like(Record(record))


def records_in(cls):
    """Every record that may stand somewhere in a document with this root."""
    found, waiting = set(), [Record(cls)]
    while waiting:
        match waiting.pop():
            case Record(type=record) if record not in found:
                found.add(record)
                waiting += [entry.shape for entry in entries_of(record)]
            case Items(of=below) | Entries(of=below):
                waiting.append(below)
            case OneOf(members=members):
                waiting += map(Record, members)
    return sorted(found, key=lambda record: record.__name__)


@cache
def _like(shape):
    return _seldom(_DATA, st.deferred(lambda: _right(shape)))


def _right(shape):  # noqa: PLR0911 -- one answer for each shape
    match shape:
        case Text():
            return _texts(shape)
        case Integer(range=bounds):
            return st.integers() if bounds is None else st.integers(bounds.minimum - 1, bounds.maximum + 1)
        case Truth():
            return st.booleans()
        case Choice(enum=words):
            return st.sampled_from([word.value for word in words])
        case Items():
            items = st.lists(_like(shape.of), **_sizes(shape.length))
            return items | _like(shape.of) if shape.may_be_one else items
        case Entries():
            return st.dictionaries(_KEYS, _like(shape.of), **_sizes(shape.length))
        case Anything():
            return _DATA
        case Record():
            return st.one_of(_mappings(shape.type), *(_like(form.shape) for form in short_forms_of(shape.type)))
        case OneOf():
            return st.one_of(*(_members(member, shape.tagged) for member in shape.members))


def _texts(shape):
    if shape.pattern is None:
        return st.text("aé1{\n", **_sizes(shape.length)) | _LEAVES
    return st.from_regex(shape.pattern.regex, fullmatch=True) | _LEAVES


def _sizes(length):
    """A little around the least, so that both bounds are met where they are near each other."""
    least = length.minimum if length is not None else 0
    return {"min_size": max(least - 1, 0), "max_size": least + 4}


@st.composite
def _mappings(draw, record):
    """What is needed, and up to three keys that may be given."""
    entries = entries_of(record)
    of_key = {key: entry for entry in entries for key in (entry.key, *entry.aliases)}
    keys = [draw(st.sampled_from([entry.key, *entry.aliases])) for entry in entries if entry.is_required]
    keys += draw(st.lists(st.sampled_from(sorted(of_key)), max_size=3)) if of_key else []
    data = {key: draw(_like(of_key[key].shape)) for key in keys}
    return data | draw(_seldom(st.just({"unknown": 1}), st.just({})))


@st.composite
def _members(draw, member, tagged):
    """The fields beside the tag or, where that is possible, below it."""
    tags = st.sampled_from([member.kind, *getattr(member, "kind_aliases", ())])
    tag = draw(st.just({}) | st.fixed_dictionaries({tagged.key: _seldom(_LEAVES, tags)}))
    fields = draw(_mappings(member))
    if tagged.nested is None or draw(st.booleans()):
        return fields | tag
    outside = draw(_seldom(_mappings(member), st.just({})))
    return outside | tag | {tagged.nested: draw(_seldom(_LEAVES, st.just(fields)))}


def _seldom(rare, usual):
    return st.sampled_from([usual] * 9 + [rare]).flatmap(lambda chosen: chosen)
