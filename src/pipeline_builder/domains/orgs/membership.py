"""The use cases of members, roles and invitations. Nobody gives or takes what they do not have themselves."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.identity.contract import Invitations as InvitationTokens
from pipeline_builder.domains.identity.contract import Mail, Mails
from pipeline_builder.domains.orgs.contract import (
    AlreadyMember,
    BeyondOwnPermissions,
    OwnerStays,
    RoleInUse,
    TooManyInvitations,
)
from pipeline_builder.domains.orgs.repository import (
    Invitation,
    InvitationRepository,
    Member,
    OrganizationRepository,
    OwnRole,
)
from pipeline_builder.domains.quotas.contract import Quota, Resource
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import InvalidValue, NotFound, Outdated
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import CATALOGUE, Permission, Role, permissions_of
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope

INVITATION_LIFETIME = timedelta(days=7)
OPEN_AT_MOST = 50


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
        member = await self._member(user_id)
        await self._organizations.remove_member(user_id)
        await self._record("members.removed", "member", user_id, member.email, before={"role": member.role})

    async def leave(self) -> None:
        """Leave the organization.

        Raises:
            NotFound: who asks is no member, but reaches it from above.
            OwnerStays: who asks is the owner.
        """
        user_id = self._scope.actor.id
        member = None if user_id is None else await self._organizations.member(user_id)
        if member is None or user_id is None:
            raise NotFound("member", user_id)
        if member.role == Role.OWNER and member.role_id is None:
            raise OwnerStays
        await self._organizations.remove_member(user_id)
        await self._record("members.left", "member", user_id, member.email, before={"role": member.role})

    # --- roles ---

    async def define_role(self, name: str, permissions: Iterable[Permission]) -> OwnRole:
        """Define a role of the organization's own.

        Raises:
            BeyondOwnPermissions: it may do more than who defines it.
            RoleNameTaken: there is one of this name.
        """
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
        await self._ensure_within(frozenset(before.permissions))
        wanted = await self._definable(name, permissions)
        after = msgspec.structs.replace(
            before, name=name, permissions=wanted, revision=before.revision + 1, updated_at=self._clock()
        )
        await self._organizations.put_role(after)
        told = {"before": {"permissions": before.permissions}, "after": {"permissions": wanted}}
        await self._record("roles.changed", "role", role_id, name, **told)
        return after

    async def remove_role(self, role_id: UUID, expected: int) -> None:
        """Remove a role that nobody has.

        Raises:
            NotFound, Outdated, BeyondOwnPermissions: as for `change_role`.
            RoleInUse: somebody has it.
        """
        role = await self._role(role_id, expected)
        await self._ensure_within(frozenset(role.permissions))
        holders = await self._organizations.holders(role_id)
        if holders:
            raise RoleInUse(holders)
        await self._organizations.remove_role(role_id)
        await self._record("roles.removed", "role", role_id, role.name, before={"permissions": role.permissions})

    # --- invitations ---

    async def invite(self, email: str, role: Role | None, role_id: UUID | None, organization: str) -> Invitation:
        """Invite an address. A person belongs only once they have accepted.

        Raises:
            NotFound: there is no such role.
            BeyondOwnPermissions: the role may do more than who invites.
            AlreadyMember, AlreadyInvited, TooManyInvitations: as they say.
            QuotaExceeded: there is no seat left.
        """
        await self._ensure_within(await self._permissions(role, role_id))
        if await self._invitations.is_member(email):
            raise AlreadyMember
        await self._quota.ensure_room(Resource.SEATS)
        if len(await self._invitations.open()) >= OPEN_AT_MOST:
            raise TooManyInvitations(OPEN_AT_MOST)
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
        await self._send(email, token, organization)
        await self._record("invitations.sent", "invitation", invitation.id, email, after={"role": named})
        return invitation

    async def send_again(self, invitation_id: UUID, organization: str) -> None:
        """Send an invitation again, with another token; the old one works no more.

        Raises:
            NotFound: it is not open.
        """
        token, hashed = self._tokens.new()
        email = await self._invitations.renew(invitation_id, hashed, self._clock() + INVITATION_LIFETIME)
        if email is None:
            raise NotFound("invitation", invitation_id)
        await self._send(email, token, organization)
        await self._record("invitations.sent-again", "invitation", invitation_id, email)

    async def revoke(self, invitation_id: UUID) -> None:
        """Take an invitation back.

        Raises:
            NotFound: it is not open.
        """
        email = await self._invitations.revoke(invitation_id)
        if email is None:
            raise NotFound("invitation", invitation_id)
        await self._record("invitations.revoked", "invitation", invitation_id, email)

    # --- what they have in common ---

    async def _send(self, email: str, token: str, organization: str) -> None:
        text = (
            f"{self._scope.actor.name} invites you to '{organization}' on Pipeline Builder.\n\n"
            f"Sign in with this address, or register with it, and accept with this token:\n\n    {token}\n\n"
            "It works once, for 7 days. If you do not know what this is about, you need do nothing.\n"
        )
        await self._mails.put(self._tx, Mail(email, f"Invitation to {organization}", text))

    async def _member(self, user_id: UUID) -> Member:
        """A member that may be changed by who asks."""
        member = await self._organizations.member(user_id)
        if member is None:
            raise NotFound("member", user_id)
        if member.role_id is None and member.role == Role.OWNER:
            raise OwnerStays
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
        return frozenset((await self._named_role(role_id)).permissions)

    async def _named_role(self, role_id: UUID | None) -> OwnRole:
        role = None if role_id is None else await self._organizations.role(role_id)
        if role is None:
            raise NotFound("role", role_id)
        return role

    async def _role(self, role_id: UUID, expected: int) -> OwnRole:
        role = await self._named_role(role_id)
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
