"""`check`: everything that is wrong with definitions."""

from collections.abc import Sequence
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import planned, sources_of
from pipeline_builder.cli.options import FindingsFormat
from pipeline_builder.cli.output import counted, say, show_findings
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity
from pipeline_builder.kernel import FileUnreadable

if TYPE_CHECKING:
    from pipeline_builder.core.compliance.evaluation import CompiledRules


def check(
    files: Sequence[Path],
    plugins: Sequence[Path],
    lock: Path | None,
    form: FindingsFormat,
    *,
    locked: bool,
    strict: bool,
    rules: Sequence[str] = (),
) -> Exit:
    """Check each file by itself; the findings of all are shown together, and then what could not be read.

    Args:
        rules: files and shipped sets that the definitions are held against too.

    Raises:
        FileUnreadable: one of the files, the lock, or a file of rules cannot be read.
    """
    compiled, faults = _compiled(rules)
    found: list[Diagnostic] = [*faults]
    unreadable: dict[str, FileUnreadable] = {}
    for file in files:
        report = Report()
        try:
            done = planned(file, plugins, lock, report, locked=locked)
            if done is not None and compiled is not None:
                from pipeline_builder.cli.ruling import broken_by_pipeline

                report.extend(broken_by_pipeline(compiled, done, plugins))
        except FileUnreadable as error:
            unreadable[error.path] = error
        found += report.diagnostics
    show_findings(
        found, form, sources_of([*(file for file in files if fspath(file) not in unreadable), *_places(rules)])
    )
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


def _compiled(rules: Sequence[str]) -> tuple["CompiledRules | None", tuple[Diagnostic, ...]]:
    """The rules, and what is wrong with them."""
    if not rules:
        return None, ()
    from pipeline_builder.cli.ruling import rules_of

    report = Report()
    return rules_of(rules, report), report.diagnostics


def _places(rules: Sequence[str]) -> list[Path]:
    if not rules:
        return []
    from pipeline_builder.cli.ruling import place_of

    return [place_of(name) for name in rules]
