"""What inputs accept, and the variables that carry them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.plugins.inputs import expectation_missed, is_known_later, variable_of
from pipeline_builder.core.plugins.model import InputType
from tests.core.plugins.factories import an_input


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("failOn", "FAIL_ON"),
        ("nodeVersion20", "NODE_VERSION20"),
        ("ecrURL", "ECR_URL"),
        ("AWSRegion", "AWS_REGION"),
        ("dry-run", "DRY_RUN"),
        ("already_snake", "ALREADY_SNAKE"),
        ("x", "X"),
    ],
)
def test_an_input_is_carried_by_its_name_in_upper_snake_case(name, variable):
    assert variable_of(name, an_input()) == variable


def test_a_plugin_may_name_the_variable_itself():
    assert variable_of("failOn", an_input(env="SEVERITY")) == "SEVERITY"


@pytest.mark.parametrize(
    ("declared", "good", "bad", "expectation"),
    [
        (
            an_input(InputType.NUMBER),
            ["0", "-3", "0.5", "1e3"],
            ["x", "01", "1.", "0x10", " 1", "NaN"],
            "a number such as 3 or 0.5",
        ),
        (an_input(InputType.BOOLEAN), ["true", "false"], ["yes", "True", "1"], "true or false"),
        (an_input(enum=("low", "high")), ["low", "high"], ["Low", "medium"], "one of low, high"),
        (an_input(pattern="[a-z]+"), ["abc"], ["a1", "abc\n"], "of the form [a-z]+"),
        (an_input(), ["anything", "{{ x }}"], [], ""),
    ],
)
def test_a_value_must_be_of_the_type_the_choice_and_the_pattern(declared, good, bad, expectation):
    assert [value for value in ["", *good] if expectation_missed(value, declared)] == []
    assert {expectation_missed(value, declared) for value in bad} <= {expectation}
    assert all(expectation_missed(value, declared) for value in bad)


def test_a_value_of_an_execution_is_known_later():
    assert is_known_later("v#{variables.VERSION}")
    assert not is_known_later("#{} #fragment {x}")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_as_it_is_usually_written_is_a_number(number):
    assert expectation_missed(str(number), an_input(InputType.NUMBER)) is None
