"""Conditions: what they mean, above all of what is absent, and what is wrong with them."""

import pytest

from pipeline_builder.core.compliance.attributes import KINDS, Target
from pipeline_builder.core.compliance.conditions import MAXIMUM_DEPTH, MAXIMUM_LIST, MAXIMUM_TESTS, ConditionReader
from pipeline_builder.core.compliance.values import Kind
from pipeline_builder.core.diagnostics import Location, Report
from tests.factories.compliance import findings_of

KIND = {"text": Kind.TEXT, "number": Kind.NUMBER, "flag": Kind.BOOLEAN, "list": Kind.LIST, "map": Kind.MAP}
TRUE = {"attribute": "text", "operator": "eq", "value": "a"}
FALSE = {"attribute": "text", "operator": "eq", "value": "b"}
ABSENT = {"attribute": "number", "operator": "gt", "value": 1}
FOUND = {"text": "a", "flag": True, "list": ("a", "b"), "map": {"k": "v"}}


def holds(written: object) -> bool | None:
    report = Report()
    condition = ConditionReader(KIND, report).read(written, Location())
    assert condition is not None, [one.message for one in report]
    return condition.holds(FOUND)


@pytest.mark.parametrize(
    ("written", "result"),
    [
        (TRUE, True),
        (FALSE, False),
        (ABSENT, None),
        ({"not": TRUE}, False),
        ({"not": FALSE}, True),
        ({"not": ABSENT}, None),
        ({"all": [TRUE, TRUE]}, True),
        ({"all": [TRUE, FALSE]}, False),
        ({"all": [TRUE, ABSENT]}, None),
        ({"all": [FALSE, ABSENT]}, False),
        ({"any": [FALSE, TRUE]}, True),
        ({"any": [FALSE, FALSE]}, False),
        ({"any": [FALSE, ABSENT]}, None),
        ({"any": [TRUE, ABSENT]}, True),
        ({"any": [{"all": [TRUE, {"not": FALSE}]}, FALSE]}, True),
    ],
)
def test_what_is_absent_is_neither_true_nor_false(written: object, result: object):
    assert holds(written) is result


@pytest.mark.parametrize(
    ("operator", "value"),
    [("eq", 1), ("neq", 1), ("gt", 1), ("gte", 1), ("lt", 1), ("lte", 1), ("in", [1]), ("notIn", [1])],
)
def test_no_operator_takes_something_absent_for_kept(operator: str, value: object):
    assert holds({"attribute": "number", "operator": operator, "value": value}) is None


def test_only_presence_is_true_or_false_of_what_is_absent():
    assert holds({"attribute": "number", "operator": "exists"}) is False
    assert holds({"attribute": "number", "operator": "notExists"}) is True
    assert holds({"attribute": "text", "operator": "exists"}) is True
    assert holds({"attribute": "text", "operator": "notExists"}) is False


@pytest.mark.parametrize(
    ("looks_at", "operator", "value"),
    [
        ("count(list)", "eq", 2),
        ("$count(list)", "eq", "2"),
        ("count(map)", "lte", 1),
        ("length(text)", "eq", 1),
        ("keys(map)", "contains", "k"),
        ("count(keys(map))", "eq", 1),
        (" count( keys( map ) ) ", "eq", 1),
        ("lines(text)", "eq", 1),
    ],
)
def test_something_is_computed_of_an_attribute(looks_at: str, operator: str, value: object):
    assert holds({"attribute": looks_at, "operator": operator, "value": value}) is True
    assert holds({"field": looks_at, "operator": operator, "value": value}) is True


@pytest.mark.parametrize("value", [True, "true"])
def test_truth_values_may_be_written_as_texts(value: object):
    assert holds({"attribute": "flag", "operator": "eq", "value": value}) is True


def deep(depth: int) -> dict:
    return {"attribute": "name", "operator": "exists"} if depth == 1 else {"not": deep(depth - 1)}


@pytest.mark.parametrize(
    ("then", "code", "at"),
    [
        ("text", "condition-unclear", "then"),
        ({"all": []}, "condition-unclear", "then.all"),
        ({"any": {}}, "condition-unclear", "then.any"),
        ({"all": [{"any": 1}]}, "condition-unclear", "then.all[0].any"),
        ({"not": 1}, "condition-unclear", "then.not"),
        ({"not": {"attribute": "name", "operator": "exists"}, "operator": "eq"}, "condition-unclear", "then"),
        ({"operator": "eq", "value": 1}, "unknown-attribute", "then"),
        ({"attribute": "nam", "operator": "exists"}, "unknown-attribute", "then.attribute"),
        ({"attribute": "steps.name", "operator": "exists"}, "unknown-attribute", "then.attribute"),
        ({"attribute": "size(stages)", "operator": "eq", "value": 1}, "unknown-function", "then.attribute"),
        ({"attribute": "lines(stages)", "operator": "eq", "value": 1}, "operator-unfit", "then.attribute"),
        ({"attribute": "name"}, "unknown-operator", "then"),
        ({"attribute": "name", "operator": "equals"}, "unknown-operator", "then.operator"),
        ({"attribute": "stages", "operator": "gt", "value": 1}, "operator-unfit", "then.operator"),
        ({"attribute": "name", "operator": "eq"}, "value-unfit", "then"),
        ({"attribute": "name", "operator": "exists", "value": 1}, "value-unfit", "then.value"),
        ({"attribute": "name", "operator": "eq", "value": [1]}, "value-unfit", "then.value"),
        ({"attribute": "name", "operator": "eq", "value": True}, "value-unfit", "then.value"),
        ({"attribute": "resources", "operator": "lte", "value": "many"}, "value-unfit", "then.value"),
        ({"attribute": "resources", "operator": "lte", "value": "nan"}, "value-unfit", "then.value"),
        ({"attribute": "resources", "operator": "lte", "value": "inf"}, "value-unfit", "then.value"),
        ({"attribute": "hasOwnKey", "operator": "eq", "value": "yes"}, "value-unfit", "then.value"),
        ({"attribute": "name", "operator": "in", "value": "a"}, "value-unfit", "then.value"),
        ({"attribute": "name", "operator": "in", "value": []}, "value-unfit", "then.value"),
        ({"attribute": "name", "operator": "in", "value": ["a"] * (MAXIMUM_LIST + 1)}, "value-unfit", "then.value"),
        ({"attribute": "resources", "operator": "in", "value": [1, "x"]}, "value-unfit", "then.value[1]"),
        ({"attribute": "name", "operator": "regex", "value": "("}, "pattern-unusable", "then.value"),
        ({"attribute": "name", "operator": "eq", "valeu": "a", "value": "a"}, "unknown-key", "then"),
        (deep(MAXIMUM_DEPTH + 1), "condition-too-large", "then" + ".not" * MAXIMUM_DEPTH),
        (
            {"all": [{"attribute": "name", "operator": "exists"}] * (MAXIMUM_TESTS + 1)},
            "condition-too-large",
            f"then.all[{MAXIMUM_TESTS}]",
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_told_with_its_place(then: object, code: str, at: str):
    assert findings_of(then=then) == [(code, at)]


def test_several_things_that_are_wrong_are_told_at_once():
    wrong = {
        "all": [{"attribute": "nam", "operator": "equals"}, {"attribute": "name", "operator": "regex", "value": "("}]
    }

    codes = [code for code, _ in findings_of(then=wrong)]

    assert sorted(codes) == ["pattern-unusable", "unknown-attribute", "unknown-operator"]


@pytest.mark.parametrize(
    "then", [deep(MAXIMUM_DEPTH), {"all": [{"attribute": "name", "operator": "exists"}] * MAXIMUM_TESTS}]
)
def test_a_condition_of_the_largest_size_is_taken(then: object):
    report = Report()

    assert ConditionReader(KINDS[Target.PIPELINE], report).read(then, Location()) is not None
