"""What starts a process of the platform: the commands behind `pipeline-manager up`, `serve`, `worker` and `migrate`."""

import asyncio
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.server import logs, seeds
from pipeline_builder.server.app import create_app
from pipeline_builder.server.database import located, migrate
from pipeline_builder.server.platform import Platform, put_together
from pipeline_builder.server.settings import Settings
from pipeline_builder.server.worker import working

_GRACE_SECONDS = 10

Say = Callable[[str], None]
"""Tells a sentence to whoever started the command."""


class PortTaken(PipelineBuilderError):
    """Something listens there already."""

    code = "port-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(f"Something listens on {host}:{port} already; choose another port: PORT={port + 1}.")


def up(settings: Settings, say: Say) -> None:
    """Start everything in one process: database, schema, first data, API and worker."""
    logs.configure(settings.log_format, "warning" if settings.log_level == "info" else settings.log_level)
    listening = _listen(settings)
    port = listening.getsockname()[1]
    with located(settings) as where:
        if migrate(where.owner_url):
            say("The database has the schema of this version.")
        settings = settings.model_copy(update={"database_url": SecretStr(where.url), "port": port})
        platform = put_together(settings)
        asyncio.run(_begin(platform, say))
        address = f"http://{_shown(settings.host)}:{port}"
        _run(
            _application(platform, with_worker=True),
            listening,
            settings,
            lambda: say(f"Pipeline Builder is at {address}/api/docs. Ctrl-C stops it."),
        )


def serve(settings: Settings) -> None:
    """Serve the API, in one process or several."""
    logs.configure(settings.log_format, settings.log_level)
    with located(settings) as where:
        if settings.workers == 1:
            settings = settings.model_copy(update={"database_url": SecretStr(where.url)})
            _run(_application(put_together(settings), with_worker=False), _listen(settings), settings)
            return
        # The processes read their settings themselves.
        os.environ["DATABASE_URL"] = where.url
        uvicorn.run(
            "pipeline_builder.server.commands:application",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            server_header=False,
            proxy_headers=False,
        )


def work(settings: Settings) -> None:
    """Do the jobs and what is due again and again, without serving."""
    logs.configure(settings.log_format, settings.log_level)
    with located(settings) as where:
        settings = settings.model_copy(update={"database_url": SecretStr(where.url)})
        asyncio.run(_work(put_together(settings)))


def bring_up_to_date(settings: Settings, say: Say) -> None:
    """Bring the schema to this version."""
    with located(settings) as where:
        done = migrate(where.owner_url)
        say("The database has the schema of this version" + ("." if done else " already."))


def reset_administrator(settings: Settings, say: Say) -> None:
    """Give the first administrator another password, and tell it once."""
    with located(settings) as where:
        settings = settings.model_copy(update={"database_url": SecretStr(where.url)})
        asyncio.run(_reset(put_together(settings), say))


def application() -> FastAPI:
    """The application of one of several processes, which read their settings from the environment."""
    settings = Settings()
    logs.configure(settings.log_format, settings.log_level)
    return _application(put_together(settings), with_worker=False)


def _application(platform: Platform, *, with_worker: bool) -> FastAPI:
    services = [name.strip() for name in platform.settings.services.split(",") if name.strip()]
    app = create_app(platform, services)
    # What was made until now stays: looking through all of it for garbage would stop the process for 70 ms at a time.
    gc.collect()
    gc.freeze()
    if not with_worker:
        return app
    serving = app.router.lifespan_context

    @asynccontextmanager
    async def serving_and_working(app: FastAPI) -> AsyncIterator[None]:
        async with serving(app), working(app.state.database, platform):
            yield

    app.router.lifespan_context = serving_and_working
    return app


def _listen(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port), backlog=2048)
    except OSError as error:
        raise PortTaken(settings.host, settings.port) from error


class _Server(uvicorn.Server):
    """Tells when it answers, and from when on a signal ends it in order."""

    def __init__(self, config: uvicorn.Config, is_up: Callable[[], None]) -> None:
        super().__init__(config)
        self._is_up = is_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._is_up()


def _run(app: FastAPI, listening: socket.socket, settings: Settings, is_up: Callable[[], None] = lambda: None) -> None:
    config = uvicorn.Config(
        app,
        host=settings.host,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
        proxy_headers=False,
    )
    try:
        _Server(config, is_up).run(sockets=[listening])
    except KeyboardInterrupt:
        # uvicorn has shut down in order, and then raises the signal again for whoever wants to know.
        return


async def _begin(platform: Platform, say: Say) -> None:
    async with platform.opened() as database:
        account = await seeds.begin(database, platform.contracts)
    if account is not None:
        _tell(account, say)


async def _reset(platform: Platform, say: Say) -> None:
    async with platform.opened() as database:
        account = await seeds.new_password(database, platform.contracts)
    if account is None:
        say("There is no administrator yet; `pipeline-manager up` makes one.")
    else:
        _tell(account, say)


def _tell(account: seeds.Account, say: Say) -> None:
    say(f"Sign in as {account.email} with the password {account.password}")
    say("It is shown this once; `pipeline-manager admin reset-password` makes another one.")


async def _work(platform: Platform) -> None:
    async with platform.opened() as database, working(database, platform):
        await asyncio.Event().wait()


def _shown(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 -- for reading
