"""The examples for users are true: each becomes a template, or is refused for the reason it gives."""

import re
from pathlib import Path

import pytest

import pipeline_builder
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report

DOCS = Path(__file__).parents[3] / "docs"
PAGE = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("definition.md", "reference/metadata.md"))
BLOCKS = re.findall(r"^```yaml(?: refused: (\S+))?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
FIRST = BLOCKS[0][1]


def whole(example):
    """The example with what it leaves out."""
    return example if example.startswith("project:") else FIRST + example


@pytest.mark.parametrize("example", [example for code, example in BLOCKS if not code])
def test_an_example_becomes_a_template_without_a_warning(example, tmp_path):
    file = tmp_path / "pipeline.yaml"
    file.write_text(whole(example), encoding="utf-8")

    loaded = pipeline_builder.load(file)
    template = pipeline_builder.render(pipeline_builder.plan(loaded))

    report = Report()
    load_definition(file.read_bytes(), "pipeline.yaml", report)
    assert report.diagnostics == ()
    assert b"AWS::CodePipeline::Pipeline" in template.as_json()


@pytest.mark.parametrize(("code", "example"), [block for block in BLOCKS if block[0]])
def test_an_example_of_a_fault_is_refused_for_it(code, example):
    report = Report()

    loaded = load_definition(whole(example).encode(), "pipeline.yaml", report)

    assert loaded is None or loaded.has_errors
    assert code in {found.code for found in report}
