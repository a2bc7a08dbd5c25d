"""`check`: everything that is wrong with definitions."""

from collections.abc import Sequence
from os import fspath
from pathlib import Path

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import planned, sources_of
from pipeline_builder.cli.options import FindingsFormat
from pipeline_builder.cli.output import counted, say, show_findings
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity
from pipeline_builder.kernel import FileUnreadable


def check(
    files: Sequence[Path],
    plugins: Sequence[Path],
    lock: Path | None,
    form: FindingsFormat,
    *,
    locked: bool,
    strict: bool,
) -> Exit:
    """Check each file by itself; the findings of all are shown together, and then what could not be read.

    Raises:
        FileUnreadable: one of the files, or the lock, cannot be read.
    """
    found: list[Diagnostic] = []
    unreadable: dict[str, FileUnreadable] = {}
    for file in files:
        report = Report()
        try:
            planned(file, plugins, lock, report, locked=locked)
        except FileUnreadable as error:
            unreadable[error.path] = error
        found += report.diagnostics
    show_findings(found, form, sources_of([file for file in files if fspath(file) not in unreadable]))
    if unreadable:
        *others, last = unreadable.values()
        for other in others:
            say(f"error: {other}")
        raise last
    worst = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(one.severity in worst for one in found):
        return Exit.FINDINGS
    if form is FindingsFormat.TEXT:
        say(f"{counted(len(files), 'definition is', 'definitions are')} fine.")
    return Exit.FINE
