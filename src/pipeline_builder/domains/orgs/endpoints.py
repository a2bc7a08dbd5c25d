"""HTTP in, use case, HTTP out, for organizations and teams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Depends, Response

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.closing import Closing
from pipeline_builder.domains.orgs.contract import SystemStays
from pipeline_builder.domains.orgs.membership import membership
from pipeline_builder.domains.orgs.repository import (
    AllOrganizations,
    Belonging,
    Belongings,
    ClosedOrganization,
    Organization,
    OrganizationRepository,
)
from pipeline_builder.domains.orgs.schemas import (
    BelongingRead,
    ClosedOrganizationRead,
    OrganizationCreate,
    OrganizationQuery,
    OrganizationRead,
    OrganizationWrite,
    SystemOrganizationRead,
    Transfer,
)
from pipeline_builder.domains.orgs.service import RESTORABLE_FOR, Founding, read
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.guard import Account, Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope, as_platform
from pipeline_builder.kit.wire import Json, PageRead, in_query

organizations = router("/api/organizations", "organizations")
teams = router("/api/teams", "organizations")
system = router("/api/system/organizations", "system")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_WRITE))]
CanDelete = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_DELETE, recently=True))]
CanTransfer = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_TRANSFER, recently=True))]
CanManageTeams = Annotated[OrgScope, Depends(allowed_to(Permission.TEAMS_MANAGE))]
CanSeeAll = Annotated[OrgScope, Depends(allowed_to(Permission.SYSTEM_ORGANIZATIONS))]
Wanted = Annotated[OrganizationQuery, Depends(in_query(OrganizationQuery))]
SORTS = {"createdAt": "o.created_at", "name": "o.name", "slug": "o.slug"}


@organizations.get("", response_model=list[BelongingRead])
async def list_organizations(account: Account, tx: Tx) -> Sequence[Belonging]:
    """List the organizations and teams that you can work in."""
    return await Belongings(tx, account).all()


@organizations.post("", status_code=201, response_model=OrganizationRead)
async def found_organization(
    body: OrganizationCreate, account: Account, tx: Tx, parts: Parts, response: Response
) -> Organization:
    """Found an organization, which you will own."""
    founded = await parts.part(Founding).found_another(tx, account, body.name)
    tag(response, founded.revision)
    return founded


@organizations.get("/deleted", response_model=list[ClosedOrganizationRead])
async def list_deleted_organizations(account: Account, tx: Tx) -> Sequence[ClosedOrganization]:
    """List the organizations that you owned, were deleted, and can still be restored."""
    return await Belongings(tx, account).closed(now() - RESTORABLE_FOR)


@organizations.post("/{organization}/restoration", response_model=OrganizationRead)
async def restore_own_organization(
    organization: UUID, account: Account, tx: Tx, parts: Parts, response: Response
) -> Organization:
    """Bring back an organization that you owned, with the teams that were deleted with it, within 30 days."""
    restored = await _closing(tx, parts).restore(account, organization)
    tag(response, restored.revision)
    return restored


@organizations.delete("/{organization}/membership", status_code=204)
async def leave_organization(organization: UUID, account: Account, tx: Tx, parts: Parts) -> None:
    """Leave an organization or team; your tokens there end. It takes no permission, and no program can do it for you.

    Its owner has to hand it over first. Teams of an organization that you joined by themselves you leave by themselves.
    """
    scope = await parts.part(Doorkeeper).admit_account(tx, account, organization)
    await membership(scope, tx, parts).leave()


@organizations.get("/current", response_model=OrganizationRead)
async def read_organization(scope: CanRead, tx: Tx, response: Response) -> Organization:
    """Read the organization of the request."""
    found = await read(tx, scope)
    tag(response, found.revision)
    return found


@organizations.put("/current", response_model=OrganizationRead)
async def change_organization(
    body: OrganizationWrite, expected: ExpectedRevision, scope: CanWrite, tx: Tx, parts: Parts, response: Response
) -> Organization:
    """Change the organization's name, slug and description."""
    before = await OrganizationRepository(tx, scope).read(for_update=True)
    if before is None:
        raise NotFound("organization", scope.org_id)
    if before.revision != expected:
        raise Outdated("organization", before.revision)
    if scope.org_id == SYSTEM_ORGANIZATION and body.slug != before.slug:
        raise SystemStays
    after = msgspec.structs.replace(
        before,
        name=body.name,
        slug=body.slug,
        description=body.description,
        revision=before.revision + 1,
        updated_at=now(),
    )
    await OrganizationRepository(tx, scope).change(after)
    change = Change(
        "organizations.changed", "organization", after.id, after.name, before=_told(before), after=_told(after)
    )
    await parts.of(Audit, tx, scope).record(change)
    tag(response, after.revision)
    return after


@organizations.delete("/current", status_code=204)
async def delete_organization(expected: ExpectedRevision, scope: CanDelete, tx: Tx, parts: Parts) -> None:
    """Delete the organization with its teams: from now on every token in it is refused.

    Its owner can restore it for 30 days, those who run the platform also later.
    """
    await _closing(tx, parts).delete(scope, expected)


@organizations.post("/current/transfer", status_code=204)
async def transfer_organization(body: Transfer, scope: CanTransfer, tx: Tx, parts: Parts) -> None:
    """Hand the organization over to another member. Only its owner can, who stays as an admin."""
    await membership(scope, tx, parts).hand_over(body.user_id)


@teams.get("", response_model=list[OrganizationRead])
async def list_teams(scope: CanRead, tx: Tx) -> Sequence[Organization]:
    """List the organization's teams."""
    return await OrganizationRepository(tx, scope).teams()


@teams.get("/deleted", response_model=list[ClosedOrganizationRead])
async def list_deleted_teams(scope: CanManageTeams, tx: Tx) -> Sequence[ClosedOrganization]:
    """List the teams that were deleted and can still be restored."""
    return await OrganizationRepository(tx, scope).closed_teams(now() - RESTORABLE_FOR)


@teams.post("", status_code=201, response_model=OrganizationRead)
async def create_team(
    body: OrganizationCreate, scope: CanManageTeams, tx: Tx, parts: Parts, response: Response
) -> Organization:
    """Create a team. It shares the organization's limits, and the organization's owner and admins are admins in it."""
    team = await parts.part(Founding).found_team(tx, scope, body.name)
    tag(response, team.revision)
    return team


@teams.delete("/{team}", status_code=204)
async def delete_team(team: UUID, expected: ExpectedRevision, scope: CanManageTeams, tx: Tx, parts: Parts) -> None:
    """Delete a team. It can be restored for 30 days."""
    await _closing(tx, parts).delete_team(scope, team, expected)


@teams.post("/{team}/restoration", response_model=OrganizationRead)
async def restore_team(team: UUID, scope: CanManageTeams, tx: Tx, parts: Parts, response: Response) -> Organization:
    """Bring back a team with everything in it, within 30 days and if the organization's limits have room for it."""
    restored = await _closing(tx, parts).restore_team(scope, team)
    tag(response, restored.revision)
    return restored


@system.get("", response_model=PageRead[SystemOrganizationRead])
async def list_all_organizations(scope: CanSeeAll, tx: Tx, asked: Wanted) -> Json:  # noqa: ARG001 -- it is the permission
    """List every organization. For those who run the platform."""
    every = AllOrganizations(tx, await as_platform(tx))
    return Json(await every.page(asked.search, order_of(asked, SORTS)))


@system.put("/{organization}/suspension", status_code=204)
async def suspend_organization(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Suspend an organization: for everybody in it and in its teams it is absent, and nothing of it is lost."""
    await _suspend(organization, now(), scope, tx, parts)


@system.delete("/{organization}/suspension", status_code=204)
async def end_suspension(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Let people into a suspended organization again."""
    await _suspend(organization, None, scope, tx, parts)


@system.post("/{organization}/restoration", status_code=204)
async def restore_organization(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Bring a deleted organization back, with the teams that were deleted with it."""
    restored = await AllOrganizations(tx, await as_platform(tx)).undelete(organization)
    if restored is None:
        raise NotFound("deleted organization", organization)
    change = Change("organizations.restored", "organization", organization, restored.name)
    await parts.of(Audit, tx, scope).record(change)


async def _suspend(organization: UUID, at: datetime | None, scope: OrgScope, tx: Tx, parts: Parts) -> None:
    if organization == SYSTEM_ORGANIZATION:
        raise SystemStays
    every = AllOrganizations(tx, await as_platform(tx))
    found = await every.lock(organization)
    if found is None:
        raise NotFound("organization", organization)
    if (found.suspended_at is None) == (at is None):
        return
    await every.suspend(organization, at)
    action = "organizations.opened" if at is None else "organizations.suspended"
    told = {"before": {"suspendedAt": found.suspended_at}, "after": {"suspendedAt": at}}
    await parts.of(Audit, tx, scope).record(Change(action, "organization", organization, found.name, **told))


def _closing(tx: Tx, parts: Parts) -> Closing:
    return Closing(tx, parts, parts.part(Doorkeeper), now)


def _told(organization: Organization) -> dict[str, object]:
    return {"name": organization.name, "slug": organization.slug, "description": organization.description}
