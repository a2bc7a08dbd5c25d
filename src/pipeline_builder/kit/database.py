"""PostgreSQL: connections as a role that owns nothing, and transactions as what all SQL runs in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import asyncpg
import msgspec

from pipeline_builder.kit.errors import DatabaseUnavailable, InvalidValue

T = TypeVar("T")

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]

APPLICATION_ROLE = "pipeline_builder_app"
"""What the platform is in PostgreSQL. It owns no table and is no superuser, so that row-level security binds it."""

_ACQUIRE_SECONDS = 5.0
_STATEMENT_SECONDS = 15.0

_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)

_UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


class UniqueViolated(Exception):
    """A row has the key of another one. Its repository turns it into an error of the domain."""

    def __init__(self, constraint: str) -> None:
        self.constraint = constraint
        super().__init__(constraint)


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing: every setting is local to a transaction, and a round trip per request is dear."""
        return ""


class Transaction:
    """One transaction: everything in it happens, or nothing does. Never commits; the unit of work does."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._before_commit: list[Callable[[], Awaitable[None]]] = []
        self._after_commit: list[Callable[[], None]] = []

    async def all(self, kind: type[T], sql: str, *values: object) -> list[T]:
        """Every row, as this type; its fields are the columns."""
        rows = await self.rows(sql, *values)
        if rows and tuple(rows[0].keys()) == getattr(kind, "__struct_fields__", None):
            # By place costs half of what it does by name, which counts where there are many.
            return [kind(*row.values()) for row in rows]
        return [kind(**row) for row in rows]

    async def one_or_none(self, kind: type[T], sql: str, *values: object) -> T | None:
        """The row as this type, if there is one."""
        with _translated(self._connection):
            row = await self._connection.fetchrow(sql, *values)
        return None if row is None else kind(**row)

    async def one(self, kind: type[T], sql: str, *values: object) -> T:
        """The row that has to be there."""
        found = await self.one_or_none(kind, sql, *values)
        if found is None:
            raise LookupError("A statement that always answers with a row had none.")
        return found

    async def rows(self, sql: str, *values: object) -> Sequence[Mapping[str, Any]]:
        """Every row, by names of columns."""
        with _translated(self._connection):
            return cast("Sequence[Mapping[str, Any]]", await self._connection.fetch(sql, *values))

    async def value(self, sql: str, *values: object) -> Any:  # noqa: ANN401 -- whatever the statement selects
        """The first column of the first row; None when there is no row."""
        with _translated(self._connection):
            return await self._connection.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> int:
        """Run a statement; how many rows it met."""
        with _translated(self._connection):
            status = await self._connection.execute(sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail without the whole: an exception in the block undoes the block."""
        await self.execute("savepoint part")
        try:
            yield
        except BaseException:
            await self.execute("rollback to savepoint part")
            raise
        finally:
            await self.execute("release savepoint part")

    def before_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        """Run this last in the transaction: for what takes a lock that others wait for."""
        self._before_commit.append(action)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run this once the transaction cannot fail any more: for caches and wake-ups, never for what must happen."""
        self._after_commit.append(action)

    async def _finish(self) -> None:
        for action in self._before_commit:
            await action()

    def _finished(self) -> None:
        for action in self._after_commit:
            action()


class Database:
    """Connections to one PostgreSQL. Made by `connect`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", size: int) -> None:
        self._pool = pool
        # Who comes later must not go first, as it may in the pool itself.
        self._turns = asyncio.Semaphore(size)

    @classmethod
    async def connect(cls, url: str, *, size: int = 10, role: str | None = APPLICATION_ROLE) -> "Database":
        """Open a pool of connections.

        Args:
            url: of the database, as libpq writes it.
            size: connections at most.
            role: what each connection is; None is whoever the URL names, as migrations need it.

        Raises:
            DatabaseUnavailable: nobody answers there.
        """
        settings = {"application_name": "pipeline-builder", "statement_timeout": str(int(_STATEMENT_SECONDS * 1000))}
        settings["idle_in_transaction_session_timeout"] = "60000"
        if role is not None:
            settings["role"] = role
        with _translated():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size,
                init=_prepare,
                connection_class=_Connection,
                server_settings=settings,
                command_timeout=_STATEMENT_SECONDS + 5,
                timeout=_ACQUIRE_SECONDS,
                max_inactive_connection_lifetime=300,
            )
        return cls(pool, size)

    async def close(self) -> None:
        """Wait for running transactions, then close."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._pool.close()
                return
        self._pool.terminate()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that is committed when the block ends, and undone when it raises.

        Raises:
            DatabaseUnavailable: no connection, or it broke.
        """
        unit = UnitOfWork(self)
        try:
            yield await unit.begin()
        except BaseException:
            await unit.roll_back()
            raise
        await unit.commit()

    async def acquire(self) -> "Connection":
        """A connection; for the unit of work, and for listening. Whoever waits gets theirs in turn."""
        with _translated():
            if self._turns.locked():
                async with asyncio.timeout(_ACQUIRE_SECONDS):
                    await self._turns.acquire()
            else:
                await self._turns.acquire()
            try:
                return await self._pool.acquire()
            except BaseException:
                self._turns.release()
                raise

    async def release(self, connection: "Connection") -> None:
        """Give it back."""
        try:
            with contextlib.suppress(*_UNAVAILABLE, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._pool.release(connection)
        finally:
            self._turns.release()


class UnitOfWork:
    """The transaction of one request or job. Begun when first asked for, so that what needs none costs none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._transaction: Transaction | None = None

    async def begin(self) -> Transaction:
        """The transaction; the same one each time."""
        if self._transaction is None:
            self._connection = await self._database.acquire()
            with _translated(self._connection):
                await self._connection.execute("begin")
            self._transaction = Transaction(self._connection)
        return self._transaction

    async def commit(self) -> None:
        """Make it last, and give the connection back.

        Raises:
            DatabaseUnavailable: the connection broke; whether it was committed is unknown.
        """
        if self._connection is None or self._transaction is None:
            return await self._release()
        transaction = self._transaction
        try:
            await transaction._finish()  # noqa: SLF001 -- the two are one thing, of which domains see a half
            with _translated(self._connection):
                await self._connection.execute("commit")
        except BaseException:
            await self.roll_back()
            raise
        await self._release()
        return transaction._finished()  # noqa: SLF001 -- as above

    async def roll_back(self) -> None:
        """Undo it, and give the connection back."""
        if self._connection is not None and self._transaction is not None:
            with contextlib.suppress(*_UNAVAILABLE, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._connection.execute("rollback")
        await self._release()

    async def _release(self) -> None:
        connection, self._connection, self._transaction = self._connection, None, None
        if connection is not None:
            await self._database.release(connection)


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_json_text, decoder=msgspec.json.decode, format="text"
    )


def _json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


class _translated:  # noqa: N801 -- reads as what it does
    """The driver's errors as ours; what remains is a mistake in a statement, and a bug.

    A class and no generator, since it is around every statement and would cost more than what is done there.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: "Connection | None" = None) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        if isinstance(error, asyncpg.UniqueViolationError):
            raise UniqueViolated(error.constraint_name or "") from error
        if isinstance(error, _UNSTORABLE):
            raise InvalidValue("", "Texts may not contain the character U+0000.") from error
        if isinstance(error, _UNAVAILABLE) or self._is_closed(error):
            raise DatabaseUnavailable from error

    def _is_closed(self, error: BaseException) -> bool:
        # The driver says by the same type that a connection is closed, and that a statement has other arguments.
        is_of_interface = isinstance(error, asyncpg.InterfaceError)
        return is_of_interface and (self._connection is None or self._connection.is_closed())
