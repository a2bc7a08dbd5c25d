"""What is left of a document: everything but the places left out, and each knows where it stood."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.schema.reader import as_data
from pipeline_builder.core.schema.remainder import existing, without

DOCUMENT = {"a": {"b": 1, "c": [{"d": 2}, {"d": 3}, {"e": 4}]}, "f": "text"}


def tree(data):
    document = read_document(json.dumps(data).encode(), "x.json", Report())
    assert document is not None
    return document.root


def plain(node):
    return json.loads(json.dumps(as_data(node)))


@pytest.mark.parametrize(
    ("places", "left"),
    [
        ([], DOCUMENT),
        ([("a", "b")], {"a": {"c": [{"d": 2}, {"d": 3}, {"e": 4}]}, "f": "text"}),
        ([("a", "c", 0), ("a", "c", 1, "d")], {"a": {"b": 1, "c": [{}, {"e": 4}]}, "f": "text"}),
        ([("a", "c", 1, "d"), ("a", "c")], {"a": {"b": 1}, "f": "text"}),
        ([("a",), ("a", "c", 1)], {"f": "text"}),
        ([("f", "below", "a", "text")], {"a": DOCUMENT["a"]}),
        ([("a", "nothing")], {"f": "text"}),
        ([()], DOCUMENT),
    ],
)
def test_places_are_left_out_with_all_that_is_in_them(places, left):
    assert plain(without(tree(DOCUMENT), places).root) == left


def test_what_moved_up_in_a_list_is_found_where_it_was():
    rest = without(tree(DOCUMENT), [("a", "c", 0), ("a", "c", 2, "e")])
    assert rest.original(("a", "c", 0, "d")) == ("a", "c", 1, "d")
    assert rest.original(("a", "c", 1)) == ("a", "c", 2)
    assert rest.original(("a", "c", 5, "x")) == ("a", "c", 5, "x")


def test_a_place_that_is_not_there_stands_for_what_is_around_it():
    assert existing(tree(DOCUMENT), ("a", "c", 7, "d")) == ("a", "c")
    assert existing(tree(DOCUMENT), ("a", "c", "0")) == ("a", "c")


DATA = st.recursive(
    st.integers(0, 9), lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from("abcd"), below)
)


def leaves(data, at=()):
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    yield from (found for key, below in entries for found in leaves(below, (*at, key)))
    if isinstance(data, int):
        yield at, data


@given(DATA, st.data())
def test_every_value_that_is_left_is_the_one_that_stood_at_its_original_place(data, choice):
    places = [at for at, _ in leaves(data)]
    chosen = choice.draw(st.lists(st.sampled_from(places), max_size=3)) if places else []

    rest = without(tree(data), chosen)

    left = {rest.original(at): value for at, value in leaves(plain(rest.root))}
    assert left == {at: value for at, value in leaves(data) if at not in chosen or at == ()}
