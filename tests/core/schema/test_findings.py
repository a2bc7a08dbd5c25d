"""Of a document in which everything is wrong, the first findings are told and how many more there are."""

from collections import Counter

import pytest

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Location, Position, Report, Severity
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.documents.limits import MAXIMUM_FINDINGS
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.reader import read
from tests.core.definition.test_hostile import codes_of, definition
from tests.core.schema.shapes import Thing, Tool, read_yaml

TOLD = MAXIMUM_FINDINGS - 1


def thing_with_tools(count, tool):
    return f"title: t\ntools: [{', '.join([tool] * count)}]"


def test_the_findings_of_a_document_may_be_as_many_as_are_told():
    _, report = read_yaml(thing_with_tools(TOLD, "[]"))

    assert [found.code for found in report] == ["wrong-type"] * TOLD


def test_of_more_the_first_are_told_and_how_many_more_there_are():
    value, report = read_yaml(thing_with_tools(1_200, "[]"))
    *first, last = report

    assert value is None
    assert [str(found.at) for found in first] == [f"tools[{index}]" for index in range(TOLD)]
    assert (last.code, last.severity, str(last.at), last.position) == (
        "too-many-findings",
        Severity.ERROR,
        "",
        Position(1, 1),
    )
    assert last.message == "Only the first 99 of 1,200 errors are told, not the other 1,101."


def test_of_very_many_unknown_keys_too():
    _, report = read_yaml("title: t\n" + "\n".join(f"x{number}: x" for number in range(1_000)))

    assert [found.code for found in report] == ["unknown-key"] * TOLD + ["too-many-findings"]


@frozen(kw_only=True)
class Shelf:
    """Many things, and how many there should be."""

    things: tuple[Thing, ...]
    count: int = 0


def test_many_remarks_are_cut_as_well_and_are_no_errors():
    value, report = read_yaml("things: [" + "{title: t, old: a, gone: true}, " * 300 + "]", Shelf)

    assert len(value.things) == 300
    assert Counter((found.code, found.severity) for found in report) == {
        ("outdated", Severity.WARNING): TOLD,
        ("ignored", Severity.NOTE): TOLD,
        ("too-many-findings", Severity.WARNING): 1,
        ("too-many-findings", Severity.NOTE): 1,
    }


def test_many_remarks_hide_no_error():
    value, report = read_yaml("things: [" + "{title: t, old: a}, " * 300 + "]\ncount: many", Shelf)

    assert value is None
    assert [str(found.at) for found in report if found.severity is Severity.ERROR] == ["count"]


def test_what_is_told_is_said_of_what_was_read():
    document = read_document(
        ("{name: a, " + ", ".join(f"x{one}: 1" for one in range(100)) + "}").encode(), "x", Report()
    )
    report = Report()

    read(Tool, document.root, Location(("tools", 3)), report)

    *_, last = report
    assert (str(last.at), last.message) == ("tools[3]", "Only the first 99 of 100 errors are told, not the other 1.")


def stages(count, **more):
    return [{"stageName": f"S{number}", "steps": [{"plugin": "p", **more}]} for number in range(count)]


EVERYTHING_WRONG = {
    "numbers for stages": definition(stages=[1] * 45_000),
    "nothing in a stage": definition(stages=[{}] * 45_000),
    "several faults in each": definition(stages=[{"stageName": "", "stepz": 1}] * 15_000),
    "a wrong step in each": definition(stages=stages(6_000, timeout=[], needz=1)),
    "lists for variables": definition(stages=stages(1, env={f"K{one}": [] for one in range(45_000)})),
    "words in another case": definition(stages=stages(6_000, computeType="small")),
}


@pytest.mark.parametrize("data", EVERYTHING_WRONG.values(), ids=EVERYTHING_WRONG)
def test_a_definition_in_which_everything_is_wrong_costs_little(data):
    codes = codes_of(data)

    assert codes.count("too-many-findings") == 1
    assert len(codes) == MAXIMUM_FINDINGS


def test_how_many_more_there_are_is_said_of_a_definition():
    report = Report()
    load_definition(EVERYTHING_WRONG["nothing in a stage"], "pipeline.json", report)

    (said,) = (found.message for found in report if found.code == "too-many-findings")
    assert said == "Only the first 99 of 90,000 errors are told, not the other 89,901."


def test_a_definition_of_five_megabytes_is_not_read():
    assert codes_of(definition(stages=[{"stageName": "x" * 100}] * 45_000)) == ["too-large"]
