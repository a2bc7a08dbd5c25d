"""How the service of pipelines is put together, for requests and for other domains alike."""

from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.compliance.contract import Compliance
from pipeline_builder.domains.pipelines.repository import PipelineRepository
from pipeline_builder.domains.pipelines.service import PipelineService
from pipeline_builder.domains.plugins.contract import Plugins
from pipeline_builder.domains.quotas.contract import Quota
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope


def service(contracts: Contracts, tx: Transaction, scope: OrgScope) -> PipelineService:
    """The use cases of pipelines for one organization, in one transaction."""
    return PipelineService(
        PipelineRepository(tx, scope),
        scope,
        plugins=contracts.of(Plugins, tx, scope),
        quota=contracts.of(Quota, tx, scope),
        compliance=contracts.of(Compliance, tx, scope),
        audit=contracts.of(Audit, tx, scope),
        clock=now,
    )
