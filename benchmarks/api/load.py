"""Requests in two ways: as fast as the answers come, and at a constant rate whether they come or not.

The second is how people arrive. Tools that wait for an answer before they send the next request leave out just those
requests that would have waited longest; here each is timed from the moment at which it was due.
"""

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import httptools

_PATIENCE_SECONDS = 30


@dataclass(slots=True)
class Answers:
    """What came back.

    Attributes:
        seconds: from the first request to the last answer.
        latencies: of every answer, in seconds.
        statuses: how many answers had each.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def note(self, status: int, latency: float) -> None:
        """Take one answer down."""
        self.latencies.append(latency)
        self.statuses[status] += 1

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """The latency that this share of all answers kept to: 0.95 is p95."""
        in_order = sorted(self.latencies)
        return in_order[min(int(share * len(in_order)), len(in_order) - 1)] * 1000


class _Connection(asyncio.Protocol):
    """One connection that is kept, and on it one request at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None

    async def ask(self, request: bytes) -> int:
        """Send a request; the status of the answer, once all of it is there.

        Raises:
            ConnectionResetError: the server closed the connection instead.
        """
        if self._transport.is_closing():
            raise ConnectionResetError("The server closed a connection that was to be kept.")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError(f"The server closed a connection: {exc}."))


class _Connections:
    """Connections to one server. The one that was idle longest is used next, so that all take part."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._all: list[_Connection] = []
        self._idle: deque[_Connection] = deque()

    @classmethod
    @asynccontextmanager
    async def to(cls, port: int, number: int) -> "AsyncIterator[_Connections]":
        """So many connections to begin with, closed when the block ends."""
        made = cls(port)
        try:
            made._idle.extend([await made._open() for _ in range(number)])
            yield made
        finally:
            for connection in made._all:
                connection.close()

    async def _open(self) -> _Connection:
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", self._port)
        self._all.append(connection)
        return connection

    async def ask(self, request: bytes) -> int:
        """Send a request on an idle connection, or on a new one where all are busy."""
        connection = self._idle.popleft() if self._idle else await self._open()
        status = await connection.ask(request)
        self._idle.append(connection)
        return status


async def closed_loop(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Answers:
    """So many clients for a while, each of which sends its next request when it has its answer.

    Args:
        port: of a server on this machine.
        requests: sent in turn, again and again.
        connections: clients.
        seconds: how long.
    """
    answers = Answers()
    turn = itertools.cycle(requests)
    async with asyncio.timeout(seconds + _PATIENCE_SECONDS), _Connections.to(port, connections) as server:
        began = time.perf_counter()

        async def client() -> None:
            while (sent := time.perf_counter()) < began + seconds:
                answers.note(await server.ask(next(turn)), time.perf_counter() - sent)

        await asyncio.gather(*(client() for _ in range(connections)))
        answers.seconds = time.perf_counter() - began
    return answers


async def open_loop(
    port: int, requests: Sequence[bytes], *, per_second: float, connections: int, seconds: float
) -> Answers:
    """Requests at a constant rate for a while, whether or not those before them were answered.

    Args:
        port: of a server on this machine.
        requests: sent in turn, again and again.
        per_second: how many become due.
        connections: to begin with; more are opened where all are busy.
        seconds: how long.
    """
    answers = Answers()
    turn = itertools.cycle(requests)
    async with asyncio.timeout(seconds + _PATIENCE_SECONDS), _Connections.to(port, connections) as server:
        began = time.perf_counter()

        async def client(request: bytes, due: float) -> None:
            answers.note(await server.ask(request), time.perf_counter() - due)

        async with asyncio.TaskGroup() as clients:
            for number in range(round(per_second * seconds)):
                due = began + number / per_second
                await asyncio.sleep(due - time.perf_counter())
                clients.create_task(client(next(turn), due))
        answers.seconds = time.perf_counter() - began
    return answers
