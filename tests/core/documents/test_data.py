"""Values of a program, read as if they stood in a JSON document."""

import datetime as dt
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.documents import read_data, read_document
from pipeline_builder.core.documents.limits import MAXIMUM_DEPTH, MAXIMUM_NODES
from pipeline_builder.core.schema.reader import as_data

CYCLE: list[object] = []
CYCLE.append(CYCLE)


def found_in(data):
    report = Report()
    assert read_data(data, "x.json", report) is None
    return [(one.code, str(one.at), one.message) for one in report]


def nested(levels):
    data: object = "text"
    for _ in range(levels):
        data = [data]
    return data


@pytest.mark.parametrize(
    ("data", "code", "at", "says"),
    [
        ({"a": [1, {"b": dt.date(2026, 1, 1)}]}, "not-json", "a[1].b", "JSON has no date (in 'a[1].b')."),
        ({"a": {"x"}}, "not-json", "a", "JSON has no set (in 'a')."),
        ({"a": b"x"}, "not-json", "a", "JSON has no bytes (in 'a')."),
        ({"a": {1: "x"}}, "not-json", "a", "'1' is a key, and no text (in 'a')."),
        (object(), "not-json", "", "JSON has no object."),
        ({"a": 2**1024}, "not-json", "a", "A number is too long (in 'a')."),
        ([0] * MAXIMUM_NODES, "too-many-values", "", f"The data has more than {MAXIMUM_NODES:,} values."),
        ({"a": float("nan")}, "not-a-number", "", "NaN is no number that JSON or CloudFormation could hold."),
        ({"a": "\ud800"}, "invalid-json", "", "An escape in this text stands for half of a character."),
    ],
)
def test_what_json_cannot_hold_is_told_with_its_place(data, code, at, says):
    assert found_in(data) == [(code, at, says)]


@pytest.mark.parametrize("data", [CYCLE, nested(MAXIMUM_DEPTH + 1)], ids=["itself", "too deep"])
def test_what_has_no_end_is_deeper_than_anything(data):
    ((code, _, says),) = found_in(data)
    assert code == "too-deep"
    assert says.startswith(f"The data nests deeper than {MAXIMUM_DEPTH} levels (in '[0][0]")


def test_mappings_and_lists_of_every_kind_are_read():
    document = read_data(MappingProxyType({"a": (1, True, None, "é", nested(MAXIMUM_DEPTH - 2))}), "x.json", Report())
    assert document is not None
    text = f'{{"a": [1, true, null, "\\u00e9", {"[" * 62}"text"{"]" * 62}]}}'
    same = read_document(text.encode(), "x.json", Report())
    assert same is not None
    assert as_data(document.root) == as_data(same.root)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.dates(),
    lambda below: (
        st.lists(below)
        | st.tuples(below, below)
        | st.dictionaries(st.text() | st.integers() | st.none(), below)
        | st.frozensets(st.integers())
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_is_given_is_read_or_told(data):
    report = Report()
    document = read_data(data, "x.json", report)
    assert (document is None) == report.has_errors
