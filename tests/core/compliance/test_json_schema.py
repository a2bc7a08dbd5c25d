"""The schema that editors offer attributes and operators from."""

import pytest
from jsonschema import Draft202012Validator

from pipeline_builder.core.compliance.json_schema import rules_schema

RULE = {"name": "a", "description": "B.", "target": "pipeline"}
TEST = {"attribute": "count(stages)", "operator": "gt", "value": 0}

VALIDATOR = Draft202012Validator(rules_schema())


@pytest.mark.parametrize(
    "rule",
    [
        TEST,
        {"then": TEST},
        {"then": {"all": [TEST, {"not": {"any": [TEST]}}]}, "when": {"attribute": "name", "operator": "exists"}},
        {"attribute": "tags", "operator": "contains", "value": "owner", "tags": ["a"]},
    ],
)
def test_rules_that_are_right(rule: dict[str, object]):
    assert list(VALIDATOR.iter_errors({"rules": [{**RULE, **rule}]})) == []


@pytest.mark.parametrize(
    "rule",
    [
        {"attribute": "stagse", "operator": "exists"},
        {"attribute": "name", "operator": "is"},
        {"then": {"attribute": "name"}},
        {"then": {"all": []}},
        {"then": {"not": TEST, "all": [TEST]}},
        {"then": TEST, "severity": "info"},
    ],
)
def test_rules_that_are_wrong(rule: dict[str, object]):
    assert list(VALIDATOR.iter_errors({"rules": [{**RULE, **rule}]}))
