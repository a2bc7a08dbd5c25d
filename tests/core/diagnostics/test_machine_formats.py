"""JSON and SARIF: for programs."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Severity
from pipeline_builder.core.diagnostics.catalogue import entries
from pipeline_builder.core.diagnostics.formats import as_json, as_sarif

FULL = Diagnostic(
    "duplicate-key",
    "The key 'é' stands here again.",
    Location() / "stages" / 0 / "é",
    hint="Remove one of them.",
    file="pipelines/web.yaml",
    position=Position(3, 5),
)
BARE = Diagnostic("no-such-code", "Wrong.", severity=Severity.NOTE)
WARNING = Diagnostic("image-not-pinned", "No digest.", severity=Severity.WARNING, file="a.yaml")


def sarif_of(*found):
    return json.loads(as_sarif(found))["runs"][0]


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_json_has_every_fact_of_every_finding_in_the_order_given():
    assert as_json([FULL, BARE]) == (
        """\
{
  "findings": [
    {
      "code": "duplicate-key",
      "severity": "error",
      "message": "The key 'é' stands here again.",
      "path": "stages[0].é",
      "file": "pipelines/web.yaml",
      "line": 3,
      "column": 5,
      "hint": "Remove one of them."
    },
    {
      "code": "no-such-code",
      "severity": "note",
      "message": "Wrong.",
      "path": "",
      "file": null,
      "line": null,
      "column": null,
      "hint": null
    }
  ]
}"""
    )


def test_no_findings_are_an_empty_list():
    assert json.loads(as_json([])) == {"findings": []}


@pytest.mark.parametrize("form", [as_json, as_sarif])
@pytest.mark.parametrize("hidden", ["\x1b", "\x7f", "\x9b", "\u200b", "\u202e", "\u2028", "\ud800", "\ufeff"])
def test_what_a_terminal_obeys_or_cannot_be_sent_is_escaped_and_not_lost(form, hidden):
    text = form([Diagnostic("wrong", f"<{hidden}>")])

    assert hidden not in text
    assert f"<{hidden}>" in json.dumps(json.loads(text), ensure_ascii=False) or f"<{json.dumps(hidden)[1:-1]}>" in text


@given(st.text(st.characters(), max_size=20))
def test_any_text_comes_back_from_json_as_it_was(text):
    found = Diagnostic("wrong", text, Location() / text, file=text, hint=text)

    (told,) = json.loads(as_json([found]).encode())["findings"]
    assert (told["message"], told["path"], told["file"], told["hint"]) == (text, text, text, text)


# --- SARIF -----------------------------------------------------------------------------------------------------------

ALLOWED = {
    "log": {"$schema", "version", "runs"},
    "run": {"tool", "columnKind", "results"},
    "driver": {"name", "rules"},
    "rule": {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration"},
    "result": {"ruleId", "ruleIndex", "level", "message", "locations"},
    "location": {"physicalLocation", "logicalLocations"},
    "physical": {"artifactLocation", "region"},
}
"""The properties of each object that are used; all of them are in the standard, which forbids others."""


def test_a_finding_is_a_result_with_its_place():
    (result,) = sarif_of(FULL)["results"]

    assert result == {
        "ruleId": "duplicate-key",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "The key 'é' stands here again. Remove one of them."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "pipelines/web.yaml"},
                    "region": {"startLine": 3, "startColumn": 5},
                },
                "logicalLocations": [{"fullyQualifiedName": "stages[0].é"}],
            }
        ],
    }


def test_what_has_no_place_has_no_location():
    (result,) = sarif_of(BARE)["results"]

    assert result == {"ruleId": "no-such-code", "ruleIndex": 0, "level": "note", "message": {"text": "Wrong."}}


def test_what_has_no_position_has_no_region():
    (result,) = sarif_of(WARNING)["results"]

    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}}}]


def test_what_has_no_file_has_its_path():
    (result,) = sarif_of(Diagnostic("wrong", "Wrong.", Location() / "a"))["results"]

    assert result["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "a"}]}]


def test_a_rule_is_explained_as_in_the_catalogue():
    entry = entries()["duplicate-key"]

    assert sarif_of(FULL)["tool"]["driver"] == {
        "name": "pipeline-manager",
        "rules": [
            {
                "id": "duplicate-key",
                "shortDescription": {"text": entry.title},
                "fullDescription": {"text": entry.explanation},
                "help": {"text": entry.fix},
                "defaultConfiguration": {"level": "error"},
            }
        ],
    }


def test_rules_are_those_of_the_findings_each_once_and_sorted():
    run = sarif_of(WARNING, FULL, BARE, WARNING)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert rules == ["duplicate-key", "image-not-pinned", "no-such-code"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("pipeline.yaml", "pipeline.yaml"),
        ("my pipelines/é#1?.yaml", "my%20pipelines/%C3%A9%231%3F.yaml"),
        ("/srv/web.yaml", "file:///srv/web.yaml"),
        ("folder\\web.yaml", "folder/web.yaml"),
        ("50%.yaml", "50%25.yaml"),
        ("-", "-"),
        ("\udcff.yaml", "%ED%B3%BF.yaml"),
    ],
)
def test_a_file_is_named_by_a_uri(name, uri):
    (result,) = sarif_of(Diagnostic("wrong", "Wrong.", file=name))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@given(
    st.lists(
        st.builds(
            Diagnostic,
            code=st.sampled_from(["duplicate-key", "image-not-pinned", "no-such-code"]),
            message=st.text(min_size=1),
            at=st.lists(st.text() | st.integers(0, 9), max_size=3).map(lambda keys: Location(tuple(keys))),
            severity=st.sampled_from(Severity),
            hint=st.none() | st.text(),
            file=st.none() | st.text(st.characters(), min_size=1),
            position=st.none() | st.builds(Position, st.integers(1), st.integers(1)),
        ),
        max_size=5,
    )
)
def test_whatever_is_found_the_log_keeps_to_the_standard(found):
    log = json.loads(as_sarif(found))

    assert set(log) == ALLOWED["log"]
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert set(run) == ALLOWED["run"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert set(run["tool"]) == {"driver"}
    assert set(run["tool"]["driver"]) == ALLOWED["driver"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert set(rule) <= ALLOWED["rule"]
        assert rule.get("defaultConfiguration", {"level": "none"})["level"] in {"none", "note", "warning", "error"}
    assert len(run["results"]) == len(found)
    for result in run["results"]:
        assert set(result) <= ALLOWED["result"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"note", "warning", "error"}
        assert result["message"]["text"]
        for location in result.get("locations", []):
            _assert_is_location(location)


def _assert_is_location(location):
    assert location
    assert set(location) <= ALLOWED["location"]
    for logical in location.get("logicalLocations", []):
        assert set(logical) == {"fullyQualifiedName"}
    if "physicalLocation" in location:
        physical = location["physicalLocation"]
        assert set(physical) <= ALLOWED["physical"]
        assert re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", physical["artifactLocation"]["uri"])
        for number in physical.get("region", {"startLine": 1}).values():
            assert number >= 1
