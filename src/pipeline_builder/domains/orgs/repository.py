"""Every query on organizations and who belongs to them."""

import re
import unicodedata
from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import Role
from pipeline_builder.kit.scope import PlatformScope

_LONGEST_SLUG = 40


class AllOrganizations:
    """Every organization: for founding one."""

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
            returning slug
            """,
            org_id,
            parent_id,
            name,
            [wish, *(f"{wish}-{org_id.hex[-length:]}" for length in (4, 8, 12))],
        )
        if added is None:
            raise LookupError("Every slug for a new organization is taken.")
        return org_id

    async def add_member(self, org_id: UUID, user_id: UUID, role: Role) -> None:
        await self._tx.execute(
            "insert into memberships (org_id, user_id, role) values ($1, $2, $3)", org_id, user_id, role
        )


def slug_of(name: str) -> str:
    """A name as a part of an address: small letters, digits and hyphens. Never an id's form, nor empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")
    try:
        UUID(slug)
    except ValueError:
        return slug or "organization"
    return f"o-{slug}"
