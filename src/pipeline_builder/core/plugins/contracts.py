"""What a plugin asks of the pipeline that uses it, checked where it is used."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, assert_never

from pipeline_builder.core.definition.model import Value
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.plugins.hints import did_you_mean
from pipeline_builder.core.plugins.inputs import expectation_missed, is_known_later, variable_of
from pipeline_builder.core.plugins.model import Plugin, PluginInput, ValueKind
from pipeline_builder.core.schema.findings import listed

_KINDS = {
    ValueKind.STRING: "a text",
    ValueKind.NUMBER: "a number",
    ValueKind.BOOL: "true or false",
    ValueKind.BOOLEAN: "true or false",
    ValueKind.JSON: "JSON",
}


class _Scope(NamedTuple):
    """Values of a pipeline that a plugin may ask for by name."""

    name: str
    place: str
    missing: str
    invalid: str


_METADATA = _Scope(
    "metadata", "`metadata` of the step, or in `global` for all steps", "missing-metadata", "invalid-metadata"
)
_VARS = _Scope("vars", "`vars`", "missing-vars", "invalid-vars")

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS = ("true", "false", "1", "0", "yes", "no")


def check_contract(
    plugin: Plugin,
    *,
    inputs: Mapping[str, str],
    env: Mapping[str, str],
    metadata: Mapping[str, Value],
    variables: Mapping[str, Value],
    secrets: Collection[str],
    at: Location,
    report: Report,
) -> dict[str, str]:
    """Report where a use of the plugin does not keep the plugin's contract, and give the variables its inputs become.

    An input may be given by name, or, as definitions in the world do it, through its variable; both are checked alike.
    A value that CodePipeline completes later (`#{…}`) cannot be checked and passes.

    Args:
        plugin: with every template expression of its specification rendered.
        inputs: by the names the plugin gives them, as the author of the definition wrote them.
        env: all plain variables of the step, the plugin's own inputs left out.
        metadata: all metadata that reaches the step.
        variables: the definition's `vars`.
        secrets: variables that the step takes from secrets.
        at: the step.

    Returns:
        A variable for every input that no secret carries: its value, its default or empty text. They win over `env`.
    """
    spec = plugin.spec
    report.extend(_missing(_METADATA, spec.required_metadata, metadata, plugin, at))
    report.extend(_missing(_VARS, spec.required_vars, variables, plugin, at))
    report.extend(_of_wrong_kind(_METADATA, spec.metadata_types, metadata, plugin, at))
    report.extend(_of_wrong_kind(_VARS, spec.vars_types, variables, plugin, at))
    report.extend(_plain_secrets(plugin, env, at))
    report.extend(_unknown_inputs(plugin, inputs, at))
    environment = {}
    for name, declared in spec.inputs.items():
        variable = variable_of(name, declared)
        if variable not in secrets:
            environment[variable] = _value(plugin, name, declared, inputs=inputs, env=env, at=at, report=report)
    return environment


def _value(
    plugin: Plugin,
    name: str,
    declared: PluginInput,
    *,
    inputs: Mapping[str, str],
    env: Mapping[str, str],
    at: Location,
    report: Report,
) -> str:
    """The text an input gets; what is wrong with it is reported where it was written."""
    variable = variable_of(name, declared)
    if name in inputs:
        value, place = inputs[name], at / "inputs" / name
        if env.get(variable, value) != value:
            report.add(_given_twice(name, variable, place))
    elif variable in env:
        value, place = env[variable], at / "env" / variable
    else:
        value, place = declared.default or "", at
    if not value and declared.required:
        report.add(
            Diagnostic(
                code="missing-input",
                message=f"Plugin '{plugin.spec.name}' needs the input '{name}'.",
                at=at,
                hint=f"Add `{name}` under `inputs`: {declared.description}",
            )
        )
    missed = None if is_known_later(value) else expectation_missed(value, declared)
    if missed:
        report.add(
            Diagnostic(
                code="invalid-input",
                message=f"Input '{name}' of plugin '{plugin.spec.name}' must be {missed}.",
                at=place,
                hint=declared.description,
            )
        )
    return value


def _given_twice(name: str, variable: str, at: Location) -> Diagnostic:
    return Diagnostic(
        code="input-given-twice",
        message=f"Input '{name}' is given, and its variable {variable} has another value; the input counts.",
        at=at,
        severity=Severity.WARNING,
        hint=f"Remove {variable} from the environment or the metadata, or the input.",
    )


def _unknown_inputs(plugin: Plugin, inputs: Iterable[str], at: Location) -> Iterable[Diagnostic]:
    known = plugin.spec.inputs
    for name in inputs:
        if name not in known:
            yield Diagnostic(
                code="unknown-input",
                message=f"Plugin '{plugin.spec.name}' {plugin.spec.version} has no input '{name}'.",
                at=at / "inputs" / name,
                hint=did_you_mean(name, known) or (f"It takes: {listed(known)}." if known else "It takes no inputs."),
            )


def _plain_secrets(plugin: Plugin, env: Mapping[str, str], at: Location) -> Iterable[Diagnostic]:
    for secret in plugin.spec.secrets:
        if env.get(secret.name):
            yield Diagnostic(
                code="secret-in-plain-text",
                message=f"{secret.name} is a secret of plugin '{plugin.spec.name}' and may not be given as plain text.",
                at=at / "env" / secret.name,
                hint=f"Store it in Secrets Manager and name it under `secrets`: `{secret.name}: my-secret`.",
            )


def _missing(
    scope: _Scope, required: Iterable[str], given: Mapping[str, Value], plugin: Plugin, at: Location
) -> Iterable[Diagnostic]:
    for key in required:
        if _found(key, given) in (None, ""):
            yield Diagnostic(
                code=scope.missing,
                message=f"Plugin '{plugin.spec.name}' needs '{key}' in the pipeline's {scope.name}.",
                at=at,
                hint=f"Set `{key}` in {scope.place}.",
            )


def _of_wrong_kind(
    scope: _Scope, kinds: Mapping[str, ValueKind], given: Mapping[str, Value], plugin: Plugin, at: Location
) -> Iterable[Diagnostic]:
    for key, kind in kinds.items():
        value = _found(key, given)
        if value is not None and not _is_of_kind(value, kind):
            yield Diagnostic(
                code=scope.invalid,
                message=f"Plugin '{plugin.spec.name}' needs {_KINDS[kind]} as '{key}' in the pipeline's {scope.name}.",
                at=at,
                hint=f"It is set in {scope.place}.",
            )


def _found(key: str, given: Mapping[str, Value]) -> Value:
    """The value under this key, or where the path `a.b` leads."""
    if key in given:
        return given[key]
    value: Value = given
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _is_of_kind(value: Value, kind: ValueKind) -> bool:
    """Whether the value is of the kind, or text that reads as one."""
    if isinstance(value, str) and is_known_later(value):
        return True
    match kind:
        case ValueKind.STRING:
            return isinstance(value, str | int)
        case ValueKind.NUMBER:
            return not isinstance(value, bool) and isinstance(value, str | int) and bool(_NUMBER.fullmatch(str(value)))
        case ValueKind.JSON:
            return not isinstance(value, str) or _is_json(value)
        case ValueKind.BOOL | ValueKind.BOOLEAN:
            return isinstance(value, bool) or str(value).lower() in _BOOLEANS
        case _:
            assert_never(kind)


def _is_json(text: str) -> bool:
    import json  # noqa: PLC0415 -- only where a plugin asks for JSON

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
