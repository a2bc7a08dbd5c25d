"""What a plugin's specification must keep to beyond the shape of its fields."""

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline_builder.core.definition.model import PATH, VARIABLE
from pipeline_builder.core.definition.permissions import faults_in_conditions
from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.plugins.hints import did_you_mean
from pipeline_builder.core.plugins.inputs import expectation_missed, pattern_of, variable_of
from pipeline_builder.core.plugins.model import PLUGIN_NAME, PluginInput, PluginSpec, PluginType
from pipeline_builder.core.templating.findings import faults_of, secret_used
from pipeline_builder.core.templating.grammar import parse

MAXIMUM_BUILD_ARGUMENT_LENGTH = 4096

_INPUT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_RESERVED_PREFIX = "CODEBUILD_"
"""Of variables that CodeBuild sets. Source: AWS CodeBuild user guide, environment variables in build environments."""


def faults_of_spec(spec: PluginSpec) -> Iterator[Diagnostic]:
    """Everything in which the specification contradicts itself or could do harm; places are paths into it."""
    yield from _missing_commands(spec)
    yield from _bad_aliases(spec)
    yield from _bad_variables(spec)
    yield from _bad_inputs(spec)
    yield from _paths_out_of_the_workspace(spec)
    yield from _bad_build_arguments(spec)
    yield from _bad_templates(spec)
    yield from faults_in_conditions(spec.permissions, Location() / "permissions")


def _missing_commands(spec: PluginSpec) -> Iterator[Diagnostic]:
    if not spec.commands and spec.plugin_type is not PluginType.MANUAL_APPROVAL:
        yield Diagnostic(
            code="missing-commands",
            message=f"Plugin '{spec.name}' has no commands, so its steps would do nothing.",
            hint="Add `commands`, or make it a ManualApprovalStep.",
        )


def _bad_aliases(spec: PluginSpec) -> Iterator[Diagnostic]:
    seen = {spec.name}
    for index, alias in enumerate(spec.aliases):
        at = Location() / "aliases" / index
        if alias in seen:
            yield Diagnostic(
                code="duplicate-alias",
                message=f"'{alias}' is already a name of this plugin.",
                at=at,
                hint="Remove it.",
            )
        if not PLUGIN_NAME.regex.fullmatch(alias):
            yield Diagnostic(
                code="invalid-alias",
                message=f"The alias '{alias}' must be {PLUGIN_NAME.says}, as names of plugins are.",
                at=at,
            )
        seen.add(alias)


def _bad_variables(spec: PluginSpec) -> Iterator[Diagnostic]:
    """Every variable has one origin, and a name that a shell and CodeBuild accept."""
    origins: dict[str, str] = {}
    for variable, origin, at in _variables(spec):
        if not VARIABLE.regex.fullmatch(variable) or variable.startswith(_RESERVED_PREFIX):
            yield Diagnostic(
                code="invalid-variable",
                message=f"'{variable}' cannot be a variable of a step.",
                at=at,
                hint=f"Use letters, digits and underscores, and do not begin with a digit or with {_RESERVED_PREFIX}.",
            )
        if variable in origins:
            yield Diagnostic(
                code="duplicate-variable",
                message=f"The variable {variable} of {origin} is also the one of {origins[variable]}.",
                at=at,
                hint="Give one of them another name.",
            )
        origins.setdefault(variable, origin)


def _variables(spec: PluginSpec) -> Iterator[tuple[str, str, Location]]:
    """Each variable the specification sets: its name, what sets it, and where."""
    for index, secret in enumerate(spec.secrets):
        yield secret.name, f"the secret '{secret.name}'", Location() / "secrets" / index / "name"
    for name, declared in spec.inputs.items():
        at = Location() / "inputs" / name
        yield variable_of(name, declared), f"the input '{name}'", at / "env" if declared.env else at
    secrets = {secret.name for secret in spec.secrets}
    for name, value in spec.env.items():
        if value or name not in secrets:  # empty text beside a secret says in many packages: it comes from there
            yield name, "`env`", Location() / "env" / name


def _bad_inputs(spec: PluginSpec) -> Iterator[Diagnostic]:
    for name, declared in spec.inputs.items():
        at = Location() / "inputs" / name
        if not _INPUT_NAME.fullmatch(name):
            yield Diagnostic(
                code="invalid-input-name",
                message=f"'{name}' cannot be the name of an input.",
                at=at,
                hint="Begin with a letter and use letters, digits, - and _.",
            )
        bad_pattern = _bad_pattern(declared, at / "pattern")
        if bad_pattern:
            yield bad_pattern
        else:
            yield from _bad_values(name, declared, at)


def _bad_pattern(declared: PluginInput, at: Location) -> Diagnostic | None:
    if declared.pattern is None:
        return None
    from pipeline_builder.core.plugins.patterns import UnsupportedPattern  # noqa: PLC0415 -- few inputs have one

    try:
        pattern_of(declared.pattern)
    except UnsupportedPattern as error:
        return Diagnostic(
            code=error.code,
            message=str(error),
            at=at,
            hint="Use characters, [ ], ( ), | and quantifiers; the whole value must match.",
        )
    return None


def _bad_values(name: str, declared: PluginInput, at: Location) -> Iterator[Diagnostic]:
    """The default and the choices must themselves be what the input asks for; a template is known only later."""
    free = replace(declared, enum=())
    values = [(value, free, at / "enum" / index) for index, value in enumerate(declared.enum)]
    if declared.default is not None and "{{" not in declared.default:
        values.append((declared.default, declared, at / "default"))
    for value, wanted, place in values:
        missed = expectation_missed(value, wanted)
        if missed:
            yield Diagnostic(
                code="invalid-input-value",
                message=f"'{value}' cannot be a value of the input '{name}': it must be {missed}.",
                at=place,
            )


def _paths_out_of_the_workspace(spec: PluginSpec) -> Iterator[Diagnostic]:
    paths = [(output.path, Location() / "outputs" / index / "path") for index, output in enumerate(spec.outputs)]
    if spec.primary_output_directory is not None:
        paths.append((spec.primary_output_directory, Location() / "primaryOutputDirectory"))
    for path, at in paths:
        if not is_inside(path):
            yield Diagnostic(
                code="path-outside",
                message=f"'{path}' is not a path inside the workspace.",
                at=at,
                hint="Write it relative to the workspace, with / between its parts and without `..`.",
            )


def is_inside(path: str) -> bool:
    """Whether a path, or a glob, relative to some folder can only lead to what lies in it."""
    return path.isprintable() and PATH.regex.fullmatch(path) is not None


def _bad_build_arguments(spec: PluginSpec) -> Iterator[Diagnostic]:
    for name, value in spec.build_args.items():
        at = Location() / "buildArgs" / name
        if not VARIABLE.regex.fullmatch(name):
            yield Diagnostic(
                code="invalid-build-argument",
                message=f"'{name}' cannot be a build argument: it must be {VARIABLE.says}.",
                at=at,
            )
        if len(value) > MAXIMUM_BUILD_ARGUMENT_LENGTH:
            yield Diagnostic(
                code="invalid-build-argument",
                message=f"The build argument '{name}' is longer than {MAXIMUM_BUILD_ARGUMENT_LENGTH} characters.",
                at=at,
            )


def _bad_templates(spec: PluginSpec) -> Iterator[Diagnostic]:
    """Expressions that can have no value wherever the plugin is used."""
    texts = {
        **{Location() / "env" / name: text for name, text in spec.env.items()},
        **{Location() / "installCommands" / index: text for index, text in enumerate(spec.install_commands)},
        **{Location() / "commands" / index: text for index, text in enumerate(spec.commands)},
        **{Location() / "inputs" / name / "default": one.default or "" for name, one in spec.inputs.items()},
    }
    for at, text in texts.items():
        template = parse(text)
        yield from faults_of(template, at, _position_of_the_text)
        for expression in template.expressions:
            root, *rest = expression.path
            if root == "secrets":
                yield secret_used(expression, at, _position_of_the_text)
            elif root == "inputs" and rest[:1] and rest[0] not in spec.inputs:
                yield Diagnostic(
                    code="template-unknown-path",
                    message=f"'{expression}' has no value: the plugin has no input '{rest[0]}'.",
                    at=at,
                    hint=did_you_mean(rest[0], spec.inputs),
                )
    for name, text in spec.build_args.items():
        if parse(text).expressions:
            yield Diagnostic(
                code="template-scope",
                message=f"The build argument '{name}' cannot hold an expression.",
                at=Location() / "buildArgs" / name,
                hint="The image is built once, before any pipeline uses it.",
            )


def _position_of_the_text(_offset: int) -> None:
    """Offsets are known in the text only; the finding's place is found by its path."""
