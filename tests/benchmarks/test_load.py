"""The load that benchmarks make: what is sent when, and what is counted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from benchmarks.api.load import Answers, closed_loop, open_loop

pytestmark = pytest.mark.loopback

REQUEST = b"GET / HTTP/1.1\r\nHost: pipelines.test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlist"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers as a test wants it."""

    def __init__(self, answer: Callable[["Server", asyncio.StreamWriter], object]) -> None:
        self._answer = answer
        self.port = 0
        self.waiting: list[asyncio.StreamWriter] = []
        self.most_waiting = 0
        self.received: list[bytes] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                self.received.append(await reader.readuntil(b"\r\n\r\n"))
                self.waiting.append(writer)
                self.most_waiting = max(self.most_waiting, len(self.waiting))
                self._answer(self, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    def release(self) -> None:
        for writer in self.waiting:
            writer.write(OK)
        self.waiting.clear()


def at_once(server: Server, _writer: asyncio.StreamWriter) -> None:
    server.release()


def once_there_are(number: int) -> Callable[[Server, asyncio.StreamWriter], None]:
    """Keep everybody waiting until so many wait."""

    def answer(server: Server, _writer: asyncio.StreamWriter) -> None:
        if len(server.waiting) == number:
            server.release()

    return answer


async def test_requests_become_due_at_a_constant_rate_though_nobody_is_answered():
    async with Server(once_there_are(20)).running() as server:
        answers = await open_loop(server.port, [REQUEST], per_second=200, connections=2, seconds=0.1)

    assert len(answers.latencies) == 20
    assert server.most_waiting == 20


async def test_the_latency_of_a_request_begins_when_it_is_due():
    async with Server(once_there_are(20)).running() as server:
        answers = await open_loop(server.port, [REQUEST], per_second=200, connections=2, seconds=0.1)

    assert answers.milliseconds(1) >= 95


async def test_each_client_of_a_closed_loop_waits_for_its_answer():
    async with Server(at_once).running() as server:
        answers = await closed_loop(server.port, [REQUEST], connections=1, seconds=0.05)

    assert server.most_waiting == 1
    assert len(answers.latencies) == len(server.received) > 1


async def test_clients_of_a_closed_loop_do_not_wait_for_each_other():
    def at_once_after_five(server: Server, _writer: asyncio.StreamWriter) -> None:
        if len(server.received) >= 5:
            server.release()

    async with Server(at_once_after_five).running() as server:
        await closed_loop(server.port, [REQUEST], connections=5, seconds=0.05)

    assert server.most_waiting == 5


async def test_requests_take_turns():
    asked = [REQUEST.replace(b"/ ", path) for path in (b"/a ", b"/b ", b"/c ")]
    async with Server(at_once).running() as server:
        await open_loop(server.port, asked, per_second=600, connections=1, seconds=0.01)

    assert sorted(server.received) == sorted(asked * 2)


async def test_an_answer_that_comes_in_pieces_is_one():
    def in_pieces(server: Server, writer: asyncio.StreamWriter) -> None:
        server.waiting.clear()
        writer.write(OK[:30])
        asyncio.get_running_loop().call_later(0.01, writer.write, OK[30:])

    async with Server(in_pieces).running() as server:
        answers = await open_loop(server.port, [REQUEST], per_second=300, connections=1, seconds=0.01)

    assert answers.statuses == {200: 3}


async def test_answers_are_counted_by_their_status():
    def busy(server: Server, writer: asyncio.StreamWriter) -> None:
        server.waiting.clear()
        writer.write(BUSY)

    async with Server(busy).running() as server:
        answers = await open_loop(server.port, [REQUEST], per_second=300, connections=1, seconds=0.01)

    assert answers.statuses == {503: 3}


async def test_a_server_that_hangs_up_ends_the_measurement():
    async with Server(lambda _, writer: writer.close()).running() as server:
        with pytest.raises(ConnectionResetError):
            await closed_loop(server.port, [REQUEST], connections=1, seconds=1)


def test_a_share_of_all_answers_kept_to_its_percentile():
    answers = Answers(seconds=2, latencies=[number / 1000 for number in range(100, 0, -1)])

    assert [answers.milliseconds(share) for share in (0.5, 0.95, 1)] == [51, 96, 100]
    assert answers.per_second == 50
