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
    """Looks accounts up, and makes them for the platform. The transaction has to be the platform's."""

    async def by_email(self, tx: Transaction, email: str) -> Person | None:
        """The account with this address, whatever its capitals."""
        ...

    async def make(self, tx: Transaction, email: str, name: str, password: str) -> Person:
        """Make an account whose address needs no proof.

        Raises:
            EmailTaken: there is one with this address.
        """
        ...

    async def set_password(self, tx: Transaction, user_id: UUID, password: str) -> None:
        """Give an account another password, and end its sessions."""
        ...
