"""What a plugin asks of the pipeline that uses it."""

import pytest

from pipeline_builder.core.diagnostics import Location, Report, Severity
from pipeline_builder.core.plugins.contracts import check_contract
from pipeline_builder.core.plugins.model import InputType, PluginSecret, ValueKind
from tests.core.plugins.factories import a_plugin, an_input

AT = Location() / "stages" / 0 / "steps" / 1


def check(plugin, *, inputs=(), env=(), metadata=(), variables=(), secrets=()):
    """The input environment and the findings as (code, place) pairs."""
    report = Report()
    environment = check_contract(
        plugin,
        inputs=dict(inputs),
        env=dict(env),
        metadata=dict(metadata),
        variables=dict(variables),
        secrets=secrets,
        at=AT,
        report=report,
    )
    return environment, report


def found(report):
    return [(one.code, str(one.at)) for one in report]


def test_every_input_becomes_a_variable_with_its_value_its_default_or_nothing():
    plugin = a_plugin(
        inputs={
            "failOn": an_input(),
            "threshold": an_input(InputType.NUMBER, default="3"),
            "args": an_input(env="X_ARGS"),
        }
    )

    environment, report = check(plugin, inputs={"failOn": "high"})

    assert environment == {"FAIL_ON": "high", "THRESHOLD": "3", "X_ARGS": ""}
    assert found(report) == []


def test_an_input_may_be_given_through_its_variable():
    plugin = a_plugin(inputs={"failOn": an_input(default="low")})

    environment, report = check(plugin, env={"FAIL_ON": "high"})

    assert environment == {"FAIL_ON": "high"}
    assert found(report) == []


def test_an_input_wins_over_its_variable_and_says_so():
    plugin = a_plugin(inputs={"failOn": an_input()})

    environment, report = check(plugin, inputs={"failOn": "low"}, env={"FAIL_ON": "high"})
    (finding,) = report

    assert environment == {"FAIL_ON": "low"}
    assert (finding.code, finding.severity) == ("input-given-twice", Severity.WARNING)


def test_an_input_and_its_variable_of_one_value_are_no_contradiction():
    _, report = check(a_plugin(inputs={"a": an_input()}), inputs={"a": "x"}, env={"A": "x"})

    assert found(report) == []


def test_values_are_checked_where_they_were_written():
    plugin = a_plugin(
        inputs={
            "number": an_input(InputType.NUMBER),
            "choice": an_input(enum=("a", "b")),
            "rendered": an_input(InputType.BOOLEAN, default="perhaps"),
        }
    )

    _, report = check(plugin, inputs={"number": "three"}, env={"CHOICE": "c"})

    assert found(report) == [
        ("invalid-input", "stages[0].steps[1].inputs.number"),
        ("invalid-input", "stages[0].steps[1].env.CHOICE"),
        ("invalid-input", "stages[0].steps[1]"),
    ]
    assert [one.message for one in report] == [
        "Input 'number' of plugin 'jest' must be a number such as 3 or 0.5.",
        "Input 'choice' of plugin 'jest' must be one of a, b.",
        "Input 'rendered' of plugin 'jest' must be true or false.",
    ]


def test_a_value_that_the_execution_brings_is_not_judged():
    environment, report = check(
        a_plugin(inputs={"count": an_input(InputType.NUMBER, required=True)}), inputs={"count": "#{variables.COUNT}"}
    )

    assert environment == {"COUNT": "#{variables.COUNT}"}
    assert found(report) == []


@pytest.mark.parametrize("inputs", [{}, {"target": ""}])
def test_a_required_input_must_be_given(inputs):
    _, report = check(a_plugin(inputs={"target": an_input(required=True)}), inputs=inputs)
    (finding,) = report

    assert finding.code == "missing-input"
    assert finding.message == "Plugin 'jest' needs the input 'target'."
    assert finding.hint == "Add `target` under `inputs`: What it does."


def test_a_required_input_with_a_default_is_satisfied():
    assert found(check(a_plugin(inputs={"a": an_input(required=True, default="x")}))[1]) == []


def test_an_unknown_input_is_answered_with_the_nearest_one():
    _, report = check(a_plugin(inputs={"failOn": an_input()}), inputs={"failon": "x"})
    (finding,) = report

    assert finding.code == "unknown-input"
    assert finding.message == "Plugin 'jest' 1.0.0 has no input 'failon'."
    assert "failOn" in finding.hint


def test_an_input_of_a_plugin_without_inputs_says_so():
    (finding,) = check(a_plugin(), inputs={"zzz": "x"})[1]

    assert finding.hint == "It takes no inputs."


def test_an_input_that_a_secret_carries_is_no_plain_variable():
    plugin = a_plugin(inputs={"token": an_input(required=True), "other": an_input()})

    environment, report = check(plugin, secrets={"TOKEN"})

    assert environment == {"OTHER": ""}
    assert found(report) == []


def test_a_secret_may_not_come_as_plain_text():
    plugin = a_plugin(
        secrets=(PluginSecret(name="SNYK_TOKEN", required=True), PluginSecret(name="OTHER", required=False))
    )

    _, report = check(plugin, env={"SNYK_TOKEN": "hunter2"})
    (finding,) = report

    assert (finding.code, str(finding.at)) == ("secret-in-plain-text", "stages[0].steps[1].env.SNYK_TOKEN")
    assert "hunter2" not in f"{finding.message}{finding.hint}"


def test_required_metadata_and_vars_must_be_there():
    plugin = a_plugin(required_metadata=("REGION", "EMPTY"), required_vars=("team", "app.name", "app.none", "team.x"))

    _, report = check(plugin, metadata={"EMPTY": ""}, variables={"team": "a", "app": {"name": "web"}})

    assert [(one.code, one.message) for one in report] == [
        ("missing-metadata", "Plugin 'jest' needs 'REGION' in the pipeline's metadata."),
        ("missing-metadata", "Plugin 'jest' needs 'EMPTY' in the pipeline's metadata."),
        ("missing-vars", "Plugin 'jest' needs 'app.none' in the pipeline's vars."),
        ("missing-vars", "Plugin 'jest' needs 'team.x' in the pipeline's vars."),
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ValueKind.STRING, ["", "x", 3, True], [("a",), {"a": "b"}]),
        (ValueKind.NUMBER, [3, "3", "-0.5", "1e3", "#{variables.X}"], [True, "three", "", ("1",)]),
        (ValueKind.BOOL, [True, False, "true", "no", "1", 0], ["maybe", 2, ("true",)]),
        (ValueKind.BOOLEAN, [True, "False"], ["maybe"]),
        (ValueKind.JSON, [3, True, ("a",), {"a": "b"}, '{"a": 1}', "[]"], ["{", "a b", "[" * 100_000]),
    ],
)
def test_metadata_and_vars_must_be_of_the_kind_the_plugin_expects(kind, good, bad):
    plugin = a_plugin(metadata_types={"KEY": kind}, vars_types={"key": kind})

    for value in good:
        assert found(check(plugin, metadata={"KEY": value}, variables={"key": value})[1]) == []
    for value in bad:
        _, report = check(plugin, metadata={"KEY": value}, variables={"key": value})
        assert [one.code for one in report] == ["invalid-metadata", "invalid-vars"]


def test_a_kind_without_a_value_asks_for_nothing():
    assert found(check(a_plugin(metadata_types={"KEY": ValueKind.NUMBER}))[1]) == []
