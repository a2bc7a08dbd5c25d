"""Where a step's secrets lie, as CodeBuild reads them and as IAM names them.

A value never passes through here: CodeBuild fetches it when the step begins.
"""

import re
from dataclasses import dataclass

from pipeline_builder.core.definition.model import SecretReference
from pipeline_builder.core.planning.model import EnvironmentVariable, Sub, Text, VariableKind
from pipeline_builder.core.planning.text import arn, joined

_SUFFIXED = re.compile(r"-[A-Za-z0-9]{6}")
_ANY_SUFFIX = "-??????"
"""Secrets Manager ends the ARN of a secret with a hyphen and six characters. Source: its user guide, IAM examples."""


@dataclass(frozen=True, slots=True)
class BoundSecret:
    """A variable of a step whose value is a secret, and the ARNs that reading it needs."""

    variable: EnvironmentVariable
    resources: tuple[Text, ...]


def default_place(prefix: str, org_id: Text, name: str) -> Text:
    """`{prefix}/{orgId}/{NAME}`."""
    return joined(f"{prefix}/", org_id, f"/{name}")


def bind(name: str, reference: SecretReference | None, default: Text) -> BoundSecret:
    """Bind the variable `name` to the secret a reference names, or to its default place."""
    if reference is not None and reference.parameter is not None:
        return _parameter(name, reference.parameter)
    place: Text = reference.secret if reference is not None and reference.secret is not None else default
    return BoundSecret(
        EnvironmentVariable(name, joined(place, _selection(reference)), VariableKind.SECRET), secret_resources(place)
    )


def _selection(reference: SecretReference | None) -> str:
    """`:json-key:version-stage:version-id`, as far as given. Source: buildspec reference, env/secrets-manager."""
    if reference is None:
        return ""
    parts = (reference.key or "", reference.version_stage or "", reference.version_id or "")
    return (":" + ":".join(parts)).rstrip(":")


def secret_resources(place: Text) -> tuple[Text, ...]:
    """ARN patterns of a secret, by its name or its ARN: AWS puts a suffix behind the name."""
    if isinstance(place, Sub) or not place.startswith("arn:"):
        return (joined(arn("secretsmanager", "secret:"), place, _ANY_SUFFIX),)
    # A name may itself end like a suffix ("my-secret"), so what looks complete may still want one.
    return (place, place + _ANY_SUFFIX) if _SUFFIXED.fullmatch(place[-7:]) else (place + _ANY_SUFFIX,)


def _parameter(name: str, parameter: str) -> BoundSecret:
    variable = EnvironmentVariable(name, parameter, VariableKind.PARAMETER)
    if parameter.startswith("arn:"):
        return BoundSecret(variable, (parameter,))
    return BoundSecret(variable, (arn("ssm", "parameter/" + parameter.removeprefix("/")),))
