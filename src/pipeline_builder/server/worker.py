"""What happens outside requests: sweeps, each of them in one process at a time."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import structlog

from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.kit.database import Database
from pipeline_builder.kit.domain import Sweep, Work
from pipeline_builder.server.platform import Platform

_LOG = structlog.get_logger("worker")
_JITTER = 0.1


@contextlib.asynccontextmanager
async def working(database: Database, platform: Platform) -> AsyncIterator[None]:
    """Do what is due while the block runs."""
    work = Work(database, platform.contracts)
    sweeps = [
        (f"{domain.name}.{sweep.__name__}", sweep, every)
        for domain in platform.domains
        for sweep, every in domain.sweeps.items()
    ]
    tasks = [asyncio.create_task(_again_and_again(work, *one), name=one[0]) for one in sweeps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(work: Work, name: str, sweep: Sweep, every: timedelta) -> None:
    while True:
        try:
            await _once(work, name, sweep)
        except PipelineBuilderError as error:
            _LOG.warning("worker.sweep-postponed", sweep=name, reason=str(error))
        except Exception:  # noqa: BLE001 -- the edge of what we know
            # One that fails now may succeed next time; none may end the others.
            _LOG.exception("worker.sweep-failed", sweep=name)
        spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 -- so that processes do not all come at once
        await asyncio.sleep(every.total_seconds() * spread)


async def _once(work: Work, name: str, sweep: Sweep) -> None:
    """Run a sweep, unless another process is at it."""
    async with work.database.transaction() as tx:
        is_ours = await tx.value("select pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"sweep {name}")
        if is_ours:
            await sweep(work)
