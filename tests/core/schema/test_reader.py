"""Documents become dataclasses; everything that is wrong is told at once, where it stands."""

import pytest

from pipeline_builder.core.diagnostics import Location, Position, Report, Severity
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.documents.scalars import Number
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.findings import did_you_mean, listed, shown
from pipeline_builder.core.schema.reader import as_data, read
from tests.core.schema.shapes import (
    Bucket,
    Circle,
    Globs,
    Repository,
    Size,
    Square,
    Thing,
    Tool,
    Update,
    read_yaml,
    the_finding,
    value_of,
)


def field(text):
    """The value of one field, in a document that has nothing else."""
    name, _, _ = text.partition(":")
    names = {"name": "step_name", "stepName": "step_name", "on": "is_on"}
    return getattr(value_of(f"title: t\n{text}"), names.get(name, name))


def finding(text):
    """The only finding about one field, in a document that has nothing else."""
    return the_finding(f"title: t\n{text}")


# --- what can be read ---


def test_what_is_not_given_has_its_default():
    assert value_of("title: t") == Thing(title="t")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: no", "no"),
        ("title: 012", "012"),
        ("title: 1e3", "1e3"),
        ("title: 3.10", "3.10"),
        ("title: 8080", "8080"),
        ("title: true", "true"),
        ("title: 2024-01-31", "2024-01-31"),
        ("title: 'null'", "null"),
    ],
)
def test_text_is_what_the_author_wrote(text, expected):
    assert value_of(text).title == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count: 9", 9),
        ("number: -3", -3),
        ("on: true", True),
        ("size: LARGE", Size.LARGE),
        ("tags: {a: 1, b: no}", {"a": "1", "b": "no"}),
        ("words: [a, 1]", ("a", "1")),
        ("words: a", ("a",)),
        ("words: []", ()),
        ("lines: [a]", ("a",)),
        ("stepName: a", "a"),
        ("name: a", "a"),
        ("tool: {name: jest, version: 1.0}", Tool(name="jest", version="1.0")),
        ("tool: jest", Tool(name="jest")),
        ("tool: true", Tool(name="true")),
        ("update: false", Update(enabled=False)),
        ("update: {by: x}", Update(by="x")),
        ("globs: a", Globs(includes=("a",))),
        ("globs: [a, b]", Globs(includes=("a", "b"))),
        ("globs: {excludes: a}", Globs(excludes=("a",))),
        ("extra: {a: [1, x, null, true], b: {c: 1.5}}", {"a": (1, "x", None, True), "b": {"c": "1.5"}}),
    ],
)
def test_each_shape_has_its_values(text, expected):
    assert field(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("source: {path: a}", Repository(path="a")),
        ("source: {repo: a}", Repository(path="a")),
        ("source: {type: repository, path: a}", Repository(path="a")),
        ("source: {type: null, path: a}", Repository(path="a")),
        ("source: {type: bucket, name: b}", Bucket(name="b")),
        ("source: {type: bucket, options: {name: b}}", Bucket(name="b")),
        ("source: {options: {path: a, branch: b}}", Repository(path="a", branch="b")),
        ("source: {type: bucket, name: b, options: null}", Bucket(name="b")),
        ("form: {shape: circle, radius: 1}", Circle(radius=1)),
        ("form: {shape: square, side: 2}", Square(side=2)),
    ],
)
def test_one_of_several_records_is_told_by_its_tag(text, expected):
    assert field(text) == expected


def test_null_for_what_may_be_left_out_leaves_it_out():
    text = "title: t\ncount: null\nnumber: ~\ntool:\nwords: null\nsource: null\ngone: null\nold: null"

    assert value_of(text) == Thing(title="t")


def test_data_of_any_shape_is_read_as_plain_values():
    document = read_document(b"a: [1, 'x', null, {b: false}]", "x.yaml", Report())

    assert as_data(document.root) == {"a": (1, "x", None, {"b": False})}


def test_in_data_of_any_shape_only_a_plain_number_is_a_number():
    document = read_document(b"[1.50, '1.50', x]", "x.yaml", Report())

    assert [type(value) for value in as_data(document.root)] == [Number, str, str]


# --- what is wrong ---


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("title: null", "wrong-type", "'title' must be a text, not nothing."),
        ("title: [a]", "wrong-type", "'title' must be a text, not a list."),
        ("title: {a: b}", "wrong-type", "'title' must be a text, not a mapping."),
        ("title: ''", "wrong-length", "'title' has 0 characters; at least 1 are needed."),
        (f"title: {'x' * 101}", "wrong-length", "'title' has 101 characters; at most 100 are allowed."),
    ],
)
def test_a_wrong_text_is_told(text, code, message):
    found = the_finding(text)

    assert (found.code, found.message, str(found.at), found.position) == (code, message, "title", Position(1, 8))


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("name: A", "wrong-pattern", "'name' must be lower-case letters, not 'A'."),
        ("count: ten", "wrong-type", "'count' must be a whole number, not the text 'ten'."),
        ("count: 1.5", "wrong-type", "'count' must be a whole number, not the text '1.5'."),
        ("count: true", "wrong-type", "'count' must be a whole number, not true."),
        ("count: [1]", "wrong-type", "'count' must be a whole number, not a list."),
        ("count: 10", "out-of-range", "'count' must be from 1 to 9, not 10."),
        ("count: 0", "out-of-range", "'count' must be from 1 to 9, not 0."),
        ("on: 1", "wrong-type", "'on' must be true or false, not the number 1."),
        ("on: yes", "wrong-type", "'on' must be true or false, not the text 'yes'."),
        ("on: {}", "wrong-type", "'on' must be true or false, not a mapping."),
        ("size: HUGE", "not-one-of", "'size' is 'HUGE', which is none of SMALL, LARGE."),
        ("size: [SMALL]", "wrong-type", "'size' must be a word, not a list."),
        ("words: {a: b}", "wrong-type", "'words' must be a text, not a mapping."),
        ("words: [a, null]", "wrong-type", "'words[1]' must be a text, not nothing."),
        ("words: [a, b, c, d]", "wrong-length", "'words' has 4 items; at most 3 are allowed."),
        ("lines: a", "wrong-type", "'lines' must be a list, not the text 'a'."),
        ("tags: [a]", "wrong-type", "'tags' must be a mapping, not a list."),
        ("tags: {a: abcdef}", "wrong-length", "'tags.a' has 6 characters; at most 5 are allowed."),
        ("tags: {a: '1', b: '2', c: '3'}", "wrong-length", "'tags' has 3 entries; at most 2 are allowed."),
        ("tool: [jest]", "wrong-type", "'tool' must be a mapping or a text, not a list."),
        ("tools: [null]", "wrong-type", "'tools[0]' must be a mapping or a text, not nothing."),
        ("tool: Jest", "wrong-pattern", "'tool' must be lower-case letters, not 'Jest'."),
        ("tool: abcdefghijk", "wrong-length", "'tool' has 11 characters; at most 10 are allowed."),
        ("tool: {name: A}", "wrong-pattern", "'tool.name' must be lower-case letters, not 'A'."),
        ("update: 'true'", "wrong-type", "'update' must be a mapping or true or false, not the text 'true'."),
        ("globs: []", "wrong-length", "'globs' has 0 items; at least 1 are needed."),
        ("globs: [a, '']", "wrong-length", "'globs[1]' has 0 characters; at least 1 are needed."),
        ("source: a", "wrong-type", "'source' must be a mapping, not the text 'a'."),
        ("source: {type: bucket, options: 5}", "wrong-type", "'source.options' must be a mapping, not the number 5."),
        ("source: {type: disk}", "not-one-of", "'source.type' is none of repository, bucket."),
        ("source: {type: [a]}", "not-one-of", "'source.type' is none of repository, bucket."),
        ("form: {radius: 1}", "missing-key", "'form' needs 'shape': one of circle, square."),
    ],
)
def test_a_wrong_value_is_told(text, code, message):
    found = finding(text)

    assert (found.code, found.message, found.severity) == (code, message, Severity.ERROR)


def test_a_missing_key_is_told_where_it_is_missing_with_what_it_is_for():
    found = the_finding("count: 1")
    inner = finding("tool: {version: 1}")

    assert (found.code, str(found.at), found.position) == ("missing-key", "", Position(1, 1))
    assert (found.message, found.hint) == ("The document needs the key 'title'.", "What it is called.")
    assert (inner.message, str(inner.at), inner.position) == (
        "'tool' needs the key 'name'.",
        "tool",
        Position(2, 7),
    )
    assert finding("source: {branch: b}").hint is None


@pytest.mark.parametrize(
    ("text", "at", "hint"),
    [
        ("stpName: a", "stpName", "Did you mean 'stepName'?"),
        ("STEPNAME: a", "STEPNAME", "Did you mean 'stepName'?"),
        ("step_name: a", "step_name", "Did you mean 'stepName'?"),
        ("xyzzy: a", "xyzzy", None),
        ("tool: {name: a, versoin: 1}", "tool.versoin", "Did you mean 'version'?"),
        ("source: {path: a, brnch: b}", "source.brnch", "Did you mean 'branch'?"),
        (
            "source: {branch: b, options: {path: a}}",
            "source.branch",
            "With 'options', everything but 'type' stands in there.",
        ),
    ],
)
def test_an_unknown_key_is_told_where_the_key_stands_with_the_nearest_one(text, at, hint):
    found = finding(text)

    assert (found.code, str(found.at), found.hint) == ("unknown-key", at, hint)
    assert found.position.line == 2


def test_a_number_in_quotes_is_told_how_to_be_one():
    assert finding("count: '5'").hint == "Write it without quotes; in a template expression, add `| number`."
    assert finding("on: 'true'").hint == "Write true or false, without quotes."


def test_a_word_in_another_case_is_read_with_a_warning():
    value, report = read_yaml("title: t\nsize: large")
    (found,) = report

    assert value.size is Size.LARGE
    assert (found.code, found.severity, found.hint) == ("other-case", Severity.WARNING, "Write 'LARGE'.")


def test_nothing_is_not_a_word():
    @frozen()
    class Box:
        size: Size

    assert the_finding("size: null", Box).message == "'size' must be a word, not nothing."


def test_the_nearest_word_of_a_list_is_told():
    assert finding("size: smal").hint == "Did you mean 'SMALL'?"
    assert finding("source: {type: buket}").hint == "Did you mean 'bucket'?"


@pytest.mark.parametrize(("first", "second"), [("stepName", "name"), ("name", "stepName")])
def test_a_key_and_its_alias_cannot_stand_together(first, second):
    found = finding(f"{first}: a\n{second}: b")

    assert (found.code, str(found.at), found.position) == ("duplicate-key", second, Position(3, 1))
    assert found.message == f"'{second}' means the same as '{first}', which is given too."


def test_outdated_and_ignored_keys_are_read_and_remarked():
    value, report = read_yaml("title: t\nold: a\ngone: true\nsource: {type: repo, path: a}")

    assert (value.old, value.gone, value.source) == ("a", True, Repository(path="a"))
    assert [(found.code, found.severity, found.hint) for found in report] == [
        ("outdated", Severity.WARNING, "Write `tool` instead."),
        ("ignored", Severity.NOTE, "Remove it."),
        ("outdated", Severity.WARNING, "Write 'repository'."),
    ]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_document():
    value, report = read_yaml("count: 10\nsiz: a\ntool: {version: 1, x: y}\nwords: [[], {}]\nsource: {type: bucket}")

    assert value is None
    assert [(found.code, str(found.at)) for found in report.diagnostics] == [
        ("missing-key", ""),
        ("out-of-range", "count"),
        ("unknown-key", "siz"),
        ("missing-key", "tool"),
        ("unknown-key", "tool.x"),
        ("wrong-type", "words[0]"),
        ("wrong-type", "words[1]"),
        ("missing-key", "source"),
    ]


def test_findings_of_others_in_the_report_spoil_nothing():
    _, report = read_yaml("count: 10")
    document = read_document(b"title: t", "x.yaml", report)

    assert read(Thing, document.root, Location(), report) == Thing(title="t")


def test_locations_begin_where_the_node_stands():
    document = read_document(b"count: 10\ntitle: t", "x.yaml", Report())
    report = Report()

    read(Thing, document.root, Location(("things", 3)), report)

    assert [str(found.at) for found in report] == ["things[3].count"]


# --- the words of findings ---


def test_long_texts_and_lists_are_cut():
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 60 + "…"
    assert listed(map(str, range(20))) == ", ".join(map(str, range(20)))
    assert listed(map(str, range(21))) == ", ".join(map(str, range(20))) + " and 1 more"


def test_names_are_suggested_only_as_long_as_that_is_quick():
    report = Report()

    assert did_you_mean("titel", ["title"], report) == "Did you mean 'title'?"
    assert did_you_mean("titel", [*map(str, range(300)), "title"], report) is None
    _, report = read_yaml("\n".join(f"titl{number}: x" for number in range(60)))
    unknown = [found for found in report if found.code == "unknown-key"]
    assert [found.hint is None for found in unknown] == [False] * 50 + [True] * 10
