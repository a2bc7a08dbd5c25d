"""`check`: everything that is wrong with definitions."""

from collections.abc import Sequence
from pathlib import Path

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import planned, sources_of
from pipeline_builder.cli.options import FindingsFormat
from pipeline_builder.cli.output import counted, say, show_findings
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity


def check(
    files: Sequence[Path],
    plugins: Sequence[Path],
    lock: Path | None,
    form: FindingsFormat,
    *,
    locked: bool,
    strict: bool,
) -> Exit:
    """Check each file by itself; the findings of all are shown together."""
    found: list[Diagnostic] = []
    for file in files:
        report = Report()
        planned(file, plugins, lock, report, locked=locked)
        found += report.diagnostics
    show_findings(found, form, sources_of(files))
    worst = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(one.severity in worst for one in found):
        return Exit.FINDINGS
    if form is FindingsFormat.TEXT:
        say(f"{counted(len(files), 'definition is', 'definitions are')} fine.")
    return Exit.FINE
