"""HTTP in, use case, HTTP out."""

from typing import Annotated

from fastapi import Depends, Query

from pipeline_builder.domains.audit.repository import AuditRepository
from pipeline_builder.domains.audit.schemas import AuditEventRead, AuditQuery, VerificationRead
from pipeline_builder.domains.audit.seals import Sealer
from pipeline_builder.domains.audit.service import AuditService
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

audit = router("/api/audit", "audit")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.AUDIT_READ))]
Wanted = Annotated[AuditQuery, Depends(in_query(AuditQuery))]
SORTS = {"occurredAt": "occurred_at"}


@audit.get("", response_model=PageRead[AuditEventRead])
async def list_events(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List what was done in the organization, the newest first."""
    return Json(await AuditRepository(tx, scope).page(asked, order_of(asked, SORTS, "-occurredAt")))


@audit.get("/verification")
async def verify(
    scope: CanRead,
    tx: Tx,
    parts: Parts,
    head: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="A head that was kept from an earlier verification.")
    ] = None,
) -> VerificationRead:
    """Verify that no line of the trail was changed, left out or cut off."""
    found = await AuditService(tx, scope, parts.part(Sealer), now).verify(head)
    return VerificationRead.model_validate(found)
