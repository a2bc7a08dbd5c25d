"""Counts API calls without a write per call.

While an organization is far from its limit a process counts in memory and writes down what it counted every other
second. Near the limit each call is counted in its own transaction, so that the limit is exact where it matters.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.domains.quotas.contract import Resource, Stocks
from pipeline_builder.domains.quotas.repository import AllQuotas
from pipeline_builder.domains.quotas.service import QuotaService, window_of
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Database, Transaction
from pipeline_builder.kit.scope import OrgScope, as_platform

_LOG = structlog.get_logger("quotas")

NEAR = 2_000
"""Calls before the limit from which on each is counted by itself: more than what all processes have in memory."""

_KNOWN_FOR_SECONDS = 60.0
_WRITTEN_EVERY_SECONDS = 2.0
_ORGANIZATIONS_AT_MOST = 20_000


@dataclass(slots=True)
class _Known:
    """What this process knows of an organization, and counted since."""

    limit: int | None
    used: int
    looked_at: float
    window_at: datetime
    pending: int = 0


class ApiCallMeter:
    """Implements `kit.guard.Meter`."""

    def __init__(self, stocks: Stocks, clock: Clock) -> None:
        self._stocks = stocks
        self._clock = clock
        self._known: dict[UUID, _Known] = {}

    async def count(self, tx: Transaction, scope: OrgScope) -> None:
        """Count one call of an organization.

        Raises:
            QuotaExceeded: it has none left in this month.
        """
        known = self._known.get(scope.root_id)
        if known is None or time.monotonic() - known.looked_at > _KNOWN_FOR_SECONDS:
            known = await self._look(tx, scope, known)
        if known.limit is not None and known.limit - known.used - known.pending <= NEAR:
            await QuotaService(tx, scope, self._stocks, self._clock).take(Resource.API_CALLS, 1)
            return
        known.pending += 1

    async def _look(self, tx: Transaction, scope: OrgScope, before: _Known | None) -> _Known:
        limit, used = await QuotaService(tx, scope, self._stocks, self._clock).flow(Resource.API_CALLS)
        pending = before.pending if before else 0
        if len(self._known) >= _ORGANIZATIONS_AT_MOST:
            self._known = {root: one for root, one in self._known.items() if one.pending}
        known = _Known(limit, used, time.monotonic(), window_of(self._clock()), pending)
        self._known[scope.root_id] = known
        return known

    async def write(self, database: Database) -> None:
        """Write down what was counted since the last time, in one statement for all organizations."""
        counted = {root: (one.window_at, one.pending) for root, one in self._known.items() if one.pending}
        if not counted:
            return
        # Taken out before anybody else can count or write: nothing is written twice.
        self._move({root: amount for root, (_, amount) in counted.items()})
        try:
            async with database.transaction() as tx:
                await AllQuotas(tx, await as_platform(tx)).count(Resource.API_CALLS, counted)
        except BaseException:
            self._move({root: -amount for root, (_, amount) in counted.items()})
            raise

    def _move(self, amounts: Mapping[UUID, int]) -> None:
        """From what waits to what is used."""
        for root, amount in amounts.items():
            known = self._known.get(root)
            if known is not None:
                known.pending -= amount
                known.used += amount

    @contextlib.asynccontextmanager
    async def writing(self, database: Database) -> AsyncIterator[None]:
        """Write down what is counted while the block runs, and the rest at its end."""
        task = asyncio.create_task(self._again_and_again(database), name="quotas.meter")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with contextlib.suppress(PipelineBuilderError):
                await self.write(database)

    async def _again_and_again(self, database: Database) -> None:
        while True:
            await asyncio.sleep(_WRITTEN_EVERY_SECONDS)
            try:
                await self.write(database)
            except PipelineBuilderError as error:
                # What was counted stays in memory, and is written once the database is back.
                _LOG.warning("quotas.not-written", reason=str(error))
