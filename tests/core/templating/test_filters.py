"""What each filter makes of a value."""

import pytest

from pipeline_builder.core.diagnostics import Severity
from tests.core.templating.factories import finding, rendered, value_of, values


@pytest.mark.parametrize("missing", [None, ""])
def test_default_stands_for_what_is_missing_null_or_empty(missing):
    assert value_of("a-{{ vars.x | default: 'b' }}", x=missing) == "a-b"
    assert value_of("a-{{ vars.y | default: 'b' }}", x=missing) == "a-b"
    assert value_of("a-{{ vars.x | default: '' }}", x=missing) == "a-"


@pytest.mark.parametrize(("kept", "text"), [(0, "0"), (False, "false"), ("no", "no"), ("0", "0"), (" ", " ")])
def test_default_does_not_replace_what_is_there(kept, text):
    assert value_of("a-{{ vars.x | default: 'b' }}", x=kept) == f"a-{text}"


def test_default_comes_first_wherever_it_is_written():
    assert value_of("{{ vars.x | number | default: '5' }}") == 5
    assert value_of("{{ vars.x | default: '5' | number }}") == 5


def test_default_may_be_a_number_or_a_truth():
    assert value_of("{{ vars.x | default: 5 }}") == 5
    assert value_of("{{ vars.x | default: true }}") is True
    assert value_of("{{ vars.x | default: '5' }}") == "5"
    assert value_of("{{ vars.x | default: 5 }} ") == "5 "


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("8080", 8080),
        (8080, 8080),
        ("-1", -1),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ],
)
def test_number_keeps_the_digits(written, value):
    root, report = rendered({"project": "{{ vars.x | number }}", "vars": {"x": written}})

    scalar = root.entries["project"]
    assert report.diagnostics == ()
    assert (scalar.value, scalar.text, scalar.quoted) == (value, str(written), False)
    assert value_of("{{ vars.x | number }}!", x=written) == f"{written}!"


@pytest.mark.parametrize(
    "written", ["0x10", "1_000", "08", "+1", ".5", "1.", " 1", "1 ", "NaN", "Infinity", "one", True]
)
def test_number_refuses_what_json_does_not_call_a_number(written):
    found = finding("{{ vars.x | number }}", x=written)

    assert (found.code, str(found.at), found.severity) == ("template-number", "project", Severity.ERROR)
    assert found.message == "The value of 'vars.x' must be a number."


@pytest.mark.parametrize(
    ("written", "truth"),
    [
        ("true", True),
        (True, True),
        ("1", True),
        (1, True),
        ("yes", True),
        ("false", False),
        ("0", False),
        (0, False),
        ("no", False),
    ],
)
def test_bool_reads_three_words_for_each_truth(written, truth):
    assert value_of("{{ vars.x | bool }}", x=written) is truth
    assert value_of("={{ vars.x | bool }}", x=written) == ("=true" if truth else "=false")


@pytest.mark.parametrize("written", ["True", "YES", "on", "2", " true"])
def test_bool_refuses_other_words(written):
    assert finding("{{ vars.x | bool }}", x=written).code == "template-bool"


def test_json_writes_lists_and_mappings_compactly_in_the_authors_order():
    written = {"z": [1, True, None, 'a"b', "ü"], "a": {}, "e": []}

    assert value_of("{{ vars.x | json }}", x=written) == '{"z":[1,true,null,"a\\"b","ü"],"a":{},"e":[]}'


def test_json_writes_numbers_as_they_were_written_and_other_text_as_text():
    text = "vars: {x: [1.50, 1e3, 012, no, 2024-01-01, '7', ~]}\nproject: '{{ vars.x | json }}'"

    assert values(text)["project"] == '[1.50,1e3,"012","no","2024-01-01","7",null]'


def test_json_writes_rendered_values():
    written = {
        "vars": {"a": {"b": ["{{ vars.c }}", "{{ vars.n }}"]}, "c": 'q"', "n": 3},
        "project": "{{ vars.a | json }}",
    }

    assert values(written)["project"] == '{"b":["q\\"",3]}'


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", '"x"', "null", "1.0", "  [1, 2]"])
def test_json_leaves_text_that_is_json_untouched(text):
    assert value_of("{{ vars.x | json }}", x=text) == text


@pytest.mark.parametrize("text", ["abc", "{a: 1}", "NaN", "[1, Infinity]", "[", "[" * 100_000, "9" * 5000 + "x"])
def test_json_refuses_text_that_is_not_json(text):
    assert finding("{{ vars.x | json }}", x=text).code == "template-json"


def test_json_reads_numbers_of_any_length():
    assert value_of("{{ vars.x | json }}", x="9" * 5000) == "9" * 5000


def test_json_of_a_single_value_is_text():
    assert value_of("{{ vars.x | json }}", x=5) == "5"
    assert value_of("{{ vars.x | json | default: '[]' }}") == "[]"
