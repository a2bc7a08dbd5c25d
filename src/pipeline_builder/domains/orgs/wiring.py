"""What organizations add to a process."""

from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.orgs.service import Founding
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain
from pipeline_builder.kit.guard import Admission


def wire(contracts: Contracts) -> Domain:
    """Provide the way into organizations."""
    doorkeeper = Doorkeeper()
    contracts.keep(Admission, doorkeeper)
    contracts.keep(Organizations, Founding(contracts, doorkeeper))
    return Domain("orgs")
