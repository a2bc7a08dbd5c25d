"""What other domains may use of identity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.routing import KeepsChanges


class EmailTaken(KeepsChanges):
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

    async def revoke_tokens(self, tx: Transaction, user_id: UUID, org_ids: Sequence[UUID]) -> None:
        """End an account's personal tokens in organizations that it has left; coming back does not revive them."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, as plain text."""

    to: str
    subject: str
    text: str


class MailNotSent(PipelineBuilderError):
    """The mail server did not take a mail; it is tried again later."""

    code = "mail-not-sent"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, server: str, reason: str) -> None:
        self.server = server
        self.reason = reason
        super().__init__(f"The mail server {server} did not take the mail: {reason}.")


class Mailer(Protocol):
    """Hands one mail over to whoever delivers it."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. When it returns, somebody else is responsible for it; it may arrive twice.

        Raises:
            MailNotSent: nobody took it.
        """
        ...


class Mails(Protocol):
    """Mails that belong to what a transaction does."""

    async def put(self, tx: Transaction, mail: Mail) -> None:
        """Send a mail once the transaction is committed, and never if it is not. Tried for a day."""
        ...


class Invitations(Protocol):
    """Tokens of invitations, and the accounts that accept them."""

    def new(self) -> tuple[str, bytes]:
        """A new token, and what is kept of it."""
        ...

    def hash_of(self, token: str) -> bytes | None:
        """What is kept of a token; None when it can be none."""
        ...

    async def confirm_address(self, tx: Transaction, user_id: UUID, email: str) -> bool:
        """Whether an account has this address; then the token has proven that it is its owner's."""
        ...
