"""Every query on rules, subscriptions, policies, exemptions and scans."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pipeline_builder.domains.compliance.contract import PolicyNameTaken, RuleExists
from pipeline_builder.kit.database import Transaction, UniqueViolated
from pipeline_builder.kit.paging import Order, Select
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, OrgScope, PlatformScope
from pipeline_builder.kit.wire import Page, Row


class RuleRow(Row, frozen=True):
    """A rule as it is now."""

    id: UUID
    org_id: UUID
    name: str
    target: str
    severity: str
    description: str
    document: dict[str, Any]
    is_active: bool
    is_imposed: bool
    sets: list[str]
    revision: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class RuleRevision(Row, frozen=True):
    """One state that a rule had."""

    number: int
    document: dict[str, Any]
    is_active: bool
    is_imposed: bool
    created_at: datetime
    created_by: str


class EffectiveRow(Row, frozen=True):
    """A rule that holds for an organization, in the state in which it holds."""

    id: UUID
    revision: int
    document: dict[str, Any]


class SubscriptionRow(Row, frozen=True):
    """A published rule that an organization made its own."""

    rule_id: UUID
    name: str
    target: str
    severity: str
    is_imposed: bool
    pinned: int | None
    newest: int
    created_at: datetime
    created_by: str


class PolicyRow(Row, frozen=True):
    """A named list of rules."""

    id: UUID
    org_id: UUID
    name: str
    description: str
    rules: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime


class ExemptionRow(Row, frozen=True):
    """Leave for one pipeline or plugin to break one rule."""

    id: UUID
    rule: str
    subject: str
    reason: str
    state: str
    expires_at: datetime
    requested_at: datetime
    requested_by: str
    requester_id: UUID | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    review: str


class ScanRow(Row, frozen=True):
    """One look at every pipeline of an organization."""

    id: UUID
    state: str
    examined: int
    total: int
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class ScanFinding(Row, frozen=True):
    """A rule that a pipeline did not keep when it was looked at."""

    number: int
    pipeline_id: UUID
    pipeline_name: str
    rule: str
    severity: str
    step: str | None
    message: str
    is_exempt: bool


class TakenScan(Row, frozen=True):
    """A scan that this process does; the attempt tells it from one that was thought dead."""

    id: UUID
    org_id: UUID
    attempt: int


class RuleFilter(Protocol):
    """Which rules are asked for; None is any."""

    @property
    def target(self) -> str | None: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def search(self) -> str | None: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def set(self) -> str | None: ...


_RULE = (
    "id, org_id, name, target, severity, description, document, is_active, is_imposed, sets, revision, created_at,"
    " created_by, updated_at, updated_by"
)
_REVISION = "number, document, is_active, is_imposed, created_at, created_by"
_POLICY = "id, org_id, name, description, rules, revision, created_at, updated_at"
_EXEMPTION = (
    "id, rule, subject, reason, state, expires_at, requested_at, requested_by, requester_id, reviewed_at, reviewed_by,"
    " review"
)
_SCAN = "id, state, examined, total, created_at, created_by, ended_at"
_FINDING = "number, pipeline_id, pipeline_name, rule, severity, step, message, is_exempt"


class RuleRepository:
    """The rules that one organization can see, and those that are its own. Row-level security agrees."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    def _visible(self, select: Select) -> None:
        """Own rules, those that the organization above imposes, and published ones."""
        select.where(
            "(org_id = {} or is_imposed and org_id = {} or org_id = {})",
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )

    async def page(self, wanted: RuleFilter, order: Order) -> Page[RuleRow]:
        select = Select(f"select {_RULE} from rules")  # noqa: S608 -- names of columns
        self._visible(select)
        owners = {"own": self._scope.org_id, "parent": self._scope.parent_id, "published": SYSTEM_ORGANIZATION}
        if wanted.owner is not None:
            select.where("org_id is not distinct from {}", owners[wanted.owner])
        if wanted.target is not None:
            select.where("target = {}", wanted.target)
        if wanted.severity is not None:
            select.where("severity = {}", wanted.severity)
        if wanted.set is not None:
            select.where("{} = any (sets)", wanted.set)
        if wanted.search is not None:
            select.where("strpos(lower(name || ' ' || description), lower({})) > 0", wanted.search)
        order.apply(select)
        return order.page(await self._tx.all(RuleRow, select.sql, *select.values))

    async def visible(self, rule_id: UUID) -> RuleRow | None:
        select = Select(f"select {_RULE} from rules")  # noqa: S608 -- names of columns
        self._visible(select)
        select.where("id = {}", rule_id)
        return await self._tx.one_or_none(RuleRow, select.sql, *select.values)

    async def own(self, rule_id: UUID) -> RuleRow | None:
        """A rule that may be changed; nobody else changes it before this transaction ends."""
        return await self._tx.one_or_none(
            RuleRow,
            f"select {_RULE} from rules where id = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            rule_id,
            self._scope.org_id,
        )

    async def own_named(self, name: str) -> RuleRow | None:
        return await self._tx.one_or_none(
            RuleRow,
            f"select {_RULE} from rules where name = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            name,
            self._scope.org_id,
        )

    async def put(self, rule: RuleRow) -> None:
        """Add a rule, or write it anew, with its revision.

        Raises:
            RuleExists: there is another one of its name.
        """
        try:
            await self._tx.execute(
                f"""
                insert into rules ({_RULE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                on conflict (id) do update set name = $3, target = $4, severity = $5, description = $6, document = $7,
                  is_active = $8, is_imposed = $9, sets = $10, revision = $11, updated_at = $14, updated_by = $15
                where rules.org_id = $2
                """,  # noqa: S608 -- names of columns
                *(getattr(rule, name) for name in rule.__struct_fields__),
            )
        except UniqueViolated as error:
            raise RuleExists(rule.name) from error
        await self._tx.execute(
            f"insert into rule_revisions ({_REVISION}, rule_id, org_id) values ($1, $2, $3, $4, $5, $6, $7, $8)",  # noqa: S608 -- names of columns
            rule.revision,
            rule.document,
            rule.is_active,
            rule.is_imposed,
            rule.updated_at,
            rule.updated_by,
            rule.id,
            rule.org_id,
        )

    async def remove(self, rule_id: UUID) -> None:
        await self._tx.execute("delete from rules where id = $1 and org_id = $2", rule_id, self._scope.org_id)

    async def revisions(self, rule_id: UUID) -> Sequence[RuleRevision]:
        """What a rule has been, newest first; of rules that are published or the organization's own."""
        return await self._tx.all(
            RuleRevision,
            f"select {_REVISION} from rule_revisions where rule_id = $1 and org_id in ($2, $3) order by number desc",  # noqa: S608 -- names of columns
            rule_id,
            self._scope.org_id,
            SYSTEM_ORGANIZATION,
        )

    async def effective(self) -> Sequence[EffectiveRow]:
        """Every rule that holds here: own ones, imposed ones, and published ones that somebody subscribed to."""
        return await self._tx.all(
            EffectiveRow,
            """
            select id, revision, document from rules
            where is_active and org_id <> $3 and (org_id = $1 or is_imposed and org_id = $2)
            union
            select r.id, coalesce(v.number, r.revision), coalesce(v.document, r.document)
            from rule_subscriptions s join rules r on r.id = s.rule_id and r.org_id = $3
            left join rule_revisions v on v.rule_id = s.rule_id and v.number = s.pinned
            where (s.org_id = $1 or s.is_imposed and s.org_id = $2) and (r.is_active or s.pinned is not null)
            order by id, revision
            """,
            self._scope.org_id,
            self._scope.root_id,
            SYSTEM_ORGANIZATION,
        )

    # --- subscriptions ---

    async def subscriptions(self) -> Sequence[SubscriptionRow]:
        return await self._tx.all(
            SubscriptionRow,
            """
            select s.rule_id, r.name, r.target, r.severity, s.is_imposed, s.pinned, r.revision as newest, s.created_at,
                   s.created_by
            from rule_subscriptions s join rules r on r.id = s.rule_id where s.org_id = $1 order by r.name
            """,
            self._scope.org_id,
        )

    async def subscribe(self, rule_id: UUID, pinned: int | None, now: datetime, *, is_imposed: bool) -> bool:
        """Make a published rule one's own, in its newest state or in an earlier one. Whether there is such a rule."""
        return bool(
            await self._tx.execute(
                """
                insert into rule_subscriptions (org_id, rule_id, is_imposed, pinned, created_at, created_by)
                select $1, r.id, $3, $4, $5, $6 from rules r
                where r.id = $2 and r.org_id = $7
                  and ($4::int is null
                       or exists (select from rule_revisions v where v.rule_id = r.id and v.number = $4))
                on conflict (org_id, rule_id) do update set is_imposed = $3, pinned = $4
                """,
                self._scope.org_id,
                rule_id,
                is_imposed,
                pinned,
                now,
                self._scope.actor.name,
                SYSTEM_ORGANIZATION,
            )
        )

    async def unsubscribe(self, rule_id: UUID) -> bool:
        return bool(
            await self._tx.execute(
                "delete from rule_subscriptions where org_id = $1 and rule_id = $2", self._scope.org_id, rule_id
            )
        )

    async def published_of(self, wanted: str) -> Sequence[UUID]:
        """The published rules of a set, or of a policy of the system's."""
        rows = await self._tx.rows(
            """
            select r.id from rules r where r.org_id = $1 and ($2 = any (r.sets)
              or exists (select from policies p where p.org_id = $1 and p.name = $2 and r.name = any (p.rules)))
            order by r.name
            """,
            SYSTEM_ORGANIZATION,
            wanted,
        )
        return [row["id"] for row in rows]

    # --- policies ---

    async def policies(self) -> Sequence[PolicyRow]:
        return await self._tx.all(
            PolicyRow,
            f"select {_POLICY} from policies where org_id in ($1, $2) order by name, id",  # noqa: S608 -- names of columns
            self._scope.org_id,
            SYSTEM_ORGANIZATION,
        )

    async def own_policy(self, policy_id: UUID) -> PolicyRow | None:
        return await self._tx.one_or_none(
            PolicyRow,
            f"select {_POLICY} from policies where id = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            policy_id,
            self._scope.org_id,
        )

    async def put_policy(self, policy: PolicyRow) -> None:
        """Add a policy, or write it anew.

        Raises:
            PolicyNameTaken: there is another one of its name.
        """
        try:
            await self._tx.execute(
                f"""
                insert into policies ({_POLICY}) values ($1, $2, $3, $4, $5, $6, $7, $8)
                on conflict (id) do update set name = $3, description = $4, rules = $5, revision = $6, updated_at = $8
                where policies.org_id = $2
                """,  # noqa: S608 -- names of columns
                *(getattr(policy, name) for name in policy.__struct_fields__),
            )
        except UniqueViolated as error:
            raise PolicyNameTaken(policy.name) from error

    async def policy_named(self, name: str) -> PolicyRow | None:
        return await self._tx.one_or_none(
            PolicyRow,
            f"select {_POLICY} from policies where name = $1 and org_id = $2",  # noqa: S608 -- names of columns
            name,
            self._scope.org_id,
        )

    async def remove_policy(self, policy_id: UUID) -> None:
        await self._tx.execute("delete from policies where id = $1 and org_id = $2", policy_id, self._scope.org_id)


class ExemptionRepository:
    """The exemptions of one organization."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    async def page(self, state: str | None, order: Order) -> Page[ExemptionRow]:
        select = Select(f"select {_EXEMPTION} from exemptions")  # noqa: S608 -- names of columns
        select.where("org_id = {}", self._scope.org_id)
        if state is not None:
            select.where("state = {}", state)
        order.apply(select)
        return order.page(await self._tx.all(ExemptionRow, select.sql, *select.values))

    async def add(self, exemption: ExemptionRow) -> None:
        await self._tx.execute(
            f"insert into exemptions ({_EXEMPTION}, org_id)"  # noqa: S608 -- names of columns
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            *(getattr(exemption, name) for name in exemption.__struct_fields__),
            self._scope.org_id,
        )

    async def one(self, exemption_id: UUID) -> ExemptionRow | None:
        return await self._tx.one_or_none(
            ExemptionRow,
            f"select {_EXEMPTION} from exemptions where id = $1 and org_id = $2 for update",  # noqa: S608 -- names of columns
            exemption_id,
            self._scope.org_id,
        )

    async def review(self, exemption_id: UUID, state: str, by: str, at: datetime, review: str) -> None:
        await self._tx.execute(
            """
            update exemptions set state = $3, reviewed_by = $4, reviewed_at = $5, review = $6
            where id = $1 and org_id = $2
            """,
            exemption_id,
            self._scope.org_id,
            state,
            by,
            at,
            review,
        )

    async def holding_for(self, subject: str, now: datetime) -> frozenset[str]:
        """The rules that a pipeline or plugin of this name is exempt from."""
        rows = await self._tx.rows(
            """
            select rule from exemptions
            where org_id = $1 and lower(subject) = lower($2) and state = 'approved' and expires_at > $3
            """,
            self._scope.org_id,
            subject,
            now,
        )
        return frozenset(row["rule"] for row in rows)


class ScanRepository:
    """The scans of one organization."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    async def page(self, order: Order) -> Page[ScanRow]:
        select = Select(f"select {_SCAN} from scans")  # noqa: S608 -- names of columns
        select.where("org_id = {}", self._scope.org_id)
        order.apply(select)
        return order.page(await self._tx.all(ScanRow, select.sql, *select.values))

    async def one(self, scan_id: UUID) -> ScanRow | None:
        return await self._tx.one_or_none(
            ScanRow,
            f"select {_SCAN} from scans where id = $1 and org_id = $2",  # noqa: S608 -- names of columns
            scan_id,
            self._scope.org_id,
        )

    async def add(self, scan: ScanRow) -> None:
        await self._tx.execute(
            f"insert into scans ({_SCAN}, org_id, alive_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $5)",  # noqa: S608 -- names of columns
            *(getattr(scan, name) for name in scan.__struct_fields__),
            self._scope.org_id,
        )

    async def is_under_way(self) -> bool:
        return bool(
            await self._tx.value(
                "select true from scans where org_id = $1 and state in ('waiting', 'running') limit 1",
                self._scope.org_id,
            )
        )

    async def cancel(self, scan_id: UUID, now: datetime) -> bool:
        return bool(
            await self._tx.execute(
                """
                update scans set state = 'cancelled', ended_at = $3
                where id = $1 and org_id = $2 and state in ('waiting', 'running')
                """,
                scan_id,
                self._scope.org_id,
                now,
            )
        )

    async def findings(self, scan_id: UUID, after: int, limit: int) -> Sequence[ScanFinding]:
        return await self._tx.all(
            ScanFinding,
            f"select {_FINDING} from scan_findings where scan_id = $1 and org_id = $2 and number > $3"  # noqa: S608 -- names of columns
            " order by number limit $4",
            scan_id,
            self._scope.org_id,
            after,
            limit,
        )

    async def found(self, scan: TakenScan, examined: int, total: int, findings: Sequence[ScanFinding]) -> bool:
        """Write what a part of the scan found. Whether the scan is still this process's, and wanted."""
        is_ours = await self._tx.execute(
            """
            update scans set examined = $3, total = $4, alive_at = now()
            where id = $1 and org_id = $5 and attempt = $2 and state = 'running'
            """,
            scan.id,
            scan.attempt,
            examined,
            total,
            self._scope.org_id,
        )
        if not is_ours:
            return False
        for one in findings:
            await self._tx.execute(
                f"insert into scan_findings ({_FINDING}, scan_id, org_id)"  # noqa: S608 -- names of columns
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                *(getattr(one, name) for name in one.__struct_fields__),
                scan.id,
                self._scope.org_id,
            )
        return True

    async def end(self, scan: TakenScan, state: str) -> None:
        await self._tx.execute(
            """
            update scans set state = $3, ended_at = now()
            where id = $1 and org_id = $4 and attempt = $2 and state = 'running'
            """,
            scan.id,
            scan.attempt,
            state,
            self._scope.org_id,
        )


class AllScans:
    """The scans of all organizations: for doing them."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def take(self) -> TakenScan | None:
        """The scan that waits longest, or whose process has died. It begins anew."""
        taken = await self._tx.one_or_none(
            TakenScan,
            """
            update scans set state = 'running', attempt = attempt + 1, alive_at = now(), examined = 0
            where id = (
              select id from scans
              where state = 'waiting' or state = 'running' and alive_at < now() - interval '1 minute'
              order by created_at limit 1 for update skip locked
            )
            returning id, org_id, attempt
            """,
        )
        if taken is not None:
            await self._tx.execute("delete from scan_findings where scan_id = $1", taken.id)
        return taken
