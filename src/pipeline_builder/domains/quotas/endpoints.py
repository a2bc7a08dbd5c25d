"""HTTP in, use case, HTTP out."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.quotas.contract import Stocks
from pipeline_builder.domains.quotas.plans import plans
from pipeline_builder.domains.quotas.repository import AllQuotas
from pipeline_builder.domains.quotas.schemas import PlanSet, QuotaRead
from pipeline_builder.domains.quotas.service import QuotaService
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import InvalidValue, NotFound
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope, as_platform

quotas = router("/api/quotas", "quotas")

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.QUOTAS_READ))]
CanSet = Annotated[OrgScope, Depends(allowed_to(Permission.SYSTEM_QUOTAS))]


@quotas.get("")
async def read_quota(scope: CanRead, tx: Tx, parts: Parts) -> QuotaRead:
    """Tell the plan of the organization, its limits, and how much of them is used."""
    plan, usage = await QuotaService(tx, scope, parts.part(Stocks), now).usage()
    return QuotaRead.model_validate({"plan": plan, "usage": usage}, from_attributes=True)


@quotas.put("/{organization}", status_code=204)
async def set_plan(organization: UUID, body: PlanSet, scope: CanSet, tx: Tx, parts: Parts) -> None:
    """Give an organization a plan. For those who run the platform."""
    if body.plan not in plans():
        raise InvalidValue("plan", f"There is no plan '{body.plan}'; there are: {', '.join(plans())}.")
    quotas = AllQuotas(tx, await as_platform(tx))
    if not await quotas.organization_exists(organization):
        raise NotFound("organization", organization)
    await quotas.set_plan(organization, body.plan, body.limits)
    after = {"organization": str(organization), **body.model_dump(mode="json", by_alias=True)}
    await parts.of(Audit, tx, scope).record(Change("quotas.plan-set", "organization", organization, after=after))
