"""The shape of a document, taken once from its dataclasses: what the reader checks and the JSON Schema tells."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import EnumMeta, StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pipeline_builder.core.schema.annotations import (
    Doc,
    Ignored,
    Key,
    Length,
    OneOrMany,
    Outdated,
    Pattern,
    Range,
    Tagged,
)

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Text:
    """Text, as written."""

    pattern: Pattern | None = None
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    range: Range | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a closed list."""

    enum: type[StrEnum]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    of: "Shape"
    length: Length | None = None
    may_be_one: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """A map from names of the author's choice."""

    of: "Shape"
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class Anything:
    """Data whose shape only its reader knows."""


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys: a dataclass, whose fields are read when it is first needed."""

    type: type


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several records, told apart by a tag."""

    members: tuple[type, ...]
    tagged: Tagged


Shape = Text | Integer | Truth | Choice | Items | Entries | Anything | Record | OneOf


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a record.

    Attributes:
        name: of the dataclass's field.
        key: in documents.
        aliases: older keys of the same meaning.
    """

    name: str
    key: str
    aliases: tuple[str, ...]
    shape: Shape
    is_required: bool
    doc: Doc | None
    outdated: Outdated | None
    ignored: Ignored | None


@lru_cache(maxsize=None)
def entries_of(record: type) -> tuple[Entry, ...]:
    """The keys of a record, in the order of its fields."""
    return tuple(_entry(field) for field in fields(record))


def _entry(field: Field[Any]) -> Entry:
    annotation, notes = _unpacked(field.type)
    key = _note(notes, Key)
    return Entry(
        name=field.name,
        key=key.name if key else camel_case(field.name),
        aliases=key.aliases if key else (),
        shape=_shape(annotation, notes),
        is_required=field.default is MISSING and field.default_factory is MISSING,
        doc=_note(notes, Doc),
        outdated=_note(notes, Outdated),
        ignored=_note(notes, Ignored),
    )


def _unpacked(annotation: Any) -> tuple[Any, tuple[object, ...]]:
    """The type and its notes; `X | None` is X, because an absent key and null mean the same."""
    notes: tuple[object, ...] = ()
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            notes = (*notes, *more)
            continue
        if _is_union(annotation):
            members = [member for member in get_args(annotation) if member is not types.NoneType]
            if len(members) == 1:
                annotation = members[0]
                continue
        return annotation, notes


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType}


def _note(notes: tuple[object, ...], kind: type[M]) -> M | None:
    return next((note for note in notes if isinstance(note, kind)), None)


def _shape(annotation: Any, notes: tuple[object, ...]) -> Shape:
    origin = get_origin(annotation)
    length = _note(notes, Length)
    tagged = _note(notes, Tagged)
    if tagged is not None:
        return OneOf(get_args(annotation), tagged)
    if annotation is str:
        return Text(_note(notes, Pattern), length)
    if annotation is bool:
        return Truth()
    if annotation is int:
        return Integer(_note(notes, Range))
    if isinstance(annotation, EnumMeta):
        return Choice(annotation)
    if is_dataclass(annotation) and isinstance(annotation, type):
        return Record(annotation)
    if origin is tuple and get_args(annotation)[1:] == (...,):
        return Items(_shape(*_unpacked(get_args(annotation)[0])), length, _note(notes, OneOrMany) is not None)
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return Entries(_shape(*_unpacked(get_args(annotation)[1])), length)
    return Anything()


def camel_case(name: str) -> str:
    """`stage_name` as `stageName`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
