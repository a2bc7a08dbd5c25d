"""Requests without consequences: what a request did is undone after its answer, instead of committed.

An answer is complete before anything is committed (`kit.routing`), so it is the same. Thus one set of objects serves
thousands of requests, those that delete it included.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI

from pipeline_builder.kit.database import Database

Watch = Callable[[str, str, tuple[object, ...]], None]
"""Is told each statement: how its answer is fetched, its text, its values."""


def _nobody(_how: str, _sql: str, _values: tuple[object, ...]) -> None:
    return None


class Undone(Database):
    """A database in which nothing lasts."""

    def __init__(self, real: Database, watch: Watch = _nobody) -> None:
        self._real = real
        self._watch = watch

    async def acquire(self) -> Any:
        return _Connection(await self._real.acquire(), self._watch)

    async def release(self, connection: Any) -> None:
        await self._real.release(connection.real)


class _Connection:
    def __init__(self, real: Any, watch: Watch) -> None:
        self.real = real
        self._watch = watch

    def is_closed(self) -> bool:
        return self.real.is_closed()

    async def fetch(self, sql: str, *values: object) -> Any:
        self._watch("fetch", sql, values)
        return await self.real.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> Any:
        self._watch("fetchrow", sql, values)
        return await self.real.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        self._watch("fetchval", sql, values)
        return await self.real.fetchval(sql, *values)

    async def execute(self, sql: str, *values: object) -> Any:
        if sql == "commit":
            sql = "rollback"
        self._watch("execute", sql, values)
        return await self.real.execute(sql, *values)


@contextmanager
def undone(app: FastAPI, watch: Watch = _nobody) -> Iterator[None]:
    """Requests have no consequences while the block runs."""
    real = app.state.database
    app.state.database = Undone(real, watch)
    try:
        yield
    finally:
        app.state.database = real
