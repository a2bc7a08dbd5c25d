"""The use cases of members, roles and invitations. Nobody gives or takes what they do not have themselves."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.identity.contract import Invitations as InvitationTokens
from pipeline_builder.domains.identity.contract import Mail, Mails, People
from pipeline_builder.domains.orgs.contract import (
    AlreadyInvited,
    AlreadyMember,
    BeyondOwnPermissions,
    LastAdminStays,
    OwnerOnly,
    OwnerStays,
    RoleInUse,
    TooManyInvitations,
    TooManyMails,
    TooManyRoles,
)
from pipeline_builder.domains.orgs.repository import (
    AllOrganizations,
    Invitation,
    InvitationRepository,
    Member,
    OrganizationRepository,
    OwnRole,
)
from pipeline_builder.domains.orgs.seats import ensure_seat
from pipeline_builder.domains.orgs.service import read
from pipeline_builder.domains.quotas.contract import Quota
from pipeline_builder.kit.clock import Clock, now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import InvalidValue, NotFound, Outdated
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import CATALOGUE, Permission, Role, permissions_of
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope, in_the_name_of_the_platform

INVITATION_LIFETIME = timedelta(days=7)
OPEN_AT_MOST = 50
ROLES_AT_MOST = 100
MAILS_AT_MOST = 5
"""To one address, before there is a day without."""
_MAILS_FORGOTTEN_AFTER = timedelta(days=1)


class Membership:
    """The use cases, in one organization."""

    def __init__(
        self,
        tx: Transaction,
        scope: OrgScope,
        *,
        audit: Audit,
        quota: Quota,
        mails: Mails,
        people: People,
        tokens: InvitationTokens,
        clock: Clock,
    ) -> None:
        self._tx = tx
        self._scope = scope
        self._organizations = OrganizationRepository(tx, scope)
        self._invitations = InvitationRepository(tx, scope)
        self._audit = audit
        self._quota = quota
        self._mails = mails
        self._people = people
        self._tokens = tokens
        self._clock = clock

    # --- members ---

    async def give_role(self, user_id: UUID, role: Role | None, role_id: UUID | None) -> Member:
        """Give a member another role.

        Raises:
            NotFound: there is no such member or role.
            OwnerStays: the member is the owner.
            BeyondOwnPermissions: the old or the new role may do more than who gives it.
        """
        member = await self._member(user_id)
        await self._ensure_within(await self._permissions(role, role_id))
        await self._organizations.set_role(user_id, role, role_id)
        changed = await self._member_after(user_id)
        told = {"before": {"role": member.role}, "after": {"role": changed.role}}
        await self._record("members.role-given", "member", user_id, member.email, **told)
        return changed

    async def remove(self, user_id: UUID) -> None:
        """Remove a member; from their next request on they are out.

        Raises:
            NotFound: there is no such member.
            OwnerStays: it is the owner.
            BeyondOwnPermissions: the member may do more than who removes them.
        """
        await self._end(await self._member(user_id), "members.removed")

    async def leave(self) -> None:
        """Leave the organization.

        Raises:
            NotFound: who asks is no member, but reaches it from above.
            OwnerStays: who asks is the owner.
            LastAdminStays: nobody else runs the platform.
        """
        user_id = self._scope.actor.id
        member = None if user_id is None else await self._organizations.member(user_id)
        if member is None:
            raise NotFound("member", user_id)
        if _is(Role.OWNER, member):
            raise OwnerStays
        await self._ensure_another_admin(member)
        await self._end(member, "members.left")

    async def hand_over(self, user_id: UUID) -> None:
        """Make another member the owner; who was it stays as an admin.

        Raises:
            InvalidValue: it is the owner already.
            OwnerOnly: who asks is not the owner, or not any more.
            NotFound: there is no such member.
        """
        owner = self._scope.actor.id
        if user_id == owner:
            raise InvalidValue("userId", "You are the owner already.")
        # The old one first: there is never more than one, and of two who hand over at once the second is none any more.
        member = await self._organizations.member(user_id)
        if member is None:
            raise NotFound("member", user_id)
        if owner is None or not await self._organizations.step_down(owner):
            raise OwnerOnly
        await self._organizations.set_role(user_id, Role.OWNER, None)
        told = {"before": {"owner": self._scope.actor.name}, "after": {"owner": member.email}}
        await self._record("organizations.transferred", "organization", self._scope.org_id, "", **told)

    # --- roles ---

    async def define_role(self, name: str, permissions: Iterable[Permission]) -> OwnRole:
        """Define a role of the organization's own.

        Raises:
            BeyondOwnPermissions: it may do more than who defines it.
            RoleNameTaken: there is one of this name.
            TooManyRoles: there are as many as may be.
        """
        if len(await self._organizations.roles()) >= ROLES_AT_MOST:
            raise TooManyRoles(ROLES_AT_MOST)
        now = self._clock()
        wanted = await self._definable(name, permissions)
        role = OwnRole(id=new_id(), name=name, permissions=wanted, revision=1, created_at=now, updated_at=now)
        await self._organizations.put_role(role)
        await self._record("roles.defined", "role", role.id, name, after={"permissions": wanted})
        return role

    async def change_role(self, role_id: UUID, expected: int, name: str, permissions: Iterable[Permission]) -> OwnRole:
        """Change a role; it holds at once for everybody who has it.

        Raises:
            NotFound, Outdated: there is no such role, or not any more.
            BeyondOwnPermissions: it may or might do more than who changes it.
            RoleNameTaken: there is another one of this name.
        """
        before = await self._role(role_id, expected)
        await self._ensure_within(_known(before))
        wanted = await self._definable(name, permissions)
        after = msgspec.structs.replace(
            before, name=name, permissions=wanted, revision=before.revision + 1, updated_at=self._clock()
        )
        await self._organizations.put_role(after)
        told = {
            "before": {"name": before.name, "permissions": before.permissions},
            "after": {"name": name, "permissions": wanted},
        }
        await self._record("roles.changed", "role", role_id, name, **told)
        return after

    async def remove_role(self, role_id: UUID, expected: int) -> None:
        """Remove a role that nobody has.

        Raises:
            NotFound, Outdated, BeyondOwnPermissions: as for `change_role`.
            RoleInUse: somebody has it.
        """
        role = await self._role(role_id, expected)
        await self._ensure_within(_known(role))
        holders = await self._organizations.holders(role_id)
        if holders:
            raise RoleInUse(holders)
        await self._organizations.remove_role(role_id)
        await self._record("roles.removed", "role", role_id, role.name, before={"permissions": role.permissions})

    # --- invitations ---

    async def invite(self, email: str, role: Role | None, role_id: UUID | None) -> Invitation:
        """Invite an address. A person belongs only once they have accepted.

        Raises:
            NotFound: there is no such role.
            BeyondOwnPermissions: the role may do more than who invites.
            AlreadyMember, AlreadyInvited, TooManyInvitations, TooManyMails: as they say.
            QuotaExceeded: there is no seat left.
        """
        await self._ensure_within(await self._permissions(role, role_id))
        await self._organizations.read(for_update=True)  # So that nobody else invites at the same time.
        if await self._invitations.is_member(email):
            raise AlreadyMember
        waiting = await self._invitations.open()
        if any(one.email.lower() == email.lower() for one in waiting):
            raise AlreadyInvited
        if len(waiting) >= OPEN_AT_MOST:
            raise TooManyInvitations(OPEN_AT_MOST)
        await self._ensure_mail(email)
        await ensure_seat(self._tx, self._scope, self._quota, email)
        now = self._clock()
        token, hashed = self._tokens.new()
        named = role.value if role is not None else (await self._named_role(role_id)).name
        invitation = Invitation(
            id=new_id(),
            email=email,
            role=named,
            role_id=role_id,
            invited_by=self._scope.actor.name,
            created_at=now,
            expires_at=now + INVITATION_LIFETIME,
        )
        await self._invitations.add(invitation, role, hashed)
        await self._send(email, token)
        await self._record("invitations.sent", "invitation", invitation.id, email, after={"role": named})
        return invitation

    async def send_again(self, invitation_id: UUID) -> None:
        """Send an invitation again, with another token; the old one works no more.

        Raises:
            NotFound: it is not open.
            BeyondOwnPermissions: its role may do more than who sends it.
            TooManyMails: the address got enough of them.
        """
        invitation = await self._invitation(invitation_id)
        await self._ensure_mail(invitation.email)
        token, hashed = self._tokens.new()
        await self._invitations.renew(invitation_id, hashed, self._clock() + INVITATION_LIFETIME)
        await self._send(invitation.email, token)
        await self._record("invitations.sent-again", "invitation", invitation_id, invitation.email)

    async def revoke(self, invitation_id: UUID) -> None:
        """Take an invitation back.

        Raises:
            NotFound: it is not open.
            BeyondOwnPermissions: its role may do more than who takes it back.
        """
        invitation = await self._invitation(invitation_id)
        await self._invitations.revoke(invitation_id)
        before = {"role": invitation.role}
        await self._record("invitations.revoked", "invitation", invitation_id, invitation.email, before=before)

    # --- what they have in common ---

    async def _send(self, email: str, token: str) -> None:
        # Whatever separates lines in a name would end the header that it stands in.
        name = " ".join((await read(self._tx, self._scope)).name.split())
        text = (
            f"{self._scope.actor.name} invites you to '{name}' on Pipeline Builder.\n\n"
            f"Sign in with this address, or register with it, and accept with this token:\n\n    {token}\n\n"
            "It works once, for 7 days. If you do not know what this is about, you need do nothing.\n"
        )
        await self._mails.put(self._tx, Mail(email, f"Invitation to {name}", text))

    async def _ensure_mail(self, email: str) -> None:
        expiring_after = self._clock() + INVITATION_LIFETIME - _MAILS_FORGOTTEN_AFTER
        if await self._invitations.mails_to(email, expiring_after) >= MAILS_AT_MOST:
            raise TooManyMails(MAILS_AT_MOST, int(_MAILS_FORGOTTEN_AFTER.total_seconds()))

    async def _invitation(self, invitation_id: UUID) -> Invitation:
        """An open invitation that may be changed by who asks."""
        invitation = await self._invitations.read(invitation_id)
        if invitation is None:
            raise NotFound("invitation", invitation_id)
        role = None if invitation.role_id is not None else Role(invitation.role)
        await self._ensure_within(await self._permissions(role, invitation.role_id))
        return invitation

    async def _end(self, member: Member, action: str) -> None:
        """Let somebody belong no more. Their tokens end too: they must not come back to life with their maker."""
        await self._organizations.remove_member(member.id)
        async with in_the_name_of_the_platform(self._tx) as platform:
            left = await AllOrganizations(self._tx, platform).out_of_reach(self._scope.org_id, member.id)
        await self._people.revoke_tokens(self._tx, member.id, left)
        await self._record(action, "member", member.id, member.email, before={"role": member.role})

    async def _ensure_another_admin(self, member: Member) -> None:
        """The system organization has no owner: its last admin takes the place of one."""
        if self._scope.org_id != SYSTEM_ORGANIZATION or not _is(Role.ADMIN, member):
            return
        await self._organizations.read(for_update=True)  # So that two cannot leave at the same time.
        if await self._organizations.admins() < 2:  # noqa: PLR2004 -- this one, and another
            raise LastAdminStays

    async def _member(self, user_id: UUID) -> Member:
        """A member that may be changed by who asks."""
        member = await self._organizations.member(user_id)
        if member is None:
            raise NotFound("member", user_id)
        if _is(Role.OWNER, member):
            raise OwnerStays
        await self._ensure_another_admin(member)
        role = None if member.role_id is not None else Role(member.role)
        await self._ensure_within(await self._permissions(role, member.role_id))
        return member

    async def _member_after(self, user_id: UUID) -> Member:
        member = await self._organizations.member(user_id)
        if member is None:
            raise NotFound("member", user_id)
        return member

    async def _permissions(self, role: Role | None, role_id: UUID | None) -> frozenset[str]:
        """What a role may do in this organization."""
        if role is not None:
            return frozenset(permissions_of(role, in_system=self._scope.org_id == SYSTEM_ORGANIZATION))
        return _known(await self._named_role(role_id, for_update=True))

    async def _named_role(self, role_id: UUID | None, *, for_update: bool = False) -> OwnRole:
        role = None if role_id is None else await self._organizations.role(role_id, for_update=for_update)
        if role is None:
            raise NotFound("role", role_id)
        return role

    async def _role(self, role_id: UUID, expected: int) -> OwnRole:
        role = await self._named_role(role_id, for_update=True)
        if role.revision != expected:
            raise Outdated("role", role.revision)
        return role

    async def _ensure_within(self, permissions: frozenset[str]) -> None:
        beyond = permissions - self._scope.permissions
        if beyond:
            raise BeyondOwnPermissions(beyond)

    async def _definable(self, name: str, permissions: Iterable[Permission]) -> list[str]:
        wanted = frozenset(permissions)
        await self._ensure_within(wanted)
        if name.lower() in set(Role):
            raise InvalidValue("name", f"'{name}' is a built-in role.")
        in_system = self._scope.org_id == SYSTEM_ORGANIZATION
        if not in_system and any(CATALOGUE[one].only_system for one in wanted):
            raise InvalidValue("permissions", "Permissions over the platform exist in the system organization alone.")
        return sorted(wanted)

    async def _record(self, action: str, kind: str, subject: object, name: str, **told: Mapping[str, object]) -> None:
        await self._audit.record(Change(action, kind, subject, name, **told))


def membership(scope: OrgScope, tx: Transaction, contracts: Contracts) -> Membership:
    """The use cases, with what serves this process."""
    return Membership(
        tx,
        scope,
        audit=contracts.of(Audit, tx, scope),
        quota=contracts.of(Quota, tx, scope),
        mails=contracts.part(Mails),
        people=contracts.part(People),
        tokens=contracts.part(InvitationTokens),
        clock=now,
    )


def _is(role: Role, member: Member) -> bool:
    """Whether somebody has a built-in role, and not one of the organization's own that is called so."""
    return member.role_id is None and member.role == role


def _known(role: OwnRole) -> frozenset[str]:
    """What a role may do, without what no version of the platform knows any more."""
    return frozenset(role.permissions) & frozenset(Permission)
