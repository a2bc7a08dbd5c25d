"""What the audit trail adds to a process."""

from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.audit.endpoints import audit
from pipeline_builder.domains.audit.seals import Sealer
from pipeline_builder.domains.audit.service import AuditService
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain
from pipeline_builder.kit.secrets import Secrets


def wire(contracts: Contracts) -> Domain:
    """Provide the trail."""
    sealer = Sealer(contracts.part(Secrets).audit_key)
    contracts.keep(Sealer, sealer)
    contracts.provide(Audit, lambda _contracts, tx, scope: AuditService(tx, scope, sealer, now))
    return Domain("audit", (audit,))
