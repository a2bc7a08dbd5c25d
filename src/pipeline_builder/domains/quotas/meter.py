"""Counts API calls without a write per call: a process takes a handful at once and spends them from memory.

What a process took and did not spend when it is killed counts as used, so that the limit is never exceeded.
"""

from uuid import UUID

from pipeline_builder.domains.quotas.contract import Resource, Stocks
from pipeline_builder.domains.quotas.service import QuotaService
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope

_AT_ONCE = 50
_ORGANIZATIONS_AT_MOST = 10_000


class ApiCallMeter:
    """Implements `kit.guard.Meter`."""

    def __init__(self, stocks: Stocks, clock: Clock) -> None:
        self._stocks = stocks
        self._clock = clock
        self._left: dict[tuple[UUID, int], int] = {}

    async def count(self, tx: Transaction, scope: OrgScope) -> None:
        """Count one call of an organization.

        Raises:
            QuotaExceeded: it has none left in this month.
        """
        key = (scope.root_id, self._clock().month)
        left = self._left.get(key, 0)
        if left:
            self._left[key] = left - 1
            return
        taken = await QuotaService(tx, scope, self._stocks, self._clock).take(Resource.API_CALLS, _AT_ONCE)
        # Only once it is committed: a request that fails gives back what it took.
        tx.after_commit(lambda: self._keep(key, taken - 1))

    def _keep(self, key: tuple[UUID, int], amount: int) -> None:
        if len(self._left) >= _ORGANIZATIONS_AT_MOST:
            self._left.clear()
        self._left[key] = self._left.get(key, 0) + amount
