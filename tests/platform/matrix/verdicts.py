"""One request of the matrix, and what has to be answered to it."""

from dataclasses import dataclass
from typing import Any

import httpx2
from fastapi import FastAPI

from tests.platform.matrix.makers import MAKERS
from tests.platform.matrix.table import Route, Which
from tests.platform.matrix.undone import undone
from tests.platform.matrix.world import Actor, Standing, World

SUCCESS = 200


@dataclass(frozen=True)
class Cell:
    """Somebody sends a request to a route, with one of the things it names being of this kind."""

    actor: Actor
    route: Route
    swapped: str | None
    which: Which
    request: tuple[str, str, dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.actor.name} with {self.which.value} {self.swapped or 'things'}"


Answers = list[tuple[Cell, httpx2.Response]]


async def cells(world: World, route: Route) -> list[Cell]:
    """Everything that is tried on a route."""
    found = []
    for actor in world.actors(route):
        tried: list[tuple[str | None, Which]] = [(None, Which.OWN)]
        for one in world.swappable(route):
            tried += [(one, which) for which in _others(route, one)]
        for swapped, which in tried:
            request = await world.request(actor, route, swapped, which)
            if request is not None:
                found.append(Cell(actor, route, swapped, which, request))
    return found


def _others(route: Route, swapped: str) -> tuple[Which, ...]:
    if route.is_of_system:  # Those who run the platform reach every organization: none is foreign to them.
        return (Which.ABSENT,)
    if MAKERS[route.kind(swapped)].is_personal:  # A person is the same in all organizations.
        return Which.FOREIGN, Which.ABSENT
    return Which.FOREIGN, Which.NEAR, Which.ABSENT


async def answers_of(app: FastAPI, world: World, route: Route) -> Answers:
    """What everybody is answered, each request undone; asked once for all tests."""
    if route.name not in world.answers:
        await world.prepare(route)
        found = []
        for cell in await cells(world, route):
            with undone(app):
                found.append((cell, await send(cell)))
        world.answers[route.name] = found
    return world.answers[route.name]


async def send(cell: Cell) -> httpx2.Response:
    method, path, more = cell.request
    return await cell.actor.somebody.request(method, path, **more)


def expected(cell: Cell) -> int:
    """The status of the answer, where every success is 200."""
    actor, route = cell.actor, cell.route
    if route.access != "public" and not _gets_in(cell):
        return 401
    if route.permission is not None:
        if actor.standing is Standing.STRANGER:
            return 404
        if route.permission not in actor.may(route) or (route.persons and actor.is_program):
            return 403
    if cell.swapped is not None and not (route.near and cell.which is Which.NEAR):
        return 404
    if not route.also <= actor.may(route):
        return 403
    return route.answers.get(actor.name, SUCCESS)


def _gets_in(cell: Cell) -> bool:
    return cell.actor.has_session or (cell.route.permission is not None and cell.actor.is_program)


def anonymous(cell: Cell, answer: httpx2.Response) -> str:
    """An answer without what names this very request: its id, and the thing that it is about."""
    text = answer.text.replace(answer.headers["x-request-id"], "<request>")
    for one in _texts([cell.request[1].split("/"), cell.request[2].get("json"), cell.request[2]["params"]]):
        if one in _ids(cell):
            text = text.replace(one, "<id>")
    return f"{answer.status_code} {text}"


def _ids(cell: Cell) -> set[str]:
    return {one for one in _texts([cell.request[1].split("/"), *cell.request[2].values()]) if len(one) == 36}


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
