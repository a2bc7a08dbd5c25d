"""Whatever the bytes are: a tree or findings, never an exception, and positions that lead back into the file."""

import json
import string

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.diagnostics.formats import as_json, as_sarif, as_text
from pipeline_builder.core.documents import Mapping, Scalar, Sequence, position_in, read_document
from tests.core.documents.factories import data_of, read, root_of

NAMES = st.sampled_from(["a.yaml", "a.json", "a"])
YAML_LIKE = st.lists(
    st.sampled_from(
        [
            *"[]{},:?-|>!&*#%@`'\"\\ \n\t",
            "a",
            "b",
            "a: ",
            "- ",
            "\n  ",
            "&a ",
            "*a",
            "<<: ",
            "---",
            "true",
            "12",
            ".nan",
            "😀",
            "é",
        ]
    ),
    max_size=40,
).map("".join)
JSON_LIKE = st.lists(
    st.sampled_from(
        [*'[]{},:"\\ \n', '"a"', '"b": ', "true", "null", "-0", "1e5", "NaN", "01", '"\\ud83d\\ude00"', '"\\ud800"']
    ),
    max_size=30,
).map("".join)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


@given(st.binary(max_size=200), NAMES)
@example(b"\xff\xfe\x00", "a.yaml")
def test_any_bytes_are_read_or_refused(data, name):
    _assert_read_or_refused(data, name)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100) | YAML_LIKE | JSON_LIKE, NAMES)
@example("|", "a.yaml")
@example("[", "a.yaml")
def test_any_text_is_read_or_refused(text, name):
    _assert_read_or_refused(text.encode(), name)


def _assert_read_or_refused(data, name):
    report = Report()
    document = read_document(data, name, report)

    assert (document is not None) or report.has_errors
    lines = data.decode(errors="replace").count("\n") + data.decode(errors="replace").count("\r") + 1
    for finding in report.diagnostics:
        assert finding.file == name
        assert finding.position is not None
        assert 1 <= finding.position.line <= lines
        assert finding.position.column >= 1
    for told in (as_text(report, sources={name: data.decode(errors="replace")}), as_json(report), as_sarif(report)):
        told.encode()


@given(DATA, st.sampled_from([None, 1, 2]), st.booleans(), NAMES.filter(lambda name: name != "a.yaml"))
def test_json_is_read_as_it_was_written(data, indent, ensure_ascii, name):
    text = json.dumps([data], indent=indent, ensure_ascii=ensure_ascii)

    assert data_of(root_of(text, name)) == [data]


@given(JSON_LIKE)
def test_what_is_json_is_decided_as_by_the_standard_library_without_its_leniency(text):
    document, _ = read(text, "a.json")
    try:
        json.dumps(json.loads(text, parse_constant=_refuse), ensure_ascii=False).encode()
    except ValueError:  # No JSON, or half a character.
        assert document is None
    else:
        assert document is not None


def _refuse(constant):
    raise ValueError(constant)


@given(DATA, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|"]))
def test_yaml_that_says_what_is_a_text_is_read_as_it_was_written(data, flow, style):
    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, _):
            return True

    Dumper.add_representer(
        str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style or '"')
    )
    text = yaml.dump({"data": data}, Dumper=Dumper, default_flow_style=flow, allow_unicode=False, width=30)

    assert data_of(root_of(text)) == {"data": data}


@given(YAML_LIKE.filter(lambda text: "<<" not in text))
def test_a_document_of_yaml_has_the_shape_that_pyyaml_gives_it(text):
    document, found = read(text)
    if document is None or found:
        return
    try:
        expected = yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 -- it makes texts only
    except yaml.composer.ComposerError:
        return  # PyYAML refuses an anchor that is set again, which YAML 1.2 allows
    assert _texts(document.root) == expected


def _texts(node):
    match node:
        case Scalar():
            return node.text
        case Mapping():
            return {key: _texts(value) for key, value in node.entries.items()}
        case Sequence():
            return [_texts(item) for item in node.items]


@given(
    st.dictionaries(st.text(string.ascii_letters, min_size=1), st.text(string.ascii_letters + " {}é😀", max_size=20))
)
def test_every_position_leads_to_the_text_it_is_of(entries):
    text = json.dumps(entries, indent=1, ensure_ascii=False)
    document, _ = read(text)
    lines = text.split("\n")
    for key, value in entries.items():
        place = document.root.key_positions[key]
        assert lines[place.line - 1][place.column - 1 :].startswith(f'"{key}"')
        place = document.locate(Location() / key)
        assert lines[place.line - 1][place.column - 1 :].startswith(f'"{value}"')


@given(st.lists(st.text(string.ascii_letters + " {}é😀", max_size=12), min_size=1, max_size=5), st.integers(1, 9))
def test_every_character_of_a_literal_block_is_found(lines, indent):
    text = "key: |" + (str(indent) if lines[0].startswith(" ") or not lines[0] else "") + "\n"
    text += "".join(" " * indent + line + "\n" for line in lines)
    scalar = root_of(text).entries["key"]
    source = text.split("\n")
    for offset, character in enumerate(scalar.text):
        if character != "\n" and scalar.indent is not None:
            place = position_in(scalar, offset)
            assert source[place.line - 1][place.column - 1] == character
