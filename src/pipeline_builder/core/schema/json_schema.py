"""The JSON Schema (2020-12) of a document, made from the same dataclasses that the reader checks against.

It says of a document what the reader says, but for three things. A template expression may become any value. A number
is known by its value alone: it is accepted where the reader, who knows how it is written, accepts some number. And the
reader takes a listed word in another case, with a warning.
"""

from collections.abc import Collection
from typing import Any, assert_never, cast

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
    short_forms_of,
)

Schema = dict[str, Any]

_EXPRESSION = {"type": "string", "pattern": r"\{\{"}
"""A template expression may stand for any value; what becomes of it is not known before."""
_NUMBERS = tuple("1" * digits for digits in range(1, 65))
"""One of each length: a text is also written as a number where it may be one of these."""
_TRUTHS = {"false": False, "true": True}
_UNTIL_THE_END = r"$(?!\n)"
"""`$` alone matches before a last line break too, in some dialects of regular expressions."""


def json_schema(cls: type) -> Schema:
    """The schema of a document whose root is this record."""
    definitions: dict[str, Schema] = {}
    root = _record(cls, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.__name__,
        "$ref": root["$ref"],
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(shape: Shape, definitions: dict[str, Schema]) -> Schema:  # noqa: PLR0911 -- one answer for each shape
    match shape:
        case Text():
            return _text(shape)
        case Integer():
            bounds = {"minimum": shape.range.minimum, "maximum": shape.range.maximum} if shape.range else {}
            return _any_of({"type": "integer", **bounds}, _EXPRESSION)
        case Truth():
            return _any_of({"type": "boolean"}, _EXPRESSION)
        case Choice():
            return _any_of({"enum": [member.value for member in shape.enum]}, _EXPRESSION)
        case Items():
            item = _schema(shape.of, definitions)
            items = {"type": "array", "items": item, **_bounds(shape.length, "Items")}
            return _any_of(items, item) if shape.may_be_one else items
        case Entries():
            below = _schema(shape.of, definitions)
            return {"type": "object", "additionalProperties": below, **_bounds(shape.length, "Properties")}
        case Anything():
            return {}
        case Record():
            return _record(shape.type, definitions)
        case OneOf():
            return _one_of(shape, definitions)
        case _:
            assert_never(shape)


def _text(shape: Text) -> Schema:
    """A plain number and a plain truth are the text that is written, where that is a text of this shape."""
    constraints = _bounds(shape.length, "Length")
    if shape.pattern is not None:
        constraints["pattern"] = f"^({shape.pattern.regex.pattern}){_UNTIL_THE_END}"
    forms: list[Schema] = [{"type": "string", **constraints}]
    if constraints:
        forms.append(_EXPRESSION)
    if any(shape.takes(number) for number in _NUMBERS):
        forms.append({"type": "number"})
    truths = [truth for text, truth in _TRUTHS.items() if shape.takes(text)]
    if truths:
        forms.append({"enum": truths})
    return _any_of(*forms)


def _any_of(*forms: Schema) -> Schema:
    """One of the forms; choices among them are choices of the whole."""
    flat = [one for form in forms for one in (form["anyOf"] if form.keys() == {"anyOf"} else [form])]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _bounds(length: Length | None, of: str) -> Schema:
    if length is None:
        return {}
    bounds = {f"min{of}": length.minimum} if length.minimum else {}
    return bounds | ({f"max{of}": length.maximum} if length.maximum is not None else {})


def _record(record: type, definitions: dict[str, Schema]) -> Schema:
    name = record.__name__
    if name not in definitions:
        forms = [
            _mapping(record, definitions),
            *(_schema(form.shape, definitions) for form in short_forms_of(record)),
        ]
        described = {"description": _described(record)}
        definitions[name] = described | _any_of(*forms)
    return {"$ref": f"#/$defs/{name}"}


def _mapping(
    record: type, definitions: dict[str, Schema], beside: Schema | None = None, needed: Collection[str] = ()
) -> Schema:
    """The keys of a record, those that may stand beside them, and which of these must."""
    entries = entries_of(record)
    properties = dict(beside or {})
    for entry in entries:
        for key in (entry.key, *entry.aliases):
            properties[key] = _property(entry, key, definitions)
    required = [*needed, *(entry.key for entry in entries if entry.is_required and not entry.aliases)]
    rules = [_one_name(entry) for entry in entries if entry.aliases]
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {}) | ({"allOf": rules} if rules else {})


def _one_name(entry: Entry) -> Schema:
    """A key may be written by one of its names, not by two; null is as good as nothing."""
    given = {"not": {"type": "null"}}
    names = [{"required": [key], "properties": {key: given}} for key in (entry.key, *entry.aliases)]
    return {"oneOf": names if entry.is_required else [*names, {"not": {"anyOf": names}}]}


def _property(entry: Entry, key: str, definitions: dict[str, Schema]) -> Schema:
    schema = _schema(entry.shape, definitions)
    if not entry.is_required and schema:
        schema = _any_of(schema, {"type": "null"})
    described: Schema = {}
    if entry.doc is not None:
        described["description"] = entry.doc.text
        if entry.doc.examples:
            described["examples"] = list(entry.doc.examples)
    if key != entry.key:
        described["description"] = f"The same as `{entry.key}`."
    if entry.outdated is not None:
        described |= {"deprecated": True, "description": f"Outdated: write {entry.outdated.instead} instead."}
    if entry.ignored is not None:
        described |= {"deprecated": True, "description": f"Has no effect: {entry.ignored.because}."}
    return {**schema, **described}


def _one_of(shape: OneOf, definitions: dict[str, Schema]) -> Schema:
    """Each member flat beside its tag, and nested under the tag's companion key."""
    tagged = shape.tagged
    forms: list[Schema] = []
    for member in cast("tuple[Any, ...]", shape.members):
        is_usual = member.kind == tagged.default
        tags = [member.kind, *getattr(member, "kind_aliases", ()), *([None] if is_usual else [])]
        tag = {tagged.key: {**_any_of({"enum": tags}, _EXPRESSION), "description": _described(member)}}
        needed = [] if is_usual else [tagged.key]
        if tagged.nested is None:
            forms.append(_mapping(member, definitions, tag, needed))
            continue
        forms.append(_mapping(member, definitions, {**tag, tagged.nested: {"type": "null"}}, needed))
        forms.append(
            {
                "type": "object",
                "properties": {**tag, tagged.nested: _mapping(member, definitions)},
                "required": [*needed, tagged.nested],
                "additionalProperties": False,
            }
        )
    return {"anyOf": forms}


def _described(record: type) -> str:
    return " ".join((record.__doc__ or "").split("Attributes:")[0].split())
