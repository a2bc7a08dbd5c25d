"""HTTP in, use case, HTTP out, for golden-path templates."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response

from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.pipelines.golden_paths import GoldenPaths
from pipeline_builder.domains.pipelines.repository import Template, TemplateRepository
from pipeline_builder.domains.pipelines.schemas import (
    DefinitionMade,
    TemplateQuery,
    TemplateRead,
    TemplateUse,
    TemplateWrite,
)
from pipeline_builder.domains.plugins.contract import Plugins
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

templates = router("/api/pipeline-templates", "pipelines")

SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "name": "name"}

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.PIPELINES_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.TEMPLATES_WRITE))]
Wanted = Annotated[TemplateQuery, Depends(in_query(TemplateQuery))]


def _golden_paths(scope: OrgScope, tx: Tx, parts: Parts) -> GoldenPaths:
    plugins, audit = parts.of(Plugins, tx, scope), parts.of(Audit, tx, scope)
    return GoldenPaths(TemplateRepository(tx, scope), scope, plugins=plugins, audit=audit, clock=now)


async def _writable(scope: CanWrite, tx: Tx, parts: Parts) -> GoldenPaths:
    return _golden_paths(scope, tx, parts)


Writable = Annotated[GoldenPaths, Depends(_writable)]


@templates.get("", response_model=PageRead[TemplateRead])
async def list_pipeline_templates(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List golden-path templates: the organization's own, public ones of the organization above, the system's."""
    return Json(await TemplateRepository(tx, scope).page(asked.search, order_of(asked, SORTS, "name")))


@templates.post("", status_code=201, response_model=TemplateRead)
async def create_pipeline_template(body: TemplateWrite, templates: Writable, response: Response) -> Template:
    """Create a golden-path template: a definition whose `vars` are asked for."""
    template = await templates.put(body, None)
    response.headers["location"] = f"/api/pipeline-templates/{template.id}"
    tag(response, template.revision)
    return template


@templates.get("/{template}", response_model=TemplateRead)
async def read_pipeline_template(template: UUID, scope: CanRead, tx: Tx, response: Response) -> Template:
    """Read a golden-path template."""
    found = await TemplateRepository(tx, scope).visible(template)
    if found is None:
        raise NotFound("template", template)
    tag(response, found.revision)
    return found


@templates.put("/{template}", response_model=TemplateRead)
async def change_pipeline_template(
    template: UUID, body: TemplateWrite, expected: ExpectedRevision, templates: Writable, response: Response
) -> Template:
    """Change a golden-path template. Pipelines that were made of it stay as they are."""
    changed = await templates.put(body, await templates.for_change(template, expected))
    tag(response, changed.revision)
    return changed


@templates.delete("/{template}", status_code=204)
async def delete_pipeline_template(template: UUID, expected: ExpectedRevision, templates: Writable) -> None:
    """Delete a golden-path template. Pipelines that were made of it stay."""
    await templates.remove(template, expected)


@templates.post("/{template}/definition", response_model=DefinitionMade)
async def use_pipeline_template(
    template: UUID, body: TemplateUse, scope: CanRead, tx: Tx, parts: Parts
) -> dict[str, Any]:
    """Make a definition of a golden-path template, with a value for each input. Nothing is stored."""
    return {"definition": await _golden_paths(scope, tx, parts).use(template, body)}
