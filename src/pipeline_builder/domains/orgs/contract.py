"""What other domains may use of organizations."""

from typing import Protocol
from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import Actor, OrgScope


class Organizations(Protocol):
    """Makes organizations, and enters them in the platform's own name."""

    async def found(self, tx: Transaction, owner: Actor, name: str) -> UUID:
        """Make an organization that somebody owns. The transaction has to be the platform's."""
        ...

    async def make_system_admin(self, tx: Transaction, user_id: UUID) -> None:
        """Let somebody run the platform, as an admin of the system organization. In a transaction of the platform."""
        ...

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        """An organization for a job of the platform, which may do everything there.

        Raises:
            NotFound: it was deleted.
        """
        ...
