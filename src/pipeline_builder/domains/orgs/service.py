"""Founding organizations, and the platform's own way into them. Implements `contract.Organizations`."""

from uuid import UUID

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import TooManyOrganizations
from pipeline_builder.domains.orgs.repository import AllOrganizations, Belongings
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.permissions import Permission, Role
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, AccountScope, Actor, OrgScope, as_platform

OWNED_AT_MOST = 10
"""Organizations that one person may own."""


class Founding:
    """Makes organizations."""

    def __init__(self, contracts: Contracts, doorkeeper: Doorkeeper) -> None:
        self._contracts = contracts
        self._doorkeeper = doorkeeper

    async def found_another(self, tx: Transaction, account: AccountScope, name: str) -> UUID:
        """Make an organization for somebody who has an account.

        Raises:
            TooManyOrganizations: they own as many as one person may.
        """
        if await Belongings(tx, account).owned() >= OWNED_AT_MOST:
            raise TooManyOrganizations(OWNED_AT_MOST)
        return await self.found(tx, account.actor, name)

    async def found(self, tx: Transaction, owner: Actor, name: str) -> UUID:
        organizations = AllOrganizations(tx, await as_platform(tx))
        org_id = await organizations.add(name, None)
        if owner.id is not None:
            await organizations.add_member(org_id, owner.id, Role.OWNER)
        scope = OrgScope(org_id, None, owner, frozenset(Permission))
        change = Change("organizations.founded", "organization", org_id, name, after={"name": name})
        await self._contracts.of(Audit, tx, scope).record(change)
        return org_id

    async def add_member(self, tx: Transaction, org_id: UUID, user_id: UUID, role: Role) -> None:
        await AllOrganizations(tx, await as_platform(tx)).add_member(org_id, user_id, role)

    async def make_system_admin(self, tx: Transaction, user_id: UUID) -> None:
        await self.add_member(tx, SYSTEM_ORGANIZATION, user_id, Role.ADMIN)

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        return await self._doorkeeper.enter(tx, org_id)
