"""Every query on accounts, sessions and tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pipeline_builder.domains.identity.contract import EmailTaken
from pipeline_builder.kit.database import Transaction, UniqueViolated
from pipeline_builder.kit.scope import AccountScope, OrgScope, PlatformScope
from pipeline_builder.kit.wire import Row


class KeyRow(Row, frozen=True):
    """A signing key, sealed; `age` is in seconds."""

    id: str
    sealed: bytes
    age: float


class UserRow(Row, frozen=True):
    """An account, as signing in needs it."""

    id: UUID
    email: str
    name: str
    password_hash: str | None
    email_verified_at: datetime | None


class SessionRow(Row, frozen=True):
    """One device's stay."""

    id: UUID
    user_id: UUID
    org_id: UUID | None
    authenticated_at: datetime
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    user_agent: str
    address: str


class TokenRow(Row, frozen=True):
    """A token for a program."""

    id: UUID
    org_id: UUID
    user_id: UUID | None
    name: str
    permissions: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class FoundToken(TokenRow, frozen=True):
    """A token that somebody sent, with the person it stands for."""

    email: str | None


_SESSION = "id, user_id, org_id, authenticated_at, created_at, last_used_at, expires_at, ended_at, user_agent, address"
_TOKEN = "id, org_id, user_id, name, permissions, created_by, created_at, expires_at, last_used_at, revoked_at"  # noqa: S105 -- names of columns


class KeyRepository:
    """The keys that sign access tokens."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    @staticmethod
    async def all_keys(tx: Transaction) -> list[KeyRow]:
        """The keys in use, oldest first. A function of the database reads them in the platform's name."""
        return await tx.all(KeyRow, "select id, sealed, age from signing_keys_in_use()")

    async def add(self, name: str, sealed: bytes, seconds: int) -> None:
        await self._tx.execute(
            "insert into signing_keys (id, sealed, retires_at) values ($1, $2, now() + $3)",
            name,
            sealed,
            timedelta(seconds=seconds),
        )

    async def is_newest_older_than(self, seconds: int) -> bool:
        """Whether it is time for a new one. Nobody else decides the same before this transaction ends."""
        await self._tx.execute("select pg_advisory_xact_lock(hashtextextended('signing keys', 0))")
        return bool(
            await self._tx.value(
                "select coalesce(max(created_at) < now() - $1::interval, true) from signing_keys",
                timedelta(seconds=seconds),
            )
        )

    async def forget_retired(self) -> None:
        await self._tx.execute("delete from signing_keys where retires_at < now()")


class SignInRepository:
    """Accounts and sessions while it is not known who asks."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def user_by_email(self, email: str) -> UserRow | None:
        return await self._tx.one_or_none(
            UserRow,
            "select id, email, name, password_hash, email_verified_at from users"
            " where lower(email) = lower($1) and deleted_at is null",
            email,
        )

    async def user(self, user_id: UUID) -> UserRow | None:
        return await self._tx.one_or_none(
            UserRow,
            "select id, email, name, password_hash, email_verified_at from users where id = $1 and deleted_at is null",
            user_id,
        )

    async def add_user(self, user_id: UUID, email: str, name: str, password_hash: str | None) -> None:
        """Add an account.

        Raises:
            EmailTaken: there is one with this address.
        """
        # Without an error of the database, after which the transaction could not be committed with what it counted.
        added = await self._tx.execute(
            "insert into users (id, email, name, password_hash) values ($1, $2, $3, $4) on conflict do nothing",
            user_id,
            email,
            name,
            password_hash,
        )
        if not added:
            raise EmailTaken

    async def verify_email(self, user_id: UUID) -> None:
        await self._tx.execute(
            "update users set email_verified_at = now() where id = $1 and email_verified_at is null", user_id
        )

    async def set_email(self, user_id: UUID, email: str) -> None:
        """Give an account an address that was proven.

        Raises:
            EmailTaken: another account has it.
        """
        try:
            await self._tx.execute(
                "update users set email = $2, email_verified_at = now() where id = $1", user_id, email
            )
        except UniqueViolated as error:
            raise EmailTaken from error

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        await self._tx.execute("update users set password_hash = $2 where id = $1", user_id, password_hash)

    async def end_all_sessions(self, user_id: UUID) -> None:
        await self._tx.execute("update sessions set ended_at = now() where user_id = $1 and ended_at is null", user_id)

    async def end_other_sessions(self, user_id: UUID, session_id: UUID | None) -> None:
        await self._tx.execute(
            "update sessions set ended_at = now() where user_id = $1 and id is distinct from $2 and ended_at is null",
            user_id,
            session_id,
        )

    async def prove_session(self, session_id: UUID) -> datetime:
        """Note that whoever has the session showed again who they are; when."""
        proven: datetime = await self._tx.value(
            "update sessions set authenticated_at = now() where id = $1 returning authenticated_at", session_id
        )
        return proven

    async def forget_ended_sessions(self, age: timedelta) -> int:
        """Forget sessions that ended so long ago, with their refresh tokens."""
        return await self._tx.execute(
            "delete from sessions where coalesce(ended_at, expires_at) < now() - $1::interval", age
        )

    async def forget_ended_tokens(self, age: timedelta) -> int:
        """Forget tokens for programs that ended so long ago."""
        return await self._tx.execute(
            "delete from access_tokens where coalesce(revoked_at, expires_at) < now() - $1::interval", age
        )

    async def home_of(self, user_id: UUID) -> UUID | None:
        """The organization that a person's session begins in: where they were last, or belong to longest."""
        found: UUID | None = await self._tx.value(
            """
            select m.org_id from memberships m join organizations o on o.id = m.org_id
            where m.user_id = $1 and o.deleted_at is null and o.suspended_at is null
            order by (m.org_id = (
              select org_id from sessions where user_id = $1 order by last_used_at desc limit 1
            )) desc nulls last, m.created_at, m.org_id limit 1
            """,
            user_id,
        )
        return found

    async def add_session(self, session: SessionRow) -> None:
        await self._tx.execute(
            f"insert into sessions ({_SESSION}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",  # noqa: S608 -- names of columns
            *(getattr(session, name) for name in session.__struct_fields__),
        )

    async def session(self, session_id: UUID) -> SessionRow | None:
        return await self._tx.one_or_none(
            SessionRow,
            f"select {_SESSION} from sessions where id = $1 for update",  # noqa: S608 -- names of columns
            session_id,
        )

    async def add_refresh_token(self, hashed: bytes, session_id: UUID) -> None:
        await self._tx.execute("insert into refresh_tokens (hash, session_id) values ($1, $2)", hashed, session_id)

    async def session_of_refresh_token(self, hashed: bytes) -> UUID | None:
        found: UUID | None = await self._tx.value("select session_id from refresh_tokens where hash = $1", hashed)
        return found

    async def use_refresh_token(self, hashed: bytes) -> bool:
        """Whether it had not been used before."""
        return bool(
            await self._tx.execute(
                "update refresh_tokens set used_at = now() where hash = $1 and used_at is null", hashed
            )
        )

    async def touch_session(self, session_id: UUID, expires_at: datetime) -> None:
        await self._tx.execute(
            "update sessions set last_used_at = now(), expires_at = $2 where id = $1", session_id, expires_at
        )

    async def end_session(self, session_id: UUID) -> None:
        await self._tx.execute("update sessions set ended_at = now() where id = $1 and ended_at is null", session_id)

    async def token(self, hashed: bytes) -> FoundToken | None:
        """The living token with this hash."""
        return await self._tx.one_or_none(
            FoundToken,
            """
            select t.id, t.org_id, t.user_id, t.name, t.permissions, t.created_by, t.created_at, t.expires_at,
                   t.last_used_at, t.revoked_at, u.email
            from access_tokens t left join users u on u.id = t.user_id and u.deleted_at is null
            where t.hash = $1 and t.revoked_at is null and t.expires_at > now()
              and (t.user_id is null or u.id is not null)
            """,
            hashed,
        )

    async def revoke_tokens(self, user_id: UUID, org_ids: Sequence[UUID]) -> None:
        await self._tx.execute(
            """
            update access_tokens set revoked_at = now()
            where user_id = $1 and org_id = any($2::uuid[]) and revoked_at is null
            """,
            user_id,
            org_ids,
        )

    async def token_was_used(self, token_id: UUID) -> None:
        """Note the use, once a minute at most: a write per request would be dear."""
        await self._tx.execute(
            """
            update access_tokens set last_used_at = now()
            where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
            """,
            token_id,
        )


class AccountRepository:
    """A person's own account."""

    def __init__(self, tx: Transaction, scope: AccountScope) -> None:
        self._tx = tx
        self._scope = scope

    async def user(self) -> UserRow | None:
        return await self._tx.one_or_none(
            UserRow,
            "select id, email, name, password_hash, email_verified_at from users where id = $1 and deleted_at is null",
            self._scope.user_id,
        )

    async def session_lives(self) -> bool:
        """Whether the session that asks has not ended."""
        return bool(
            await self._tx.value(
                "select true from sessions where id = $1 and user_id = $2 and ended_at is null and expires_at > now()",
                self._scope.session_id,
                self._scope.user_id,
            )
        )

    async def sessions(self) -> list[SessionRow]:
        return await self._tx.all(
            SessionRow,
            f"select {_SESSION} from sessions where user_id = $1 and ended_at is null and expires_at > now()"  # noqa: S608 -- names of columns
            " order by last_used_at desc",
            self._scope.user_id,
        )

    async def end_session(self, session_id: UUID) -> bool:
        return bool(
            await self._tx.execute(
                "update sessions set ended_at = now() where id = $1 and user_id = $2 and ended_at is null",
                session_id,
                self._scope.user_id,
            )
        )

    async def end_all_sessions(self) -> int:
        return await self._tx.execute(
            "update sessions set ended_at = now() where user_id = $1 and ended_at is null", self._scope.user_id
        )


class TokenRepository:
    """The tokens for programs of one organization."""

    def __init__(self, tx: Transaction, scope: OrgScope) -> None:
        self._tx = tx
        self._scope = scope

    async def add(self, token: TokenRow, hashed: bytes) -> None:
        await self._tx.execute(
            f"insert into access_tokens ({_TOKEN}, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",  # noqa: S608 -- names of columns
            *(getattr(token, name) for name in token.__struct_fields__),
            hashed,
        )

    async def all_of(self, user_id: UUID | None) -> list[TokenRow]:
        """The personal tokens of somebody in this organization; of nobody, its service tokens."""
        return await self._tx.all(
            TokenRow,
            f"select {_TOKEN} from access_tokens"  # noqa: S608 -- names of columns
            " where org_id = $1 and user_id is not distinct from $2 and revoked_at is null order by created_at desc",
            self._scope.org_id,
            user_id,
        )

    async def revoke(self, token_id: UUID, user_id: UUID | None) -> TokenRow | None:
        return await self._tx.one_or_none(
            TokenRow,
            f"update access_tokens set revoked_at = now() where id = $1 and org_id = $2"  # noqa: S608 -- names of columns
            f" and user_id is not distinct from $3 and revoked_at is null returning {_TOKEN}",
            token_id,
            self._scope.org_id,
            user_id,
        )


class WaitingMail(Row, frozen=True):
    """A mail that waits, sealed."""

    id: UUID
    sealed: bytes
    tries: int


class MailRepository:
    """The mails that wait."""

    def __init__(self, tx: Transaction, scope: PlatformScope) -> None:
        self._tx = tx
        self._scope = scope

    async def add(self, mail_id: UUID, sealed: bytes) -> None:
        await self._tx.execute("insert into mails (id, sealed) values ($1, $2)", mail_id, sealed)

    async def take(self) -> WaitingMail | None:
        """The mail that waits longest and is due; nobody else takes it before this transaction ends."""
        return await self._tx.one_or_none(
            WaitingMail,
            "select id, sealed, tries from mails where due_at <= now() order by due_at limit 1 for update skip locked",
        )

    async def postpone(self, mail_id: UUID, wait: timedelta) -> None:
        await self._tx.execute(
            "update mails set tries = tries + 1, due_at = now() + $2::interval where id = $1", mail_id, wait
        )

    async def remove(self, mail_id: UUID) -> None:
        await self._tx.execute("delete from mails where id = $1", mail_id)
