"""PyYAML can be built without libyaml: then its parser in Python reads the same, only slower."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.core.documents.factories import at, data_of, read, root_of, the_finding


@pytest.fixture(autouse=True, scope="module")
def _without_libyaml():
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CBaseLoader")
        yield


def test_a_document_is_the_same():
    text = "a: &x [1, no, '2', \"3\"]\nb: |\n  {{ c }}\nd: {<<: {e: f}}\ng: *x\n"
    root = root_of(text)

    assert data_of(root) == {"a": [1, "no", "2", "3"], "b": "{{ c }}\n", "d": {"e": "f"}, "g": [1, "no", "2", "3"]}
    assert [one.offset_of_text for one in root.entries["a"].items] == [0, 0, 1, 1]
    assert root.entries["b"].indent == 2


def test_a_fault_is_a_finding():
    finding = the_finding("a: 1\nb: [1\n")

    assert (finding.code, finding.position.line) == ("invalid-yaml", 3)
    assert finding.message.startswith("This is not YAML: expected ',' or ']'")


@pytest.mark.parametrize("escape", ["\\ud800", "\\UFFFFFFFF", "\\U00110000"])
def test_an_escape_that_is_no_character_is_a_finding(escape):
    assert the_finding(f'a: "{escape}"\n').code == "invalid-yaml"


def test_half_a_character_is_told_with_its_place():
    assert the_finding('a: [1, "\\ud800"]\n').position == at(1, 8)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_read_or_refused(data):
    document, found = read(data)

    assert document is not None or found
