"""The operators of rules: each a function of what an attribute is and what the rule says, with the kinds it knows.

An absent attribute is never handed to one. `conditions` has the one meaning of that: a test of something absent is
neither true nor false, but for `exists` and `notExists`, which are about nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline_builder.core.compliance.values import Kind

MAXIMUM_PATTERN = 1_000
"""Characters of a regular expression."""
MAXIMUM_MATCHED = 100_000
"""Characters of a value that a regular expression is held against; of longer ones, the beginning."""


class Expected(StrEnum):
    """What a rule has to say beside an operator."""

    NOTHING = "nothing"
    SAME = "same"
    """A value of the attribute's own kind."""
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    """A list of values of the attribute's own kind."""
    PATTERN = "pattern"


Test = Callable[[Any], bool]
"""Whether a value is as a rule wants it."""


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes:
        kinds: of attributes that it can be used on.
        expected: what the rule says beside it.
        make: the test for what the rule says.
        words: how sentences say it.
    """

    name: str
    kinds: frozenset[Kind]
    expected: Expected
    make: Callable[[Any], Test]
    words: str
    sentence: str


_SCALARS = frozenset({Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN})
_COUNTED = frozenset({Kind.LIST, Kind.MAP})
_ALL = frozenset(Kind)


def _eq(expected: Any) -> Test:  # noqa: ANN401 -- of any kind
    return lambda value: bool(value == expected)


def _neq(expected: Any) -> Test:  # noqa: ANN401 -- of any kind
    return lambda value: bool(value != expected)


def _gt(expected: float) -> Test:
    return lambda value: value > expected


def _gte(expected: float) -> Test:
    return lambda value: value >= expected


def _lt(expected: float) -> Test:
    return lambda value: value < expected


def _lte(expected: float) -> Test:
    return lambda value: value <= expected


def _size_gt(expected: float) -> Test:
    return lambda value: len(value) > expected


def _size_lt(expected: float) -> Test:
    return lambda value: len(value) < expected


def _contains(expected: str) -> Test:
    """In a text, whatever its capitals; a member of a list, a key of a map, exactly."""
    folded = expected.casefold()
    return lambda value: folded in value.casefold() if isinstance(value, str) else expected in value


def _not_contains(expected: str) -> Test:
    contains = _contains(expected)
    return lambda value: not contains(value)


def _in(expected: list[Any]) -> Test:
    allowed = frozenset(expected)
    return lambda value: value in allowed


def _not_in(expected: list[Any]) -> Test:
    refused = frozenset(expected)
    return lambda value: value not in refused


def _regex(expected: str) -> Test:
    """Found anywhere in a text, unless the pattern is anchored; of a list, in every member.

    On RE2, whose time grows with the text alone: no pattern of a tenant's can hold up the others.
    """
    import re2  # noqa: PLC0415 -- few rules have a pattern

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only whether it matches counts, and that is four times as fast
    pattern = re2.compile(expected, options)

    def found(text: str) -> bool:
        return pattern.search(text[:MAXIMUM_MATCHED].encode(errors="replace")) is not None

    return lambda value: found(value) if isinstance(value, str) else all(map(found, value))


def _exists(_expected: None) -> Test:
    return lambda _value: True


def _not_exists(_expected: None) -> Test:
    return lambda _value: False


def _not_empty(_expected: None) -> Test:
    return lambda value: bool(value.strip() if isinstance(value, str) else value)


_ALL_OPERATORS = (
    Operator("eq", _SCALARS, Expected.SAME, _eq, "be", "Is exactly the value."),
    Operator("neq", _SCALARS, Expected.SAME, _neq, "not be", "Is anything but the value."),
    Operator("gt", frozenset({Kind.NUMBER}), Expected.NUMBER, _gt, "be above", "Is a greater number."),
    Operator(
        "gte", frozenset({Kind.NUMBER}), Expected.NUMBER, _gte, "be at least", "Is a greater number, or the same."
    ),
    Operator("lt", frozenset({Kind.NUMBER}), Expected.NUMBER, _lt, "be below", "Is a smaller number."),
    Operator("lte", frozenset({Kind.NUMBER}), Expected.NUMBER, _lte, "be at most", "Is a smaller number, or the same."),
    Operator("countGt", _COUNTED, Expected.NUMBER, _size_gt, "count more than", "A list or map has more members."),
    Operator("countLt", _COUNTED, Expected.NUMBER, _size_lt, "count less than", "A list or map has fewer members."),
    Operator(
        "lengthGt", frozenset({Kind.TEXT}), Expected.NUMBER, _size_gt, "be longer than", "A text has more characters."
    ),
    Operator(
        "lengthLt", frozenset({Kind.TEXT}), Expected.NUMBER, _size_lt, "be shorter than", "A text has fewer characters."
    ),
    Operator(
        "contains",
        _COUNTED | {Kind.TEXT},
        Expected.TEXT,
        _contains,
        "contain",
        "A text has this in it, whatever its capitals; a list this member; a map this key.",
    ),
    Operator(
        "notContains", _COUNTED | {Kind.TEXT}, Expected.TEXT, _not_contains, "not contain", "The other way round."
    ),
    Operator("in", frozenset({Kind.TEXT, Kind.NUMBER}), Expected.LIST, _in, "be one of", "Is one of the values."),
    Operator(
        "notIn", frozenset({Kind.TEXT, Kind.NUMBER}), Expected.LIST, _not_in, "be none of", "Is none of the values."
    ),
    Operator(
        "regex",
        frozenset({Kind.TEXT, Kind.LIST}),
        Expected.PATTERN,
        _regex,
        "match",
        "A text, or every member of a list, matches the pattern (RE2) somewhere; anchor it with ^ and $.",
    ),
    Operator("exists", _ALL, Expected.NOTHING, _exists, "be known", "There is a value."),
    Operator("notExists", _ALL, Expected.NOTHING, _not_exists, "not be there", "There is no value."),
    Operator(
        "notEmpty",
        _COUNTED | {Kind.TEXT},
        Expected.NOTHING,
        _not_empty,
        "not be empty",
        "A text says something; a list or map has a member.",
    ),
)

OPERATORS: Mapping[str, Operator] = {one.name: one for one in _ALL_OPERATORS}
"""Every operator by its name."""


class PatternUnusable(Exception):
    """A pattern that RE2 does not take."""


def checked_pattern(text: str) -> None:
    """See that a pattern can be used.

    Raises:
        PatternUnusable: it cannot; the message says why.
    """
    import re2  # noqa: PLC0415 -- few rules have a pattern

    if len(text) > MAXIMUM_PATTERN:
        raise PatternUnusable(f"it has more than {MAXIMUM_PATTERN} characters")
    try:
        _regex(text)
    except re2.error as error:
        says = error.args[0]
        raise PatternUnusable(says.decode() if isinstance(says, bytes) else str(says)) from error
