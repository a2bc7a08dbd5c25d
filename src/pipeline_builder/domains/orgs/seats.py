"""A seat is a person: whoever belongs to an organization or its teams, or is invited, takes one and no second."""

from pipeline_builder.domains.orgs.repository import has_seat
from pipeline_builder.domains.quotas.contract import Quota, Resource
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope


async def ensure_seat(tx: Transaction, scope: OrgScope, quota: Quota, email: str) -> None:
    """Make sure that there is a seat for somebody, or that they have one.

    Raises:
        QuotaExceeded: neither.
    """
    # First nobody else may get one: who has a seat now could lose it while it is given to another.
    await quota.ensure_room(Resource.SEATS, 0)
    if not await has_seat(tx, scope.root_id, email):
        await quota.ensure_room(Resource.SEATS)
