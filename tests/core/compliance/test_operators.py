"""Every operator on every kind that it knows, just inside and just outside; and what is absent."""

import pytest

from pipeline_builder.core.compliance.operators import OPERATORS, Expected, PatternUnusable, checked_pattern
from pipeline_builder.core.compliance.values import Kind, shown

CASES = [
    ("eq", "a", "a", "A"),
    ("eq", 2.0, 2.0, 2.1),
    ("eq", True, True, False),
    ("neq", "a", "A", "a"),
    ("neq", True, False, True),
    ("gt", 5.0, 5.5, 5.0),
    ("gte", 5.0, 5.0, 4.9),
    ("lt", 5.0, 4.9, 5.0),
    ("lte", 5.0, 5.0, 5.1),
    ("countGt", 1.0, ("a", "b"), ("a",)),
    ("countGt", 0.0, {"a": "b"}, {}),
    ("countLt", 2.0, ("a",), ("a", "b")),
    ("countLt", 1.0, {}, {"a": ""}),
    ("lengthGt", 2.0, "abc", "ab"),
    ("lengthLt", 3.0, "ab", "abc"),
    ("contains", "Lat", "my:LATEST", "my:1.0"),
    ("contains", "a", ("a", "b"), ("A", "ab")),
    ("contains", "key", {"key": "x"}, {"x": "key"}),
    ("notContains", ":latest", "my:1.0", "my:Latest"),
    ("notContains", "a", ("ab",), ("a",)),
    ("notContains", "key", {}, {"key": ""}),
    ("in", ["a", "b"], "b", "c"),
    ("in", [1.0, 2.0], 2.0, 3.0),
    ("notIn", ["a", "b"], "c", "a"),
    ("regex", "^a+$", "aaa", "aab"),
    ("regex", "b", "abc", "xyz"),
    ("regex", "^[a-z]+$", ("abc", "x"), ("abc", "X")),
    ("notEmpty", None, "a", " \t"),
    ("notEmpty", None, ("",), ()),
    ("notEmpty", None, {"a": ""}, {}),
]


@pytest.mark.parametrize(("operator", "expected", "kept", "broken"), CASES)
def test_an_operator_tells_apart_what_it_is_about(operator: str, expected: object, kept: object, broken: object):
    test = OPERATORS[operator].make(expected)

    assert test(kept) is True
    assert test(broken) is False


def test_exists_and_not_exists_are_about_presence_alone():
    assert OPERATORS["exists"].make(None)("") is True
    assert OPERATORS["notExists"].make(None)("") is False


def test_every_operator_is_tried_on_every_kind_that_it_knows():
    kinds = {str: Kind.TEXT, float: Kind.NUMBER, bool: Kind.BOOLEAN, tuple: Kind.LIST, dict: Kind.MAP}
    tried = {(operator, kinds[type(kept)]) for operator, _, kept, _ in CASES}
    known = {(one.name, kind) for one in OPERATORS.values() for kind in one.kinds}

    assert known - tried == {
        ("neq", Kind.NUMBER),
        ("notIn", Kind.NUMBER),
        *((name, kind) for name in ("exists", "notExists") for kind in Kind),
    }


def test_there_are_the_eighteen_operators_that_rules_in_the_world_use():
    assert set(OPERATORS) == {
        "eq", "neq", "gt", "gte", "lt", "lte", "countGt", "countLt", "lengthGt", "lengthLt", "contains", "notContains",
        "in", "notIn", "regex", "exists", "notExists", "notEmpty",
    }  # fmt: skip
    assert all(one.sentence.endswith(".") for one in OPERATORS.values())
    assert {one.expected for one in OPERATORS.values()} == set(Expected)


@pytest.mark.parametrize("pattern", ["^(a|a)*b$", "^(.*a){12}b$", "(x+x+)+y"])
def test_a_pattern_that_would_take_others_for_ever_takes_no_time(pattern: str):
    test = OPERATORS["regex"].make(pattern)

    assert test("a" * 100_000) is False


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a" * 1001])
def test_a_pattern_that_cannot_be_used_says_why(pattern: str):
    with pytest.raises(PatternUnusable, match=r"."):
        checked_pattern(pattern)


def test_values_are_shown_as_people_write_them():
    values = [True, False, 3.0, 2.5, "", "a", ("a", "b"), (), {"k": "v"}, {}, None]

    assert list(map(shown, values)) == [
        "true", "false", "3", "2.5", "empty", "'a'", "a, b", "nothing", "k=v", "nothing", "None",
    ]  # fmt: skip
