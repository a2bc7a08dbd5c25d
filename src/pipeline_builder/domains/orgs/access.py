"""The one way into an organization. Implements `kit.guard.Admission`."""

from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import NotFound, Unauthenticated
from pipeline_builder.kit.guard import Principal
from pipeline_builder.kit.permissions import Permission, Role, is_as_strong, permissions_of
from pipeline_builder.kit.scope import PLATFORM, SYSTEM_ORGANIZATION, AccountScope, Actor, ActorKind, OrgScope
from pipeline_builder.kit.wire import Row

_KNOWN = {permission.value: permission for permission in Permission}


class _Entered(Row, frozen=True):
    org_id: UUID
    parent_id: UUID | None
    role: str | None
    permissions: list[str] | None
    parent_role: str | None
    is_session_live: bool


class Doorkeeper:
    """Looks memberships up on each request, so that a change of roles holds at once."""

    async def admit(self, tx: Transaction, principal: Principal, organization: str | None) -> OrgScope:
        by_id, by_slug = _named(organization) if organization is not None else (principal.org_id, None)
        entered = await self._enter(tx, principal.user_id, principal.session_id, by_id, by_slug)
        if entered is None or (principal.is_bound and entered.org_id != principal.org_id):
            raise NotFound("organization", organization or principal.org_id or "of yours")
        if not entered.is_session_live:
            raise Unauthenticated
        is_person = principal.user_id is not None
        permissions = _permissions(entered) if is_person else _all(entered)
        if principal.allowed is not None:
            permissions &= principal.allowed
        kind = ActorKind.USER if is_person else ActorKind.SERVICE
        actor = Actor(kind, principal.user_id or principal.token_id, principal.name)
        return OrgScope(entered.org_id, entered.parent_id, actor, permissions)

    async def admit_account(self, tx: Transaction, account: AccountScope, org_id: UUID) -> OrgScope:
        """The same for a person who acts on their own belonging there.

        Raises:
            NotFound: they do not belong there.
        """
        entered = await self._enter(tx, account.user_id, account.session_id, org_id, None)
        if entered is None:
            raise NotFound("organization", org_id)
        return OrgScope(entered.org_id, entered.parent_id, account.actor, _permissions(entered))

    async def enter(self, tx: Transaction, org_id: UUID) -> OrgScope:
        """See `contract.Organizations`."""
        entered = await self._enter(tx, None, None, org_id, None)
        if entered is None:
            raise NotFound("organization", org_id)
        return OrgScope(entered.org_id, entered.parent_id, PLATFORM, frozenset(Permission))

    @staticmethod
    async def _enter(
        tx: Transaction, user_id: UUID | None, session_id: UUID | None, by_id: UUID | None, by_slug: str | None
    ) -> _Entered | None:
        return await tx.one_or_none(
            _Entered, "select * from enter_organization($1, $2, $3, $4)", user_id, session_id, by_id, by_slug
        )


def _named(organization: str) -> tuple[UUID | None, str | None]:
    try:
        return UUID(organization), None
    except ValueError:
        return None, organization.lower()


def _all(entered: _Entered) -> frozenset[Permission]:
    """Everything that there is to be done in this organization: the most that a service token may be given."""
    return permissions_of(Role.OWNER, in_system=entered.org_id == SYSTEM_ORGANIZATION)


def _permissions(entered: _Entered) -> frozenset[Permission]:
    """What a member may do: by the own role, or by that of an admin of the parent, whichever is more."""
    in_system = entered.org_id == SYSTEM_ORGANIZATION
    allowed: frozenset[Permission] = frozenset()
    if entered.role is not None:
        allowed = permissions_of(Role(entered.role), in_system=in_system)
    elif entered.permissions is not None:
        own = permissions_of(Role.OWNER, in_system=in_system)
        allowed = frozenset(_KNOWN[one] for one in entered.permissions if one in _KNOWN) & own
    if entered.parent_role is not None and is_as_strong(Role(entered.parent_role), Role.ADMIN):
        allowed |= permissions_of(Role.ADMIN)
    return allowed
