"""Each guard is needed, and each holds alone: shown by taking one away at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest
import pytest_asyncio
from fastapi import FastAPI

from pipeline_builder.kit.guard import Guard, Meter
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION
from tests.platform.matrix.statements import Outcome, Replay, Statement, scope_of
from tests.platform.matrix.table import Route, Which, guards, served, table
from tests.platform.matrix.undone import undone
from tests.platform.matrix.verdicts import Cell, expected, send
from tests.platform.matrix.world import World

GUARDED = [route for route in table().values() if route.permission is not None]

# --- permissions ---


@pytest.mark.parametrize("route", GUARDED, ids=[route.name for route in GUARDED])
async def test_a_route_that_asks_for_another_permission_is_noticed(
    app: FastAPI, world: World, route: Route, monkeypatch: pytest.MonkeyPatch
):
    await world.prepare(route)
    for guard in guards(served(app)[route.name].dependant):
        monkeypatch.setattr(guard, "permission", _another(guard, route))
    home = world.system if route.is_of_system else world.acme
    actor = next(one for one in home.actors if one.name == "all-but")

    cell = Cell(actor, route, None, Which.OWN, await world.request(actor, route))
    with undone(app):
        answer = await send(cell)

    assert expected(cell) == 403
    assert '"permission-denied"' not in answer.text


def _another(guard: Guard, route: Route) -> Permission | None:
    """One that somebody has who has everything but that of the route."""
    if guard.permission != route.permission:
        return guard.permission
    return next(one for one in (Permission.QUOTAS_READ, Permission.AUDIT_READ) if one is not route.permission)


# --- statements and row-level security ---


@dataclass(frozen=True)
class Walls:
    """What becomes of every statement with both walls, with either, and with none."""

    both: Mapping[Statement, Outcome]
    row_level_security: Mapping[Statement, Outcome]
    conditions: Mapping[Statement, Outcome]
    none: Mapping[Statement, Outcome]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def walls(world: World, recorded: Sequence[Statement], same: Mapping[object, object], database_url: str) -> Walls:
    database = world.api.app.state.database
    await world.api.app.state.contracts.part(Meter).write(database)  # lest calls be written down meanwhile
    connection = await database.acquire()
    replay = Replay(world, connection, same)

    async def as_they_are() -> list[Outcome]:
        return [await replay.outcome(one) for one in recorded]

    async def without_conditions() -> list[Outcome]:
        return [await replay.outcome(one.without_condition(scope_of(world.acme))) for one in recorded]

    try:
        outcomes = [await as_they_are(), await without_conditions()]
        async with without_row_level_security(database_url):
            outcomes += [await as_they_are(), await without_conditions()]
    finally:
        await database.release(connection)
    return Walls(*(dict(zip(recorded, found, strict=True)) for found in outcomes))


@asynccontextmanager
async def without_row_level_security(database_url: str) -> AsyncIterator[None]:
    """No table has any while the block runs."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        names = protected_tables(connection)
        for name in names:
            connection.execute(f"alter table {name} disable row level security")
        try:
            yield
        finally:
            for name in names:
                connection.execute(f"alter table {name} enable row level security")


def protected_tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace order by 1"
    )
    return [name for (name,) in rows]


ELSEWHERE = (
    "POST /api/organizations/{organization}/restoration",
    "DELETE /api/organizations/{organization}/membership",
)
"""Routes that are about another organization of the person than the one where everything else happens here."""


def test_every_statement_says_whose_rows_it_means(world: World, recorded: Sequence[Statement]):
    scope = scope_of(world.acme) | {SYSTEM_ORGANIZATION, world.acme.owner.tokens["userId"]}
    here = [one for one in recorded if not str(one).startswith(ELSEWHERE)]

    assert {str(one) for one in here if not scope & {value for value in one.values if _is_id(value)}} == set()


def _is_id(value: object) -> bool:
    return not isinstance(value, list | dict)


def test_statements_alone_keep_what_belongs_to_others_away(walls: Walls):
    assert {str(one): what for one, what in walls.conditions.items() if what != walls.both[one]} == {}


def test_row_level_security_alone_keeps_what_belongs_to_others_away(walls: Walls):
    """Without its condition a statement sees more of one's own, and nothing of others."""
    reaching = {
        str(one): what
        for one, what in walls.row_level_security.items()
        if what != walls.both[one] and (what == walls.none[one] or not what.is_safe(walls.both[one]))
    }

    assert reaching == {}


def test_without_either_every_statement_would_reach_what_belongs_to_others(world: World, walls: Walls):
    """So the tests above would notice whichever condition were forgotten, and whichever policy."""
    conditional = {one for one in walls.both if one.without_condition(scope_of(world.acme)).sql != one.sql}
    moved = {one.sql for one in conditional if walls.none[one] != walls.both[one]}

    assert {str(one) for one in conditional if one.sql not in moved} == set()
    assert len(moved) >= 20
