"""The shape of a document, taken once from its dataclasses: what the reader checks and the JSON Schema tells."""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pipeline_builder.core.records import frozen
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


@frozen()
class Text:
    """Text, as written."""

    pattern: Pattern | None = None
    length: Length | None = None

    def takes(self, text: str) -> bool:
        """Whether this text is one."""
        fits = self.length is None or self.length.allows(len(text))
        return fits and (self.pattern is None or self.pattern.regex.fullmatch(text) is not None)


@frozen()
class Integer:
    """A whole number."""

    range: Range | None = None


@frozen()
class Truth:
    """true or false."""


@frozen()
class Choice:
    """One word of a closed list."""

    enum: type[StrEnum]


@frozen()
class Items:
    """A list."""

    of: "Shape"
    length: Length | None = None
    may_be_one: bool = False


@frozen()
class Entries:
    """A map from names of the author's choice."""

    of: "Shape"
    length: Length | None = None


@frozen()
class Anything:
    """Data whose shape only its reader knows."""


@frozen()
class Record:
    """A mapping with known keys: a dataclass, whose fields are read when it is first needed."""

    type: type


@frozen()
class OneOf:
    """One of several records, told apart by a tag."""

    members: tuple[type, ...]
    tagged: Tagged


Shape = Text | Integer | Truth | Choice | Items | Entries | Anything | Record | OneOf


@frozen()
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


@frozen()
class ShortForm:
    """A way to write a record that is no mapping.

    Attributes:
        shape: of what is written.
        make: makes the record of it.
    """

    shape: Shape
    make: Callable[[Any], object]


@cache
def entries_of(record: type) -> tuple[Entry, ...]:
    """The keys of a record, in the order of its fields."""
    return tuple(_entry(field) for field in fields(record))


@cache
def short_forms_of(record: type) -> tuple[ShortForm, ...]:
    """The class methods `from_text`, `from_bool` and `from_items` of a record, each with the shape of its argument."""
    makers = [getattr(record, name, None) for name in ("from_text", "from_bool", "from_items")]
    return tuple(ShortForm(_shape(*_unpacked(_argument(maker))), maker) for maker in makers if maker is not None)


def _argument(maker: Callable[..., object]) -> object:
    """The annotation of its only argument."""
    return next(annotation for name, annotation in maker.__annotations__.items() if name != "return")


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


def _unpacked(annotation: object) -> tuple[object, tuple[object, ...]]:
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


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in {Union, types.UnionType}


def _note(notes: tuple[object, ...], kind: type[M]) -> M | None:
    return next((note for note in notes if isinstance(note, kind)), None)


def _shape(annotation: object, notes: tuple[object, ...]) -> Shape:
    tagged = _note(notes, Tagged)
    if tagged is not None:
        return OneOf(tuple(member for member in get_args(annotation) if member is not types.NoneType), tagged)
    if isinstance(annotation, type):
        return _plain_shape(annotation, notes)
    origin, arguments = get_origin(annotation), get_args(annotation)
    length = _note(notes, Length)
    if origin is tuple:
        return Items(_shape(*_unpacked(arguments[0])), length, _note(notes, OneOrMany) is not None)
    if origin is Mapping:
        return Entries(_shape(*_unpacked(arguments[1])), length)
    return Anything()


def _plain_shape(annotation: type, notes: tuple[object, ...]) -> Shape:
    if annotation is str:
        return Text(_note(notes, Pattern), _note(notes, Length))
    if annotation is bool:
        return Truth()
    if annotation is int:
        return Integer(_note(notes, Range))
    if issubclass(annotation, StrEnum):
        return Choice(annotation)
    if is_dataclass(annotation):
        return Record(annotation)
    raise TypeError(f"A document cannot hold a {annotation.__name__}.")


def camel_case(name: str) -> str:
    """`stage_name` as `stageName`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
