"""What a plan says, in the intrinsic functions of CloudFormation.

The simplest function that means the same is used. Literal text never passes through `Fn::Sub`, so nothing an author
wrote can be read as a reference.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from pipeline_builder.core.planning.model import Sub, Text

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""A value of a template: what JSON can say."""

_REFERENCE = re.compile(r"\$\{([A-Za-z0-9.:]+)\}")
_PIECE = re.compile(r"((?:(?!\$\{[A-Za-z0-9.:]+\}).)*)(?:\$\{([A-Za-z0-9.:]+)\})?", re.DOTALL)
"""Literal text, and the reference behind it."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def ref(name: str) -> Json:
    """The value of a parameter or pseudo parameter, or what CloudFormation calls a resource."""
    return {"Ref": name}


def get_att(resource_id: str, attribute: str) -> Json:
    """An attribute of a resource."""
    return {"Fn::GetAtt": [resource_id, attribute]}


def text(value: Text) -> Json:
    """A text of the plan as a value of the template."""
    if isinstance(value, str):
        return value
    if (whole := _REFERENCE.fullmatch(value.text)) is not None:
        return _reference(whole[1])
    if "${!" in value.text:
        return _joined(value.text)
    return {"Fn::Sub": value.text} if "${" in value.text else value.text


def texts(values: Iterable[Text]) -> list[Json]:
    """Several texts, in their order."""
    return [text(value) for value in values]


def one_or_many(values: Sequence[Json]) -> Json:
    """A single value without the list around it, as policy documents are usually written."""
    return values[0] if len(values) == 1 else values


def completed(value: object) -> Json:
    """Data of the plan, at any depth, with its texts as values of the template."""
    if isinstance(value, Sub):
        return text(value)
    if isinstance(value, Mapping):
        return {str(key): completed(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [completed(inner) for inner in value]
    if value is None or isinstance(value, str | int | float):
        return value
    message = f"a template cannot hold a {type(value).__name__}"
    raise TypeError(message)


def json_text(items: Sequence[Mapping[str, Text]]) -> Text:
    """The items as JSON inside one text. What AWS completes in it must not need escaping in JSON."""
    if not any(isinstance(value, Sub) for item in items for value in item.values()):
        return _encode(items)
    escaped = [{key: _escaped(value) for key, value in item.items()} for item in items]
    return Sub(_encode(escaped))


def given(properties: Mapping[str, Json]) -> dict[str, Json]:
    """The properties that say something: neither None nor empty. False and zero do."""
    return {name: value for name, value in properties.items() if value or value == 0}


def _escaped(value: Text) -> str:
    return value.text if isinstance(value, Sub) else value.replace("${", "${!")


def _joined(template: str) -> Json:
    """Literal text with `${` in it stays out of `Fn::Sub`, where only what follows would tell it from a reference."""
    parts: list[Json] = []
    for literal, name in _PIECE.findall(template):
        if literal:
            parts.append(literal.replace("${!", "${"))
        if name:
            parts.append(_reference(name))
    return parts[0] if len(parts) == 1 else {"Fn::Join": ["", parts]}


def _reference(name: str) -> Json:
    resource_id, dot, attribute = name.partition(".")
    return get_att(resource_id, attribute) if dot else ref(name)
