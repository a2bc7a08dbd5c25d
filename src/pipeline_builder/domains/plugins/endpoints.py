"""HTTP in, use case, HTTP out."""

import json
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Path, Response

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.schema.writer import as_document
from pipeline_builder.domains.plugins.lookup import look_up
from pipeline_builder.domains.plugins.making import service
from pipeline_builder.domains.plugins.packages import plugin_of
from pipeline_builder.domains.plugins.repository import PluginRepository, PluginRow
from pipeline_builder.domains.plugins.schemas import (
    LookedUp,
    Lookup,
    PluginQuery,
    PluginRead,
    PluginUsageRead,
    PluginWithVersions,
    VersionPublish,
    VersionWarning,
    VersionWithSpecification,
    VisibilitySet,
)
from pipeline_builder.domains.plugins.service import PluginService
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

plugins = router("/api/plugins", "plugins")

SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "name": "name"}

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.PLUGINS_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.PLUGINS_WRITE))]
CanPublish = Annotated[OrgScope, Depends(allowed_to(Permission.PLUGINS_PUBLISH))]
CanLookUp = Annotated[OrgScope, Depends(allowed_to(Permission.PLUGINS_LOOKUP))]
Wanted = Annotated[PluginQuery, Depends(in_query(PluginQuery))]
VersionText = Annotated[str, Path(max_length=50, pattern=r"^[0-9A-Za-z.+-]+$", description="A semantic version.")]


async def _writable(scope: CanWrite, tx: Tx, parts: Parts) -> PluginService:
    return service(parts, tx, scope)


async def _publishable(scope: CanPublish, tx: Tx, parts: Parts) -> PluginService:
    return service(parts, tx, scope)


Writable = Annotated[PluginService, Depends(_writable)]
Publishable = Annotated[PluginService, Depends(_publishable)]


@plugins.get("", response_model=PageRead[PluginRead])
async def list_plugins(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List the plugins that the organization can use: its own, public ones of the organization above, the system's."""
    return Json(await PluginRepository(tx, scope).page(asked, order_of(asked, SORTS, "name")))


@plugins.post("/versions", status_code=201, response_model=PluginRead)
async def publish_version(body: VersionPublish, plugins: Writable, response: Response) -> PluginRow:
    """Publish a version of a plugin from the text files of its package. What is published never changes."""
    published = await plugins.publish(body.files, body.visibility)
    response.headers["location"] = f"/api/plugins/{published.id}"
    tag(response, published.revision)
    return published


@plugins.post("/lookup", response_model=LookedUp)
async def look_plugin_up(body: Lookup, scope: CanLookUp, tx: Tx, parts: Parts) -> dict[str, Any]:
    """Look a plugin up while a stack is deployed. For the function in a template, with a service token."""
    reference = PluginReference(name=body.filter.name, version=body.filter.version)
    catalog = await service(parts, tx, scope).catalog([reference])
    return {"plugin": look_up(reference, body.context, catalog)}


@plugins.get("/{plugin}", response_model=PluginWithVersions)
async def read_plugin(plugin: UUID, scope: CanRead, tx: Tx, response: Response) -> dict[str, Any]:
    """Read a plugin with its versions."""
    repository = PluginRepository(tx, scope)
    found = await _visible(repository, plugin)
    tag(response, found.revision)
    return {**msgspec.structs.asdict(found), "versions": await repository.versions(plugin)}


@plugins.get("/{plugin}/versions/{version}", response_model=VersionWithSpecification)
async def read_version(plugin: UUID, version: VersionText, scope: CanRead, tx: Tx) -> dict[str, Any]:
    """Read a published version: specification, inputs, secrets, outputs, and the files as they were published."""
    repository = PluginRepository(tx, scope)
    await _visible(repository, plugin)
    found = await repository.version(plugin, version)
    if found is None:
        raise NotFound("version", version)
    parsed = plugin_of(found.id, found.files, found.org_id, found.digest)
    facts = msgspec.structs.asdict(found)
    return {**facts, "files": json.loads(found.files), "specification": as_document(parsed.spec)}


@plugins.put("/{plugin}/versions/{version}/warning", status_code=204)
async def warn_of_version(plugin: UUID, version: VersionText, body: VersionWarning, plugins: Writable) -> None:
    """Deprecate or yank a version, or take that back. Pipelines that are locked to it keep it."""
    await plugins.warn(plugin, version, body.deprecated, body.yanked)


@plugins.put("/{plugin}/visibility", response_model=PluginRead)
async def set_plugin_visibility(
    plugin: UUID, body: VisibilitySet, expected: ExpectedRevision, plugins: Publishable, response: Response
) -> PluginRow:
    """Let others use a plugin, or no longer."""
    changed = await plugins.set_visibility(plugin, expected, body.visibility)
    tag(response, changed.revision)
    return changed


@plugins.delete("/{plugin}", status_code=204)
async def delete_plugin(plugin: UUID, expected: ExpectedRevision, plugins: Writable) -> None:
    """Delete a plugin that no pipeline uses. It can be restored for 30 days."""
    await plugins.delete(plugin, expected)


@plugins.post("/{plugin}/restoration", response_model=PluginRead)
async def restore_plugin(plugin: UUID, plugins: Writable, response: Response) -> PluginRow:
    """Bring a deleted plugin back."""
    restored = await plugins.restore(plugin)
    tag(response, restored.revision)
    return restored


@plugins.get("/{plugin}/usage", response_model=PluginUsageRead)
async def read_plugin_usage(plugin: UUID, scope: CanRead, tx: Tx) -> dict[str, Any]:
    """Tell which pipelines use which version of a plugin."""
    repository = PluginRepository(tx, scope)
    await _visible(repository, plugin)
    uses = await repository.uses(plugin)
    near = [one for one in uses if one.is_near]
    return {"pipelines": near, "elsewhere": len(uses) - len(near)}


@plugins.put("/{plugin}/favourite", status_code=204)
async def make_plugin_favourite(plugin: UUID, scope: CanRead, tx: Tx) -> None:
    """Put a plugin among your favourites."""
    await _favour(plugin, scope, tx, is_favourite=True)


@plugins.delete("/{plugin}/favourite", status_code=204)
async def unmake_plugin_favourite(plugin: UUID, scope: CanRead, tx: Tx) -> None:
    """Take a plugin from your favourites."""
    await _favour(plugin, scope, tx, is_favourite=False)


async def _favour(plugin: UUID, scope: OrgScope, tx: Transaction, *, is_favourite: bool) -> None:
    repository = PluginRepository(tx, scope)
    await _visible(repository, plugin)
    if scope.actor.kind == "user":
        await repository.favour(plugin, is_favourite=is_favourite)


async def _visible(repository: PluginRepository, plugin: UUID) -> PluginRow:
    found = await repository.visible(plugin)
    if found is None:
        raise NotFound("plugin", plugin)
    return found
