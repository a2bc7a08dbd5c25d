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
_SUFFIXES = (4, 8, 12)


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


class ClosedOrganization(Organization, frozen=True):
    """An organization or team that was deleted and can be restored."""

    deleted_at: datetime


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
    role_name: str
    invited_by: str


_ORGANIZATION = "id, parent_id, slug, name, description, revision, created_at, updated_at"
_OF_O = ", ".join(f"o.{column}" for column in _ORGANIZATION.split(", "))
_AS_SYSTEM = f"""
    select {_OF_O}, o.suspended_at, o.deleted_at,
           (select count(*) from memberships m where m.org_id = o.id) as members
    from organizations o
"""  # noqa: S608 -- names of columns
_OWN_ROLE = "id, name, permissions, revision, created_at, updated_at"
_INVITATION = """
    select i.id, i.email, coalesce(i.role, r.name) as role, i.role_id, i.invited_by, i.created_at, i.expires_at
    from invitations i left join roles r on r.id = i.role_id and r.org_id = i.org_id
"""
_OPEN = "i.accepted_at is null and i.revoked_at is null and i.expires_at > now()"


class OrganizationRepository:
    """One organization, its teams, members and roles."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._org_id = scope.org_id

    async def read(self, *, for_update: bool = False) -> Organization | None:
        # What belongs to the organization can be inserted meanwhile: only its own row stays as it is.
        lock = " for no key update" if for_update else ""
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

    async def closed_teams(self, since: datetime) -> Sequence[ClosedOrganization]:
        """The teams that were deleted since a moment."""
        return await self._tx.all(
            ClosedOrganization,
            f"""
            select {_ORGANIZATION}, deleted_at from organizations
            where parent_id = $1 and deleted_at > $2 order by deleted_at desc, id
            """,  # noqa: S608 -- names of columns
            self._org_id,
            since,
        )

    async def members(self, search: str | None, role: str | None, order: Order) -> Page[Member]:
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
        if role is not None:
            select.where("lower(role) = lower({})", role)
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
        await self._tx.execute("delete from memberships where org_id = $1 and user_id = $2", self._org_id, user_id)

    async def step_down(self, owner: UUID) -> bool:
        """Make the owner an admin. Whether it was the owner; nobody else hands over before this transaction ends."""
        return bool(
            await self._tx.execute(
                "update memberships set role = 'admin' where org_id = $1 and user_id = $2 and role = 'owner'",
                self._org_id,
                owner,
            )
        )

    async def admins(self) -> int:
        """How many have the role of an admin."""
        found: int = await self._tx.value(
            "select count(*) from memberships where org_id = $1 and role = 'admin'", self._org_id
        )
        return found

    async def roles(self) -> Sequence[OwnRole]:
        return await self._tx.all(
            OwnRole,
            f"select {_OWN_ROLE} from roles where org_id = $1 order by name",  # noqa: S608 -- names of columns
            self._org_id,
        )

    async def role(self, role_id: UUID, *, for_update: bool = False) -> OwnRole | None:
        """A role; for an update, it does not change before this transaction ends."""
        lock = " for update" if for_update else ""
        return await self._tx.one_or_none(
            OwnRole,
            f"select {_OWN_ROLE} from roles where id = $1 and org_id = $2{lock}",  # noqa: S608 -- names of columns
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
            Invitation, f"{_INVITATION} where i.org_id = $1 and {_OPEN} order by i.created_at desc, i.id", self._org_id
        )

    async def read(self, invitation_id: UUID) -> Invitation | None:
        """An open invitation; nobody accepts or changes it before this transaction ends."""
        return await self._tx.one_or_none(
            Invitation,
            f"{_INVITATION} where i.org_id = $1 and {_OPEN} and i.id = $2 for update of i",
            self._org_id,
            invitation_id,
        )

    async def mails_to(self, email: str, expiring_after: datetime) -> int:
        """How many mails an address got with those of its invitations, open or not, that expire after a moment."""
        found: int = await self._tx.value(
            """
            select coalesce(sum(mails), 0) from invitations
            where org_id = $1 and lower(email) = lower($2) and expires_at > $3
            """,
            self._org_id,
            email,
            expiring_after,
        )
        return found

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

    async def renew(self, invitation_id: UUID, hashed: bytes, expires_at: datetime) -> None:
        """Give an invitation another token."""
        await self._tx.execute(
            "update invitations set hash = $3, expires_at = $4, mails = mails + 1 where id = $1 and org_id = $2",
            invitation_id,
            self._org_id,
            hashed,
            expires_at,
        )

    async def revoke(self, invitation_id: UUID) -> None:
        await self._tx.execute(
            "update invitations set revoked_at = now() where id = $1 and org_id = $2", invitation_id, self._org_id
        )


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

    async def closed(self, since: datetime) -> Sequence[ClosedOrganization]:
        """The organizations that a person owned and that were deleted since a moment."""
        return await self._tx.all(
            ClosedOrganization,
            f"""
            select {_OF_O}, o.deleted_at from organizations_owned_by($1) as o
            where o.deleted_at > $2 order by o.deleted_at desc, o.id
            """,  # noqa: S608 -- names of columns
            self._scope.user_id,
            since,
        )

    async def owned(self, since: datetime) -> int:
        """How many organizations a person owns, with those that were deleted since a moment.

        Nobody else founds one for them before this transaction ends.
        """
        await self._tx.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"organizations of {self._scope.user_id}"
        )
        found: int = await self._tx.value(
            """
            select count(*) from organizations_owned_by($1) as o where o.deleted_at is null or o.deleted_at > $2
            """,
            self._scope.user_id,
            since,
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
        wishes = slugs_of(name, org_id)
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
            wishes,
        )
        if added is None:
            # Somebody took the first choice at the same moment; the last one is as good as taken by nobody.
            await self._tx.execute(
                "insert into organizations (id, parent_id, slug, name) values ($1, $2, $3, $4)",
                org_id,
                parent_id,
                wishes[-1],
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

    async def make_admin(self, org_id: UUID, user_id: UUID) -> None:
        """Let somebody be an admin, whatever they were before; an owner stays."""
        await self._tx.execute(
            """
            insert into memberships (org_id, user_id, role) values ($1, $2, 'admin')
            on conflict (org_id, user_id) do update set role = 'admin', role_id = null
            where memberships.role is distinct from 'owner'
            """,
            org_id,
            user_id,
        )

    async def out_of_reach(self, org_id: UUID, user_id: UUID) -> Sequence[UUID]:
        """Of an organization and its teams, those that somebody does not belong to."""
        rows = await self._tx.rows(
            """
            select id from organizations o where (id = $1 or parent_id = $1)
            and not exists (select from memberships m where m.org_id = o.id and m.user_id = $2)
            """,
            org_id,
            user_id,
        )
        return [row["id"] for row in rows]

    async def invitation(self, hashed: bytes) -> FoundInvitation | None:
        """The open invitation with this token; nobody else accepts it before this transaction ends."""
        return await self._tx.one_or_none(
            FoundInvitation,
            """
            select i.id, i.org_id, i.email, i.role, i.role_id, coalesce(i.role, r.name) as role_name, i.invited_by
            from invitations i left join roles r on r.id = i.role_id
            join organizations o on o.id = i.org_id left join organizations above on above.id = o.parent_id
            where i.hash = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
              and o.deleted_at is null and o.suspended_at is null
              and above.deleted_at is null and above.suspended_at is null
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

    async def lock_team(self, team: UUID, parent_id: UUID) -> Organization | None:
        """A team of an organization; it does not change before this transaction ends."""
        return await self._tx.one_or_none(
            Organization,
            f"""
            select {_ORGANIZATION} from organizations where id = $1 and parent_id = $2 and deleted_at is null for update
            """,  # noqa: S608 -- names of columns
            team,
            parent_id,
        )

    async def undelete(self, org_id: UUID) -> Organization | None:
        """Open an organization again, with the teams that were closed with it; None when it was not closed."""
        return await self._tx.one_or_none(
            Organization,
            f"""
            with closed as (select id, deleted_at from organizations where id = $1 and deleted_at is not null),
                 opened as (
                   update organizations o set deleted_at = null from closed
                   where (o.id = closed.id or o.parent_id = closed.id) and o.deleted_at = closed.deleted_at
                   returning o.*
                 )
            select {_ORGANIZATION} from opened where id = $1
            """,  # noqa: S608 -- names of columns
            org_id,
        )

    async def lock(self, org_id: UUID) -> SystemOrganization | None:
        """An organization that was not deleted; it does not change before this transaction ends."""
        return await self._tx.one_or_none(
            SystemOrganization, f"{_AS_SYSTEM} where o.id = $1 and o.deleted_at is null for update of o", org_id
        )

    async def suspend(self, org_id: UUID, at: datetime | None) -> None:
        """Close an organization for a time, or with no time open it again."""
        await self._tx.execute("update organizations set suspended_at = $2 where id = $1", org_id, at)

    async def page(self, search: str | None, order: Order) -> Page[SystemOrganization]:
        select = Select(_AS_SYSTEM)
        if search is not None:
            select.where("strpos(lower(o.name || ' ' || o.slug), lower({})) > 0", search)
        order.apply(select, "o.id")
        return order.page(await self._tx.all(SystemOrganization, select.sql, *select.values))


async def seats(tx: Transaction, root_id: UUID) -> int:
    """How many people belong to an organization or its teams, or are invited."""
    found: int = await tx.value("select count(*) from addresses_of_tree($1)", root_id)
    return found


async def has_seat(tx: Transaction, root_id: UUID, email: str) -> bool:
    """Whether somebody belongs to an organization or its teams, or is invited."""
    return bool(await tx.value("select true from addresses_of_tree($1) where address = lower($2)", root_id, email))


def slugs_of(name: str, org_id: UUID) -> list[str]:
    """A name as a part of an address, and what it is called when others have it: never an id's form."""
    wish = slug_of(name)
    suffixes = (org_id.hex[-length:] for length in _SUFFIXES)
    others = (f"{wish[: _LONGEST_SLUG - _SUFFIXES[-1] - 1].rstrip('-')}-{suffix}" for suffix in suffixes)
    return [one for one in (wish, *others) if not looks_like_id(one)]


def slug_of(name: str) -> str:
    """Small letters, digits and hyphens; never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-") or "organization"


def looks_like_id(slug: str) -> bool:
    """Whether a request that names this would be taken to name an id."""
    try:
        UUID(slug)
    except ValueError:
        return False
    return True
