"""Every query on plans and counters."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pipeline_builder.domains.quotas.contract import Resource
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import OrgScope, PlatformScope
from pipeline_builder.kit.wire import Row


class PlanRow(Row, frozen=True):
    """The plan of an organization, and the limits that are its own."""

    plan: str
    limits: dict[str, int | None]


class QuotaRepository:
    """The counters of one organization and its teams."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._root_id = scope.root_id

    async def plan(self) -> PlanRow | None:
        return await self._tx.one_or_none(
            PlanRow, "select plan, limits from quota_plans where org_id = $1", self._root_id
        )

    async def wait_for_turn(self, resource: Resource) -> None:
        """From here to the end of the transaction nobody else makes room for this in this organization."""
        await self._tx.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"quota {self._root_id} {resource}"
        )

    async def use(self, resource: Resource, window_at: datetime, amount: int, limit: int | None) -> bool:
        """Count an amount as used, unless it would go beyond the limit. Whether it was counted."""
        if limit is not None and amount > limit:
            return False
        counted = await self._tx.value(
            """
            insert into quota_flows (org_id, resource, window_at, used) values ($1, $2, $3, $4)
            on conflict (org_id, resource, window_at) do update set used = quota_flows.used + $4
            where $5::bigint is null or quota_flows.used + $4 <= $5
            returning used
            """,
            self._root_id,
            resource,
            window_at,
            amount,
            limit,
        )
        return counted is not None

    async def give_back(self, resource: Resource, window_at: datetime, amount: int) -> None:
        await self._tx.execute(
            """
            update quota_flows set used = greatest(used - $4, 0)
            where org_id = $1 and resource = $2 and window_at = $3
            """,
            self._root_id,
            resource,
            window_at,
            amount,
        )

    async def used(self, window_at: datetime) -> Mapping[Resource, int]:
        """What was used in a window, by resource."""
        rows = await self._tx.rows(
            "select resource, used from quota_flows where org_id = $1 and window_at = $2", self._root_id, window_at
        )
        return {Resource(row["resource"]): row["used"] for row in rows}

    async def set_aside(self, resource: Resource, window_at: datetime, amount: int, until: datetime) -> UUID:
        reservation = new_id()
        await self._tx.execute(
            """
            insert into quota_reservations (id, org_id, resource, window_at, amount, expires_at)
            values ($1, $2, $3, $4, $5, $6)
            """,
            reservation,
            self._root_id,
            resource,
            window_at,
            amount,
            until,
        )
        return reservation

    async def forget(self, reservation: UUID) -> bool:
        """Whether it was still set aside."""
        statement = "delete from quota_reservations where id = $1 and org_id = $2"
        return bool(await self._tx.execute(statement, reservation, self._root_id))

    async def forget_and_give_back(self, reservation: UUID) -> None:
        await self._tx.execute(
            """
            with gone as (delete from quota_reservations where id = $1 and org_id = $2 returning *)
            update quota_flows flow set used = greatest(flow.used - gone.amount, 0) from gone
            where (flow.org_id, flow.resource, flow.window_at) = (gone.org_id, gone.resource, gone.window_at)
            """,
            reservation,
            self._root_id,
        )


class AllQuotas:
    """The counters of all organizations: for those who run the platform."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def organization_exists(self, org_id: UUID) -> bool:
        """Whether this is an organization that has limits of its own; a team has its parent's."""
        return bool(
            await self._tx.value(
                "select true from organizations where id = $1 and parent_id is null and deleted_at is null", org_id
            )
        )

    async def set_plan(self, org_id: UUID, plan: str, limits: Mapping[Resource, int | None]) -> None:
        await self._tx.execute(
            """
            insert into quota_plans (org_id, plan, limits) values ($1, $2, $3)
            on conflict (org_id) do update set plan = $2, limits = $3, updated_at = now()
            """,
            org_id,
            plan,
            limits,
        )

    async def count(self, resource: Resource, amounts: Mapping[UUID, tuple[datetime, int]]) -> None:
        """Count what many organizations used, whatever their limits: it has happened. In order, so that none waits."""
        ordered = sorted((root, window_at, amount) for root, (window_at, amount) in amounts.items())
        roots, windows, counts = (list(column) for column in zip(*ordered, strict=True))
        await self._tx.execute(
            """
            insert into quota_flows (org_id, resource, window_at, used)
            select root, $1, window_at, amount
            from unnest($2::uuid[], $3::timestamptz[], $4::bigint[]) as counted (root, window_at, amount)
            on conflict (org_id, resource, window_at) do update set used = quota_flows.used + excluded.used
            """,
            resource,
            roots,
            windows,
            counts,
        )

    async def give_back_expired(self, now: datetime) -> int:
        """Give back what was set aside and never used. How many reservations."""
        return await self._tx.execute(
            """
            with gone as (delete from quota_reservations where expires_at < $1 returning *),
                 sums as (
                   select org_id, resource, window_at, sum(amount) as amount from gone group by 1, 2, 3
                 )
            update quota_flows flow set used = greatest(flow.used - sums.amount, 0)::bigint from sums
            where (flow.org_id, flow.resource, flow.window_at) = (sums.org_id, sums.resource, sums.window_at)
            """,
            now,
        )
