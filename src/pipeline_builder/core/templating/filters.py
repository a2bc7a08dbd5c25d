"""The filters that judge a value: its text in the asked kind, or None where it is not of that kind."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pipeline_builder.core.documents.scalars import NUMBER
from pipeline_builder.core.templating.grammar import Coercion
from pipeline_builder.core.templating.values import Value

_TRUTHS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}


def as_number(text: str) -> Value | None:
    """Any number that JSON can write, with the author's digits."""
    return Value(text, is_plain=True) if NUMBER.fullmatch(text) else None


def as_bool(text: str) -> Value | None:
    """`true`, `1` and `yes` are true; `false`, `0` and `no` are false."""
    truth = _TRUTHS.get(text)
    return None if truth is None else Value(truth, is_plain=True)


def as_json(text: str) -> Value | None:
    """A text that is JSON already, untouched; a list or a mapping is written as JSON and never comes here."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return Value(text, is_plain=False)


def _refuse(constant: str) -> None:
    """`NaN` and `Infinity`, which Python reads and JSON does not have."""
    raise ValueError(constant)


class Filter(NamedTuple):
    """One kind of value: how a text becomes it, and what the finding says where it cannot."""

    code: str
    convert: Callable[[str], Value | None]
    kind: str
    hint: str


FILTERS: Mapping[Coercion, Filter] = MappingProxyType(
    {
        Coercion.NUMBER: Filter(
            "template-number", as_number, "a number", "Numbers are written as in JSON: 8080, -1, 1.5, 1e3."
        ),
        Coercion.BOOL: Filter("template-bool", as_bool, "true or false", "Truths are true, 1, yes; false, 0, no."),
        Coercion.JSON: Filter(
            "template-json", as_json, "JSON", "A text must be valid JSON; a list or a mapping becomes JSON by itself."
        ),
    }
)
