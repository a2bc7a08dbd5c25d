"""The published schema and the reader say the same of a document."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.schema import shape as shapes
from pipeline_builder.core.schema.json_schema import json_schema
from pipeline_builder.core.schema.reader import as_data, read
from tests.core.schema.shapes import Thing

SAMPLES = sorted((Path(__file__).parents[3] / "src/pipeline_builder/catalog/samples").iterdir())
THING = Draft202012Validator(json_schema(Thing))
DEFINITION = Draft202012Validator(json_schema(Definition))


def is_read(cls, data):
    report = Report()
    document = read_document(json.dumps(data).encode(), "x.json", report)
    return document is not None and read(cls, document.root, Location(), report) is not None


def plain(data):
    """Lists for tuples, as JSON has it."""
    return json.loads(json.dumps(data))


# --- the schema itself ---


@pytest.mark.parametrize("cls", [Thing, Definition])
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

    assert list(DEFINITION.iter_errors(plain(as_data(document.root)))) == []


WRONG = [
    {},
    {"title": None},
    {"title": ""},
    {"title": "t", "unknown": 1},
    {"title": "t", "name": "A"},
    {"title": "t", "name": "a\n"},
    {"title": "t", "name": "a", "stepName": "a"},
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
    {"title": "t", "tool": ["a"]},
    {"title": "t", "update": "x"},
    {"title": "t", "globs": []},
    {"title": "t", "globs": {"include": "a"}},
    {"title": "t", "source": {}},
    {"title": "t", "source": {"type": "bucket"}},
    {"title": "t", "source": {"type": "disk", "path": "a"}},
    {"title": "t", "source": {"type": "bucket", "path": "a"}},
    {"title": "t", "source": {"path": "a", "repo": "b"}},
    {"title": "t", "source": {"options": {"path": "a"}, "branch": "b"}},
    {"title": "t", "form": {"radius": 1}},
    {"title": "t", "form": {"shape": "square", "radius": 1}},
]


@pytest.mark.parametrize("data", WRONG, ids=json.dumps)
def test_what_the_reader_refuses_the_schema_refuses(data):
    assert not is_read(Thing, data)
    assert not THING.is_valid(data)


@pytest.mark.parametrize(
    "data",
    [
        {"title": 5, "count": 9, "number": -1, "on": True, "size": "SMALL"},
        {"title": "t", "tool": "jest", "update": False, "globs": ["a"], "words": "a", "form": None},
        {"title": "t", "tool": {"name": "a", "version": 1.5}, "globs": "x", "words": [1, True]},
        {"title": "t", "source": {"type": "repo", "options": {"repo": "a"}}, "tags": {"a": "x"}, "extra": {"a": [1]}},
        {"title": "t", "source": {"repo": "a"}, "form": {"shape": "circle", "radius": 1}, "count": None},
    ],
    ids=json.dumps,
)
def test_what_the_schema_takes_the_reader_takes(data):
    assert THING.is_valid(data)
    assert is_read(Thing, data)


@pytest.mark.parametrize("field", ["name", "count", "on", "size", "words", "tool"])
def test_an_expression_may_stand_for_any_value(field):
    assert THING.is_valid({"title": "t", field: "{{ vars.x }}"})


_words = st.sampled_from(
    ["", "a", "A", "jest", "SMALL", "small", "circle", "bucket", "repository", "repo", "x/y", "rollback", "true", "7"]
)
_leaves = st.none() | st.booleans() | st.integers(-2, 12) | st.floats(0, 2, allow_nan=False) | _words


def _keys_of(cls):
    """Every key that may stand anywhere in a document of this class."""
    found, waiting = {"type", "shape", "options"}, [cls]
    seen = set()
    while waiting:
        record = waiting.pop()
        if record in seen:
            continue
        seen.add(record)
        for entry in shapes.entries_of(record):
            found |= {entry.key, *entry.aliases}
            shape = entry.shape
            while isinstance(shape, shapes.Items | shapes.Entries):
                shape = shape.of
            if isinstance(shape, shapes.Record):
                waiting.append(shape.type)
            if isinstance(shape, shapes.OneOf):
                waiting += shape.members
    return sorted(found)


def _trees(cls):
    keys = st.sampled_from([*_keys_of(cls), "unknown"])
    return st.recursive(
        _leaves, lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=4), max_leaves=12
    )


def _has_other_case(data):
    return '"small"' in json.dumps(data)


@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(_keys_of(Thing)), _trees(Thing), max_size=3))
def test_schema_and_reader_agree_on_any_thing(data):
    data = {"title": "t", **data}
    assume(not _has_other_case(data))

    accepted = THING.is_valid(data)

    if accepted:
        assert is_read(Thing, data)
    if is_read(Thing, data) and not any(isinstance(one, bool | int | float) for one in _texts_asked_for(data)):
        assert accepted


def _texts_asked_for(data):
    """Where the schema is stricter: a number, or a truth, for a text of a form or a length."""
    if isinstance(data, dict):
        for key, below in data.items():
            if key in {"name", "stepName", "tool", "tags", "globs", "words", "includes", "excludes", "type", "shape"}:
                yield from [below] if not isinstance(below, dict | list) else _leaves_of(below)
            yield from _texts_asked_for(below)
    elif isinstance(data, list):
        for below in data:
            yield from _texts_asked_for(below)
    if data is None:
        yield 0  # null is a missing value to the reader in more places than to the schema


def _leaves_of(data):
    if isinstance(data, dict | list):
        for below in data.values() if isinstance(data, dict) else data:
            yield from _leaves_of(below)
    else:
        yield data


@st.composite
def changed_samples(draw):
    """A sample with something else in one or two places."""
    sample = plain(as_data(read_document(draw(st.sampled_from(SAMPLES)).read_bytes(), "x.yaml", Report()).root))
    for _ in range(draw(st.integers(1, 2))):
        place, key = sample, draw(st.sampled_from(sorted(sample)))
        while isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 4)):
            place = place[key]
            key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place[key] = draw(_trees(Definition))
    return sample


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(changed_samples())
def test_a_definition_that_the_schema_takes_the_reader_takes(sample):
    if DEFINITION.is_valid(sample) and "{{" not in json.dumps(sample):
        assert is_read(Definition, sample)
