"""What pipelines add to a process."""

from datetime import timedelta

from pipeline_builder.domains.pipelines.contract import Pipelines
from pipeline_builder.domains.pipelines.endpoints import pipelines
from pipeline_builder.domains.pipelines.making import service
from pipeline_builder.domains.pipelines.repository import AllPipelines
from pipeline_builder.domains.pipelines.service import KEPT_FOR
from pipeline_builder.domains.pipelines.template_endpoints import templates
from pipeline_builder.domains.quotas.contract import Resource, Stocks
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain, Work
from pipeline_builder.kit.scope import as_platform


def wire(contracts: Contracts) -> Domain:
    """Count pipelines, and serve them."""
    contracts.part(Stocks).counted_by(Resource.PIPELINES, AllPipelines.count)
    contracts.provide(Pipelines, service)
    return Domain("pipelines", (pipelines, templates), sweeps={purge_deleted: timedelta(hours=6)})


async def purge_deleted(work: Work) -> None:
    """Remove for good what was deleted long ago."""
    async with work.database.transaction() as tx:
        await AllPipelines(tx, await as_platform(tx)).purge(now() - KEPT_FOR)
