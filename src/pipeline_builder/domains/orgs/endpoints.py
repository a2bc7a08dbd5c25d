"""HTTP in, use case, HTTP out, for organizations and teams."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Response

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.orgs.contract import OwnerStays, TeamInTeam
from pipeline_builder.domains.orgs.repository import (
    AllOrganizations,
    Belonging,
    Belongings,
    Organization,
    OrganizationRepository,
)
from pipeline_builder.domains.orgs.schemas import (
    BelongingRead,
    OrganizationCreate,
    OrganizationQuery,
    OrganizationRead,
    OrganizationWrite,
    SystemOrganizationRead,
    Transfer,
)
from pipeline_builder.domains.orgs.service import Founding
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.guard import Account, Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope, as_platform
from pipeline_builder.kit.wire import Json, PageRead

organizations = router("/api/organizations", "organizations")
teams = router("/api/teams", "organizations")
system = router("/api/system/organizations", "system")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_WRITE))]
CanDelete = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_DELETE))]
CanTransfer = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_TRANSFER))]
CanManageTeams = Annotated[OrgScope, Depends(allowed_to(Permission.TEAMS_MANAGE))]
CanSeeAll = Annotated[OrgScope, Depends(allowed_to(Permission.SYSTEM_ORGANIZATIONS))]
SORTS = {"createdAt": "o.created_at", "name": "o.name", "slug": "o.slug"}


@organizations.get("", response_model=list[BelongingRead])
async def list_organizations(account: Account, tx: Tx) -> Sequence[Belonging]:
    """List the organizations and teams that you can work in."""
    return await Belongings(tx, account).all()


@organizations.post("", status_code=201, response_model=OrganizationRead)
async def found_organization(body: OrganizationCreate, account: Account, tx: Tx, parts: Parts) -> Organization:
    """Found an organization, which you will own."""
    founding = parts.part(Founding)
    return await _read(tx, await founding.enter(tx, await founding.found_another(tx, account, body.name)))


@organizations.get("/current", response_model=OrganizationRead)
async def read_organization(scope: CanRead, tx: Tx, response: Response) -> Organization:
    """Read the organization of the request."""
    found = await _read(tx, scope)
    tag(response, found.revision)
    return found


@organizations.put("/current", response_model=OrganizationRead)
async def change_organization(
    body: OrganizationWrite, expected: ExpectedRevision, scope: CanWrite, tx: Tx, parts: Parts, response: Response
) -> Organization:
    """Change the organization's name, slug and description."""
    before = await _for_change(tx, scope, expected)
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
    """Delete the organization with its teams. Those who run the platform can restore it."""
    before = await _for_change(tx, scope, expected)
    if scope.org_id == SYSTEM_ORGANIZATION:
        raise OwnerStays
    await parts.of(Audit, tx, scope).record(_deleted(before))
    await AllOrganizations(tx, await as_platform(tx)).delete(scope.org_id, now())


@organizations.post("/current/transfer", status_code=204)
async def transfer_organization(body: Transfer, scope: CanTransfer, tx: Tx, parts: Parts) -> None:
    """Hand the organization over to another member. You stay as an admin."""
    if scope.actor.id is None or await OrganizationRepository(tx, scope).member(body.user_id) is None:
        raise NotFound("member", body.user_id)
    change = Change(
        "organizations.transferred",
        "organization",
        scope.org_id,
        before={"owner": str(scope.actor.id)},
        after={"owner": str(body.user_id)},
    )
    await parts.of(Audit, tx, scope).record(change)
    if not await AllOrganizations(tx, await as_platform(tx)).hand_over(scope.org_id, scope.actor.id, body.user_id):
        raise NotFound("member", body.user_id)


@teams.get("", response_model=list[OrganizationRead])
async def list_teams(scope: CanRead, tx: Tx) -> Sequence[Organization]:
    """List the organization's teams."""
    return await OrganizationRepository(tx, scope).teams()


@teams.post("", status_code=201, response_model=OrganizationRead)
async def create_team(body: OrganizationCreate, scope: CanManageTeams, tx: Tx, parts: Parts) -> Organization:
    """Create a team. It shares the organization's limits, and the organization's admins reach it."""
    if scope.parent_id is not None:
        raise TeamInTeam
    change = Change("teams.created", "organization", scope.org_id, body.name, after={"name": body.name})
    await parts.of(Audit, tx, scope).record(change)
    team = await AllOrganizations(tx, await as_platform(tx)).add(body.name, scope.org_id)
    return next(one for one in await OrganizationRepository(tx, scope).teams() if one.id == team)


@teams.delete("/{team}", status_code=204)
async def delete_team(team: UUID, expected: ExpectedRevision, scope: CanManageTeams, tx: Tx, parts: Parts) -> None:
    """Delete a team. Those who run the platform can restore it."""
    found = next((one for one in await OrganizationRepository(tx, scope).teams() if one.id == team), None)
    if found is None:
        raise NotFound("team", team)
    if found.revision != expected:
        raise Outdated("team", found.revision)
    await parts.of(Audit, tx, scope).record(Change("teams.deleted", "organization", team, found.name))
    await AllOrganizations(tx, await as_platform(tx)).delete(team, now())


@system.get("", response_model=PageRead[SystemOrganizationRead])
async def list_all_organizations(scope: CanSeeAll, tx: Tx, asked: Annotated[OrganizationQuery, Query()]) -> Json:  # noqa: ARG001 -- it is the permission
    """List every organization. For those who run the platform."""
    every = AllOrganizations(tx, await as_platform(tx))
    return Json(await every.page(asked.search, order_of(asked, SORTS)))


@system.put("/{organization}/suspension", status_code=204)
async def suspend_organization(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Suspend an organization: nobody can enter it or its teams, and nothing of it is lost."""
    if organization == SYSTEM_ORGANIZATION:
        raise OwnerStays
    await parts.of(Audit, tx, scope).record(Change("organizations.suspended", "organization", organization))
    if not await AllOrganizations(tx, await as_platform(tx)).suspend(organization, now()):
        raise NotFound("organization", organization)


@system.delete("/{organization}/suspension", status_code=204)
async def end_suspension(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Let people into a suspended organization again."""
    await parts.of(Audit, tx, scope).record(Change("organizations.opened", "organization", organization))
    if not await AllOrganizations(tx, await as_platform(tx)).suspend(organization, None):
        raise NotFound("organization", organization)


@system.post("/{organization}/restoration", status_code=204)
async def restore_organization(organization: UUID, scope: CanSeeAll, tx: Tx, parts: Parts) -> None:
    """Bring a deleted organization back, with the teams that were deleted with it."""
    await parts.of(Audit, tx, scope).record(Change("organizations.restored", "organization", organization))
    if not await AllOrganizations(tx, await as_platform(tx)).undelete(organization):
        raise NotFound("deleted organization", organization)


async def _read(tx: Tx, scope: OrgScope) -> Organization:
    found = await OrganizationRepository(tx, scope).read()
    if found is None:
        raise NotFound("organization", scope.org_id)
    return found


async def _for_change(tx: Tx, scope: OrgScope, expected: int) -> Organization:
    found = await OrganizationRepository(tx, scope).read(for_update=True)
    if found is None:
        raise NotFound("organization", scope.org_id)
    if found.revision != expected:
        raise Outdated("organization", found.revision)
    return found


def _told(organization: Organization) -> dict[str, object]:
    return {"name": organization.name, "slug": organization.slug, "description": organization.description}


def _deleted(organization: Organization) -> Change:
    return Change(
        "organizations.deleted", "organization", organization.id, organization.name, before=_told(organization)
    )
