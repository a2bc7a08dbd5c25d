"""What an author got wrong, as data: where, how bad, and what to do about it."""

from collections.abc import Iterable, Iterator
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from pipeline_builder.core.records import frozen


class Severity(StrEnum):
    """How bad a finding is. Only an error stops a plan."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Position(NamedTuple):
    """A place in a text file, counted from 1 as editors do; columns are characters, not bytes.

    A named tuple, because reading makes one for every value and must be fast.
    """

    line: int
    column: int


class Location(NamedTuple):
    """A path into a document: `Location() / "stages" / 0 / "stageName"`. A named tuple for the same reason."""

    keys: tuple[str | int, ...] = ()

    def __truediv__(self, key: str | int) -> "Location":
        return Location((*self.keys, key))

    def __str__(self) -> str:
        """As people write it: `stages[0].stageName`."""
        text = ""
        for key in self.keys:
            text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
        return text


@frozen()
class Diagnostic:
    """One finding about a document.

    Attributes:
        code: kebab-case and stable for ever; `pipeline-manager explain CODE` tells more.
        message: one sentence that names the thing.
        at: the path of the value that is wrong; for a missing key, of the mapping that lacks it.
        hint: what to do about it, where there is something.
        file: the document, as its author knows it.
        position: line and column; `Document.located` fills it in from `at` where it is absent.
    """

    code: str
    message: str
    at: Location = field(default_factory=Location)
    severity: Severity = Severity.ERROR
    hint: str | None = None
    file: str | None = None
    position: Position | None = None


class Report:
    """Collects findings. Handed to every check, so that all faults are told at once."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        self._found.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self._found.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def has_errors(self) -> bool:
        return any(found.severity is Severity.ERROR for found in self._found)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, in reading order of the files, each finding once."""
        unique = dict.fromkeys(self._found)
        return tuple(sorted(unique, key=_reading_order))


def _reading_order(found: Diagnostic) -> tuple[str, int, int, str, str, str]:
    position = found.position or Position(0, 0)
    return (found.file or "", position.line, position.column, found.code, str(found.at), found.message)
