"""What the values of metadata mean: each function makes a setting of a value, however it is written in the world.

Values arrive as data, or as text that holds JSON, lists with commas, or durations. A boolean as text counts as what it
says: `"false"` is false.
"""

import json
import re
from collections.abc import Mapping
from typing import TypeVar

from pipeline_builder.core.definition.model import (
    ARN,
    IMAGE,
    NAME,
    PATH,
    ROLE_NAME,
    ComputeType,
    NotificationEvent,
    Permission,
    PipelineVariable,
    SecretReference,
    Value,
)
from pipeline_builder.core.definition.permissions import faults_in_conditions
from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import Node, Sequence, read_document
from pipeline_builder.core.schema.annotations import Pattern
from pipeline_builder.core.schema.reader import as_data, read

T = TypeVar("T")


class NotUnderstood(Exception):
    """A value is not what its key needs; the text finishes the sentence "… must be". Never leaves this package."""


def text(value: Value) -> str:
    """A text that is not empty, a number, or a truth, as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int) and str(value):
        return str(value)
    raise NotUnderstood("a text")


def truth(value: Value) -> bool:
    """A boolean, also as text."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    meant = value if isinstance(value, bool) else words.get(str(value).strip().lower())
    if meant is None:
        raise NotUnderstood("true or false")
    return meant


def arn(value: Value) -> str:
    """An ARN."""
    return _fitting(ARN, value)


def name(value: Value) -> str:
    """A name that CodePipeline takes."""
    return _fitting(NAME, value)


def role_name(value: Value) -> str:
    """Name of a role, with its path."""
    return _fitting(ROLE_NAME, value)


def path(value: Value) -> str:
    """A path inside the workspace."""
    return _fitting(PATH, value)


def image(value: Value) -> str:
    """Name of an image."""
    return _fitting(IMAGE, value)


def _fitting(pattern: Pattern, value: Value) -> str:
    written = text(value)
    if not pattern.regex.fullmatch(written):
        raise NotUnderstood(pattern.says)
    return written


def version_two(value: Value) -> str:
    """The type of pipeline, which is V2: triggers, variables and conditions need it."""
    if text(value).upper() != "V2":
        raise NotUnderstood("V2, as every pipeline here is")
    return "V2"


_MOST_MINUTES = 2160
_DURATION = re.compile(
    r"P(?:(?P<days>[0-9]{1,2})D)?(?:T(?:(?P<hours>[0-9]{1,4})H)?(?:(?P<minutes>[0-9]{1,5})M)?(?:(?P<seconds>[0-9]{1,7})S)?)?"
)


def minutes(value: Value) -> int:
    """A number, also as text, or a duration of ISO 8601 such as `PT1H30M`; begun minutes count."""
    written = text(value)
    duration = _DURATION.fullmatch(written)
    if re.fullmatch(r"[0-9]{1,6}", written):
        amount = int(written)
    elif duration is not None and any(duration.groups()):
        days, hours, whole, seconds = (int(part or 0) for part in duration.groups())
        amount = (days * 24 + hours) * 60 + whole + -(-seconds // 60)
    else:
        raise NotUnderstood("minutes, as a number or like PT1H30M")
    if amount > _MOST_MINUTES:
        raise NotUnderstood(f"at most {_MOST_MINUTES} minutes")
    return amount


_MOST_DAYS = 3650


def days(value: Value) -> int:
    """A number of days, also as text."""
    written = text(value)
    if not re.fullmatch(r"[0-9]{1,4}", written) or not 1 <= int(written) <= _MOST_DAYS:
        raise NotUnderstood(f"a number of days from 1 to {_MOST_DAYS}")
    return int(written)


def texts(value: Value) -> tuple[str, ...]:
    """A list, a lone text, or texts with commas between them."""
    return tuple(text(item) for item in (value if isinstance(value, tuple) else _with_commas(value)))


def _with_commas(value: Value) -> list[str]:
    return [part.strip() for part in text(value).split(",")]


def commands(value: Value) -> tuple[str, ...]:
    """A list of commands, or a lone one; commas belong to the command."""
    return tuple(text(item) for item in (value if isinstance(value, tuple) else (value,)))


def texts_by_name(value: Value) -> dict[str, str]:
    """A map from names to texts, also as JSON."""
    data = as_data(_node(value))
    if not isinstance(data, Mapping):
        raise NotUnderstood("a map from names to texts")
    return {key: "" if below == "" else text(below) for key, below in data.items()}


def compute_type(value: Value) -> ComputeType:
    """In the catalogue's words, or in those of CodeBuild."""
    word = text(value).upper()
    sizes = {f"BUILD_GENERAL1_{size.replace('X2_', '2X').replace('X_', 'X')}": size for size in ComputeType}
    size = sizes.get(word, word)
    if size not in set(ComputeType):
        raise NotUnderstood(f"one of {', '.join(ComputeType)}, or BUILD_GENERAL1_…")
    return ComputeType(size)


def events(value: Value) -> tuple[NotificationEvent, ...]:
    """Some of the events, as a list or with commas between them."""
    words = [word.upper() for word in texts(value)]
    if not set(words) <= set(NotificationEvent):
        raise NotUnderstood(f"some of {', '.join(NotificationEvent)}")
    return tuple(NotificationEvent(word) for word in words)


def pipeline_variables(value: Value) -> tuple[PipelineVariable, ...]:
    """`A=1,B=2`, or a list of `{name, defaultValue, description}`."""
    if isinstance(value, str) and not value.lstrip().startswith(("[", "{")):
        pairs = [part.partition("=") for part in _with_commas(value)]
        value = tuple({"name": key.strip(), "default": default or None} for key, _, default in pairs)
    return _records(PipelineVariable, value)


def permissions(value: Value) -> tuple[Permission, ...]:
    """A list of `{actions, resources, effect, conditions}`, or one of them."""
    asked = _records(Permission, value)
    for fault in faults_in_conditions(asked, Location()):
        raise NotUnderstood(f"a list of permissions ({fault.message.rstrip('.')})")
    return asked


def typed_variables(value: Value) -> dict[str, str | SecretReference]:
    """`{NAME: {value, type}}`, as CodeBuild has it: plain, from Secrets Manager, or from the Parameter Store."""
    data = as_data(_node(value))
    if not isinstance(data, Mapping):
        raise NotUnderstood("a map {NAME: {value, type}}")
    return {variable: _typed_variable(given) for variable, given in data.items()}


def _typed_variable(given: Value) -> str | SecretReference:
    if not isinstance(given, Mapping) or "value" not in given or not set(given) <= {"value", "type"}:
        raise NotUnderstood("a map {NAME: {value, type}}")
    written = "" if given["value"] == "" else text(given["value"])
    match given.get("type"):
        case None | "PLAINTEXT":
            return written
        case "PARAMETER_STORE":
            return SecretReference(parameter=written)
        case "SECRETS_MANAGER":
            return _secret(written)
        case _:
            raise NotUnderstood("of the types PLAINTEXT, PARAMETER_STORE or SECRETS_MANAGER")


_ARN_PARTS = 7


def _secret(written: str) -> SecretReference:
    """`name:json-key:version-stage:version-id`, or the same behind an ARN.

    Source: "Build specification reference for CodeBuild", env/secrets-manager.
    """
    parts = written.split(":")
    count = _ARN_PARTS if written.startswith("arn:") else 1
    key, stage, version, *_ = [*parts[count:], "", "", ""]
    return SecretReference(
        secret=":".join(parts[:count]), key=key or None, version_stage=stage or None, version_id=version or None
    )


def _records(cls: type[T], value: Value) -> tuple[T, ...]:
    node = _node(value)
    report = Report()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    records = [read(cls, one, Location(), report) for one in nodes]
    if report.has_errors:
        raise NotUnderstood(f"a list of records ({report.diagnostics[0].message.rstrip('.')})")
    return tuple(record for record in records if record is not None)


def _node(value: Value) -> Node:
    """Structured data, or the same as JSON in a text."""
    report = Report()
    written = value if isinstance(value, str) else json.dumps(value)
    document = read_document(written.encode(errors="replace"), "metadata.json", report)
    if document is None or report.has_errors:
        raise NotUnderstood("data, or JSON in a text")
    return document.root
