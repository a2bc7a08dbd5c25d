"""The whole application on a real PostgreSQL: real mount order, real authorization, real commits.

Tests do not clean up. Each makes organizations of its own, and what isolates tenants isolates tests.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import pytest_asyncio
from fastapi import FastAPI
from psycopg import sql

from pipeline_builder.adapters.postgres.embedded import embedded_postgres
from pipeline_builder.domains.compliance.contract import ShippedRules
from pipeline_builder.domains.identity.attempts import Limits
from pipeline_builder.domains.plugins.contract import ShippedPlugins
from pipeline_builder.kit.database import Database
from pipeline_builder.server.app import create_app
from pipeline_builder.server.database import migrate
from pipeline_builder.server.platform import Platform, put_together
from pipeline_builder.server.settings import Settings
from tests.platform.api import Api, Mailbox

SECRET = "a secret key for tests, which nobody else has"
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What is lost when the machine loses its power may be lost here."""


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL: the one of TEST_DATABASE_URL, else the embedded one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # Not below pytest's own folder, which the account that runs the server may not pass.
    with TemporaryDirectory(prefix="pb-") as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder), QUICK) as postgres:
            yield postgres.url()


@pytest.fixture(scope="session")
def database_url(server_url: str, worker_id: str) -> Iterator[str]:
    """A database with our schema, as its owner sees it."""
    name = f"pipeline_builder_test_{worker_id}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        base, _, query = server_url.partition("?")
        url = f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
        migrate(url)
        yield url
        connection.execute(drop)


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, secret_key=SECRET, trusted_proxies=0)


@pytest.fixture(scope="session")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture(scope="session")
def platform(settings: Settings, mailbox: Mailbox) -> Platform:
    made = put_together(settings, mailbox)
    # All people of the tests come from one machine.
    plenty = replace(Limits().registrations, free=1_000_000)
    made.contracts.keep(Limits, Limits(registrations=plenty, client=plenty))
    return made


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[FastAPI]:
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(platform: Platform) -> AsyncIterator[FastAPI]:
    async with running(create_app(platform)) as started:
        database: Database = started.state.database
        async with database.transaction() as tx:
            await platform.contracts.part(ShippedPlugins).load(tx)
            await platform.contracts.part(ShippedRules).load(tx)
        yield started


@pytest.fixture
def database(app: FastAPI) -> Database:
    """As the application has it: row-level security binds it."""
    return app.state.database


@pytest_asyncio.fixture(loop_scope="session")
async def api(app: FastAPI, mailbox: Mailbox) -> AsyncIterator[Api]:
    async with Api.of(app, mailbox) as made:
        yield made
