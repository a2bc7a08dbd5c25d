"""Every query on what proves who somebody is: failed tries, tokens that work once, second factors."""

from datetime import timedelta
from uuid import UUID

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import PlatformScope
from pipeline_builder.kit.wire import Row


class AttemptRepository:
    """How often something was tried, by a digest of what."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def blocked_seconds(self, *whats: bytes) -> float:
        """Seconds until nothing of it is blocked any more; 0 when nothing is."""
        seconds: float = await self._tx.value(
            """
            select coalesce(max(extract(epoch from blocked_until - now())), 0)::double precision
            from attempts where what = any($1::bytea[]) and blocked_until > now()
            """,
            whats,
        )
        return seconds

    async def is_alone(self, what: bytes) -> bool:
        """Whether nobody else tries the same now; nobody begins to before this transaction ends."""
        number = int.from_bytes(what[:8], "big", signed=True)
        return bool(await self._tx.value("select pg_try_advisory_xact_lock($1::bigint)", number))

    async def count(self, what: bytes, window: timedelta) -> int:
        """Count one more; how many there are in the window that began with the first."""
        number: int = await self._tx.value(
            """
            insert into attempts (what, tries, first_at) values ($1, 1, now())
            on conflict (what) do update set
              tries = case when attempts.first_at < now() - $2::interval then 1 else attempts.tries + 1 end,
              first_at = case when attempts.first_at < now() - $2::interval then now() else attempts.first_at end
            returning tries
            """,
            what,
            window,
        )
        return number

    async def block(self, what: bytes, seconds: float) -> None:
        await self._tx.execute(
            "update attempts set blocked_until = now() + $2::interval where what = $1", what, timedelta(seconds=seconds)
        )

    async def forget(self, what: bytes) -> None:
        await self._tx.execute("delete from attempts where what = $1", what)

    async def forget_older_than(self, age: timedelta) -> int:
        return await self._tx.execute(
            "delete from attempts where greatest(first_at, blocked_until) < now() - $1::interval",
            age,
        )


class OneTimeToken(Row, frozen=True):
    """What a token that somebody sent stands for."""

    user_id: UUID
    payload: str


class OneTimeTokenRepository:
    """Tokens that work once, for one purpose, for a while."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def add(self, hashed: bytes, user_id: UUID, purpose: str, lifetime: timedelta, payload: str = "") -> None:
        await self._tx.execute(
            """
            insert into one_time_tokens (hash, user_id, purpose, payload, expires_at)
            values ($1, $2, $3, $4, now() + $5::interval)
            """,
            hashed,
            user_id,
            purpose,
            payload,
            lifetime,
        )

    async def find(self, hashed: bytes, purpose: str) -> OneTimeToken | None:
        """What it stands for; it still works afterwards."""
        return await self._tx.one_or_none(
            OneTimeToken,
            "select user_id, payload from one_time_tokens where hash = $1 and purpose = $2 and expires_at > now()",
            hashed,
            purpose,
        )

    async def use(self, hashed: bytes, purpose: str) -> OneTimeToken | None:
        """What it stands for, if it works; from now on it does not."""
        return await self._tx.one_or_none(
            OneTimeToken,
            """
            delete from one_time_tokens where hash = $1 and purpose = $2 and expires_at > now()
            returning user_id, payload
            """,
            hashed,
            purpose,
        )

    async def forget(self, user_id: UUID, purpose: str) -> None:
        await self._tx.execute("delete from one_time_tokens where user_id = $1 and purpose = $2", user_id, purpose)

    async def forget_expired(self) -> int:
        return await self._tx.execute("delete from one_time_tokens where expires_at < now()")


class Factor(Row, frozen=True):
    """The second factor of an account, sealed."""

    second_factor: bytes | None
    is_confirmed: bool
    second_factor_last_step: int


class FactorRepository:
    """Second factors and the codes that stand in for them."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def of(self, user_id: UUID) -> Factor | None:
        """The second factor of an account; nobody else uses it before this transaction ends."""
        return await self._tx.one_or_none(
            Factor,
            """
            select second_factor, second_factor_confirmed_at is not null as is_confirmed, second_factor_last_step
            from users where id = $1 and deleted_at is null for update
            """,
            user_id,
        )

    async def set(self, user_id: UUID, sealed: bytes | None) -> None:
        """Give an account another one, which is not confirmed yet, or none."""
        await self._tx.execute(
            """
            update users set second_factor = $2, second_factor_confirmed_at = null, second_factor_last_step = 0
            where id = $1
            """,
            user_id,
            sealed,
        )
        await self._tx.execute("delete from recovery_codes where user_id = $1", user_id)

    async def confirm(self, user_id: UUID) -> None:
        await self._tx.execute("update users set second_factor_confirmed_at = now() where id = $1", user_id)

    async def use_step(self, user_id: UUID, step: int) -> None:
        await self._tx.execute("update users set second_factor_last_step = $2 where id = $1", user_id, step)

    async def set_recovery_codes(self, user_id: UUID, digests: list[bytes]) -> None:
        await self._tx.execute("delete from recovery_codes where user_id = $1", user_id)
        await self._tx.execute(
            "insert into recovery_codes (user_id, digest) select $1, unnest($2::bytea[])", user_id, digests
        )

    async def use_recovery_code(self, user_id: UUID, digest: bytes) -> bool:
        return bool(
            await self._tx.execute("delete from recovery_codes where user_id = $1 and digest = $2", user_id, digest)
        )

    async def count_recovery_codes(self, user_id: UUID) -> int:
        left: int = await self._tx.value("select count(*) from recovery_codes where user_id = $1", user_id)
        return left
