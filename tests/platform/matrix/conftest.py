"""One set of organizations and people for all tests of the matrix."""

import pytest_asyncio
from fastapi import FastAPI

from tests.platform.api import Api, Mailbox
from tests.platform.matrix.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(app: FastAPI, mailbox: Mailbox) -> World:
    async with Api.of(app, mailbox) as api:
        yield await World.made(api)
