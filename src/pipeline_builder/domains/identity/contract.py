"""What other domains may use of identity."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction


class EmailTaken(PipelineBuilderError):
    """There is an account with this address."""

    code = "email-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("There is an account with this address; sign in, or reset its password.")


class PasswordTooWeak(PipelineBuilderError):
    """A password that would be guessed."""

    code = "password-too-weak"
    kind = ErrorKind.INVALID

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an id or an address belongs to."""

    id: UUID
    email: str
    name: str


class People(Protocol):
    """Looks accounts up. The transaction has to be in a scope that may see them."""

    async def by_email(self, tx: Transaction, email: str) -> Person | None:
        """The account with this address, whatever its capitals."""
        ...
