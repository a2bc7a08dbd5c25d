"""HTTP in, use case, HTTP out."""

from collections.abc import Sequence
from difflib import unified_diff
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import Depends, Path, Query, Response

from pipeline_builder.core.planning.output import as_data
from pipeline_builder.domains.compliance.contract import Violation
from pipeline_builder.domains.pipelines.contract import DefinitionRefused
from pipeline_builder.domains.pipelines.making import service
from pipeline_builder.domains.pipelines.repository import Content, Pipeline, PipelineRepository
from pipeline_builder.domains.pipelines.schemas import (
    DefinitionGiven,
    DifferenceRead,
    ExaminationRead,
    PipelineQuery,
    PipelineRead,
    PipelineStored,
    PipelineSummary,
    PipelineWrite,
    RevisionRead,
    RevisionSummary,
)
from pipeline_builder.domains.pipelines.service import PipelineService
from pipeline_builder.domains.pipelines.workshop import Made
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query
from pipeline_builder.synth.differences import differences

pipelines = router("/api/pipelines", "pipelines")

SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "name": "name"}

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.PIPELINES_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.PIPELINES_WRITE))]
Wanted = Annotated[PipelineQuery, Depends(in_query(PipelineQuery))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of a revision.")]
OfRevision = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Of this revision. Default: the newest.")]


async def _readable(scope: CanRead, tx: Tx, parts: Parts) -> PipelineService:
    return service(parts, tx, scope)


async def _writable(scope: CanWrite, tx: Tx, parts: Parts) -> PipelineService:
    return service(parts, tx, scope)


Readable = Annotated[PipelineService, Depends(_readable)]
Writable = Annotated[PipelineService, Depends(_writable)]


@pipelines.get("", response_model=PageRead[PipelineSummary])
async def list_pipelines(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List the organization's pipelines."""
    return Json(await PipelineRepository(tx, scope).page(asked, order_of(asked, SORTS)))


@pipelines.post("", status_code=201, response_model=PipelineStored)
async def create_pipeline(body: PipelineWrite, pipelines: Writable, response: Response) -> dict[str, Any]:
    """Create a pipeline from a definition.

    All that is wrong with the definition is told at once, and so are all rules that it does not keep.
    """
    wish = body.wish()
    pipeline, made, violations = await pipelines.create(wish)
    response.headers["location"] = f"/api/pipelines/{pipeline.id}"
    return _stored(pipeline, wish.text, made, violations, response)


@pipelines.post("/examination", response_model=ExaminationRead)
async def examine_definition(body: DefinitionGiven, pipelines: Readable) -> dict[str, Any]:
    """Tell what would be said to a definition, without storing anything."""
    try:
        made, violations = await pipelines.examine(body.written)
    except DefinitionRefused as refused:
        return {"is_accepted": False, "findings": refused.findings, "violations": [], "name": None}
    blocks = any(one.severity != "warning" and not one.is_exempt for one in violations)
    return {
        "is_accepted": not blocks,
        "findings": made.findings,
        "violations": violations,
        "name": made.plan.name,
    }


@pipelines.post("/template", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def render_definition(body: DefinitionGiven, pipelines: Readable) -> Response:
    """Render a definition as a CloudFormation template, without storing anything."""
    made, _ = await pipelines.examine(body.written)
    return Response(made.template.as_json(), media_type="application/json")


@pipelines.post("/plan")
async def plan_definition(body: DefinitionGiven, pipelines: Readable) -> dict[str, Any]:
    """Tell every decision that would be taken for a definition, without storing anything."""
    made, _ = await pipelines.examine(body.written)
    return as_data(made.plan)


@pipelines.get("/{pipeline}", response_model=PipelineRead)
async def read_pipeline(pipeline: UUID, pipelines: Readable, response: Response) -> dict[str, Any]:
    """Read a pipeline with its definition."""
    found, content = await pipelines.read(pipeline)
    tag(response, found.revision)
    return {**msgspec.structs.asdict(found), "text": content.text}


@pipelines.put("/{pipeline}", response_model=PipelineStored)
async def change_pipeline(
    pipeline: UUID, body: PipelineWrite, expected: ExpectedRevision, pipelines: Writable, response: Response
) -> dict[str, Any]:
    """Give a pipeline another definition, as a new revision. Plugins that stay keep the versions they are locked to."""
    wish = body.wish()
    changed, made, violations = await pipelines.change(pipeline, expected, wish)
    return _stored(changed, wish.text, made, violations, response)


@pipelines.delete("/{pipeline}", status_code=204)
async def delete_pipeline(pipeline: UUID, expected: ExpectedRevision, pipelines: Writable) -> None:
    """Delete a pipeline. It can be restored for 30 days."""
    await pipelines.delete(pipeline, expected)


@pipelines.post("/{pipeline}/restoration", response_model=PipelineSummary)
async def restore_pipeline(pipeline: UUID, pipelines: Writable, response: Response) -> Pipeline:
    """Bring a deleted pipeline back."""
    restored = await pipelines.restore(pipeline)
    tag(response, restored.revision)
    return restored


@pipelines.get("/{pipeline}/definition", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def export_definition(pipeline: UUID, pipelines: Readable, revision: OfRevision = None) -> Response:
    """Export a definition: the file as it was written, for a repository and `pipeline-manager`."""
    content = await pipelines.revision(pipeline, revision)
    return Response(content.text, media_type="text/plain; charset=utf-8", headers={"etag": f'"{content.number}"'})


@pipelines.get("/{pipeline}/lock", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def export_lock(pipeline: UUID, pipelines: Readable, revision: OfRevision = None) -> Response:
    """Export the lock: `pipeline.lock`, with which the definition becomes the same template anywhere."""
    content = await pipelines.revision(pipeline, revision)
    return Response(content.lock, media_type="application/json", headers={"etag": f'"{content.number}"'})


@pipelines.post("/{pipeline}/lock", response_model=PipelineStored)
async def update_lock(
    pipeline: UUID, expected: ExpectedRevision, pipelines: Writable, response: Response
) -> dict[str, Any]:
    """Take the newest versions of all plugins that the definition accepts, as a new revision."""
    changed, made, violations = await pipelines.update_lock(pipeline, expected)
    _, content = await pipelines.read(pipeline)
    return _stored(changed, content.text, made, violations, response)


@pipelines.get("/{pipeline}/plan")
async def read_plan(pipeline: UUID, pipelines: Readable, revision: OfRevision = None) -> dict[str, Any]:
    """Tell every decision that is taken for a pipeline: stages, order, artifacts, roles and their permissions."""
    return as_data((await pipelines.make(pipeline, revision)).plan)


@pipelines.get("/{pipeline}/template", response_class=Response, responses={200: {"content": {"application/json": {}}}})
async def read_template(pipeline: UUID, pipelines: Readable, revision: OfRevision = None) -> Response:
    """Render a pipeline as a CloudFormation template."""
    made = await pipelines.make(pipeline, revision)
    return Response(made.template.as_json(), media_type="application/json")


@pipelines.get("/{pipeline}/revisions", response_model=PageRead[RevisionSummary])
async def list_revisions(
    pipeline: UUID,
    pipelines: Readable,
    limit: Annotated[int, Query(ge=1, le=200, description="How many items at most.")] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`nextCursor` of the part before.")] = None,
) -> dict[str, Any]:
    """List what a pipeline has been, the newest first."""
    found = await pipelines.revisions(pipeline, cursor, limit + 1)
    kept = found[:limit]
    return {"items": kept, "next_cursor": str(kept[-1].number) if len(found) > limit else None}


@pipelines.get("/{pipeline}/revisions/{number}", response_model=RevisionRead)
async def read_revision(pipeline: UUID, number: Number, pipelines: Readable) -> Content:
    """Read what a pipeline was."""
    return await pipelines.revision(pipeline, number)


@pipelines.post("/{pipeline}/revisions/{number}/restoration", response_model=PipelineStored)
async def restore_revision(
    pipeline: UUID, number: Number, expected: ExpectedRevision, pipelines: Writable, response: Response
) -> dict[str, Any]:
    """Make an earlier revision the newest one, with the versions of plugins that it had."""
    changed, made, violations = await pipelines.restore_revision(pipeline, expected, number)
    _, content = await pipelines.read(pipeline)
    return _stored(changed, content.text, made, violations, response)


@pipelines.get("/{pipeline}/difference", response_model=DifferenceRead)
async def compare_revisions(
    pipeline: UUID,
    pipelines: Readable,
    before: Annotated[int, Query(ge=1, le=2**31 - 1, description="Number of the earlier revision.")],
    after: OfRevision = None,
) -> dict[str, Any]:
    """Tell what changes from one revision to another: in what is deployed, and in the text."""
    old, new = await pipelines.revision(pipeline, before), await pipelines.revision(pipeline, after)
    old_made, new_made = await pipelines.make(pipeline, before), await pipelines.make(pipeline, after)
    changes = differences(old_made.template.as_dict(), new_made.template.as_dict())
    lines = unified_diff(
        old.text.splitlines(keepends=True),
        new.text.splitlines(keepends=True),
        f"revision {old.number}",
        f"revision {new.number}",
    )
    return {"changes": changes, "text": "".join(lines)}


def _stored(
    pipeline: Pipeline, text: str, made: Made, violations: Sequence[Violation], response: Response
) -> dict[str, Any]:
    tag(response, pipeline.revision)
    facts = msgspec.structs.asdict(pipeline)
    return {**facts, "text": text, "findings": made.findings, "violations": violations}
