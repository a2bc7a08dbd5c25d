"""The errors that every domain may meet."""

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError


class NotFound(PipelineBuilderError):
    """Nothing of this name is here for whoever asks. What belongs to another organization is absent too."""

    code = "not-found"
    kind = ErrorKind.ABSENT

    def __init__(self, what: str, name: object) -> None:
        self.what = what
        self.name = str(name)
        super().__init__(f"There is no {what} '{name}' here.")


class PermissionDenied(PipelineBuilderError):
    """Known, a member, and without the permission that this takes."""

    code = "permission-denied"
    kind = ErrorKind.FORBIDDEN

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"This takes the permission '{permission}', which you do not have in this organization.")


class ProofRequired(PipelineBuilderError):
    """Allowed, but only to a person who showed a short while ago who they are."""

    code = "proof-required"
    kind = ErrorKind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("Show again who you are, with your password or by signing in anew; programs cannot do this.")


class Unauthenticated(PipelineBuilderError):
    """No token, or one that is wrong, expired or revoked. Which of them is nobody's business."""

    code = "unauthenticated"
    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self) -> None:
        super().__init__("This takes a valid token: sign in, or make a personal access token.")


class Outdated(PipelineBuilderError):
    """Somebody changed it since the caller read it."""

    code = "outdated"
    kind = ErrorKind.OUTDATED

    def __init__(self, what: str, current: int) -> None:
        self.what = what
        self.current = current
        super().__init__(f"The {what} was changed since you read it; it is at revision {current} now. Read it again.")


class RevisionMissing(PipelineBuilderError):
    """A change does not say which state it is a change of."""

    code = "revision-missing"
    kind = ErrorKind.PRECONDITION

    def __init__(self) -> None:
        super().__init__("Say which state you change: send the ETag that you read as If-Match.")


class InvalidValue(PipelineBuilderError):
    """A value of the request that only looking it up could show to be wrong."""

    code = "invalid-value"
    kind = ErrorKind.INVALID

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class DatabaseUnavailable(PipelineBuilderError):
    """PostgreSQL did not answer, or not in time. Nothing was changed, unless it happened while committing."""

    code = "database-unavailable"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("The database does not answer at the moment; try again in a few seconds.")


class TooManyRequests(PipelineBuilderError):
    """More tries than are allowed in a time."""

    code = "too-many-requests"
    kind = ErrorKind.LIMITED

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many tries; try again in {retry_after} seconds.")
