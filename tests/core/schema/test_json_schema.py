"""The published schema and the reader say the same of a document."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Location, Report, Severity
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.plugins.model import PluginConfig, PluginSpec
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.annotations import Length
from pipeline_builder.core.schema.json_schema import json_schema
from pipeline_builder.core.schema.reader import as_data, read
from tests.core.schema.nearly_right import documents, records_in
from tests.core.schema.shapes import Thing

SAMPLES = sorted((Path(__file__).parents[3] / "src/pipeline_builder/catalog/samples").iterdir())
ROOTS = (Thing, Definition, PluginSpec, PluginConfig)


@cache
def validator(cls):
    return Draft202012Validator(json_schema(cls))


def findings(cls, data):
    """What the reader finds in a document: errors, and what is no error."""
    report = Report()
    document = read_document(json.dumps(data).encode(), "x.json", report)
    value = read(cls, document.root, Location(), report)
    errors = [found for found in report if found.severity is Severity.ERROR]
    assert (value is None) == bool(errors)
    return errors, [found for found in report if found not in errors]


def is_read(cls, data):
    errors, _ = findings(cls, data)
    return not errors


def plain(data):
    """Lists for tuples, as JSON has it."""
    return json.loads(json.dumps(data))


# --- the schema itself ---


@pytest.mark.parametrize("cls", ROOTS)
def test_it_is_a_schema(cls):
    Draft202012Validator.check_schema(json_schema(cls))


def test_it_tells_what_people_want_to_know():
    schema = json_schema(Thing)
    thing = schema["$defs"]["Thing"]

    assert (schema["title"], schema["$ref"]) == ("Thing", "#/$defs/Thing")
    assert thing["description"] == "A document with everything in it."
    assert (thing["required"], thing["additionalProperties"]) == (["title"], False)
    assert thing["properties"]["title"]["description"] == "What it is called."
    assert thing["properties"]["name"]["description"] == "The same as `stepName`."
    assert thing["properties"]["old"]["deprecated"] is True
    assert thing["properties"]["gone"]["description"] == "Has no effect: nobody asks for it."
    assert schema["$defs"]["Tool"]["anyOf"][0]["properties"]["name"]["examples"] == ["jest"]


def test_it_is_the_same_in_every_process():
    program = (
        "import json; from pipeline_builder.core.schema.json_schema import json_schema; "
        "from pipeline_builder.core.definition.model import Definition; print(json.dumps(json_schema(Definition)))"
    )
    root = Path(__file__).parents[3]
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(root / "src"), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert printed == {(json.dumps(json_schema(Definition)) + "\n").encode()}


def test_every_field_of_a_definition_is_described():
    nameless = [
        f"{name}.{key}"
        for name, definition in json_schema(Definition)["$defs"].items()
        for form in definition.get("anyOf", [definition])
        for key, schema in form.get("properties", {}).items()
        if not schema.get("description") and "enum" not in schema
    ]

    assert nameless == []


# --- both agree ---


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_keeps_to_the_schema(path):
    document = read_document(path.read_bytes(), path.name, Report())

    assert list(validator(Definition).iter_errors(plain(as_data(document.root)))) == []


WRONG = [
    {},
    {"title": None},
    {"title": ""},
    {"title": "t", "unknown": 1},
    {"title": "t", "name": "A"},
    {"title": "t", "name": "a\n"},
    {"title": "t", "name": "a", "stepName": "a"},
    {"title": "t", "name": 5},
    {"title": "t", "count": 0},
    {"title": "t", "count": "1"},
    {"title": "t", "number": 1.5},
    {"title": "t", "on": "true"},
    {"title": "t", "size": "HUGE"},
    {"title": "t", "tags": {"a": []}},
    {"title": "t", "tags": {"a": "x", "b": "x", "c": "x"}},
    {"title": "t", "words": ["a", "b", "c", "d"]},
    {"title": "t", "words": [None]},
    {"title": "t", "lines": "a"},
    {"title": "t", "tool": {}},
    {"title": "t", "tool": "A"},
    {"title": "t", "tools": [None]},
    {"title": "t", "tool": ["a"]},
    {"title": "t", "update": "x"},
    {"title": "t", "globs": []},
    {"title": "t", "globs": {"include": "a"}},
    {"title": "t", "source": {}},
    {"title": "t", "source": {"type": "bucket"}},
    {"title": "t", "source": {"type": "disk", "path": "a"}},
    {"title": "t", "source": {"type": "bucket", "path": "a"}},
    {"title": "t", "source": {"path": "a", "repo": "b"}},
    {"title": "t", "source": {"path": "a", "repo": None}},
    {"title": "t", "source": {"type": "bucket", "name": "a", "options": {}}},
    {"title": "t", "source": {"options": {"path": "a"}, "branch": "b"}},
    {"title": "t", "form": {"radius": 1}},
    {"title": "t", "form": {"shape": "square", "radius": 1}},
    {"title": "t", "form": {"shape": None, "radius": 1}},
]


@pytest.mark.parametrize("data", WRONG, ids=json.dumps)
def test_what_the_reader_refuses_the_schema_refuses(data):
    assert not is_read(Thing, data)
    assert not validator(Thing).is_valid(data)


@pytest.mark.parametrize(
    "data",
    [
        {"title": 5, "count": 9, "number": -1, "on": True, "size": "SMALL"},
        {"title": "t", "tool": "jest", "update": False, "globs": ["a"], "words": "a", "form": None},
        {"title": "t", "tool": {"name": "a", "version": 1.5}, "globs": "x", "words": [1, True]},
        {"title": "t", "source": {"type": "repo", "options": {"repo": "a"}}, "tags": {"a": "x"}, "extra": {"a": [1]}},
        {"title": "t", "source": {"repo": "a"}, "form": {"shape": "circle", "radius": 1}, "count": None},
        {"title": True, "name": False, "tool": True, "tools": [False], "tags": {"a": False, "b": 12345}},
        {"title": "t", "name": None, "stepName": "a", "source": {"type": None, "path": "a", "options": None}},
        {"title": "t", "source": {"type": None, "options": {"path": "a"}}},
    ],
    ids=json.dumps,
)
def test_what_the_schema_takes_the_reader_takes(data):
    assert validator(Thing).is_valid(data)
    assert is_read(Thing, data)


def test_a_truth_is_a_text_where_its_word_is_one():
    @frozen()
    class Short:
        word: Annotated[str, Length(0, 4)]

    for truth in (True, False):
        assert is_read(Short, {"word": truth}) is truth
        assert validator(Short).is_valid({"word": truth}) is truth


@pytest.mark.parametrize("data", [{"count": 1.0}, {"tags": {"a": 123456}}], ids=json.dumps)
def test_a_schema_cannot_see_how_a_number_is_written(data):
    assert validator(Thing).is_valid({"title": "t", **data})
    assert not is_read(Thing, {"title": "t", **data})


@pytest.mark.parametrize("field", ["name", "count", "on", "size", "words", "tool"])
def test_an_expression_may_stand_for_any_value(field):
    assert validator(Thing).is_valid({"title": "t", field: "{{ vars.x }}"})


def test_an_expression_may_say_which_of_several_records_it_is():
    assert validator(Thing).is_valid({"title": "t", "form": {"shape": "{{ vars.x }}", "radius": 1}})


# --- and on any other document ---


@settings(suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.parametrize("cls", ROOTS)
@given(data=st.data())
def test_schema_and_reader_agree_on_any_document(cls, data):
    record = data.draw(st.sampled_from(records_in(cls)))
    document = data.draw(documents(record))
    errors, remarks = findings(record, document)
    assume("{{" not in json.dumps(document) and "other-case" not in {found.code for found in remarks})

    if validator(record).is_valid(document):
        assert [found for found in errors if not is_about_how_a_number_is_written(found, document)] == []
    else:
        assert errors != []


def is_about_how_a_number_is_written(found, document):
    """A schema sees no difference between 1 and 1.0, and no digits."""
    for key in found.at.keys:
        document = document[key]
    is_number = isinstance(document, int | float) and not isinstance(document, bool)
    return is_number and (found.code in {"wrong-pattern", "wrong-length"} or "a whole number" in found.message)
