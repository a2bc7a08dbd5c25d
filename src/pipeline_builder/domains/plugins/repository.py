"""Every query on plugins, their versions, and who uses them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pipeline_builder.domains.plugins.contract import PluginNameTaken
from pipeline_builder.kit.database import Transaction, UniqueViolated
from pipeline_builder.kit.paging import Order, Select
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope
from pipeline_builder.kit.wire import Page, Row


class PluginRow(Row, frozen=True):
    """A plugin, without its versions."""

    id: UUID
    org_id: UUID
    name: str
    visibility: str
    category: str
    description: str
    keywords: list[str]
    newest: str
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime


class VersionRow(Row, frozen=True):
    """A published version, without its files."""

    id: UUID
    plugin_id: UUID
    org_id: UUID
    version: str
    build_type: str
    digest: str | None
    published_at: datetime
    published_by: str
    deprecated: str | None
    yanked: str | None


class PublishedRow(VersionRow, frozen=True):
    """A published version with its files."""

    files: str


class NewVersion(Row, frozen=True):
    """A version that is being published."""

    id: UUID
    plugin_id: UUID
    org_id: UUID
    version: str
    names: list[str]
    files: str
    build_type: str
    content_hash: bytes
    digest: str | None
    published_at: datetime
    published_by: str


class UseRow(Row, frozen=True):
    """A pipeline that uses a version of a plugin."""

    version: str
    org_id: UUID
    pipeline_id: UUID
    pipeline_name: str
    is_near: bool


class PluginFilter(Protocol):
    """Which plugins are asked for; None is any."""

    @property
    def name(self) -> str | None: ...
    @property
    def category(self) -> str | None: ...
    @property
    def keyword(self) -> str | None: ...
    @property
    def search(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def favourites(self) -> bool: ...
    @property
    def deleted(self) -> bool: ...


_PLUGIN = (
    "id, org_id, name, visibility, category, description, keywords,"
    " newest, revision, created_at, created_by, updated_at"
)
_VERSION = "id, plugin_id, org_id, version, build_type, digest, published_at, published_by, deprecated, yanked"
_OF_V = ", ".join(f"v.{column}" for column in _VERSION.split(", "))
_NEW = "id, plugin_id, org_id, version, names, files, build_type, content_hash, digest, published_at, published_by"


class PluginRepository:
    """The plugins that one organization can see, and those that are its own. Row-level security agrees."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    def _visible(self, select: Select, table: str = "") -> None:
        """Own plugins; public ones of the organization above and of the system."""
        select.where(
            f"({table}org_id = {{}} or {table}visibility = 'public' and {table}org_id in ({{}}, {{}}))",
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )

    async def page(self, wanted: PluginFilter, order: Order) -> Page[PluginRow]:
        select = Select(f"select {_PLUGIN} from plugins")  # noqa: S608 -- names of columns
        if wanted.deleted:
            select.where("deleted_at is not null and org_id = {}", self._scope.org_id)
        else:
            select.where("deleted_at is null")
            self._visible(select)
        owners = {"own": self._scope.org_id, "parent": self._scope.parent_id, "system": SYSTEM_ORGANIZATION}
        if wanted.owner is not None:
            select.where("org_id is not distinct from {}", owners[wanted.owner])
        if wanted.name is not None:
            select.where("name = {}", wanted.name)
        if wanted.category is not None:
            select.where("category = {}", wanted.category)
        if wanted.keyword is not None:
            select.where("{} = any (keywords)", wanted.keyword)
        if wanted.search is not None:
            select.where(
                "strpos(lower(name || ' ' || description || ' ' || keywords::text), lower({})) > 0", wanted.search
            )
        if wanted.favourites:
            select.where(
                "id in (select plugin_id from plugin_favourites where org_id = {} and user_id = {})",
                self._scope.org_id,
                self._scope.actor.id,
            )
        order.apply(select)
        return order.page(await self._tx.all(PluginRow, select.sql, *select.values))

    async def visible(self, plugin_id: UUID) -> PluginRow | None:
        """A plugin that may be used."""
        select = Select(f"select {_PLUGIN} from plugins")  # noqa: S608 -- names of columns
        self._visible(select)
        select.where("id = {} and deleted_at is null", plugin_id)
        return await self._tx.one_or_none(PluginRow, select.sql, *select.values)

    async def own(self, plugin_id: UUID, *, is_deleted: bool = False) -> PluginRow | None:
        """A plugin that may be changed; nobody else changes it before this transaction ends."""
        state = "is not null" if is_deleted else "is null"
        return await self._tx.one_or_none(
            PluginRow,
            f"select {_PLUGIN} from plugins"  # noqa: S608 -- parts are constants
            f" where id = $1 and org_id = $2 and deleted_at {state} for update",
            plugin_id,
            self._scope.org_id,
        )

    async def own_named(self, name: str) -> PluginRow | None:
        """The organization's own plugin of a name; nobody else changes it before this transaction ends."""
        return await self._tx.one_or_none(
            PluginRow,
            f"select {_PLUGIN} from plugins where name = $1 and org_id = $2 and deleted_at is null for update",  # noqa: S608 -- names of columns
            name,
            self._scope.org_id,
        )

    async def put(self, plugin: PluginRow) -> None:
        """Add a plugin, or write it anew.

        Raises:
            PluginNameTaken: there is another one of its name.
        """
        try:
            await self._tx.execute(
                f"""
                insert into plugins ({_PLUGIN}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                on conflict (id) do update set visibility = $4, category = $5, description = $6, keywords = $7,
                  newest = $8, revision = $9, updated_at = $12
                where plugins.org_id = $2
                """,  # noqa: S608 -- names of columns
                *(getattr(plugin, name) for name in plugin.__struct_fields__),
            )
        except UniqueViolated as error:
            raise PluginNameTaken(plugin.name) from error

    async def mark_deleted(self, plugin_id: UUID, at: datetime | None, name: str) -> None:
        """Delete a plugin, or with no time restore it.

        Raises:
            PluginNameTaken: meanwhile there is another one of its name.
        """
        try:
            await self._tx.execute(
                "update plugins set deleted_at = $3 where id = $1 and org_id = $2", plugin_id, self._scope.org_id, at
            )
        except UniqueViolated as error:
            raise PluginNameTaken(name) from error

    async def versions(self, plugin_id: UUID) -> Sequence[VersionRow]:
        """The versions of a plugin that may be seen, the last published first."""
        select = Select(f"select {_OF_V} from plugin_versions v join plugins p on p.id = v.plugin_id")  # noqa: S608 -- names of columns
        self._visible(select, "p.")
        select.where("v.plugin_id = {}", plugin_id)
        select.end(" order by v.published_at desc, v.id desc")
        return await self._tx.all(VersionRow, select.sql, *select.values)

    async def version(self, plugin_id: UUID, version: str) -> PublishedRow | None:
        """One version of a plugin that may be seen."""
        select = Select(
            f"select {_OF_V}, v.files from plugin_versions v join plugins p on p.id = v.plugin_id"  # noqa: S608 -- names of columns
        )
        self._visible(select, "p.")
        select.where("v.plugin_id = {} and v.version = {}", plugin_id, version)
        return await self._tx.one_or_none(PublishedRow, select.sql, *select.values)

    async def content_hash(self, plugin_id: UUID, version: str) -> bytes | None:
        """The hash of what was published under a version."""
        found: bytes | None = await self._tx.value(
            "select content_hash from plugin_versions where plugin_id = $1 and version = $2 and org_id = $3",
            plugin_id,
            version,
            self._scope.org_id,
        )
        return found

    async def publish(self, version: NewVersion) -> None:
        await self._tx.execute(
            f"insert into plugin_versions ({_NEW}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",  # noqa: S608 -- names of columns
            *(getattr(version, name) for name in version.__struct_fields__),
        )

    async def warn(self, plugin_id: UUID, version: str, deprecated: str | None, yanked: str | None) -> bool:
        """Say what is wrong with a version, or that nothing is. Whether there is one."""
        return bool(
            await self._tx.execute(
                """
                update plugin_versions set deprecated = $4, yanked = $5
                where plugin_id = $1 and version = $2 and org_id = $3
                """,
                plugin_id,
                version,
                self._scope.org_id,
                deprecated,
                yanked,
            )
        )

    async def candidates(self, names: Collection[str]) -> Sequence[PublishedRow]:
        """Every version under these names or aliases that may be used, the nearest owner first."""
        return await self._tx.all(
            PublishedRow,
            f"""
            select {_OF_V}, v.files from plugin_versions v join plugins p on p.id = v.plugin_id
            where v.names && $1::text[] and p.deleted_at is null and v.yanked is null
              and (p.org_id = $2 or p.visibility = 'public' and p.org_id in ($3, $4))
            order by case p.org_id when $2 then 0 when $3 then 1 else 2 end, p.name, v.published_at, v.id
            """,  # noqa: S608 -- names of columns
            list(names),
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )

    async def names(self) -> Sequence[str]:
        """Every name and alias that may be used."""
        rows = await self._tx.rows(
            """
            select distinct unnest(v.names) as name from plugin_versions v join plugins p on p.id = v.plugin_id
            where p.deleted_at is null and (p.org_id = $1 or p.visibility = 'public' and p.org_id in ($2, $3))
            """,
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )
        return [row["name"] for row in rows]

    async def note_use(self, pipeline_id: UUID, used: Collection[tuple[str, str, UUID]]) -> None:
        """Remember which versions a pipeline uses: by name, version and owner."""
        await self._tx.execute(
            "delete from plugin_uses where pipeline_id = $1 and org_id = $2", pipeline_id, self._scope.org_id
        )
        if used:
            await self._tx.execute(
                """
                insert into plugin_uses (pipeline_id, version_id, org_id)
                select $1, v.id, $2
                from unnest($3::text[], $4::text[], $5::uuid[]) as used (name, version, owner)
                join plugins p on p.name = used.name and p.org_id = used.owner
                join plugin_versions v on v.plugin_id = p.id and v.version = used.version
                on conflict do nothing
                """,
                pipeline_id,
                self._scope.org_id,
                *(list(column) for column in zip(*used, strict=True)),
            )

    async def uses(self, plugin_id: UUID) -> Sequence[UseRow]:
        """Who uses a plugin; of organizations that are not near, only that they do."""
        return await self._tx.all(
            UseRow,
            "select version, org_id, pipeline_id, pipeline_name, is_near from uses_of_plugin($1, $2)"
            " order by pipeline_name, pipeline_id",
            plugin_id,
            self._scope.org_id,
        )

    async def favour(self, plugin_id: UUID, *, is_favourite: bool) -> None:
        """Put a plugin among a person's favourites, or take it away."""
        statement = (
            "insert into plugin_favourites (org_id, user_id, plugin_id) values ($1, $2, $3) on conflict do nothing"
            if is_favourite
            else "delete from plugin_favourites where org_id = $1 and user_id = $2 and plugin_id = $3"
        )
        await self._tx.execute(statement, self._scope.org_id, self._scope.actor.id, plugin_id)

    @staticmethod
    async def count(tx: Transaction, root_id: UUID) -> int:
        """How many plugins an organization has together with its teams."""
        found: int = await tx.value("select plugins_of_tree($1)", root_id)
        return found
