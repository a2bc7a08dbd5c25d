"""HTTP in, use case, HTTP out, for exemptions and scans."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.compliance.endpoints import governing
from pipeline_builder.domains.compliance.repository import ExemptionRepository, ExemptionRow, ScanRepository, ScanRow
from pipeline_builder.domains.compliance.schemas import (
    ExemptionQuery,
    ExemptionRead,
    ExemptionRequest,
    ExemptionReview,
    ScanFindingRead,
    ScanRead,
)
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.paging import Paging, order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

exemptions = router("/api/exemptions", "compliance")
scans = router("/api/scans", "compliance")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.COMPLIANCE_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.COMPLIANCE_WRITE))]
CanRequest = Annotated[OrgScope, Depends(allowed_to(Permission.EXEMPTIONS_REQUEST))]
CanReview = Annotated[OrgScope, Depends(allowed_to(Permission.EXEMPTIONS_REVIEW))]
WantedScans = Annotated[Paging, Depends(in_query(Paging))]
WantedExemptions = Annotated[ExemptionQuery, Depends(in_query(ExemptionQuery))]


class ScanUnderWay(PipelineBuilderError):
    """The organization is being scanned."""

    code = "scan-under-way"
    kind = ErrorKind.CONFLICT

    def __init__(self) -> None:
        super().__init__("A scan of this organization is under way; wait for its end, or cancel it.")


@exemptions.get("", response_model=PageRead[ExemptionRead])
async def list_exemptions(scope: CanRead, tx: Tx, asked: WantedExemptions) -> Json:
    """List exemptions and requests for them, the newest first."""
    order = order_of(asked, {"requestedAt": "requested_at", "expiresAt": "expires_at"}, "-requestedAt")
    return Json(await ExemptionRepository(tx, scope).page(asked.state, order))


@exemptions.post("", status_code=201, response_model=ExemptionRead)
async def request_exemption(body: ExemptionRequest, scope: CanRequest, tx: Tx, parts: Parts) -> ExemptionRow:
    """Ask for leave to break a rule; by name, so that it can be asked for before there is anything."""
    return await governing(scope, tx, parts).request_exemption(body.rule, body.subject, body.reason, body.expires_at)


@exemptions.put("/{exemption}/review", response_model=ExemptionRead)
async def review_exemption(
    exemption: UUID, body: ExemptionReview, scope: CanReview, tx: Tx, parts: Parts
) -> ExemptionRow:
    """Approve or reject a request that somebody else made, or revoke what was approved."""
    return await governing(scope, tx, parts).review_exemption(exemption, body.state, body.review)


@scans.get("", response_model=PageRead[ScanRead])
async def list_scans(scope: CanRead, tx: Tx, asked: WantedScans) -> Json:
    """List the scans of the organization, the newest first."""
    return Json(await ScanRepository(tx, scope).page(order_of(asked, {"createdAt": "created_at"})))


@scans.post("", status_code=202, response_model=ScanRead)
async def start_scan(scope: CanWrite, tx: Tx, parts: Parts) -> ScanRow:
    """Hold every pipeline of the organization against the rules that count now."""
    repository = ScanRepository(tx, scope)
    if await repository.is_under_way():
        raise ScanUnderWay
    scan = ScanRow(
        id=new_id(),
        state="waiting",
        examined=0,
        total=0,
        created_at=now(),
        created_by=scope.actor.name,
        ended_at=None,
    )
    await repository.add(scan)
    await parts.of(Audit, tx, scope).record(Change("scans.started", "scan", scan.id))
    return scan


@scans.get("/{scan}", response_model=ScanRead)
async def read_scan(scan: UUID, scope: CanRead, tx: Tx) -> ScanRow:
    """Read how far a scan is."""
    return await _scan(scan, scope, tx)


@scans.get("/{scan}/findings", response_model=PageRead[ScanFindingRead])
async def list_scan_findings(
    scan: UUID,
    scope: CanRead,
    tx: Tx,
    limit: Annotated[int, Query(ge=1, le=200, description="How many items at most.")] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1, description="`nextCursor` of the part before.")] = 0,
) -> dict[str, Any]:
    """List what a scan found."""
    await _scan(scan, scope, tx)
    found = await ScanRepository(tx, scope).findings(scan, cursor, limit + 1)
    kept = found[:limit]
    return {"items": kept, "next_cursor": str(kept[-1].number) if len(found) > limit else None}


@scans.delete("/{scan}", status_code=204)
async def cancel_scan(scan: UUID, scope: CanWrite, tx: Tx, parts: Parts) -> None:
    """Cancel a scan that waits or runs."""
    await _scan(scan, scope, tx)
    if await ScanRepository(tx, scope).cancel(scan, now()):
        await parts.of(Audit, tx, scope).record(Change("scans.cancelled", "scan", scan))


async def _scan(scan: UUID, scope: OrgScope, tx: Tx) -> ScanRow:
    found = await ScanRepository(tx, scope).one(scan)
    if found is None:
        raise NotFound("scan", scan)
    return found
