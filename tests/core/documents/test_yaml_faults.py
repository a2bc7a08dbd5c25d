import pytest
import yaml

from pipeline_builder.core.documents.yaml_faults import syntax_fault
from tests.core.documents.factories import at, read, the_finding

FAULTS = {
    "a: b: c\n": (at(1, 5), "A ':' stands where no key can be."),
    "key: value\n  other: x\n": (at(2, 8), "A ':' stands where no key can be."),
    "a: 'x\nb: 1\n": (at(1, 4), "The quote that opens here is never closed."),
    'a: "x\nb: 1\n': (at(1, 4), "The quote that opens here is never closed."),
    "a: 'x\n---\n'": (at(1, 4), "The quote that opens here is never closed."),
    "a: [1, 2\nb: 3\n": (at(2, 2), "The '[' on line 1 needs a ',' or ']' before this."),
    "a: {x: 1\nb: 3\n": (at(2, 2), "The '{' on line 1 needs a ',' or '}' before this."),
    "a: [1": (at(1, 6), "The '[' on line 1 needs a ',' or ']' before this."),
    "[": (at(1, 2), "A value is expected here."),
    "files: *.js\n": (at(1, 9), "A name is expected after '*' or '&'."),
    "a: &\n": (at(1, 5), "A name is expected after '*' or '&'."),
    "a: @scope/package\n": (at(1, 4), "No value can begin with '@'."),
    "a: `x`\n": (at(1, 4), "No value can begin with '`'."),
    "a: %x\n": (at(1, 4), "No value can begin with '%'."),
    "a:\n\tb: 1\n": (at(2, 1), "A tab indents this line."),
    "a:\n  b: 1\n c: 2\n": (at(3, 2), "The mapping that begins on line 1 goes on with something that is no key."),
    'a: "b" c\n': (at(1, 8), "The mapping that begins on line 1 goes on with something that is no key."),
    "- a\nb: 1\n": (at(2, 1), "The list that begins on line 1 goes on with something that is no '-'."),
    "a: 1\nfoo\nb: 2\n": (at(2, 1), "This stands where a key belongs, and has no ':'."),
    'a: "\\d"\n': (at(1, 5), "YAML knows no such escape."),
    'a: "\\x4"\n': (at(1, 7), "This escape needs more hexadecimal digits."),
    'a: "\\ud800"\n': (at(1, 7), "This escape stands for no character, or for half of one."),
    'a: "\\UFFFFFFFF"\n': (at(1, 7), "This escape stands for no character, or for half of one."),
    "a: !u!x y\n": (at(1, 4), "This tag cannot be read."),
    "a: !<x y\n": (at(1, 7), "This tag cannot be read."),
    "a: | foo\n  x\n": (at(1, 6), "Only a comment may stand here."),
    "a: - b\n": (at(1, 4), "No list can begin here."),
    "a: ? b\n": (at(1, 4), "No key can stand here."),
    "a: ]\n": (at(1, 4), "A value is expected here."),
    "a: 1\n...\nb: 1": (at(3, 1), "Something follows the end of the document."),
    "a: |0\n x\n": (at(1, 5), "This is not YAML: found an indentation indicator equal to 0."),
    "%YAML 3.0\n---\na: 1\n": (at(1, 1), "This is not YAML: found incompatible YAML document."),
}


@pytest.mark.parametrize("text", FAULTS, ids=repr)
def test_a_fault_of_syntax_is_told_in_words_and_with_its_place(text):
    document, found = read(text)

    assert document is None
    assert [(one.code, one.file) for one in found] == [("invalid-yaml", "pipeline.yaml")]
    assert (found[0].position, found[0].message) == FAULTS[text]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("files: *.js\n", "Quote the text if '*' or '&' belongs to it."),
        ("a: @x\n", "Quote the text."),
        ("a:\n\tb: 1\n", "Indent with spaces; YAML allows nothing else."),
        ('a: "\\d"\n', "Write two backslashes where one is meant, or use single quotes."),
    ],
)
def test_what_to_do_about_a_common_fault_is_told_with_it(text, hint):
    assert the_finding(text).hint == hint


def test_findings_before_the_fault_are_told_too():
    _, found = read("a: 1\na: 2\nb: 'x\n")

    assert [one.code for one in found] == ["duplicate-key", "invalid-yaml"]


def test_a_fault_without_a_place_is_told_at_the_beginning():
    finding = syntax_fault(yaml.MarkedYAMLError(), "")

    assert (finding.message, finding.position) == ("This is not YAML: it cannot be read.", at(1, 1))


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("a: &x [*x]\n", "alias-to-itself", at(1, 8)),
        ("a: &x\n  b: {c: *x}\n", "alias-to-itself", at(2, 10)),
        ("a: *x\nb: &x 1\n", "unknown-alias", at(1, 4)),
        ("a: 1\n---\nb: 1\n", "several-documents", at(2, 1)),
        ("a: 1\x07\n", "control-character", at(1, 5)),
        ("# 😀\r\na: \x00\n", "control-character", at(2, 4)),
        ("a: b\u2028c\n", "control-character", at(1, 5)),
        ("%TAG !a! x\n---\na: 1\n", "tag-not-supported", at(1, 1)),
        ("a: 1\r...\r%TAG !a! x\r---\r", "tag-not-supported", at(3, 1)),
    ],
)
def test_what_cannot_be_read_on_is_told_where_it_stands(text, code, position):
    document, found = read(text)

    assert document is None
    assert [(one.code, one.position) for one in found] == [(code, position)]


def test_a_mention_of_tag_directives_is_a_text():
    assert read("a: 'see\n  %TAG'\nb: x%TAG\n# %TAG\n")[1] == []


def test_the_invisible_character_is_named():
    assert the_finding("a: \x1b[31m\n").message == "The invisible character U+001B may not stand in YAML."


def test_invisible_characters_can_be_written_as_escapes():
    assert read('a: "\\u2028\\e\\0"\n')[0].root.entries["a"].text == "\u2028\x1b\0"
