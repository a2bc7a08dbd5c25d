import pytest

from tests.core.documents.factories import at, data_of, read, root_of, the_finding

FAULTS = {
    '{"a": 1,}': (at(1, 9), "A key is expected here.", "JSON has no comma behind the last item."),
    "[1,]": (at(1, 4), "A value is expected here, not ']'.", "JSON has no comma behind the last item."),
    "[,]": (at(1, 2), "A value is expected here, not ','.", None),
    "{a: 1}": (at(1, 2), "A key is expected here.", "Texts and keys stand in double quotes."),
    "{'a': 1}": (at(1, 2), "A key is expected here.", "Texts and keys stand in double quotes."),
    "{\"a\": 'x'}": (at(1, 7), 'A value is expected here, not "\'".', "Texts and keys stand in double quotes."),
    '{"a": 012}': (at(1, 7), "'012' is no value of JSON.", "Texts and keys stand in double quotes."),
    '{"a": 1.}': (at(1, 7), "'1.' is no value of JSON.", "Texts and keys stand in double quotes."),
    '{"a": +1}': (at(1, 7), "'+1' is no value of JSON.", "Texts and keys stand in double quotes."),
    '{"a": True}': (at(1, 7), "'True' is no value of JSON.", "Texts and keys stand in double quotes."),
    '{"a": \u0661}': (at(1, 7), "'\u0661' is no value of JSON.", "Texts and keys stand in double quotes."),
    '// x\n{"a": 1}': (at(1, 1), "A value is expected here, not '/'.", "JSON has no comments."),
    '{\n  "a": 1 // x\n}': (at(2, 10), "A ',' or '}' is expected here.", "JSON has no comments."),
    '{"a": 1} # x': (at(1, 10), "Something follows the end of the JSON value.", "JSON has no comments."),
    '{"a": 1} {': (at(1, 10), "Something follows the end of the JSON value.", None),
    '{"a" 1}': (at(1, 6), "A ':' is expected behind the key.", None),
    '{"a", 1}': (at(1, 5), "A ':' is expected behind the key.", None),
    '{"a": 1 "b": 2}': (at(1, 9), "A ',' or '}' is expected here.", None),
    "[1 2]": (at(1, 4), "A ',' or ']' is expected here.", None),
    "[1}": (at(1, 3), "A ',' or ']' is expected here.", None),
    '{"a":': (at(1, 6), "The file ends before a value.", None),
    '{"a": 1,\n': (at(2, 1), "A key is expected here.", "Texts and keys stand in double quotes."),
    '{"a": "x': (at(1, 7), "The text that begins here has no closing quote.", None),
    '{"a": "x\ny"}': (
        at(1, 9),
        "A text has to end on the line it begins on.",
        "Close the quote, or write the line break as \\n.",
    ),
    '{"a": "\t"}': (at(1, 8), "A control character stands in a text.", "Write it as \\u0009."),
    '{"a": "\\q"}': (at(1, 8), "JSON knows no such escape.", "Write two backslashes where one is meant."),
    '{"a": "\\u12"}': (at(1, 9), "JSON knows no such escape.", "Write two backslashes where one is meant."),
    '{"a": "x\\ud800"}': (
        at(1, 7),
        "An escape in this text stands for half of a character.",
        "Write both halves, or none.",
    ),
    '{"\\udc00": 1}': (
        at(1, 2),
        "An escape in this text stands for half of a character.",
        "Write both halves, or none.",
    ),
    '{"a":\x00}': (at(1, 6), "A value is expected here, not '\\x00'.", None),
}


@pytest.mark.parametrize("text", FAULTS, ids=repr)
def test_a_fault_of_syntax_is_told_in_words_and_with_its_place(text):
    document, found = read(text, "a.json")

    assert document is None
    assert [(one.code, one.file) for one in found] == [("invalid-json", "a.json")]
    assert (found[0].position, found[0].message, found[0].hint) == FAULTS[text]


def test_values_and_keys_have_their_positions():
    root = root_of('{\r\n  "ключ": [1, {"😀": "b"}, {}, []],\r\n\t"c": null}\n', "a.json")

    items = root.entries["ключ"].items
    assert root.key_positions == {"ключ": at(2, 3), "c": at(3, 2)}
    assert [one.position for one in items] == [at(2, 12), at(2, 15), at(2, 27), at(2, 31)]
    assert items[1].entries["😀"].position == at(2, 21)
    assert data_of(root) == {"ключ": [1, {"😀": "b"}, {}, []], "c": None}


def test_escapes_are_undone_and_both_halves_of_a_character_joined():
    assert data_of(root_of('["\\ud83d\\ude00 \\n \\" \\/ \\u00e9"]', "a.json")) == ['😀 \n " / é']


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(text):
    finding = the_finding(f'{{"a": {text}}}', "a.json")

    assert (finding.code, finding.position) == ("not-a-number", at(1, 7))


def test_every_duplicate_key_is_told_with_the_place_of_the_first():
    document, found = read('{"a": 1,\n "\\u0061": 2, "a": {"b": 1, "b": 2}}', "a.json")

    assert [(one.code, one.position) for one in found] == [
        ("duplicate-key", at(2, 2)),
        ("duplicate-key", at(2, 15)),
        ("duplicate-key", at(2, 29)),
    ]
    assert found[0].message == "The key 'a' stands here again; first on line 1, column 2."
    assert data_of(document.root) == {"a": 1}


def test_a_merge_key_means_nothing_in_json():
    assert data_of(root_of('{"<<": {"a": 1}}', "a.json")) == {"<<": {"a": 1}}


@pytest.mark.parametrize(("text", "data"), [("7", 7), ('"x"', "x"), ("null", None), (" [ ] ", []), ("{ }", {})])
def test_any_value_can_be_a_document(text, data):
    assert data_of(root_of(text, "a.json")) == data
