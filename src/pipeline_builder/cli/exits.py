"""Exit codes: what a script can tell from the end of a command."""

from enum import IntEnum

from pipeline_builder.core.errors import ErrorKind


class Exit(IntEnum):
    """How a command ended."""

    FINE = 0
    FINDINGS = 1
    """The definition, plugin or template has errors; they were shown."""
    USAGE = 2
    """The command itself was not understood."""
    ABSENT = 3
    """Something that was named does not exist, or cannot be read or written."""
    CONFLICT = 4
    """It contradicts what is already there; nothing was changed."""
    FORBIDDEN = 5
    LIMITED = 6
    UNAVAILABLE = 7
    INTERRUPTED = 130


_BY_KIND = {
    ErrorKind.INVALID: Exit.FINDINGS,
    ErrorKind.ABSENT: Exit.ABSENT,
    ErrorKind.CONFLICT: Exit.CONFLICT,
    ErrorKind.FORBIDDEN: Exit.FORBIDDEN,
    ErrorKind.LIMITED: Exit.LIMITED,
    ErrorKind.UNAUTHENTICATED: Exit.FORBIDDEN,
    ErrorKind.OUTDATED: Exit.CONFLICT,
    ErrorKind.PRECONDITION: Exit.CONFLICT,
    ErrorKind.UNAVAILABLE: Exit.UNAVAILABLE,
}


def exit_of(kind: ErrorKind) -> Exit:
    """The exit code for an error of this kind."""
    return _BY_KIND[kind]
