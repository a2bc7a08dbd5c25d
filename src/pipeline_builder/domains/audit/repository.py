"""Every query on the audit trail."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.paging import Order, Select
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Page, Row

_FACTS = (
    "id, number, occurred_at, action, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name,"
    " address, request_id, before, after"
)
_AT_ONCE = 1000


class AuditEvent(Row, frozen=True):
    """One line of the trail."""

    id: UUID
    number: int
    occurred_at: datetime
    action: str
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    subject_kind: str
    subject_id: str
    subject_name: str
    address: str
    request_id: str
    before: dict[str, object] | None
    after: dict[str, object] | None


class Sealed(AuditEvent, frozen=True):
    """A line with its seal."""

    seal: bytes


class Head(Row, frozen=True):
    """The newest line, kept apart from the lines."""

    number: int
    line_seal: bytes
    seal: bytes


class AuditFilter(Protocol):
    """Which lines are asked for; None is any."""

    @property
    def action(self) -> str | None: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def subject_kind(self) -> str | None: ...
    @property
    def subject_id(self) -> str | None: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...


class AuditRepository:
    """The trail of one organization."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._org_id = scope.org_id

    async def head(self, *, for_update: bool = False) -> Head | None:
        """The newest line; with `for_update`, nobody else adds a line before this transaction ends."""
        if for_update:
            await self._tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"audit {self._org_id}")
        return await self._tx.one_or_none(
            Head, "select number, line_seal, seal from audit_heads where org_id = $1", self._org_id
        )

    async def append(self, event: AuditEvent, seal: bytes, head_seal: bytes) -> None:
        values = (getattr(event, name) for name in event.__struct_fields__)
        await self._tx.execute(
            f"""
            insert into audit_events ({_FACTS}, org_id, seal)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,  # noqa: S608 -- the names are a constant
            *values,
            self._org_id,
            seal,
        )
        await self._tx.execute(
            """
            insert into audit_heads (org_id, number, line_seal, seal) values ($1, $2, $3, $4)
            on conflict (org_id) do update set number = $2, line_seal = $3, seal = $4
            """,
            self._org_id,
            event.number,
            seal,
            head_seal,
        )

    async def page(self, wanted: AuditFilter, order: Order) -> Page[AuditEvent]:
        select = Select(f"select {_FACTS} from audit_events")  # noqa: S608 -- the names are a constant
        select.where("org_id = {}", self._org_id)
        for column in ("action", "actor_id", "subject_kind", "subject_id"):
            value = getattr(wanted, column)
            if value is not None:
                select.where(f"{column} = {{}}", value)
        if wanted.since is not None:
            select.where("occurred_at >= {}", wanted.since)
        if wanted.until is not None:
            select.where("occurred_at < {}", wanted.until)
        order.apply(select)
        return order.page(await self._tx.all(AuditEvent, select.sql, *select.values))

    async def lines(self) -> AsyncIterator[Sealed]:
        """Every line, oldest first, a part at a time."""
        after = 0
        while True:
            lines = await self._tx.all(
                Sealed,
                f"select {_FACTS}, seal from audit_events where org_id = $1 and number > $2 order by number limit $3",  # noqa: S608 -- the names are a constant
                self._org_id,
                after,
                _AT_ONCE,
            )
            for line in lines:
                yield line
            if len(lines) < _AT_ONCE:
                return
            after = lines[-1].number
