"""A plan as plain data, for people and programs that read it as JSON or YAML."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, cast

from pipeline_builder.core.planning.model import Plan, Sub


def as_data(plan: Plan) -> dict[str, Any]:
    """The plan with keys in camelCase; text that only AWS can complete stands as `{"sub": "…"}`."""
    return cast("dict[str, Any]", _data(plan))


def _data(value: object) -> object:
    match value:
        case Sub():
            return {"sub": value.text}
        case Enum():
            return value.value
        case Mapping():
            return {str(key): _data(below) for key, below in value.items()}
        case tuple() | list():
            return [_data(item) for item in value]
        case _ if is_dataclass(value):
            found = {field.name: getattr(value, field.name) for field in fields(value)}
            kind = {"kind": type(value).__name__} if type(value).__name__.endswith("Action") else {}
            return kind | {_camel(name): _data(below) for name, below in found.items() if below not in (None, (), {})}
        case _:
            return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
