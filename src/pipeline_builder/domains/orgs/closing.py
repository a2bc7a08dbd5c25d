"""Deleting organizations and teams, and bringing them back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import SystemStays
from pipeline_builder.domains.orgs.repository import (
    AllOrganizations,
    Belongings,
    ClosedOrganization,
    Organization,
    OrganizationRepository,
)
from pipeline_builder.domains.orgs.service import RESTORABLE_FOR, ensure_another_team
from pipeline_builder.domains.quotas.contract import STOCKS, Quota
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, AccountScope, OrgScope, in_the_name_of_the_platform


class Closing:
    """The use cases, in one transaction."""

    def __init__(self, tx: Transaction, contracts: Contracts, doorkeeper: Doorkeeper, clock: Clock) -> None:
        self._tx = tx
        self._contracts = contracts
        self._doorkeeper = doorkeeper
        self._clock = clock

    async def delete(self, scope: OrgScope, expected: int) -> None:
        """Close an organization with its teams: nobody can enter any more, by no token.

        Raises:
            Outdated: it was changed.
            SystemStays: it is the system organization.
        """
        if scope.org_id == SYSTEM_ORGANIZATION:
            raise SystemStays
        found = await OrganizationRepository(self._tx, scope).read(for_update=True)
        await self._close(scope, found, expected, "organizations.deleted")

    async def delete_team(self, scope: OrgScope, team: UUID, expected: int) -> None:
        """Close a team.

        Raises:
            NotFound: the organization has no such team.
            Outdated: it was changed.
        """
        async with in_the_name_of_the_platform(self._tx) as platform:
            found = await AllOrganizations(self._tx, platform).lock_team(team, scope.org_id)
        if found is None:
            raise NotFound("team", team)
        await self._close(scope, found, expected, "teams.deleted")

    async def restore(self, account: AccountScope, org_id: UUID) -> Organization:
        """Bring back an organization that its owner deleted, with the teams that were closed with it.

        Raises:
            NotFound: it is none of theirs, is not closed, or was for too long.
        """
        closed = await Belongings(self._tx, account).closed(self._since())
        opened = await self._reopen(closed, "organization", org_id)
        scope = replace(await self._doorkeeper.enter(self._tx, org_id), actor=account.actor)
        change = Change("organizations.restored", "organization", org_id, opened.name)
        await self._contracts.of(Audit, self._tx, scope).record(change)
        return opened

    async def restore_team(self, scope: OrgScope, team: UUID) -> Organization:
        """Bring back a team, with everything in it.

        Raises:
            NotFound: it is none of the organization's, is not closed, or was for too long.
            TooManyTeams, QuotaExceeded: what came since is too much for both.
        """
        closed = await OrganizationRepository(self._tx, scope).closed_teams(self._since())
        await ensure_another_team(self._tx, scope)
        opened = await self._reopen(closed, "team", team)
        quota = self._contracts.of(Quota, self._tx, scope)
        for resource in sorted(STOCKS):
            await quota.ensure_room(resource, 0)
        change = Change("teams.restored", "team", team, opened.name)
        await self._contracts.of(Audit, self._tx, scope).record(change)
        return opened

    async def _close(self, scope: OrgScope, found: Organization | None, expected: int, action: str) -> None:
        if found is None:
            raise NotFound("organization", scope.org_id)
        kind = "organization" if found.parent_id is None else "team"
        if found.revision != expected:
            raise Outdated(kind, found.revision)
        before = {"name": found.name, "slug": found.slug, "description": found.description}
        change = Change(action, kind, found.id, found.name, before=before)
        await self._contracts.of(Audit, self._tx, scope).record(change)
        async with in_the_name_of_the_platform(self._tx) as platform:
            await AllOrganizations(self._tx, platform).delete(found.id, self._clock())

    async def _reopen(self, closed: Sequence[ClosedOrganization], kind: str, org_id: UUID) -> Organization:
        async with in_the_name_of_the_platform(self._tx) as platform:
            is_known = any(one.id == org_id for one in closed)
            opened = await AllOrganizations(self._tx, platform).undelete(org_id) if is_known else None
        if opened is None:
            raise NotFound(f"deleted {kind}", org_id)
        return opened

    def _since(self) -> datetime:
        return self._clock() - RESTORABLE_FOR
