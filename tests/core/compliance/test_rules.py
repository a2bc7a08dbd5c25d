"""Rules as documents."""

from datetime import UTC, datetime

import pytest

from pipeline_builder.core.compliance.rules import read_rule, read_rules
from pipeline_builder.core.diagnostics import Report
from tests.factories.compliance import a_rule, findings_of

SET = """
rules:
  - name: no-root
    description: Images do not run as root.
    target: plugin
    attribute: user
    operator: neq
    value: root
  - {name: few, description: There are few stages., target: pipeline, attribute: count(stages), operator: lte, value: 3}
policies:
  baseline: [no-root, few]
"""


def test_a_set_is_read_with_its_policies():
    report = Report()

    found = read_rules(SET.encode(), "rules.yaml", report)

    assert found is not None
    assert [(one.name, one.severity) for one in found.rules] == [("no-root", "error"), ("few", "error")]
    assert found.policies == {"baseline": ("no-root", "few")}
    assert not report.diagnostics


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("name: few", "name: no-root", "duplicate-rule", 9),
        ("[no-root, few]", "[no-root, fewer]", "unknown-rule", 11),
        ("attribute: user", "attribute: usr", "unknown-attribute", 6),
        ("target: plugin", "target: image", "not-one-of", 5),
        ("    description: Images do not run as root.\n", "", "missing-key", 3),
    ],
)
def test_what_is_wrong_with_a_set_is_told_with_line_and_column(old: str, new: str, code: str, line: int):
    report = Report()

    assert read_rules(SET.replace(old, new).encode(), "rules.yaml", report) is None

    assert (code, line) in [(one.code, one.position.line) for one in report.diagnostics if one.position]


def test_what_is_no_document_is_told():
    report = Report()

    assert read_rules(b"rules: [", "rules.yaml", report) is None
    assert read_rule("\ud800", report) is None
    assert report.has_errors


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "condition-unclear"),
        ({"then": {"attribute": "name", "operator": "exists"}, "attribute": "name"}, "condition-unclear"),
        ({"attribute": "name", "operator": "exists", "when": 1}, "condition-unclear"),
        ({"attribute": "name", "operator": "exists", "effectiveFrom": "2026-02-30"}, "value-unfit"),
        (
            {"attribute": "name", "operator": "exists", "effectiveFrom": "2026-02-02", "effectiveUntil": "2026-02-01"},
            "value-unfit",
        ),
        ({"attribute": "nam", "operator": "exists"}, "unknown-attribute"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told(more: dict, code: str):
    assert [found for found, _ in findings_of(**more)] == [code]


def test_a_rule_that_is_no_mapping_is_told():
    report = Report()

    assert read_rule([], report) is None
    assert report.has_errors


def test_a_rule_counts_from_its_first_day_to_the_end_of_its_last():
    rule = a_rule(attribute="name", operator="exists", effectiveFrom="2026-02-01", effectiveUntil="2026-02-02")
    times = ["2026-01-31T23:59:59", "2026-02-01T00:00:00", "2026-02-02T23:59:59", "2026-02-03T00:00:00"]

    counted = [rule.counts_on(datetime.fromisoformat(time).replace(tzinfo=UTC)) for time in times]

    assert counted == [False, True, True, False]
