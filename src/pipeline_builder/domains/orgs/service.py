"""Making organizations, and the platform's own way into them. Implements `contract.Organizations`."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import TeamInTeam, TooManyOrganizations, TooManyTeams
from pipeline_builder.domains.orgs.repository import AllOrganizations, Belongings, Organization, OrganizationRepository
from pipeline_builder.domains.orgs.seats import ensure_seat
from pipeline_builder.domains.quotas.contract import Quota
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.permissions import Permission, Role
from pipeline_builder.kit.scope import (
    SYSTEM_ORGANIZATION,
    AccountScope,
    Actor,
    OrgScope,
    as_platform,
    in_the_name_of_the_platform,
)

OWNED_AT_MOST = 10
"""Organizations that one person may found. One that is handed over counts for whoever owns it."""

TEAMS_AT_MOST = 100

RESTORABLE_FOR = timedelta(days=30)
"""How long whoever deleted something can bring it back. Those who run the platform always can."""


class Founding:
    """Makes organizations, and lets those in who need no invitation."""

    def __init__(self, contracts: Contracts, doorkeeper: Doorkeeper, clock: Clock) -> None:
        self._contracts = contracts
        self._doorkeeper = doorkeeper
        self._clock = clock

    async def found_another(self, tx: Transaction, account: AccountScope, name: str) -> Organization:
        """Make an organization for somebody who has an account.

        Raises:
            TooManyOrganizations: they own as many as one person may.
        """
        # Those that can come back count: else founding and deleting in turns would take every slug.
        if await Belongings(tx, account).owned(self._clock() - RESTORABLE_FOR) >= OWNED_AT_MOST:
            raise TooManyOrganizations(OWNED_AT_MOST)
        org_id = await self.found(tx, account.actor, name)
        return await read(tx, await self.enter(tx, org_id))

    async def found(self, tx: Transaction, owner: Actor, name: str) -> UUID:
        organizations = AllOrganizations(tx, await as_platform(tx))
        org_id = await organizations.add(name, None)
        if owner.id is not None:
            await organizations.add_member(org_id, owner.id, Role.OWNER)
        scope = OrgScope(org_id, None, owner, frozenset(Permission))
        change = Change("organizations.founded", "organization", org_id, name, after={"name": name})
        await self._contracts.of(Audit, tx, scope).record(change)
        return org_id

    async def found_team(self, tx: Transaction, scope: OrgScope, name: str) -> Organization:
        """Make a team of an organization.

        Raises:
            TeamInTeam: it is one itself.
            TooManyTeams: it has as many as it may.
        """
        if scope.parent_id is not None:
            raise TeamInTeam
        await ensure_another_team(tx, scope)
        async with in_the_name_of_the_platform(tx) as platform:
            team = await AllOrganizations(tx, platform).add(name, scope.org_id)
        change = Change("teams.created", "team", team, name, after={"name": name})
        await self._contracts.of(Audit, tx, scope).record(change)
        return next(one for one in await OrganizationRepository(tx, scope).teams() if one.id == team)

    async def add_member(self, tx: Transaction, org_id: UUID, person: Actor, role: Role) -> None:
        if person.id is None:
            raise NotFound("person", person.name)
        scope = replace(await self.enter(tx, org_id), actor=person)
        await ensure_seat(tx, scope, self._contracts.of(Quota, tx, scope), person.name)
        await AllOrganizations(tx, await as_platform(tx)).add_member(org_id, person.id, role)
        change = Change("members.joined", "member", person.id, person.name, after={"role": role})
        await self._contracts.of(Audit, tx, scope).record(change)

    async def make_system_admin(self, tx: Transaction, user_id: UUID) -> None:
        scope = await self.enter(tx, SYSTEM_ORGANIZATION)
        await AllOrganizations(tx, await as_platform(tx)).make_admin(SYSTEM_ORGANIZATION, user_id)
        change = Change("members.joined", "member", user_id, after={"role": Role.ADMIN})
        await self._contracts.of(Audit, tx, scope).record(change)

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        return await self._doorkeeper.enter(tx, org_id)


async def read(tx: Transaction, scope: OrgScope) -> Organization:
    """The organization itself.

    Raises:
        NotFound: it was deleted at this moment.
    """
    found = await OrganizationRepository(tx, scope).read()
    if found is None:
        raise NotFound("organization", scope.org_id)
    return found


async def ensure_another_team(tx: Transaction, scope: OrgScope) -> None:
    """Make sure that an organization may have one more team.

    Raises:
        TooManyTeams: it may not.
    """
    organization = OrganizationRepository(tx, scope)
    await organization.read(for_update=True)  # So that nobody else adds one at the same time.
    if len(await organization.teams()) >= TEAMS_AT_MOST:
        raise TooManyTeams(TEAMS_AT_MOST)
