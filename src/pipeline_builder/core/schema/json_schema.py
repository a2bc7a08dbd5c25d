"""The JSON Schema (2020-12) of a document, made from the same dataclasses that the reader checks against."""

from typing import Any, assert_never, cast

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

Schema = dict[str, Any]

_EXPRESSION = {"type": "string", "pattern": r"\{\{"}
"""Where a template expression may stand for a value that is no text."""


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


def _schema(shape: Shape, definitions: dict[str, Schema]) -> Schema:
    match shape:
        case Text():
            return _text(shape)
        case Integer():
            bounds = {"minimum": shape.range.minimum, "maximum": shape.range.maximum} if shape.range else {}
            return {"anyOf": [{"type": "integer", **bounds}, _EXPRESSION]}
        case Truth():
            return {"anyOf": [{"type": "boolean"}, _EXPRESSION]}
        case Choice():
            return {"anyOf": [{"enum": [member.value for member in shape.enum]}, _EXPRESSION]}
        case Items():
            items = {"type": "array", "items": _schema(shape.of, definitions), **_bounds(shape.length, "Items")}
            return {"anyOf": [items, _schema(shape.of, definitions)]} if shape.may_be_one else items
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
    """Plain numbers and truths are text as they are written, where text is asked for."""
    constraints = _bounds(shape.length, "Length")
    if shape.pattern is not None:
        # The reader matches the whole text; a template expression may stand in any text.
        constraints["pattern"] = rf"^({shape.pattern.regex.pattern})$|\{{\{{"
    if not constraints:
        return {"type": ["string", "number", "boolean"]}
    return {"anyOf": [{"type": "string", **constraints}, {"type": ["number", "boolean"]}]}


def _bounds(length: Any, of: str) -> Schema:
    if length is None:
        return {}
    bounds = {f"min{of}": length.minimum} if length.minimum else {}
    return bounds | ({f"max{of}": length.maximum} if length.maximum is not None else {})


def _record(record: type, definitions: dict[str, Schema]) -> Schema:
    name = record.__name__
    reference = {"$ref": f"#/$defs/{name}"}
    if name not in definitions:
        definitions[name] = {}  # a record that holds itself finds its name taken
        forms: list[Schema] = [_mapping(record, definitions, {})]
        if hasattr(record, "from_text"):
            forms.append({"type": "string"})
        if hasattr(record, "from_bool"):
            forms.append({"type": "boolean"})
        if hasattr(record, "from_items"):
            forms.append({"type": "array", "items": {"type": "string"}})
        described = {"description": _described(record)}
        definitions[name] = described | (forms[0] if len(forms) == 1 else {"anyOf": forms})
    return reference


def _mapping(record: type, definitions: dict[str, Schema], beside: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = dict(beside)
    required = list(beside)
    for entry in entries_of(record):
        for key in (entry.key, *entry.aliases):
            properties[key] = _property(entry, key, definitions)
        if entry.is_required and not entry.aliases:
            required.append(entry.key)
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    alternatives = [
        {"anyOf": [{"required": [key]} for key in (entry.key, *entry.aliases)]}
        for entry in entries_of(record)
        if entry.is_required and entry.aliases
    ]
    return schema | ({"required": required} if required else {}) | ({"allOf": alternatives} if alternatives else {})


def _property(entry: Entry, key: str, definitions: dict[str, Schema]) -> Schema:
    schema = _schema(entry.shape, definitions)
    if not entry.is_required:
        schema = {"anyOf": [schema, {"type": "null"}]} if schema else schema
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
        kinds = [member.kind, *getattr(member, "kind_aliases", {})]
        tag: Schema = {"enum": kinds, "description": _described(member)}
        beside = {tagged.key: tag}
        flat = _mapping(member, definitions, beside)
        nested: Schema = {
            "type": "object",
            "properties": {tagged.key: tag, tagged.nested or "": _mapping(member, definitions, {})},
            "required": [tagged.key, tagged.nested],
            "additionalProperties": False,
        }
        for form in (flat, nested) if tagged.nested else (flat,):
            if member.kind == tagged.default:
                form["required"] = [key for key in form.get("required", []) if key != tagged.key]
            forms.append(form)
    return {"anyOf": forms}


def _described(record: type) -> str:
    return " ".join((record.__doc__ or "").split("Attributes:")[0].split())
