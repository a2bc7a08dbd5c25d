"""The Python interface: `load`, `plan` and `render`, with what they take and what they raise."""

import json
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline_builder
from pipeline_builder.kernel import FileUnreadable

DEFINITION = {
    "project": "web",
    "organization": "acme",
    "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
    "stages": [{"stageName": "Test", "steps": [{"plugin": "jest"}]}],
}


def test_a_file_and_its_data_give_the_same_template(tmp_path: Path):
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(DEFINITION), encoding="utf-8")
    templates = [
        pipeline_builder.render(pipeline_builder.plan(source)).as_json()
        for source in (file, str(file), DEFINITION, MappingProxyType(DEFINITION), pipeline_builder.load(file))
    ]
    assert len(set(templates)) == 1


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(FileUnreadable, match=r"'nowhere\.yaml' cannot be read"):
        pipeline_builder.plan("nowhere.yaml")


def test_one_error_is_called_one():
    with pytest.raises(pipeline_builder.InvalidDefinition, match=r"^The definition has 1 error\.\n"):
        pipeline_builder.load(DEFINITION | {"stages": {"x"}})


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
        lambda below: st.lists(below) | st.dictionaries(st.sampled_from(sorted(DEFINITION)) | st.text(), below),
    )
)
def test_whatever_is_no_definition_is_told_and_nothing_else_is_raised(anything):
    if isinstance(anything, str):
        return  # the name of a file
    with pytest.raises(pipeline_builder.InvalidDefinition):
        pipeline_builder.plan(anything)


@given(st.sampled_from(sorted(DEFINITION)), st.recursive(st.binary() | st.integers(), st.lists))
def test_whatever_stands_in_a_definition_is_taken_or_told(key, anything):
    with suppress(pipeline_builder.InvalidDefinition):
        assert pipeline_builder.plan(DEFINITION | {key: anything}).stages
