"""The use cases of plugins. Knows no HTTP and opens no transaction."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from pipeline_builder.core.compliance.facts import PluginFacts
from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.plugins.catalog import Catalog, InMemoryCatalog
from pipeline_builder.core.plugins.model import Plugin, Request
from pipeline_builder.core.plugins.versions import Version
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.compliance.contract import Compliance
from pipeline_builder.domains.plugins.contract import PluginInUse, VersionPublished
from pipeline_builder.domains.plugins.packages import as_text, content_hash, plugin_of, read_texts
from pipeline_builder.domains.plugins.repository import NewVersion, PluginRepository, PluginRow, PublishedRow
from pipeline_builder.domains.quotas.contract import Quota, Resource
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope

PUBLIC = "public"
PRIVATE = "private"


class _Known(InMemoryCatalog):
    """What references could mean, and every name to suggest one from."""

    def __init__(self, plugins: Collection[Plugin], names: Collection[str]) -> None:
        super().__init__(plugins)
        self._names = names

    def names(self) -> Collection[str]:
        return self._names


class PluginService:
    """The use cases of plugins in one organization. Implements `contract.Plugins`."""

    def __init__(
        self,
        plugins: PluginRepository,
        scope: OrgScope,
        *,
        quota: Quota,
        compliance: Compliance,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._plugins = plugins
        self._scope = scope
        self._quota = quota
        self._compliance = compliance
        self._audit = audit
        self._clock = clock

    async def catalog(self, references: Collection[PluginReference]) -> Catalog:
        """See `contract.Plugins`."""
        names = {Request.of(one).name for one in references}
        if not names:
            return InMemoryCatalog(())
        found = await self._plugins.candidates(names)
        plugins = await asyncio.to_thread(lambda: [_plugin(one) for one in found])
        known = {name for one in plugins for name in (one.spec.name, *one.spec.aliases)}
        return _Known(plugins, known if names <= known else await self._plugins.names())

    async def note_use(self, pipeline_id: UUID, used: Collection[Plugin]) -> None:
        """See `contract.Plugins`."""
        owners = {(one.spec.name, one.spec.version, _org_of(one.owner)) for one in used}
        await self._plugins.note_use(pipeline_id, sorted(owners))

    async def publish(self, files: Mapping[str, str], visibility: str | None, digest: str | None = None) -> PluginRow:
        """Publish a version. Publishing the same again changes nothing.

        Args:
            files: the package's text files by their paths.
            visibility: of a new plugin; an existing one keeps its own unless this says otherwise.
            digest: of its image, where it is built already.

        Raises:
            PackageRefused: something is wrong with the package.
            VersionPublished: this version was published with another content.
            PermissionDenied: it is or becomes public, and the actor may not publish.
            RulesViolated: a rule forbids it.
            QuotaExceeded: the organization may have no more plugins.
        """
        package = await asyncio.to_thread(read_texts, files)
        spec = package.spec
        now = self._clock()
        before = await self._plugins.own_named(spec.name)
        wanted = visibility or (before.visibility if before else PRIVATE)
        if PUBLIC in (wanted, before.visibility if before else wanted):
            self._scope.require(Permission.PLUGINS_PUBLISH)
        text = as_text(files)
        if before is not None:
            published = await self._plugins.content_hash(before.id, spec.version)
            if published is not None and published != content_hash(text):
                raise VersionPublished(spec.name, spec.version)
            if published is not None and before.visibility == wanted:
                return before
        dockerfile = package.dockerfile.text if package.dockerfile else None
        await self._compliance.enforce_plugin(PluginFacts(spec, package.config, wanted, digest, dockerfile))
        if before is None and self._scope.org_id != SYSTEM_ORGANIZATION:
            await self._quota.ensure_room(Resource.PLUGINS)
        is_newest = before is None or _is_later(spec.version, before.newest)
        plugin = PluginRow(
            id=before.id if before else new_id(),
            org_id=self._scope.org_id,
            name=spec.name,
            visibility=wanted,
            category=spec.category if is_newest or before is None else before.category,
            description=(spec.description or "") if is_newest or before is None else before.description,
            keywords=list(spec.keywords) if is_newest or before is None else before.keywords,
            newest=spec.version if is_newest or before is None else before.newest,
            revision=before.revision + 1 if before else 1,
            created_at=before.created_at if before else now,
            created_by=before.created_by if before else self._scope.actor.name,
            updated_at=now,
        )
        await self._plugins.put(plugin)
        if before is None or await self._plugins.content_hash(before.id, spec.version) is None:
            await self._plugins.publish(
                NewVersion(
                    id=new_id(),
                    plugin_id=plugin.id,
                    org_id=self._scope.org_id,
                    version=spec.version,
                    names=[spec.name, *spec.aliases],
                    files=text,
                    build_type=package.config.build_type.value,
                    content_hash=content_hash(text),
                    digest=digest,
                    published_at=now,
                    published_by=self._scope.actor.name,
                )
            )
        after = {"version": spec.version, "visibility": wanted, "digest": digest}
        await self._audit.record(Change("plugins.published", "plugin", plugin.id, spec.name, after=after))
        return plugin

    async def set_visibility(self, plugin_id: UUID, expected: int, visibility: str) -> PluginRow:
        """Let others use a plugin, or no longer.

        Raises:
            NotFound, Outdated: there is no such plugin, or not any more.
        """
        before = await self._for_change(plugin_id, expected)
        after = msgspec.structs.replace(
            before, visibility=visibility, revision=before.revision + 1, updated_at=self._clock()
        )
        await self._plugins.put(after)
        change = Change(
            "plugins.visibility-set",
            "plugin",
            plugin_id,
            before.name,
            before={"visibility": before.visibility},
            after={"visibility": visibility},
        )
        await self._audit.record(change)
        return after

    async def warn(self, plugin_id: UUID, version: str, deprecated: str | None, yanked: str | None) -> None:
        """Deprecate or yank a version, or take that back. A yanked one is found by locks alone.

        Raises:
            NotFound: there is no such plugin or version of the organization's own.
            PermissionDenied: it is public, and the actor may not publish.
        """
        plugin = await self._own(plugin_id)
        if plugin.visibility == PUBLIC:
            self._scope.require(Permission.PLUGINS_PUBLISH)
        before = await self._plugins.version(plugin_id, version)
        if before is None or not await self._plugins.warn(plugin_id, version, deprecated, yanked):
            raise NotFound("version", version)
        change = Change(
            "plugins.warned",
            "plugin",
            plugin_id,
            f"{plugin.name} {version}",
            before={"deprecated": before.deprecated, "yanked": before.yanked},
            after={"deprecated": deprecated, "yanked": yanked},
        )
        await self._audit.record(change)

    async def delete(self, plugin_id: UUID, expected: int) -> None:
        """Delete a plugin that no pipeline uses.

        Raises:
            NotFound, Outdated: as for `set_visibility`.
            PluginInUse: pipelines use it.
            PermissionDenied: it is public, and the actor may not publish.
        """
        plugin = await self._for_change(plugin_id, expected)
        if plugin.visibility == PUBLIC:
            self._scope.require(Permission.PLUGINS_PUBLISH)
        uses = {one.pipeline_id for one in await self._plugins.uses(plugin_id)}
        if uses:
            raise PluginInUse(plugin.name, len(uses))
        await self._plugins.mark_deleted(plugin_id, self._clock(), plugin.name)
        await self._audit.record(Change("plugins.deleted", "plugin", plugin_id, plugin.name))

    async def restore(self, plugin_id: UUID) -> PluginRow:
        """Bring a deleted plugin back.

        Raises:
            NotFound: there is no such deleted plugin.
            PluginNameTaken: meanwhile there is another one of its name.
            QuotaExceeded: the organization may have no more plugins.
            PermissionDenied: it is public, and the actor may not publish.
        """
        plugin = await self._plugins.own(plugin_id, is_deleted=True)
        if plugin is None:
            raise NotFound("deleted plugin", plugin_id)
        if plugin.visibility == PUBLIC:
            self._scope.require(Permission.PLUGINS_PUBLISH)
        await self._quota.ensure_room(Resource.PLUGINS)
        await self._plugins.mark_deleted(plugin_id, None, plugin.name)
        await self._audit.record(Change("plugins.restored", "plugin", plugin_id, plugin.name))
        return plugin

    async def _own(self, plugin_id: UUID) -> PluginRow:
        plugin = await self._plugins.own(plugin_id)
        if plugin is None:
            raise NotFound("plugin", plugin_id)
        return plugin

    async def _for_change(self, plugin_id: UUID, expected: int) -> PluginRow:
        plugin = await self._own(plugin_id)
        if plugin.revision != expected:
            raise Outdated("plugin", plugin.revision)
        return plugin


def _plugin(row: PublishedRow) -> Plugin:
    return plugin_of(row.id, row.files, row.org_id, row.digest)


def _org_of(owner: str) -> UUID:
    return SYSTEM_ORGANIZATION if owner == "system" else UUID(owner.removeprefix("org-"))


def _is_later(version: str, than: str) -> bool:
    return Version.parse(version).precedence > Version.parse(than).precedence
