"""The use cases of quotas. Knows no HTTP and opens no transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pipeline_builder.domains.quotas.contract import STOCKS, QuotaExceeded, Reservation, Resource, Stocks
from pipeline_builder.domains.quotas.plans import DEFAULT_PLAN, plans
from pipeline_builder.domains.quotas.repository import AllQuotas, QuotaRepository
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope, as_platform

_SET_ASIDE_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of one resource is used.

    Attributes:
        resource: what is limited.
        limit: how much there may be; None is unlimited.
        used: how much there is, or was used in this window.
        resets_at: when the window ends; None for a stock.
    """

    resource: Resource
    limit: int | None
    used: int
    resets_at: datetime | None

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an organization may have and use."""

    plan: str
    limits: Mapping[Resource, int]


def window_of(moment: datetime) -> datetime:
    """When the window began that a moment is in: a calendar month."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def end_of_window(moment: datetime) -> datetime:
    """When the window ends that a moment is in."""
    return window_of(window_of(moment) + timedelta(days=32))


class QuotaService:
    """The limits of one organization, in one transaction. Implements `contract.Quota`."""

    def __init__(self, tx: Transaction, scope: OrgScope, stocks: Stocks, clock: Clock) -> None:
        self._tx = tx
        self._root_id = scope.root_id
        self._quotas = QuotaRepository(tx, scope)
        self._stocks = stocks
        self._clock = clock

    async def limits(self) -> Limits:
        """The limits of the plan, under those that are the organization's own."""
        row = await self._quotas.plan()
        name = row.plan if row else DEFAULT_PLAN
        of_plan: Mapping[Resource, int | None] = plans()[name]
        own = {Resource(resource): limit for resource, limit in (row.limits if row else {}).items()}
        merged = {**of_plan, **own}
        return Limits(name, {resource: limit for resource, limit in merged.items() if limit is not None})

    async def usage(self) -> tuple[str, list[Usage]]:
        """The plan's name, and how much of each resource is used."""
        now = self._clock()
        allowed = await self.limits()
        flows = await self._quotas.used(window_of(now))
        used = []
        for resource in Resource:
            limit = allowed.limits.get(resource)
            if resource in STOCKS:
                count = await self._stocks.used(self._tx, resource, self._root_id)
                used.append(Usage(resource, limit, count, None))
            else:
                used.append(Usage(resource, limit, flows.get(resource, 0), end_of_window(now)))
        return allowed.plan, used

    async def ensure_room(self, resource: Resource, amount: int = 1) -> None:
        limit = (await self.limits()).limits.get(resource)
        if limit is None:
            return
        await self._quotas.wait_for_turn(resource)
        used = await self._stocks.used(self._tx, resource, self._root_id)
        if used + amount > limit:
            raise QuotaExceeded(resource=resource, limit=limit, used=used)

    async def reserve(self, resource: Resource, amount: int = 1) -> Reservation:
        now = self._clock()
        window_at = window_of(now)
        await self._use(resource, amount, now)
        reservation = await self._quotas.set_aside(resource, window_at, amount, now + _SET_ASIDE_FOR)
        return Reservation(reservation, resource, window_at, amount)

    async def commit(self, reservation: UUID) -> None:
        await self._quotas.forget(reservation)

    async def release(self, reservation: UUID) -> None:
        await self._quotas.forget_and_give_back(reservation)

    async def flow(self, resource: Resource) -> tuple[int | None, int]:
        """The limit of something that is used up, and how much of it was used in this window."""
        limit = (await self.limits()).limits.get(resource)
        return limit, (await self._quotas.used(window_of(self._clock()))).get(resource, 0)

    async def take(self, resource: Resource, amount: int) -> None:
        """Use something up at once.

        Raises:
            QuotaExceeded: there is not so much left.
        """
        await self._use(resource, amount, self._clock())

    async def _use(self, resource: Resource, amount: int, now: datetime) -> None:
        limit = (await self.limits()).limits.get(resource)
        window_at = window_of(now)
        if not await self._quotas.use(resource, window_at, amount, limit):
            used = (await self._quotas.used(window_at)).get(resource, 0)
            wait = int((end_of_window(now) - now).total_seconds()) + 1
            raise QuotaExceeded(resource=resource, limit=limit or 0, used=used, retry_after=wait)


class GivenPlans:
    """Implements `contract.Plans`."""

    async def give(self, tx: Transaction, org_id: UUID, plan: str) -> None:
        await AllQuotas(tx, await as_platform(tx)).set_plan(org_id, plan, {})
