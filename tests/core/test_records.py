"""A frozen value behaves as a frozen dataclass does."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from pipeline_builder.core.records import frozen


@frozen()
class Place:
    line: int
    column: int = 1


@frozen(kw_only=True)
class Thing:
    name: str
    notes: Mapping[str, str] = field(default_factory=dict)


@frozen()
class Other:
    line: int
    column: int = 1


def test_fields_are_given_by_place_or_by_name_and_have_defaults():
    assert Place(3) == Place(line=3, column=1) == Place(3, 1) == Place(3, column=1)


def test_it_is_a_dataclass_to_everybody_who_asks():
    assert is_dataclass(Place)
    assert [one.name for one in fields(Place)] == ["line", "column"]
    assert replace(Place(3), column=9) == Place(3, 9)


def test_it_can_be_matched_by_place():
    match Place(3, 9):
        case Place(line, column):
            assert (line, column) == (3, 9)


@pytest.mark.parametrize("change", [lambda one: setattr(one, "line", 4), lambda one: delattr(one, "line")])
def test_a_field_is_never_changed_or_removed(change):
    place = Place(3)

    with pytest.raises(FrozenInstanceError, match=r"Place\.line never changes"):
        change(place)

    assert place == Place(3)


def test_a_default_that_is_made_is_made_anew_for_each():
    assert Thing(name="a").notes == {}
    assert Thing(name="a").notes is not Thing(name="a").notes


def test_a_value_of_another_class_is_another_value():
    assert Place(3) != Other(3)
    assert Place(3) != (3, 1)


def test_equal_values_have_one_hash_however_they_are_given():
    assert len({Place(3, 9), Place(column=9, line=3)}) == 1
    assert hash(Place(3, 9)) != hash(Place(9, 3))


def test_a_value_that_holds_a_mapping_has_no_hash():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Thing(name="a"))


def test_it_shows_its_fields_in_the_order_of_declaration():
    assert repr(Place(column=9, line=3)) == "Place(line=3, column=9)"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_it_can_be_copied_and_stored(again):
    assert again(Thing(name="a", notes={"b": "c"})) == Thing(name="a", notes={"b": "c"})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Place, r"lacks these fields, or has none of the name: line\."),
        (lambda: Place(3, row=4), r"lacks these fields, or has none of the name: row\."),
        (lambda: Place(row=4), r"lacks these fields, or has none of the name: line, row\."),
        (lambda: Place(1, 2, 3), "more values than it has fields, or one of them twice"),
        (lambda: Place(1, line=2), "more values than it has fields, or one of them twice"),
        (lambda: Thing("a"), "more values than it has fields, or one of them twice"),
    ],
)
def test_wrong_fields_are_refused_by_name(make, says):
    with pytest.raises(TypeError, match=says):
        make()
