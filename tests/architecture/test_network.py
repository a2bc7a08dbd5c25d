"""The guard of the tests themselves: whoever removes it should see a test fail."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest


def test_a_test_cannot_connect_to_another_machine():
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match="reached for the network"):
        client.connect(("192.0.2.1", 443))


def test_a_test_cannot_look_up_a_name():
    with pytest.raises(pytest.fail.Exception, match="example"):
        socket.getaddrinfo("api.example", 443)


def test_a_connection_of_asyncio_is_seen_too():
    async def connect() -> None:
        await asyncio.open_connection("192.0.2.1", 443)

    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        asyncio.run(connect())


def test_this_machine_is_out_of_reach_without_the_mark():
    with socket.socket() as client, pytest.raises(pytest.fail.Exception, match=r"127\.0\.0\.1"):
        client.connect(("127.0.0.1", 9))


@pytest.mark.loopback
def test_a_marked_test_may_talk_to_its_own_server():
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as threads:
        greeting = threads.submit(_greet_one_guest, server)
        with socket.create_connection(server.getsockname()) as client:
            received = client.recv(16)
        greeting.result(timeout=5)

    assert received == b"hello"


def _greet_one_guest(server: socket.socket) -> None:
    guest, _ = server.accept()
    with guest:
        guest.sendall(b"hello")
