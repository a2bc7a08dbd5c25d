"""HTTP in, use case, HTTP out, for members, roles and invitations."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.joining import Joining
from pipeline_builder.domains.orgs.membership import membership
from pipeline_builder.domains.orgs.repository import (
    Invitation,
    InvitationRepository,
    Member,
    Organization,
    OrganizationRepository,
    OwnRole,
)
from pipeline_builder.domains.orgs.schemas import (
    Acceptance,
    InvitationCreate,
    InvitationRead,
    MemberQuery,
    MemberRead,
    OrganizationRead,
    PermissionRead,
    RoleGiven,
    RoleRead,
    RoleWrite,
)
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.guard import Account, Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import CATALOGUE, Permission, Role, permissions_of
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

members = router("/api/members", "members")
roles = router("/api/roles", "members")
permissions = router("/api/permissions", "members")
invitations = router("/api/invitations", "members")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.MEMBERS_READ))]
CanBeHere = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_READ))]
CanManage = Annotated[OrgScope, Depends(allowed_to(Permission.MEMBERS_MANAGE))]
CanDefine = Annotated[OrgScope, Depends(allowed_to(Permission.ROLES_MANAGE))]
Wanted = Annotated[MemberQuery, Depends(in_query(MemberQuery))]
SORTS = {"createdAt": "created_at", "name": "name", "email": "email", "role": "role"}


@members.get("", response_model=PageRead[MemberRead])
async def list_members(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List who belongs to the organization."""
    return Json(await OrganizationRepository(tx, scope).members(asked.search, asked.role, order_of(asked, SORTS)))


@members.put("/{member}/role", response_model=MemberRead)
async def give_role(member: UUID, body: RoleGiven, scope: CanManage, tx: Tx, parts: Parts) -> Member:
    """Give a member another role. It holds from their next request on."""
    return await membership(scope, tx, parts).give_role(member, body.role, body.role_id)


@members.delete("/{member}", status_code=204)
async def remove_member(member: UUID, scope: CanManage, tx: Tx, parts: Parts) -> None:
    """Remove a member. From their next request on they are out, and their tokens here end.

    Whoever joined a team by itself stays there until they are removed from it too.
    """
    await membership(scope, tx, parts).remove(member)


@permissions.get("", response_model=list[PermissionRead])
async def list_permissions(scope: CanBeHere) -> list[PermissionRead]:  # noqa: ARG001 -- it is the permission
    """List everything that can be allowed."""
    return [
        PermissionRead(
            name=permission.value,
            sentence=meaning.sentence,
            least=meaning.least.value,
            only_system=meaning.only_system,
        )
        for permission, meaning in CATALOGUE.items()
    ]


@roles.get("", response_model=list[RoleRead])
async def list_roles(scope: CanRead, tx: Tx) -> list[RoleRead]:
    """List the built-in roles and the organization's own."""
    in_system = scope.org_id == SYSTEM_ORGANIZATION
    built_in = [
        RoleRead(id=None, name=role.value, permissions=sorted(permissions_of(role, in_system=in_system)), revision=None)
        for role in Role
    ]
    own = [RoleRead.model_validate(role) for role in await OrganizationRepository(tx, scope).roles()]
    return built_in + own


@roles.post("", status_code=201, response_model=RoleRead)
async def define_role(body: RoleWrite, scope: CanDefine, tx: Tx, parts: Parts, response: Response) -> OwnRole:
    """Define a role of the organization's own, with at most what you may do yourself."""
    role = await membership(scope, tx, parts).define_role(body.name, body.permissions)
    tag(response, role.revision)
    return role


@roles.get("/{role}", response_model=RoleRead)
async def read_role(role: UUID, scope: CanRead, tx: Tx, response: Response) -> OwnRole:
    """Read a role of the organization's own."""
    found = await OrganizationRepository(tx, scope).role(role)
    if found is None:
        raise NotFound("role", role)
    tag(response, found.revision)
    return found


@roles.put("/{role}", response_model=RoleRead)
async def change_role(
    role: UUID, body: RoleWrite, expected: ExpectedRevision, scope: CanDefine, tx: Tx, parts: Parts, response: Response
) -> OwnRole:
    """Change a role. It holds at once for everybody who has it."""
    changed = await membership(scope, tx, parts).change_role(role, expected, body.name, body.permissions)
    tag(response, changed.revision)
    return changed


@roles.delete("/{role}", status_code=204)
async def remove_role(role: UUID, expected: ExpectedRevision, scope: CanDefine, tx: Tx, parts: Parts) -> None:
    """Remove a role that nobody has."""
    await membership(scope, tx, parts).remove_role(role, expected)


@invitations.get("", response_model=list[InvitationRead])
async def list_invitations(scope: CanManage, tx: Tx) -> Sequence[Invitation]:
    """List the invitations that are open."""
    return await InvitationRepository(tx, scope).open()


@invitations.post("", status_code=201, response_model=InvitationRead)
async def invite(body: InvitationCreate, scope: CanManage, tx: Tx, parts: Parts) -> Invitation:
    """Invite an address by mail. Nobody belongs to an organization without having accepted."""
    return await membership(scope, tx, parts).invite(body.email, body.role, body.role_id)


@invitations.post("/acceptance", status_code=201, response_model=OrganizationRead)
async def accept_invitation(body: Acceptance, account: Account, tx: Tx, parts: Parts) -> Organization:
    """Accept an invitation with the token of its mail, signed in with the address that it went to.

    Both are needed: the token proves that the address is yours, which an account alone does not, and an account of
    another address cannot use a mail that was passed on.
    """
    return await Joining(tx, parts, parts.part(Doorkeeper)).accept(account, body.token)


@invitations.post("/{invitation}/mail", status_code=204)
async def send_invitation_again(invitation: UUID, scope: CanManage, tx: Tx, parts: Parts) -> None:
    """Send an invitation again, with another token."""
    await membership(scope, tx, parts).send_again(invitation)


@invitations.delete("/{invitation}", status_code=204)
async def revoke_invitation(invitation: UUID, scope: CanManage, tx: Tx, parts: Parts) -> None:
    """Take an invitation back."""
    await membership(scope, tx, parts).revoke(invitation)
