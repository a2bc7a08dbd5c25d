"""Environment variables: by which names, and not with secrets in them."""

from collections.abc import Iterator

from pipeline_builder.core.definition.model import VARIABLE
from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.schema.findings import shown

_SET_HERE = frozenset({"PIPELINE_EXECUTION_ID", "PIPELINE_NAME", "PIPELINE_STAGE", "PIPELINE_STEP"})
_CREDENTIALS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


_OF_SOMEBODY = ("AWS_", "CODEBUILD_", "PIPELINE_")


def is_ordinary(name: str) -> bool:
    """Whether there is nothing to say about the name, as there is not about most."""
    return VARIABLE.regex.fullmatch(name) is not None and not name.startswith(_OF_SOMEBODY)


def invalid_variable_name(name: str, at: Location) -> Iterator[Diagnostic]:
    """Environment variables must be such to a shell."""
    if not VARIABLE.regex.fullmatch(name):
        yield Diagnostic(
            code="invalid-variable-name",
            message=f"'{shown(name)}' is no name of an environment variable.",
            at=at,
            hint="Use letters, digits and underscores; begin with no digit.",
        )


def reserved_variable_name(name: str, at: Location) -> Iterator[Diagnostic]:
    """Source: "Environment variables in build environments" in the CodeBuild user guide."""
    if name.startswith("CODEBUILD_"):
        yield Diagnostic(
            code="reserved-variable-name",
            message=f"'{shown(name)}' belongs to CodeBuild, which sets such variables itself.",
            at=at,
            hint="Choose another name.",
        )


def shadowed_variable(name: str, at: Location) -> Iterator[Diagnostic]:
    """Each step is told where it runs; what a definition says of it would not count."""
    if name in _SET_HERE:
        yield Diagnostic(
            code="shadowed-variable",
            message=f"'{name}' is set for every step, so this value has no effect.",
            at=at,
            severity=Severity.WARNING,
            hint="Remove it, or choose another name.",
        )


def plain_text_credential(name: str, at: Location) -> Iterator[Diagnostic]:
    """Variables can be read by everybody who can see the project; such a value is not repeated here either."""
    if name in _CREDENTIALS:
        yield Diagnostic(
            code="plain-text-credential",
            message=f"'{name}' must not be written down.",
            at=at,
            hint="Give the step a `role`, or bind the variable under `secrets`.",
        )
