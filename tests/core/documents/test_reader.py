import pytest

from tests.core.documents.factories import at, data_of, read, root_of, the_finding


@pytest.mark.parametrize("name", ["a.json", "A.JSON"])
def test_a_name_that_ends_in_json_is_read_as_json_whatever_it_holds(name):
    assert the_finding("a: 1\n", name).code == "invalid-json"


@pytest.mark.parametrize("name", ["pipeline.yaml", "pipeline", "-"])
def test_json_under_another_name_is_read_by_the_rules_of_json(name):
    assert data_of(root_of('\n {"a": "\\ud83d\\ude00", "b": "\\/"}', name)) == {"a": "😀", "b": "/"}


def test_yaml_that_begins_like_json_is_read_as_yaml():
    assert data_of(root_of("{a: no, b: [x, y]}")) == {"a": "no", "b": ["x", "y"]}
    assert data_of(root_of("[a] # a list of one\n")) == ["a"]


def test_findings_of_json_are_told_once():
    assert [one.position for one in read('{"a": 1, "a": 2}')[1]] == [at(1, 10)]


def test_findings_of_yaml_that_begins_like_json_are_told_once():
    assert [one.code for one in read('{"a": 1, "a": no}')[1]] == ["duplicate-key"]


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ('{"a": "\\ud83d\\ude00", "b": \'x}', "invalid-json", at(1, 28)),
        ("{a: 1, b: 'x}", "invalid-yaml", at(1, 11)),
    ],
)
def test_of_a_text_that_is_neither_the_format_that_got_further_tells_why(text, code, position):
    document, found = read(text)

    assert document is None
    assert [(one.code, one.position) for one in found] == [(code, position)]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff"])
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_an_empty_file_is_told_to_be_empty(text, name):
    document, found = read(text, name)

    assert document is None
    assert [(one.code, one.message, one.position) for one in found] == [
        ("empty-document", "The file is empty.", at(1, 1))
    ]


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "---\n# x\n...\n", "%YAML 1.1\n---\n"])
def test_a_file_of_comments_is_told_to_have_no_content(text):
    assert the_finding(text).message == "The file has no content but comments."


@pytest.mark.parametrize(("text", "value"), [("''", ""), ("null", None), ("web", "web")])
def test_a_lone_value_is_a_document(text, value):
    assert data_of(root_of(text)) == value


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_other_encodings_of_unicode_are_named(encoding):
    finding = the_finding("\ufeffa: 1\n".encode(encoding))

    assert (finding.code, finding.message) == ("not-utf-8", "The file is UTF-16 or UTF-32.")


def test_utf_16_without_a_mark_is_refused_for_its_zero_bytes():
    assert the_finding("a: 1\n".encode("utf-16-le")).code == "control-character"


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
@pytest.mark.parametrize(
    ("data", "position", "message"),
    [
        (b"a: caf\xe9\n", at(1, 7), "Byte 6 of the file (0xe9) is not UTF-8."),
        ("é: 😀\r\nb: ".encode() + b"\xff", at(2, 4), "Byte 13 of the file (0xff) is not UTF-8."),
        (b"\x80", at(1, 1), "Byte 0 of the file (0x80) is not UTF-8."),
        (b"a: \xf0\x9f\x98", at(1, 4), "Byte 3 of the file (0xf0) is not UTF-8."),
        (b"\xed\xa0\x80", at(1, 1), "Byte 0 of the file (0xed) is not UTF-8."),
    ],
)
def test_the_first_byte_that_is_not_utf_8_is_told_with_its_place(data, position, message, name):
    finding = the_finding(data, name)

    assert (finding.code, finding.position, finding.message) == ("not-utf-8", position, message)


def test_what_was_found_before_is_kept_and_the_order_is_that_of_the_file():
    _, found = read("b: .nan\na: 1\na: 2\n", "x.yaml")

    assert [(one.file, one.position) for one in found] == [("x.yaml", at(1, 4)), ("x.yaml", at(3, 1))]
