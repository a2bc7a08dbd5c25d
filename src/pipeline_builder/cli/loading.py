"""What several commands do first: read a definition, its lock, and show what was found."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from os import fspath
from pathlib import Path

import click

from pipeline_builder.cli.options import LOCK_NAME, NO_LOCK, STREAM
from pipeline_builder.cli.output import counted, say, show_findings
from pipeline_builder.core.definition.load import LoadedDefinition, load_definition
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity
from pipeline_builder.core.planning.model import Plan
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.plugins.lock import Lock, read_lock
from pipeline_builder.kernel import FileUnreadable, catalog_of, read_file
from pipeline_builder.synth import Template, render
from pipeline_builder.synth.template import TemplateTooLarge


@dataclass(frozen=True, slots=True)
class Planned:
    """A definition that became a plan, and a template that AWS takes.

    Attributes:
        lock: by which plugins were resolved.
    """

    loaded: LoadedDefinition
    plan: Plan
    template: Template
    lock: Lock | None


def planned(file: Path, plugins: Sequence[Path], lock: Path | None, report: Report, *, locked: bool) -> Planned | None:
    """Load and plan a definition; what is wrong goes to the report.

    Raises:
        FileUnreadable: the definition, or a lock that was asked for, cannot be read.
        PluginFolderUnreadable: a folder of plugins is not there.
    """
    loaded = load_definition(read_input(file), fspath(file), report)
    kept = _lock(file, lock, report, locked=locked)
    if loaded is None:
        return None
    plan = make_plan(loaded, catalog_of(plugins), report, lock=kept, locked=locked)
    if plan is None:
        return None
    template = render(plan)
    try:
        template.as_json()
    except TemplateTooLarge as error:
        report.add(Diagnostic("limit-exceeded", str(error), file=fspath(file)))
        return None
    return Planned(loaded, plan, template, kept)


_NOT_PINNED = "image-not-pinned"


def plan_or_show(
    file: Path,
    plugins: Sequence[Path],
    lock: Path | None,
    *,
    locked: bool,
    counts_unpinned: bool = True,
    further: Callable[[Planned], Iterable[Diagnostic]] = lambda _: (),
) -> Planned | None:
    """Like `planned`, with the findings shown as text.

    That images have no digest yet is told in one line: until they are built it is true of every plugin, and would bury
    what else there is to say. `check` tells each.

    Args:
        further: what else the command has to say about a definition.
    """
    report = Report()
    done = planned(file, plugins, lock, report, locked=locked)
    if done is not None:
        report.extend(done.loaded.worth_telling(further(done)))
    found = report.diagnostics
    unpinned = [one for one in found if one.code == _NOT_PINNED and one.severity is Severity.WARNING]
    show_findings((one for one in found if one not in unpinned), sources=sources_of([file]))
    if unpinned and done is not None and counts_unpinned:
        images = counted(len(unpinned), "image is", "images are")
        say(f"{images} not pinned by digest; `pipeline-manager check` names them.")
    return done


def read_input(file: Path) -> bytes:
    """The bytes of a file; `-` is what comes in by stdin.

    Raises:
        FileUnreadable: there is no such file, or it may not be read.
    """
    return _stdin() if file == STREAM else read_file(file)


@cache
def _stdin() -> bytes:
    """What comes in can be read only once, and may be named twice."""
    if sys.stdin is None:
        raise FileUnreadable(fspath(STREAM), "stdin is closed")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise FileUnreadable(fspath(STREAM), error.strerror or "stdin cannot be read") from error


def sources_of(files: Sequence[Path]) -> dict[str, str]:
    """The texts that findings quote, by the names findings call them."""
    return {
        fspath(file): read_input(file).decode(errors="replace") for file in files if file == STREAM or file.is_file()
    }


def _lock(file: Path, lock: Path | None, report: Report, *, locked: bool) -> Lock | None:
    """The lock that was asked for, or the one beside the definition, which must be there only for `--locked`."""
    if lock == NO_LOCK:
        if locked:
            raise click.UsageError("--locked uses nothing but the lock, and --no-lock uses none.")
        return None
    path = lock or file.parent / LOCK_NAME
    if lock is None and not locked and not path.exists():
        return None
    return read_lock(read_file(path), report, name=fspath(path))
