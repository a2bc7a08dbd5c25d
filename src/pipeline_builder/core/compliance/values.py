"""The kinds of values that rules look at."""

from collections.abc import Mapping
from enum import StrEnum

Value = str | float | bool | tuple[str, ...] | Mapping[str, str]
"""What an attribute is. An absent one has no value at all."""


class Kind(StrEnum):
    """What sort of value an attribute has."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"


def shown(value: object) -> str:
    """A value as sentences name it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str):
        return f"'{value}'" if value else "empty"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={text}" for key, text in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)
