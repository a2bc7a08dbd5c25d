"""What a list of 50 pipelines costs, beside the same list on Express, Drizzle and jose.

    python -m benchmarks.api [ROUNDS]

Both services do the same: check a token signed with Ed25519, begin a transaction, look session and membership up, read
under row-level security, commit, answer in JSON, log a line. They take turns on one database and never run together.
The database is an embedded PostgreSQL made for the occasion, with 100,000 pipelines in 1,000 organizations; with
DATABASE_URL it is that one, which has to be empty and is filled.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop

from benchmarks.api.load import Answers, closed_loop, open_loop
from benchmarks.api.seed import Person, seed
from benchmarks.api.services import Tokens, ask, serve_platform, serve_yardstick, set_up_yardstick, sign_in
from benchmarks.table import Figure, report
from pipeline_builder.server.database import Where, located, migrate
from pipeline_builder.server.settings import Settings

_LIST = "/api/pipelines?limit=50"
_CONNECTIONS = 32
_PER_SECOND = 200
_WARM_UP_SECONDS = 3
_SECONDS = 6
_STEADY_SECONDS = 20


def requests(tokens: Tokens, paths: Sequence[str]) -> list[bytes]:
    """A request of each person, as it goes over the wire."""
    return [
        f"GET {path} HTTP/1.1\r\nHost: pipelines.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        for path, token in zip(paths, tokens.of_people, strict=True)
    ]


def at_full_speed(port: int, asked: Sequence[bytes], seconds: float = _SECONDS) -> Answers:
    """What clients get that never pause."""
    return checked(uvloop.run(closed_loop(port, asked, connections=_CONNECTIONS, seconds=seconds)))


def at_a_constant_rate(port: int, asked: Sequence[bytes]) -> Answers:
    """What people get who do not wait for each other."""
    waiting = open_loop(port, asked, per_second=_PER_SECOND, connections=_CONNECTIONS, seconds=_STEADY_SECONDS)
    return checked(uvloop.run(waiting))


def checked(answers: Answers) -> Answers:
    """The same answers, as long as none was a refusal, which is faster than an answer."""
    if set(answers.statuses) != {200}:
        raise SystemExit(f"Not every answer was 200, so nothing was measured: {dict(answers.statuses)}")
    return answers


def say(who: str, how: str, answers: Answers) -> None:
    """One line for what was measured."""
    p50, p95, p99 = (answers.milliseconds(share) for share in (0.5, 0.95, 0.99))
    latencies = f"p50 {p50:6.1f}   p95 {p95:6.1f}   p99 {p99:6.1f} ms"
    sys.stdout.write(f"{who:<22} {how:<22} {answers.per_second:7.0f} requests/s   {latencies}\n")
    sys.stdout.flush()


def compared(where: Where, people: Sequence[Person], logs: Path, rounds: int) -> list[Figure]:
    """Lists at full speed, from one service and then the other, again and again."""
    yardstick, ratios = [], []
    for _ in range(rounds):
        tokens = asyncio.run(sign_in(where, people))
        lists = requests(tokens, [_LIST] * len(people))
        servers = {
            "yardstick": serve_yardstick(where, logs / "yardstick.log", tokens),
            "platform": serve_platform(where, logs / "platform.log", workers=1),
        }
        shown, speeds = [], []
        for who, server in servers.items():
            with server as port:
                shown.append(ask(port, _LIST, tokens.of_people[0])["items"])
                at_full_speed(port, lists, _WARM_UP_SECONDS)
                answers = at_full_speed(port, lists)
                speeds.append(answers.per_second)
                say(who, f"list, {_CONNECTIONS} connections", answers)
        if shown[0] != shown[1]:
            raise SystemExit("The two services do not show the same pipelines; nothing was compared.")
        yardstick.append(speeds[0])
        # Of each round by itself: what else the machine does changes from one round to the next.
        ratios.append(speeds[1] / speeds[0])
    speed, ratio = statistics.median(yardstick), statistics.median(ratios)
    return [
        Figure(what="yardstick, lists", value=speed, target=300, unit="requests/s", is_minimum=True),
        Figure(what="the platform's lists, beside it", value=ratio, target=1.5, unit="times", is_minimum=True),
    ]


def steady(where: Where, people: Sequence[Person], logs: Path) -> list[Figure]:
    """Lists and reads at a constant rate; the yardstick's lists too, to know what the machine is like."""
    tokens = asyncio.run(sign_in(where, people))
    lists = requests(tokens, [_LIST] * len(people))
    reads = requests(tokens, [f"/api/pipelines/{person.pipeline_id}" for person in people])
    with serve_yardstick(where, logs / "yardstick.log", tokens) as port:
        at_full_speed(port, lists, _WARM_UP_SECONDS)
        say("yardstick", f"list, {_PER_SECOND} due a second", at_a_constant_rate(port, lists))
    with serve_platform(where, logs / "platform.log", workers=2) as port:
        at_full_speed(port, lists + reads, _WARM_UP_SECONDS)
        listing, reading = at_a_constant_rate(port, lists), at_a_constant_rate(port, reads)
        say("platform, two workers", f"list, {_PER_SECOND} due a second", listing)
        say("platform, two workers", f"read, {_PER_SECOND} due a second", reading)
    return [
        Figure(what="lists at a constant rate, p95", value=listing.milliseconds(0.95), target=30, unit="ms"),
        Figure(what="reads at a constant rate, p95", value=reading.milliseconds(0.95), target=30, unit="ms"),
    ]


def main(rounds: int) -> int:
    """Measure, and say whether the targets were met."""
    set_up_yardstick()
    busy = os.getloadavg()[0]
    sys.stdout.write(f"Load average before: {busy:.1f}. What else runs meanwhile slows both, and not both alike.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the account that PostgreSQL runs as passes through it
        with located(Settings(data_dir=folder)) as where:
            migrate(where.owner_url)
            people = asyncio.run(seed(where.owner_url))
            figures = [*compared(where, people, folder, rounds), *steady(where, people, folder)]
    return report(figures)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
