"""The errors that the kernel raises.

What an author got wrong is data (`core.diagnostics`) and is never raised. An error is for the caller: a file that
cannot be read, a definition that still has faults and was asked to become a plan.
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    """What sort of thing went wrong; the edges turn it into an exit code or an HTTP status."""

    INVALID = "invalid"
    """The input is wrong, and its author can mend it."""
    ABSENT = "absent"
    """Something that was named does not exist."""
    CONFLICT = "conflict"
    """It contradicts what is already there."""
    FORBIDDEN = "forbidden"
    """Known, and not allowed."""
    LIMITED = "limited"
    """A limit or a quota is used up."""
    UNAUTHENTICATED = "unauthenticated"
    """Nobody knows who asks."""
    OUTDATED = "outdated"
    """It was changed since the caller read it."""
    PRECONDITION = "precondition"
    """A change does not say what it is a change of."""
    UNAVAILABLE = "unavailable"
    """Something outside did not answer; trying again may help."""


class PipelineBuilderError(Exception):
    """Base of every error that Pipeline Builder raises on purpose.

    Each subclass states a `code` (stable for ever), a `kind`, and keeps its facts as attributes, never secret.
    """

    code: str = "internal-error"
    kind: ErrorKind = ErrorKind.INVALID

    @property
    def data(self) -> dict[str, object]:
        """The facts of this error, by name, as they may be shown to whoever caused it."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}
