"""In whose name something happens, and where: the types without which no tenant's row can be reached.

They are made where a permission was checked, and nowhere else; `tests/architecture` holds it.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import PermissionDenied
from pipeline_builder.kit.permissions import Permission

SYSTEM_ORGANIZATION = UUID("00000000-0000-7000-8000-000000000001")
"""The organization whose public plugins and published rules everybody sees."""


class ActorKind(StrEnum):
    """What acts."""

    USER = "user"
    SERVICE = "service"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the audit trail tells it.

    Attributes:
        kind: a person, a service token, or the platform itself.
        id: of the user or of the token; the platform has none.
        name: the person's address, or what the token is called.
    """

    kind: ActorKind
    id: UUID | None
    name: str


PLATFORM = Actor(ActorKind.SYSTEM, None, "platform")
"""Who acts in jobs and at the start."""


@dataclass(frozen=True, slots=True)
class OrgScope:
    """One organization, and what somebody may do in it.

    Attributes:
        org_id: the organization whose rows are seen.
        parent_id: of a team, the organization it belongs to.
        actor: who acts.
        permissions: what the actor may do here.
    """

    org_id: UUID
    parent_id: UUID | None
    actor: Actor
    permissions: frozenset[Permission]

    @property
    def root_id(self) -> UUID:
        """Whose limits are used up: the parent's for a team."""
        return self.parent_id or self.org_id

    def require(self, permission: Permission) -> None:
        """For a permission that depends on what is asked, beyond the one that the route asks for.

        Raises:
            PermissionDenied: the actor does not have it.
        """
        if permission not in self.permissions:
            raise PermissionDenied(permission)


@dataclass(frozen=True, slots=True)
class AccountScope:
    """A person's own account, over all organizations: sessions, tokens, memberships.

    Attributes:
        user_id: whose account.
        session_id: the session that asks; None for a personal access token.
        name: the person's address.
    """

    user_id: UUID
    session_id: UUID | None
    name: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.USER, self.user_id, self.name)


@dataclass(frozen=True, slots=True)
class PlatformScope:
    """All organizations at once: for signing in, for jobs, and for those who run the platform."""


async def as_platform(tx: Transaction) -> PlatformScope:
    """From here on the transaction sees every organization's rows, and every statement has to say whose it means.

    `tests/architecture` lists who calls this.
    """
    await tx.execute("select set_config('app.platform', 'on', true)")
    return PlatformScope()


@contextlib.asynccontextmanager
async def in_the_name_of_the_platform(tx: Transaction) -> AsyncIterator[PlatformScope]:
    """The same for a part of the transaction; what comes after it sees no more than before."""
    before = await tx.value("select current_setting('app.platform', true)")
    yield await as_platform(tx)
    await tx.execute("select set_config('app.platform', $1, true)", before or "")


async def as_account(tx: Transaction, user_id: UUID, session_id: UUID, name: str) -> AccountScope:
    """From here on the transaction sees what belongs to a person. Whether the session lives, identity has to see."""
    await tx.execute("select set_config('app.user_id', $1, true)", str(user_id))
    return AccountScope(user_id, session_id, name)
