import json
import subprocess
import sys

import pytest

from pipeline_builder.core.documents.limits import (
    MAXIMUM_ALIASES,
    MAXIMUM_BYTES,
    MAXIMUM_DEPTH,
    MAXIMUM_FINDINGS,
    MAXIMUM_NODES,
    SHOWN_CHARACTERS,
)
from tests.core.documents.factories import at, read, the_finding


def nested(depth, inner="1"):
    return "[" * depth + inner + "]" * depth


def chained(length):
    """Anchors each of which holds the one before: deeper with every line, in lines that are not."""
    return "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, length))


BOMB = "a0: &a0 [" + ", ".join("x" * 9) + "]\n"
BOMB += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 40))


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a"])
def test_a_document_may_nest_up_to_the_limit(name):
    assert read(nested(MAXIMUM_DEPTH), name)[1] == []

    finding = the_finding(nested(MAXIMUM_DEPTH + 1), name)
    assert (finding.code, finding.position) == ("too-deep", at(1, MAXIMUM_DEPTH + 1))


@pytest.mark.parametrize("nest", ["- ", "? "])
def test_blocks_of_yaml_may_nest_up_to_the_limit(nest):
    assert "too-deep" not in {one.code for one in read(nest * MAXIMUM_DEPTH + "x")[1]}

    finding = the_finding(nest * (MAXIMUM_DEPTH + 1) + "x")
    assert (finding.code, finding.position) == ("too-deep", at(1, 2 * MAXIMUM_DEPTH + 1))


def test_what_an_alias_stands_for_counts_as_depth():
    assert read(chained(MAXIMUM_DEPTH - 1))[1] == []

    finding = the_finding(chained(MAXIMUM_DEPTH))
    assert (finding.code, finding.position.line) == ("too-deep", MAXIMUM_DEPTH)


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_a_document_may_have_values_up_to_the_limit(name):
    items = ["1"] * (MAXIMUM_NODES - 1)
    assert read(f"[{','.join(items)}]", name)[1] == []

    finding = the_finding(f"[{','.join([*items, '2'])}]", name)
    assert (finding.code, finding.position) == ("too-many-values", at(1, 2 * MAXIMUM_NODES))


def test_a_block_of_yaml_may_have_values_up_to_the_limit():
    assert read("- 1\n" * (MAXIMUM_NODES - 1))[1] == []

    finding = the_finding("- 1\n" * MAXIMUM_NODES)
    assert (finding.code, finding.position) == ("too-many-values", at(MAXIMUM_NODES, 3))


@pytest.mark.parametrize("text", ["{{{}}}", "{}"], ids=["flow", "block"])
def test_keys_of_yaml_count_as_values(text):
    separator = "," if text != "{}" else "\n"
    entries = separator.join(f"k{i}: {i}" for i in range(MAXIMUM_NODES // 2))

    assert the_finding(text.format(entries)).code == "too-many-values"


def test_what_an_alias_stands_for_counts_in_full():
    hundred = "a: &a [" + ",".join("x" * 99) + "]\n"
    repeats = MAXIMUM_NODES // 101 - 1
    assert read(hundred + "".join(f"k{i}: *a\n" for i in range(repeats)))[1] == []

    too_many = the_finding(hundred + "".join(f"k{i}: *a\n" for i in range(repeats + 10)))
    assert too_many.code == "too-many-values"


def test_a_long_text_counts_for_its_length_where_aliases_repeat_it():
    text = "a: &a " + "x" * 9_999 + "\n"
    assert read(text + "b:\n" + "- *a\n" * 490)[1] == []

    assert the_finding(text + "b:\n" + "- *a\n" * 510).code == "too-many-values"


def test_a_bomb_of_aliases_is_refused_before_it_goes_off():
    finding = the_finding(BOMB)

    assert (finding.code, finding.position) == ("too-many-values", at(5, 35))


def test_a_document_may_have_aliases_up_to_the_limit():
    assert read("a: &a 1\nb:\n" + "- *a\n" * MAXIMUM_ALIASES)[1] == []

    finding = the_finding("a: &a 1\nb:\n" + "- *a\n" * (MAXIMUM_ALIASES + 1))
    assert (finding.code, finding.position) == ("too-many-aliases", at(MAXIMUM_ALIASES + 3, 3))


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_a_file_may_have_bytes_up_to_the_limit(name):
    begin, end = b'{"key": "', b'"}'
    largest = begin + b"x" * (MAXIMUM_BYTES - len(begin) - len(end)) + end
    assert read(largest, name)[1] == []

    finding = the_finding(largest + b"\n", name)
    assert (finding.code, finding.position) == ("too-large", at(1, 1))
    assert finding.message == "The file has 1,048,577 bytes; at most 1,048,576 are read."


@pytest.mark.parametrize(("line", "code"), [("a: 1\n", "duplicate-key"), ("? [a]\n: b\n", "key-not-text")])
def test_reading_ends_when_there_are_too_many_findings(line, code):
    document, found = read(line * (MAXIMUM_FINDINGS + 50))

    assert document is None
    assert {one.code for one in found} == {code, "too-many-findings"}
    assert len(found) == MAXIMUM_FINDINGS + 1


def test_json_under_another_name_ends_at_too_many_findings_too():
    _, found = read("{" + ",".join(['"a": 1'] * 200) + "}", "a.yaml")

    assert [one.code for one in found] == ["duplicate-key"] * MAXIMUM_FINDINGS + ["too-many-findings"]


def test_as_many_findings_as_the_limit_allows_leave_a_document_readable():
    document, found = read("a: 1\n" * MAXIMUM_FINDINGS)

    assert document is not None
    assert len(found) == MAXIMUM_FINDINGS - 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{0}: 1\n{0}: 2\n", "a.yaml"),
        ('{{"{0}": 1, "{0}": 2}}', "a.json"),
        ("a: !{0} 1\n", "a.yaml"),
        ("a: *{0}\n", "a.yaml"),
        ("a: &{0} [*{0}]\n", "a.yaml"),
        ("{0}", "a.json"),
    ],
)
def test_a_finding_repeats_no_more_of_a_long_text_than_fits_a_sentence(text, name):
    finding = the_finding(text.format("x" * 1_000), name)

    assert "x" * (SHOWN_CHARACTERS - 1) in finding.message
    assert len(finding.message) < 2 * SHOWN_CHARACTERS
    assert len(finding.hint or "") < 2 * SHOWN_CHARACTERS


def filled(text):
    """A megabyte of it."""
    return (text * (MAXIMUM_BYTES // len(text) + 1))[:MAXIMUM_BYTES]


HOSTILE = {
    "an alias bomb": BOMB,
    "a chain of anchors": chained(1_000),
    "open lists": filled("["),
    "open mappings": filled("{"),
    "open mappings of json": filled('{"":'),
    "keys in a row": filled("a: "),
    "duplicate keys": filled("a:\n"),
    "lists in a row": filled("- "),
    "items": filled("-\n"),
    "complex keys": filled("? "),
    "numbers": "[" + "1," * 500_000 + "1]",
    "empty lists": "[" + "[]," * 300_000 + "[]]",
    "quotes": filled('"'),
    "quotes in a text": "a: " + filled("'")[4:],
    "one long text": filled("x"),
    "short texts": filled("a b\n"),
    "line breaks": "[" + filled("\n")[2:] + "]",
    "merge keys": filled("<<: {}\n"),
    "directives": "".join(f"%TAG !a{i}! x\n" for i in range(60_000)),
    "directives of a second document": "a\n...\n" + "".join(f"%TAG !a{i}! x\n" for i in range(60_000)),
    "tags": filled("- !x y\n"),
    "no numbers": filled("- .nan\n"),
    "blocks": filled("- |\n\n"),
    "escapes": 'a: "' + "\\x41" * 262_000 + '"',
    "control characters": filled("\x01"),
    "zero bytes": filled("\0"),
    "digits": filled("9"),
}


def test_no_document_takes_more_memory_than_promised():
    """The interpreter has some 40 MB of address space before it reads anything; each document may add 160."""
    program = """
import json, resource, sys
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.documents import read_document
import yaml, pipeline_builder.core.documents.yaml_reader
hostile = {name: text.encode()[:1_048_576] for name, text in json.load(sys.stdin).items()}
with open("/proc/self/statm") as statm:
    size = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + 160_000_000, size + 160_000_000))
for name, data in hostile.items():
    for file in ("a.yaml", "a.json"):
        report = Report()
        document = read_document(data, file, report)
        is_read = "read" if document is not None else ""
        print(name, file, is_read, *{found.code for found in report}, sep="|")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(HOSTILE), capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    told = [line.split("|") for line in done.stdout.splitlines()]
    assert [name for name, *_ in told] == [name for name in HOSTILE for _ in range(2)]
    assert [line for line in told if not line[2] and not line[3:]] == [], "neither read nor refused"
