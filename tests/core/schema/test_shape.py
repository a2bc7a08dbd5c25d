"""The shape of a document is taken from its dataclasses."""

from typing import Annotated

import pytest

from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema import shape
from pipeline_builder.core.schema.annotations import Length
from tests.core.schema.shapes import LOWER_CASE, Bucket, Globs, Repository, Size, Thing, Tool, Update

SHAPES = {entry.name: entry.shape for entry in shape.entries_of(Thing)}


def test_each_annotation_has_its_shape():
    assert SHAPES["title"] == shape.Text(length=Length(1, 100))
    assert SHAPES["step_name"] == shape.Text(pattern=LOWER_CASE)
    assert SHAPES["number"] == shape.Integer()
    assert SHAPES["is_on"] == shape.Truth()
    assert SHAPES["size"] == shape.Choice(Size)
    assert SHAPES["words"] == shape.Items(shape.Text(), Length(0, 3), may_be_one=True)
    assert SHAPES["lines"] == shape.Items(shape.Text())
    assert SHAPES["tags"] == shape.Entries(shape.Text(length=Length(0, 5)), Length(0, 2))
    assert SHAPES["extra"] == shape.Entries(shape.Anything())
    assert SHAPES["tool"] == shape.Record(Tool)
    assert SHAPES["source"].members == (Repository, Bucket)


def test_keys_are_in_camel_case_unless_they_say_otherwise():
    entries = {entry.name: entry for entry in shape.entries_of(Thing)}

    assert shape.camel_case("additional_input_artifacts") == "additionalInputArtifacts"
    assert (entries["step_name"].key, entries["step_name"].aliases) == ("stepName", ("name",))
    assert entries["is_on"].key == "on"


def test_only_what_has_no_default_is_required():
    assert [entry.name for entry in shape.entries_of(Thing) if entry.is_required] == ["title"]


def test_short_forms_have_the_shape_of_their_argument():
    assert [form.shape for form in shape.short_forms_of(Tool)] == [shape.Text(LOWER_CASE, Length(1, 10))]
    assert [type(form.shape) for form in shape.short_forms_of(Globs)] == [shape.Text, shape.Items]
    assert [form.shape for form in shape.short_forms_of(Update)] == [shape.Truth()]
    assert shape.short_forms_of(Bucket) == ()


def test_a_type_that_no_document_can_hold_is_a_mistake_of_ours():
    @frozen()
    class Wrong:
        when: Annotated[float, "seconds"] = 0.0

    with pytest.raises(TypeError, match="A document cannot hold a float"):
        shape.entries_of(Wrong)
