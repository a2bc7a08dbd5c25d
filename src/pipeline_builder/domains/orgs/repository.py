"""Every query on organizations and who belongs to them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pipeline_builder.domains.orgs.contract import AlreadyInvited, AlreadyMember, RoleNameTaken, SlugTaken
from pipeline_builder.kit.database import Transaction, UniqueViolated
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.paging import Order, Select
from pipeline_builder.kit.permissions import Role
from pipeline_builder.kit.scope import AccountScope, OrgScope, PlatformScope
from pipeline_builder.kit.wire import Page, Row

_LONGEST_SLUG = 40


class Organization(Row, frozen=True):
    """An organization or team."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    description: str
    revision: int
    created_at: datetime
    updated_at: datetime


class Belonging(Organization, frozen=True):
    """An organization, and what somebody is there."""

    role: str
    role_id: UUID | None


class SystemOrganization(Organization, frozen=True):
    """An organization, as those who run the platform see it."""

    members: int
    suspended_at: datetime | None
    deleted_at: datetime | None


class Member(Row, frozen=True):
    """Somebody who belongs to the organization; `role` is a built-in one, or the name of one of its own."""

    id: UUID
    email: str
    name: str
    role: str
    role_id: UUID | None
    created_at: datetime


class OwnRole(Row, frozen=True):
    """A role that the organization defined."""

    id: UUID
    name: str
    permissions: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime


class Invitation(Row, frozen=True):
    """An invitation that is open."""

    id: UUID
    email: str
    role: str
    role_id: UUID | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


class FoundInvitation(Row, frozen=True):
    """An invitation that somebody wants to accept."""

    id: UUID
    org_id: UUID
    email: str
    role: str | None
    role_id: UUID | None


_ORGANIZATION = "id, parent_id, slug, name, description, revision, created_at, updated_at"
_OF_O = ", ".join(f"o.{column}" for column in _ORGANIZATION.split(", "))
_OWN_ROLE = "id, name, permissions, revision, created_at, updated_at"


class OrganizationRepository:
    """One organization, its teams, members and roles."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._org_id = scope.org_id

    async def read(self, *, for_update: bool = False) -> Organization | None:
        lock = " for update" if for_update else ""
        return await self._tx.one_or_none(
            Organization,
            f"select {_ORGANIZATION} from organizations where id = $1 and deleted_at is null{lock}",  # noqa: S608 -- names of columns
            self._org_id,
        )

    async def change(self, organization: Organization) -> None:
        """Write an organization anew.

        Raises:
            SlugTaken: another one has its slug.
        """
        try:
            await self._tx.execute(
                """
                update organizations set slug = $2, name = $3, description = $4, revision = $5, updated_at = $6
                where id = $1
                """,
                self._org_id,
                organization.slug,
                organization.name,
                organization.description,
                organization.revision,
                organization.updated_at,
            )
        except UniqueViolated as error:
            raise SlugTaken(organization.slug) from error

    async def teams(self) -> Sequence[Organization]:
        return await self._tx.all(
            Organization,
            f"select {_ORGANIZATION} from organizations where parent_id = $1 and deleted_at is null order by name, id",  # noqa: S608 -- names of columns
            self._org_id,
        )

    async def members(self, search: str | None, order: Order) -> Page[Member]:
        select = Select(
            """
            select * from (
              select u.id, u.email, u.name, coalesce(m.role, r.name) as role, m.role_id, m.created_at, m.org_id
              from memberships m join users u on u.id = m.user_id left join roles r on r.id = m.role_id
              where u.deleted_at is null
            ) members
            """.replace("select *", "select id, email, name, role, role_id, created_at")
        )
        select.where("org_id = {}", self._org_id)
        if search is not None:
            select.where("strpos(lower(email || ' ' || name), lower({})) > 0", search)
        order.apply(select)
        return order.page(await self._tx.all(Member, select.sql, *select.values))

    async def member(self, user_id: UUID) -> Member | None:
        """A member; their membership does not change before this transaction ends."""
        return await self._tx.one_or_none(
            Member,
            """
            select u.id, u.email, u.name, coalesce(m.role, r.name) as role, m.role_id, m.created_at
            from memberships m join users u on u.id = m.user_id left join roles r on r.id = m.role_id
            where m.org_id = $1 and m.user_id = $2 and u.deleted_at is null for update of m
            """,
            self._org_id,
            user_id,
        )

    async def set_role(self, user_id: UUID, role: Role | None, role_id: UUID | None) -> None:
        await self._tx.execute(
            "update memberships set role = $3, role_id = $4 where org_id = $1 and user_id = $2",
            self._org_id,
            user_id,
            role,
            role_id,
        )

    async def remove_member(self, user_id: UUID) -> None:
        """Remove somebody, with the tokens that act for them here."""
        await self._tx.execute("delete from memberships where org_id = $1 and user_id = $2", self._org_id, user_id)

    async def roles(self) -> Sequence[OwnRole]:
        return await self._tx.all(
            OwnRole,
            f"select {_OWN_ROLE} from roles where org_id = $1 order by name",  # noqa: S608 -- names of columns
            self._org_id,
        )

    async def role(self, role_id: UUID) -> OwnRole | None:
        """A role; it does not change before this transaction ends."""
        return await self._tx.one_or_none(
            OwnRole,
            f"select {_OWN_ROLE} from roles where id = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            role_id,
            self._org_id,
        )

    async def put_role(self, role: OwnRole) -> None:
        """Add a role, or write it anew.

        Raises:
            RoleNameTaken: there is another one of its name.
        """
        try:
            await self._tx.execute(
                f"""
                insert into roles ({_OWN_ROLE}, org_id) values ($1, $2, $3, $4, $5, $6, $7)
                on conflict (id) do update set name = $2, permissions = $3, revision = $4, updated_at = $6
                where roles.org_id = $7
                """,  # noqa: S608 -- names of columns
                *(getattr(role, name) for name in role.__struct_fields__),
                self._org_id,
            )
        except UniqueViolated as error:
            raise RoleNameTaken(role.name) from error

    async def holders(self, role_id: UUID) -> int:
        """How many members and open invitations have a role."""
        found: int = await self._tx.value(
            """
            select (select count(*) from memberships where org_id = $1 and role_id = $2)
                 + (select count(*) from invitations where org_id = $1 and role_id = $2
                    and accepted_at is null and revoked_at is null and expires_at > now())
            """,
            self._org_id,
            role_id,
        )
        return found

    async def remove_role(self, role_id: UUID) -> None:
        await self._tx.execute("delete from roles where id = $1 and org_id = $2", role_id, self._org_id)


class InvitationRepository:
    """The invitations of one organization."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._org_id = scope.org_id

    async def open(self) -> Sequence[Invitation]:
        return await self._tx.all(
            Invitation,
            """
            select i.id, i.email, coalesce(i.role, r.name) as role, i.role_id, i.invited_by, i.created_at, i.expires_at
            from invitations i left join roles r on r.id = i.role_id
            where i.org_id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
            order by i.created_at desc, i.id
            """,
            self._org_id,
        )

    async def add(self, invitation: Invitation, role: Role | None, hashed: bytes) -> None:
        """Add an invitation, in place of one for the same address that has expired.

        Raises:
            AlreadyInvited: one for this address is open.
        """
        await self._tx.execute(
            """
            update invitations set revoked_at = now() where org_id = $1 and lower(email) = lower($2)
            and accepted_at is null and revoked_at is null and expires_at <= now()
            """,
            self._org_id,
            invitation.email,
        )
        try:
            await self._tx.execute(
                """
                insert into invitations (id, org_id, email, role, role_id, hash, invited_by, created_at, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                invitation.id,
                self._org_id,
                invitation.email,
                role,
                invitation.role_id,
                hashed,
                invitation.invited_by,
                invitation.created_at,
                invitation.expires_at,
            )
        except UniqueViolated as error:
            raise AlreadyInvited from error

    async def is_member(self, email: str) -> bool:
        return bool(
            await self._tx.value(
                """
                select true from memberships m join users u on u.id = m.user_id
                where m.org_id = $1 and lower(u.email) = lower($2) and u.deleted_at is null
                """,
                self._org_id,
                email,
            )
        )

    async def renew(self, invitation_id: UUID, hashed: bytes, expires_at: datetime) -> str | None:
        """Give an open invitation another token; whom it is for."""
        found: str | None = await self._tx.value(
            """
            update invitations set hash = $3, expires_at = $4
            where id = $1 and org_id = $2 and accepted_at is null and revoked_at is null returning email
            """,
            invitation_id,
            self._org_id,
            hashed,
            expires_at,
        )
        return found

    async def revoke(self, invitation_id: UUID) -> str | None:
        """Take an open invitation back; whom it was for."""
        found: str | None = await self._tx.value(
            """
            update invitations set revoked_at = now()
            where id = $1 and org_id = $2 and accepted_at is null and revoked_at is null returning email
            """,
            invitation_id,
            self._org_id,
        )
        return found


class Belongings:
    """Where a person belongs."""

    def __init__(self, tx: Transaction, scope: AccountScope) -> None:
        self._tx = tx
        self._scope = scope

    async def all(self) -> Sequence[Belonging]:
        """The organizations of a person, and the teams that they reach as an admin of the organization above."""
        return await self._tx.all(
            Belonging,
            f"select {_OF_O}, role, role_id from organizations_of($1) as o order by name, id",  # noqa: S608 -- names of columns
            self._scope.user_id,
        )

    async def owned(self) -> int:
        """How many organizations a person owns. Nobody else founds one for them before this transaction ends."""
        await self._tx.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"organizations of {self._scope.user_id}"
        )
        found: int = await self._tx.value(
            "select count(*) from memberships where user_id = $1 and role = 'owner'", self._scope.user_id
        )
        return found


class AllOrganizations:
    """Every organization: for founding one, and for those who run the platform."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def add(self, name: str, parent_id: UUID | None) -> UUID:
        """A new organization, under a slug that is like its name and still free."""
        org_id = new_id()
        wish = slug_of(name)
        added = await self._tx.value(
            """
            insert into organizations (id, parent_id, slug, name)
            select $1, $2, candidate, $3
            from unnest($4::text[]) with ordinality as candidates (candidate, place)
            where not exists (select from organizations where slug = candidate)
            order by place limit 1
            on conflict (slug) do nothing
            returning slug
            """,
            org_id,
            parent_id,
            name,
            [wish, *(f"{wish}-{org_id.hex[-length:]}" for length in (4, 8, 12))],
        )
        if added is None:
            # Somebody took the first choice at the same moment; the last one is as good as taken by nobody.
            await self._tx.execute(
                "insert into organizations (id, parent_id, slug, name) values ($1, $2, $3, $4)",
                org_id,
                parent_id,
                f"{wish}-{org_id.hex[-12:]}",
                name,
            )
        return org_id

    async def add_member(self, org_id: UUID, user_id: UUID, role: Role | None, role_id: UUID | None = None) -> None:
        """Let somebody belong to an organization.

        Raises:
            AlreadyMember: they do.
        """
        try:
            await self._tx.execute(
                "insert into memberships (org_id, user_id, role, role_id) values ($1, $2, $3, $4)",
                org_id,
                user_id,
                role,
                role_id,
            )
        except UniqueViolated as error:
            raise AlreadyMember from error

    async def hand_over(self, org_id: UUID, owner: UUID, heir: UUID) -> bool:
        """Make another member the owner. Whether the first one was the owner, and the other a member."""
        was = await self._tx.execute(
            "update memberships set role = 'admin' where org_id = $1 and user_id = $2 and role = 'owner'", org_id, owner
        )
        now = await self._tx.execute(
            "update memberships set role = 'owner', role_id = null where org_id = $1 and user_id = $2", org_id, heir
        )
        return bool(was) and bool(now)

    async def invitation(self, hashed: bytes) -> FoundInvitation | None:
        """The open invitation with this token; nobody else accepts it before this transaction ends."""
        return await self._tx.one_or_none(
            FoundInvitation,
            """
            select i.id, i.org_id, i.email, i.role, i.role_id from invitations i
            join organizations o on o.id = i.org_id and o.deleted_at is null
            where i.hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
            for update of i
            """,
            hashed,
        )

    async def accept(self, invitation_id: UUID) -> None:
        await self._tx.execute("update invitations set accepted_at = now() where id = $1", invitation_id)

    async def delete(self, org_id: UUID, now: datetime) -> None:
        """Close an organization and its teams: nobody can enter any more."""
        await self._tx.execute(
            "update organizations set deleted_at = $2 where (id = $1 or parent_id = $1) and deleted_at is null",
            org_id,
            now,
        )

    async def undelete(self, org_id: UUID) -> bool:
        """Open an organization again, with the teams that were closed with it. Whether it was closed."""
        reopened = await self._tx.execute(
            """
            with closed as (select id, deleted_at from organizations where id = $1 and deleted_at is not null)
            update organizations o set deleted_at = null from closed
            where (o.id = closed.id or o.parent_id = closed.id) and o.deleted_at = closed.deleted_at
            """,
            org_id,
        )
        return bool(reopened)

    async def suspend(self, org_id: UUID, at: datetime | None) -> bool:
        """Close an organization for a time, or with no time open it again. Whether there is one."""
        return bool(
            await self._tx.execute(
                "update organizations set suspended_at = $2 where id = $1 and deleted_at is null", org_id, at
            )
        )

    async def page(self, search: str | None, order: Order) -> Page[SystemOrganization]:
        select = Select(
            f"""
            select {_OF_O}, o.suspended_at, o.deleted_at,
                   (select count(*) from memberships m where m.org_id = o.id) as members
            from organizations o
            """  # noqa: S608 -- names of columns
        )
        if search is not None:
            select.where("strpos(lower(o.name || ' ' || o.slug), lower({})) > 0", search)
        order.apply(select, "o.id")
        return order.page(await self._tx.all(SystemOrganization, select.sql, *select.values))

    @staticmethod
    async def seats(tx: Transaction, root_id: UUID) -> int:
        """How many people belong to an organization or its teams, or are invited."""
        found: int = await tx.value("select seats_of_tree($1)", root_id)
        return found


def slug_of(name: str) -> str:
    """A name as a part of an address: small letters, digits and hyphens. Never an id's form, nor empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    try:
        UUID(slug)
    except ValueError:
        return slug or "organization"
    return f"o-{slug}"
