import pytest

from tests.core.documents.factories import root_of

WORDS = [
    "no",
    "yes",
    "on",
    "off",
    "y",
    "True",
    "FALSE",
    "Null",
    "012345678901",
    "0o17",
    "0x1F",
    "1_000",
    "+1",
    "1e3",
    "3.10",
    "1.0",
    ".5",
    "5.",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "12:30:45",
    "NaN",
    "nan",
    "=",
    "<",
    "--",
    "-",
    "arn:aws:iam::012345678901:role/x",
]


@pytest.mark.parametrize("text", [word for word in WORDS if word != "-"])
def test_plain_yaml_that_readers_disagree_about_stays_what_its_author_wrote(text):
    scalar = root_of(f"key: {text}\n").entries["key"]

    assert (scalar.value, scalar.text, scalar.quoted) == (text, text, False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-0", 0),
        ("42", 42),
        ("-7", -7),
        ("999999999999999999", 10**18 - 1),
    ],
)
def test_plain_yaml_that_all_readers_agree_about_has_its_value(text, value):
    scalar = root_of(f"key: {text}\n").entries["key"]

    assert scalar.value == value
    assert type(scalar.value) is type(value)
    assert (scalar.text, scalar.quoted) == (text, False)


@pytest.mark.parametrize("digits", [19, 4_301, 10_000])
@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_a_number_too_long_to_be_the_same_everywhere_stays_text(digits, name):
    text = "9" * digits
    scalar = root_of(f'{{"key": {text}}}', name).entries["key"]

    assert (scalar.value, scalar.text, scalar.quoted) == (text, text, False)


@pytest.mark.parametrize("text", [*WORDS, "true", "null", "~", "12", ".inf", ".nan", "<<", ""])
@pytest.mark.parametrize("written", ["'{}'", '"{}"', "!!str {}", "! {}", "|-\n  {}"])
def test_what_is_written_as_a_text_in_yaml_is_one(text, written):
    if text in {"=", "-", "<<", "~", ""} and written.startswith("!"):
        written = "'{}'"  # A tag with one of these behind it reads differently in the parsers, and nobody writes it.
    scalar = root_of(f"key: {written.format(text)}\n").entries["key"]

    assert (scalar.value, scalar.text, scalar.quoted) == (text, text, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("null", None), ("0", 0), ("-12", -12), ("1.50", "1.50"), ("1E+3", "1E+3")],
)
def test_json_has_the_same_values_and_keeps_the_text_of_other_numbers(text, value):
    scalar = root_of(f'{{"key": {text}}}', "a.json").entries["key"]

    assert scalar.value == value
    assert type(scalar.value) is type(value)
    assert (scalar.text, scalar.quoted) == (text, False)


@pytest.mark.parametrize("text", [*WORDS, "true", "12", ""])
def test_a_string_of_json_is_a_text(text):
    scalar = root_of(f'{{"key": "{text}"}}', "a.json").entries["key"]

    assert (scalar.value, scalar.text, scalar.quoted) == (text, text, True)


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "1.5", "2024-01-01", "no", ".nan", ".inf"])
def test_a_key_of_yaml_that_is_no_text_keeps_its_text(key):
    assert list(root_of(f"{key}: x\n").entries) == [key]


def test_an_absent_key_is_the_empty_text():
    assert list(root_of("? \n: x\n").entries) == [""]
