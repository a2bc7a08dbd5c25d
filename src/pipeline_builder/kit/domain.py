"""What a domain adds to a process: the answer of its `wiring.py`."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import APIRouter

from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Database

Job = Callable[["Work", bytes], Awaitable[None]]
"""Does one job; the bytes are what was enqueued with it."""

Sweep = Callable[["Work"], Awaitable[None]]
"""Does something that is due again and again."""


Beside = Callable[[Database], AbstractAsyncContextManager[None]]
"""Runs beside the requests of one process, from its beginning to its end."""


@dataclass(frozen=True)
class Work:
    """What a job has at hand. It opens the transactions it needs."""

    database: Database
    contracts: Contracts


@dataclass(frozen=True)
class Domain:
    """A domain's part in a process.

    Attributes:
        name: as `--services` names it.
        routers: its routes.
        jobs: what it does outside requests, by name of the job.
        sweeps: what it does again and again, and how often; in one process at a time.
        beside: what runs in every process that serves.
    """

    name: str
    routers: tuple[APIRouter, ...] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    sweeps: Mapping[Sweep, timedelta] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
