"""Processes that are killed, and a database that goes away: nothing is half done, and service goes on."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import pytest

from pipeline_builder.adapters.postgres.embedded import start
from pipeline_builder.client.connection import ApiProblem, Connection, PlatformUnreachable, Tokens
from pipeline_builder.client.operations import Client
from tests.platform.definitions import a_definition
from tests.platform.processes import Started, a_folder, up

CREATIONS = 1_000
KILLED_AFTER = 300
AT_ONCE = 16
PATIENCE_SECONDS = 60
RECOVERY_SECONDS = 20
OWNER = {"email": "owner@example.com", "name": "Owner", "password": "correct horse battery", "organization": "Crash"}

pytestmark = pytest.mark.loopback


Clients = Callable[..., Client]


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Makes clients, and closes their connections."""
    made: list[Client] = []

    def client_of(url: str, token: str | None = None) -> Client:
        made.append(Client(Connection(url, None if token is None else Tokens(token))))
        return made[-1]

    yield client_of
    for client in made:
        client.connection.close()


def a_token(platform: Started, clients: Clients) -> str:
    """The owner of a new organization that may have any number of pipelines."""
    anybody = clients(platform.url)
    token = anybody.register(OWNER)["accessToken"]
    organization = clients(platform.url, token).read_organization()["id"]
    admin = anybody.sign_in({"email": "admin@localhost", "password": str(platform.password)})["accessToken"]
    clients(platform.url, admin).set_plan(organization, {"plan": "team", "limits": {"pipelines": None}})
    return token


def postmaster_of(folder: Path) -> int:
    return int(next(folder.rglob("postmaster.pid")).read_text().splitlines()[0])


class Creating:
    """Pipelines that are created at once, each with a key by which a request can be repeated."""

    def __init__(self, url: str, token: str, clients: Clients) -> None:
        self._url = url
        self._token = token
        self._clients = clients
        self._mine = threading.local()
        self.created: set[int] = set()

    def one(self, number: int) -> None:
        if not hasattr(self._mine, "client"):
            self._mine.client = self._clients(self._url, self._token)
        body: Any = {"definition": a_definition(f"p{number}")}
        try:
            self._mine.client.create_pipeline(body, idempotency_key=f"creation-{number}")
        except (PlatformUnreachable, ApiProblem):
            return
        self.created.add(number)

    def all(self, numbers: range) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.one, numbers))


def everything(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = client.connection.request("GET", path, query={**query, "limit": 200, "cursor": cursor})
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("killed", ["the platform", "the platform and its database"])
def test_killed_amid_a_thousand_creations_nothing_is_half_written(killed: str, clients: Clients):
    with a_folder() as folder:
        with up(folder) as first:
            token = a_token(first, clients)
            before = Creating(first.url, token, clients)
            creating = threading.Thread(target=before.all, args=(range(CREATIONS),))
            creating.start()
            while len(before.created) < KILLED_AFTER:
                time.sleep(0.01)
            if "database" in killed:
                os.kill(postmaster_of(folder), signal.SIGKILL)
            first.process.kill()
            first.process.wait(10)
            creating.join()
        acknowledged = frozenset(before.created)
        assert KILLED_AFTER <= len(acknowledged) < CREATIONS

        with up(folder, first.port) as second:
            client = clients(second.url, token)
            stored = assert_whole(client)
            assert acknowledged <= stored, "what was acknowledged is there"

            after = Creating(second.url, token, clients)
            after.all(range(CREATIONS))
            assert len(after.created) == CREATIONS
            assert assert_whole(client) == set(range(CREATIONS)), "what was repeated is there once"


def assert_whole(client: Client) -> set[int]:
    """Pipelines, counters and audit trail tell the same; the numbers of the pipelines."""
    pipelines = everything(client, "/api/pipelines")
    numbers = Counter(int(one["project"].removeprefix("p")) for one in pipelines)
    assert set(numbers.values()) <= {1}
    used = {one["resource"]: one["used"] for one in client.read_quota()["usage"]}
    assert used["pipelines"] == len(pipelines)
    created = everything(client, "/api/audit", action="pipelines.created")
    assert {one["subjectId"] for one in created} == {one["id"] for one in pipelines}
    verification = client.verify()
    assert verification["isWhole"], verification
    for pipeline in pipelines[:: max(1, len(pipelines) // 20)]:
        assert [one["number"] for one in client.list_revisions(pipeline["id"])["items"]] == [1]
        assert "Resources" in client.connection.request("GET", f"/api/pipelines/{pipeline['id']}/template")
    return set(numbers)


def test_a_database_that_goes_away_and_comes_back_takes_the_service_along(clients: Clients):
    """Under load, reading and writing: what cannot be done is a problem of 503, and then it goes on by itself."""
    with a_folder() as folder, a_folder() as data:
        postgres = start(folder)
        try:
            with up(data, DATABASE_URL=postgres.url()) as platform:
                token = a_token(platform, clients)
                client = clients(platform.url, token)
                with Load(platform.url, token, clients) as load:
                    load.wait_for({201: 20, 200: 20})
                    postgres.stop()
                    load.forget()
                    load.wait_for({503: 100})
                    assert load.statuses.keys() == {503}, "nothing but problems that say to come again"
                    assert load.codes == {"database-unavailable"}
                    assert ready(client) == 503
                    postgres = start(folder)
                    began = time.monotonic()
                    while ready(client) != 204:
                        assert time.monotonic() - began < RECOVERY_SECONDS
                        time.sleep(0.05)
                    load.forget()
                    load.wait_for({201: 20, 200: 20})
                assert load.statuses.keys() <= {200, 201}, "and then no problem more"
                assert platform.process.poll() is None
                assert client.verify()["isWhole"]
                used = {one["resource"]: one["used"] for one in client.read_quota()["usage"]}
                assert used["pipelines"] == len(everything(client, "/api/pipelines"))
        finally:
            postgres.stop()


class Load:
    """Requests one after the other, from many threads, and how they were answered."""

    def __init__(self, url: str, token: str, clients: Clients) -> None:
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(AT_ONCE)]
        self._epoch = object()
        self.statuses: Counter[int] = Counter()
        self.codes: set[str] = set()
        self._open = lambda: clients(url, token)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self, thread: int) -> None:
        client = self._open()
        count = 0
        while not self._is_over.is_set():
            count += 1
            began = self._epoch
            try:
                if count % 2:
                    client.list_pipelines(limit=10)
                    status, code = 200, None
                else:
                    client.create_pipeline({"definition": a_definition(f"p{thread}-{count}")})
                    status, code = 201, None
            except ApiProblem as problem:
                status, code = problem.status, problem.problem.get("code")
            with self._lock:
                if began is self._epoch:
                    self.statuses[status] += 1
                    if code:
                        self.codes.add(code)

    def forget(self) -> None:
        """Count anew, and only what begins from now on."""
        with self._lock:
            self._epoch = object()
            self.statuses.clear()
            self.codes.clear()

    def wait_for(self, wanted: dict[int, int]) -> None:
        began = time.monotonic()
        while any(self.statuses[status] < count for status, count in wanted.items()):
            assert time.monotonic() - began < PATIENCE_SECONDS, dict(self.statuses)
            time.sleep(0.02)


def ready(client: Client) -> int:
    try:
        client.connection.request("GET", "/readyz")
    except ApiProblem as problem:
        return problem.status
    return 204
