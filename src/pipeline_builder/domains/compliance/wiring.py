"""What compliance adds to a process."""

from datetime import timedelta

from pipeline_builder.domains.compliance.contract import Compliance, ShippedRules
from pipeline_builder.domains.compliance.endpoints import attributes, policies, rules, sets, subscriptions
from pipeline_builder.domains.compliance.review_endpoints import exemptions, scans
from pipeline_builder.domains.compliance.scanning import do_scans
from pipeline_builder.domains.compliance.service import ComplianceService, RuleCache
from pipeline_builder.domains.compliance.shipped import Shipped
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain


def wire(contracts: Contracts) -> Domain:
    """Provide the rules."""
    cache = RuleCache()
    contracts.provide(Compliance, lambda _contracts, tx, scope: ComplianceService(tx, scope, cache, now))
    contracts.keep(ShippedRules, Shipped(contracts))
    routers = (rules, subscriptions, sets, policies, attributes, exemptions, scans)
    return Domain("compliance", routers, sweeps={do_scans: timedelta(seconds=5)})
