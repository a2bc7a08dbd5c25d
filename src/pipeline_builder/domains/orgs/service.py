"""The use cases of organizations."""

from uuid import UUID

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.repository import AllOrganizations
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.permissions import Permission, Role
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, Actor, OrgScope, as_platform


class Founding:
    """Makes organizations. Implements `contract.Organizations`."""

    def __init__(self, contracts: Contracts, doorkeeper: Doorkeeper) -> None:
        self._contracts = contracts
        self._doorkeeper = doorkeeper

    async def found(self, tx: Transaction, owner: Actor, name: str) -> UUID:
        organizations = AllOrganizations(tx, await as_platform(tx))
        org_id = await organizations.add(name, None)
        if owner.id is not None:
            await organizations.add_member(org_id, owner.id, Role.OWNER)
        scope = OrgScope(org_id, None, owner, frozenset(Permission))
        change = Change("organizations.founded", "organization", org_id, name, after={"name": name})
        await self._contracts.of(Audit, tx, scope).record(change)
        return org_id

    async def make_system_admin(self, tx: Transaction, user_id: UUID) -> None:
        organizations = AllOrganizations(tx, await as_platform(tx))
        await organizations.add_member(SYSTEM_ORGANIZATION, user_id, Role.ADMIN)

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        return await self._doorkeeper.enter(tx, org_id)
