"""A place in the usual form of a document is found where its author wrote it."""

import pytest

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.schema.locating import as_written
from tests.core.schema.shapes import Thing


def written(text, *keys):
    document = read_document(text.encode(), "x.yaml", Report())
    assert document is not None
    place = as_written(Thing, document.root, Location(keys))
    assert as_written(Thing, document.root, place) == place
    return place.keys


@pytest.mark.parametrize(
    ("text", "usual", "expected"),
    [
        ("{title: t}", (), ()),
        ("{title: t}", ("title",), ("title",)),
        ("{name: a}", ("stepName",), ("name",)),
        ("{stepName: a}", ("name",), ("stepName",)),
        ("{words: [a, b]}", ("words", 1), ("words", 1)),
        ("{words: a}", ("words", 0), ("words",)),
        ("{tags: {a: b}}", ("tags", "a"), ("tags", "a")),
        ("{tool: {name: a}}", ("tool", "name"), ("tool", "name")),
        ("{tool: a}", ("tool", "name"), ("tool",)),
        ("{globs: [a, b]}", ("globs", "includes", 1), ("globs", 1)),
        ("{globs: a}", ("globs", "includes", 0), ("globs",)),
        ("{globs: {includes: a}}", ("globs", "includes", 0), ("globs", "includes")),
        ("{source: {repo: a}}", ("source", "path"), ("source", "repo")),
        ("{source: {options: {repo: a}}}", ("source", "path"), ("source", "options", "repo")),
        ("{source: {type: bucket, options: {name: a}}}", ("source", "name"), ("source", "options", "name")),
        ("{source: {type: bucket, options: {}}}", ("source", "type"), ("source", "type")),
        ("{extra: {a: [{b: c}]}}", ("extra", "a", 0, "b"), ("extra", "a", 0, "b")),
    ],
)
def test_a_value_is_found_in_the_form_its_author_chose(text, usual, expected):
    assert written(text, *usual) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{title: t}", ("count",)),
        ("{title: t}", ("unknown", "deeper")),
        ("{words: [a]}", ("words", 1)),
        ("{words: [a]}", ("words", "a")),
        ("{source: {path: a}}", ("source", "b")),
        ("{tool: {name: a}}", ("tool", 0)),
        ("{source: {path: a}}", ("source", 0)),
        ("{source: {options: {}}}", ("source", "path")),
        ("{source: {options: [a]}}", ("source", "path")),
        ("{tags: {}}", ("tags", "a", "b")),
    ],
)
def test_a_place_that_the_document_does_not_have_stays_as_it_is(text, place):
    assert written(text, *place) == place
