"""Findings of the kernel, as the API tells them."""

from collections.abc import Sequence

from pydantic import Field

from pipeline_builder.core.diagnostics import Diagnostic
from pipeline_builder.kit.wire import Answered, Row


class Finding(Row, frozen=True):
    """One finding about a document."""

    code: str
    severity: str
    message: str
    at: str
    file: str | None
    hint: str | None
    line: int | None
    column: int | None


class FindingRead(Answered):
    """One finding about a document."""

    code: str = Field(description="What is the case, for programs; the reference explains each.")
    severity: str = Field(description="`error`, `warning` or `note`.")
    message: str = Field(description="What is the case, in a sentence.")
    at: str = Field(description="Where in the document: `stages[0].steps[1].plugin`.")
    file: str | None = Field(description="The file.")
    hint: str | None = Field(description="What to do about it.")
    line: int | None = Field(description="Line in the file, from 1.")
    column: int | None = Field(description="Column in the line, from 1.")


def findings_of(diagnostics: Sequence[Diagnostic]) -> tuple[Finding, ...]:
    """Findings of the kernel, as the API tells them."""
    return tuple(
        Finding(
            code=one.code,
            severity=one.severity.value,
            message=one.message,
            at=str(one.at),
            file=one.file,
            hint=one.hint,
            line=one.position.line if one.position else None,
            column=one.position.column if one.position else None,
        )
        for one in diagnostics
    )
