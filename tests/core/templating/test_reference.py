"""The examples of the reference are true."""

import re
from pathlib import Path

import pytest

from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.templating import ROOTS, document, fields, grammar, rendering
from pipeline_builder.core.templating.filters import FILTERS
from tests.core.templating.factories import plain, rendered

PAGE = Path(__file__).parents[3].joinpath("docs/reference/templates.md").read_text(encoding="utf-8")
VALUES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
EXAMPLES = [
    [side.strip() for side in line.split("=>")]
    for block in re.findall(r"```example\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


def in_the_definition(text):
    """The values of the page as they are written there, and the text beside them."""
    quoted = text.replace("'", "''")
    return rendered(f"{VALUES}text: '{quoted}'\n")


def test_there_are_examples():
    assert len(EXAMPLES) > 40


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_an_example_becomes_what_the_page_says(text, expected):
    root, report = in_the_definition(text)
    severity, _, code = expected.partition(" ")

    if severity in set(Severity):
        assert [(found.severity, found.code) for found in report.diagnostics] == [(severity, code)]
        assert root.entries["text"].text == text
        return
    value = plain(root)["text"]
    kind = " (truth)" if isinstance(value, bool) else " (number)" if isinstance(value, int) else ""
    assert report.diagnostics == ()
    assert root.entries["text"].text + kind == expected


def test_every_filter_has_a_heading_of_its_own_name():
    headings = set(re.findall(r"^### (\w+)$", PAGE, re.MULTILINE))

    assert headings >= {"default", *FILTERS}


def test_every_root_is_in_the_table_of_scopes():
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))

    assert listed == set(ROOTS) - {"secrets"}


@pytest.mark.parametrize(
    "limit",
    [
        grammar.MAXIMUM_BYTES,
        grammar.MAXIMUM_SEGMENTS,
        grammar.MAXIMUM_NAME,
        rendering.MAXIMUM_RESULT,
        document.MAXIMUM_EXPRESSIONS,
        document.MAXIMUM_RESULTS,
        fields.MAXIMUM_RESULTS,
    ],
)
def test_every_limit_is_in_the_table_of_limits(limit):
    table = PAGE.partition("| Limit | Value |")[2].partition("\n\n")[0]

    assert re.search(rf"\b{limit:,}\b", table)


def test_the_grammar_of_the_page_is_the_one_of_the_code():
    in_code = (grammar.__doc__ or "").partition("    text ")[2].partition("\n\n")[0]
    rules = re.findall(r"^ *(\w+) +=", f"text {in_code}", re.MULTILINE)

    for rule in rules:
        pattern = rf"^ *{rule} +=(.*?;)"
        found = re.search(pattern, f"text {in_code}", re.MULTILINE)
        shown = re.search(pattern, PAGE, re.MULTILINE)
        assert found
        assert shown
        assert shown.group(1).split() == found.group(1).split()
