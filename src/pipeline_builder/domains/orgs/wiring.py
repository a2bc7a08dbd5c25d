"""What organizations add to a process."""

from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.orgs.endpoints import organizations, system, teams
from pipeline_builder.domains.orgs.member_endpoints import invitations, members, permissions, roles
from pipeline_builder.domains.orgs.repository import seats
from pipeline_builder.domains.orgs.service import Founding
from pipeline_builder.domains.quotas.contract import Resource, Stocks
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain
from pipeline_builder.kit.guard import Admission


def wire(contracts: Contracts) -> Domain:
    """Provide the way into organizations."""
    doorkeeper = Doorkeeper()
    founding = Founding(contracts, doorkeeper, now)
    contracts.keep(Admission, doorkeeper)
    contracts.keep(Doorkeeper, doorkeeper)
    contracts.keep(Founding, founding)
    contracts.keep(Organizations, founding)
    contracts.part(Stocks).counted_by(Resource.SEATS, seats)
    routers = (organizations, teams, system, members, roles, permissions, invitations)
    return Domain("orgs", routers)
