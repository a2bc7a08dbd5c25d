"""The data that expressions refer to: looked into, and as text."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.documents.scalars import NUMBER, Number

Data = str | int | bool | None | tuple["Data", ...] | list["Data"] | Mapping[str, "Data"] | Node
"""Plain values, nodes of a document, or both in one another."""

Keys = tuple[str | int, ...]
"""Keys of a `Location`: where a value stands."""


class Value(NamedTuple):
    """A leaf.

    Attributes:
        is_plain: it stands for what its text says (a number, true, false), as if written without quotes.
    """

    text: str
    is_plain: bool


def value_of(data: Data) -> Value | None:
    """The leaf as it is rendered; None where it is null or no leaf."""
    match data:
        case Scalar():
            return None if data.value is None else Value(data.text, not data.quoted)
        case str():
            return Value(data, is_plain=isinstance(data, Number))
        case bool():
            return Value("true" if data else "false", is_plain=True)
        case int():
            return Value(str(data), is_plain=True)
        case _:
            return None


def json_of(value: Value | None) -> str:
    """The leaf as JSON."""
    if value is None:
        return "null"
    if value.is_plain and (value.text in {"true", "false"} or NUMBER.fullmatch(value.text)):
        return value.text
    return json.dumps(value.text, ensure_ascii=False)


def is_list(data: Data) -> bool:
    """Whether its values have indexes. Nodes are tuples too, so being one is not enough."""
    return isinstance(data, SequenceNode | list) or (
        isinstance(data, tuple) and not isinstance(data, Scalar | MappingNode)
    )


def is_container(data: Data) -> bool:
    """Whether it is a list or a mapping, which has no text of its own."""
    return isinstance(data, dict | MappingNode | Mapping) or is_list(data)


def children(data: Data) -> Iterator[tuple[str | int, Data]]:
    """What stands in a list or a mapping, in order, by index or key; nothing where it is neither."""
    match data:
        case MappingNode():
            yield from data.entries.items()
        case dict() | Mapping():  # a dictionary is one at a glance
            yield from data.items()
        case SequenceNode():
            yield from enumerate(data.items)
        case tuple() | list() if is_list(data):
            yield from enumerate(data)
        case _:
            return


def child(data: Data, key: str | int) -> tuple[str | int, Data] | None:
    """The key and what stands under it; None where nothing does. Data is looked into, an object's attributes never."""
    match data:
        case MappingNode():
            return _entry(data.entries, key)
        case SequenceNode():
            return _item(data.items, key)
        case Scalar():
            return None
        case dict() | Mapping():
            return _entry(data, key)
        case tuple() | list():
            return _item(data, key)
        case _:
            return None


def _entry(entries: Mapping[str, Data], key: str | int) -> tuple[str | int, Data] | None:
    name = str(key)
    return (name, entries[name]) if name in entries else None


def _item(items: tuple[Data, ...] | list[Data], key: str | int) -> tuple[str | int, Data] | None:
    """An index is written without leading zeros, so that each item has one name."""
    index = int(key) if _INDEX.fullmatch(str(key)) else len(items)
    return (index, items[index]) if index < len(items) else None


_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
