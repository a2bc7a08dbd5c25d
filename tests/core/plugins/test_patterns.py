"""Patterns of plugin authors: they mean what `re` means by them, and never hang."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.plugins.patterns import (
    MAXIMUM_LENGTH,
    MAXIMUM_VALUE_LENGTH,
    TextPattern,
    UnsupportedPattern,
)

ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "-",
        r"\.",
        r"\d",
        r"\W",
        r"\s",
        r"\S",
        r"\D",
        r"\n",
        ".",
        "[ab]",
        "[^a]",
        "[a-c1]",
        r"[\d_-]",
        r"[\]\\]",
        "[^-a]",
    ]
)
QUANTIFIERS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{0,2}", "{1,}"])
GROUP_QUANTIFIERS = st.sampled_from(["", "?", "{2}"])
"""Few, because `re`, which is asked here too, would hang on nested loops."""
PIECES = st.builds(str.__add__, ATOMS, QUANTIFIERS)
PATTERNS = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.builds("({}){}".format, inner, GROUP_QUANTIFIERS),
        st.builds("(?:{}|{}){}".format, inner, inner, GROUP_QUANTIFIERS),
    ),
    max_leaves=4,
)


@given(PATTERNS, st.text(alphabet="abc1-._ ]\\\né", max_size=8))
def test_a_pattern_means_what_it_means_in_python(pattern, value):
    assert TextPattern(pattern).matches(value) is bool(re.fullmatch(pattern, value, re.ASCII))


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"^v?\d+(\.\d+){0,2}$", "v1.20"),
        (r"[a-z][a-z0-9-]{2,62}", "my-bucket"),
        (r"arn:aws[\w-]*:iam::\d{12}:role/.+", "arn:aws-cn:iam::012345678901:role/x"),
        ("a|b|", ""),
        ("^a|b$", "b"),
        ("", ""),
    ],
)
def test_everyday_patterns_match(pattern, value):
    assert TextPattern(pattern).matches(value)


@pytest.mark.parametrize(
    ("pattern", "value", "is_match"),
    [
        ("(a*)*", "aaa", True),
        ("(a|ab)(c|bcd)*", "abcd", True),
        ("(a{2,3}){2}", "aaaa", True),
        ("((a|b)+c)*", "abab", False),
    ],
)
def test_loops_in_loops_match(pattern, value, is_match):
    assert TextPattern(pattern).matches(value) is is_match


@pytest.mark.parametrize(
    "pattern", [r"(a|a)*b", r"(a*)*b", r"a*a*a*a*a*a*c", r"(a?){60}a{60}b", r"(.*.*)*=", r"(()*)*x"]
)
def test_a_pattern_that_would_hang_a_backtracking_engine_answers(pattern):
    assert not TextPattern(pattern).matches("a" * MAXIMUM_VALUE_LENGTH)


def test_a_value_longer_than_any_sensible_one_does_not_match():
    assert TextPattern("a*").matches("a" * MAXIMUM_VALUE_LENGTH)
    assert not TextPattern("a*").matches("a" * (MAXIMUM_VALUE_LENGTH + 1))


@pytest.mark.parametrize(
    ("pattern", "column", "reason"),
    [
        (r"(?=a)b", 3, "groups are written (…) or (?:…), without look-around, names or flags"),
        (r"(?P<x>a)", 3, "groups are written (…) or (?:…), without look-around, names or flags"),
        (r"(a)\1", 5, r"\1 is not known here"),
        (r"\bword", 2, r"\b is not known here"),
        (r"\p{Lu}", 2, r"\p is not known here"),
        ("a*?", 3, "a quantifier cannot follow a quantifier"),
        ("a{2}{3}", 5, "a quantifier cannot follow a quantifier"),
        ("*a", 1, r"write \* for the character itself"),
        ("a|+", 3, r"write \+ for the character itself"),
        ("a)", 2, r"write \) for the character itself"),
        ("(a", 3, "a group is not closed"),
        ("(a$)", 3, "'$' may only stand at the very end"),
        ("a$b", 2, "'$' may only stand at the very end"),
        ("a^", 2, "'^' may only stand at the very beginning"),
        ("[ab", 4, "a [ ] is not closed"),
        ("[[a]", 2, r"write \[ inside [ ]"),
        ("[]", 2, r"write \] inside [ ]"),
        ("[b-a]", 5, "a range in [ ] must run upwards between two characters"),
        (r"[a-\d]", 6, "a range in [ ] must run upwards between two characters"),
        (r"[\W]", 4, r"\D, \W and \S cannot stand inside [ ]"),
        ("a{", 3, "a count is written {2}, {2,} or {2,5}"),
        ("a{2", 4, "a count is written {2}, {2,} or {2,5}"),
        ("a{3,1}", 7, "{3,1} counts backwards"),
        ("a\\", 3, r"a \ ends it"),
        ("a" * (MAXIMUM_LENGTH + 1), 1, f"it is longer than {MAXIMUM_LENGTH} characters"),
    ],
)
def test_what_is_not_in_the_subset_is_refused_with_its_place(pattern, column, reason):
    with pytest.raises(UnsupportedPattern) as raised:
        TextPattern(pattern)

    assert (raised.value.column, raised.value.reason) == (column, reason)
    assert raised.value.data == {"pattern": pattern, "column": column, "reason": reason}


@pytest.mark.parametrize(
    "pattern", ["a{501}", "(a{30}){30}", "((){400}){400}", "a{0,99999999}", "(((((){9}){9}){9}){9}){9}"]
)
def test_counts_cannot_blow_a_pattern_up(pattern):
    with pytest.raises(UnsupportedPattern, match="more than 500 parts"):
        TextPattern(pattern)


@given(st.text(alphabet=r"ab()[]{}|*+?^$.\,-0129dP:", max_size=MAXIMUM_LENGTH + 5), st.text(max_size=20))
def test_any_text_is_a_pattern_or_is_refused(pattern, value):
    with suppress(UnsupportedPattern):
        assert TextPattern(pattern).matches(value) in {True, False}
