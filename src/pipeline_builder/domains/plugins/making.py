"""How the service of plugins is put together, for requests, for other domains and for what is shipped."""

from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.compliance.contract import Compliance
from pipeline_builder.domains.plugins.repository import PluginRepository
from pipeline_builder.domains.plugins.service import PluginService
from pipeline_builder.domains.quotas.contract import Quota
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope


def service(contracts: Contracts, tx: Transaction, scope: OrgScope) -> PluginService:
    """The use cases of plugins for one organization, in one transaction."""
    return PluginService(
        PluginRepository(tx, scope),
        scope,
        quota=contracts.of(Quota, tx, scope),
        compliance=contracts.of(Compliance, tx, scope),
        audit=contracts.of(Audit, tx, scope),
        clock=now,
    )
