"""One set of organizations and people for all tests of the matrix."""

from collections.abc import Mapping, Sequence

import pytest_asyncio
from fastapi import FastAPI

from tests.platform.api import Api, Mailbox
from tests.platform.matrix.statements import Statement, mirror, statements
from tests.platform.matrix.world import World


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(app: FastAPI, mailbox: Mailbox) -> World:
    async with Api.of(app, mailbox) as api:
        yield await World.made(api)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def recorded(world: World) -> Sequence[Statement]:
    return await statements(world)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def same(world: World, recorded: Sequence[Statement]) -> Mapping[object, object]:
    """What of the other organization is what of the first one. Made after all that the first one has."""
    assert recorded
    return await mirror(world)
