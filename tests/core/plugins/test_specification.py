"""What a specification must keep to beyond the shape of its fields."""

import pytest

from pipeline_builder.core.definition.model import Permission
from pipeline_builder.core.plugins.model import (
    InputType,
    OutputKind,
    PluginOutput,
    PluginSecret,
    PluginSpec,
    PluginType,
)
from pipeline_builder.core.plugins.specification import faults_of_spec, is_inside
from tests.core.plugins.factories import an_input


def found(**spec):
    written = PluginSpec(**{"name": "jest", "version": "1.0.0", "commands": ("true",), **spec})
    return [(one.code, str(one.at)) for one in faults_of_spec(written)]


def test_a_specification_with_everything_in_order_has_no_fault():
    assert (
        found(
            aliases=("nodejs-jest",),
            secrets=(PluginSecret(name="TOKEN", required=True),),
            inputs={
                "failOn": an_input(enum=("low", "high"), default="low", pattern="[a-z]+"),
                "count": an_input(InputType.NUMBER, enum=("1", "2"), default=""),
                "channel": an_input(InputType.BOOLEAN, default="{{ pipeline.vars.on | default: 'true' }}"),
            },
            env={"CI": "true"},
            outputs=(PluginOutput(kind=OutputKind.JUNIT, path="reports/**/*.xml"),),
            primary_output_directory="**/*",
            cache=("/var/cache/pipeline/npm/**/*",),
            build_args={"VERSION": "1"},
        )
        == []
    )


def test_a_plugin_that_does_nothing_is_refused():
    assert found(commands=()) == [("missing-commands", "")]
    assert found(commands=(), install_commands=("true",)) == [("missing-commands", "")]
    assert found(commands=(), plugin_type=PluginType.MANUAL_APPROVAL) == []


def test_an_alias_is_a_further_name_and_fit_for_one():
    assert found(aliases=("a", "a", "jest", "No Name")) == [
        ("duplicate-alias", "aliases[1]"),
        ("duplicate-alias", "aliases[2]"),
        ("invalid-alias", "aliases[3]"),
    ]


def test_every_variable_has_one_origin():
    assert found(
        secrets=(PluginSecret(name="TOKEN", required=True), PluginSecret(name="TOKEN", required=False)),
        inputs={"token": an_input(), "other": an_input(env="CI"), "third": an_input(env="CI")},
        env={"CI": "true"},
    ) == [
        ("duplicate-variable", "secrets[1].name"),
        ("duplicate-variable", "inputs.token"),
        ("duplicate-variable", "inputs.third.env"),
        ("duplicate-variable", "env.CI"),
    ]


def test_an_empty_variable_may_stand_for_a_secret():
    secrets = (PluginSecret(name="TOKEN", required=False),)

    assert found(secrets=secrets, env={"TOKEN": ""}) == []
    assert found(secrets=secrets, env={"TOKEN": "x"}) == [("duplicate-variable", "env.TOKEN")]


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "", "CODEBUILD_BUILD_ID", "Ä"])
def test_a_variable_has_a_name_that_shells_and_codebuild_accept(name):
    assert found(env={name: "x"}) == [("invalid-variable", f"env.{name}")]


@pytest.mark.parametrize("name", ["a b", "1st", "", "ä", "a.b"])
def test_an_input_has_a_plain_name(name):
    assert ("invalid-input-name", f"inputs.{name}") in found(inputs={name: an_input(env="X")})


def test_defaults_and_choices_are_what_the_input_asks_for():
    assert found(
        inputs={
            "a": an_input(InputType.NUMBER, default="three"),
            "b": an_input(enum=("x", "y"), default="z"),
            "c": an_input(pattern="[a-z]+", enum=("ok", "No")),
            "d": an_input(InputType.BOOLEAN, enum=("true", "perhaps")),
        }
    ) == [
        ("invalid-input-value", "inputs.a.default"),
        ("invalid-input-value", "inputs.b.default"),
        ("invalid-input-value", "inputs.c.enum[1]"),
        ("invalid-input-value", "inputs.d.enum[1]"),
    ]


def test_a_pattern_outside_the_subset_is_told_once():
    assert found(inputs={"a": an_input(pattern="(?=a)", default="x", enum=("x",))}) == [
        ("unsupported-pattern", "inputs.a.pattern")
    ]


def test_what_a_step_leaves_behind_lies_in_the_workspace():
    assert found(
        outputs=(PluginOutput(kind=OutputKind.FILES, path="../x"), PluginOutput(kind=OutputKind.FILES, path="x")),
        primary_output_directory="/out",
    ) == [("path-outside", "outputs[0].path"), ("path-outside", "primaryOutputDirectory")]


def test_a_condition_that_iam_does_not_know_is_told():
    asked = Permission(actions=("s3:*",), resources=("*",), conditions={"NullIfExists": {"a": "b"}})
    assert found(permissions=(asked,)) == [("permission-condition", "permissions[0].conditions.NullIfExists")]


@pytest.mark.parametrize("path", ["/a", "~/a", "..", "a/../b", "a/..", "a\\b", "a\nb", "", " "])
def test_a_path_that_could_lead_elsewhere_is_not_inside(path):
    assert not is_inside(path)


@pytest.mark.parametrize("path", [".", "a", "./a", "a/b", "a..b", "**/*", "...", "@scope/ä b.txt"])
def test_a_relative_path_is_inside(path):
    assert is_inside(path)


def test_build_arguments_have_names_and_bounds():
    assert found(build_args={"A-B": "", "OK": "x" * 4096, "LONG": "x" * 4097}) == [
        ("invalid-build-argument", "buildArgs.A-B"),
        ("invalid-build-argument", "buildArgs.LONG"),
    ]


def test_expressions_that_can_never_have_a_value_are_told():
    assert found(
        inputs={"failOn": an_input(default="{{ pipeline.vars.level | default: 'high' }}")},
        env={"A": "{{ vars.x", "B": "{{ pipeline.vars.x }} {{.Names}} ${{ github.sha }}"},
        install_commands=("echo {{ inputs.failOn }} {{ inputs.fail }}",),
        commands=("echo {{ secrets.TOKEN }}", "echo {{ env.A }} {{ plugin.version }}"),
        build_args={"V": "{{ plugin.version }}", "W": "{{ other }}"},
    ) == [
        ("template-syntax", "env.A"),
        ("template-unknown-path", "installCommands[0]"),
        ("template-secret", "commands[0]"),
        ("template-scope", "buildArgs.V"),
    ]
