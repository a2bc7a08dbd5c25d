"""Every route as everybody, on one's own things, on somebody else's, and on what does not exist."""

import re

import httpx2
import pytest
from fastapi import FastAPI

from pipeline_builder.kit.permissions import Permission
from tests.platform.matrix.makers import MAKERS
from tests.platform.matrix.table import TABLE, Route, Which, asked_by, served, table
from tests.platform.matrix.verdicts import SUCCESS, anonymous, answers_of, expected
from tests.platform.matrix.world import World

ROUTES = pytest.mark.parametrize("route", table().values(), ids=table().keys())


def test_every_route_has_an_entry_and_every_entry_a_route(app: FastAPI):
    missing = served(app).keys() - table().keys()
    left = table().keys() - served(app).keys()

    assert not missing, f"Add to {TABLE}, whose head says how, an entry for each of: {sorted(missing)}"
    assert not left, f"Take these out of {TABLE}, for no route is called so: {sorted(left)}"


def test_everything_that_entries_name_can_be_made():
    unknown = {
        f"{route.name}: {route.kind(one)}"
        for route in table().values()
        for one in route.placeholders
        if route.kind(one) not in MAKERS
    }

    assert not unknown, f"Add a maker to makers.py, or name one of its makers in `kinds`, for: {sorted(unknown)}"


@ROUTES
def test_a_route_asks_for_what_its_entry_says(app: FastAPI, route: Route):
    assert asked_by(served(app)[route.name]) == {str(route.permission or route.access)}


def test_every_permission_is_asked_for_by_a_route():
    asked = {route.permission for route in table().values()} | {one for route in table().values() for one in route.also}

    # Identity providers have no routes yet.
    assert sorted(set(Permission) - asked - {Permission.SIGN_IN_MANAGE}) == []


@ROUTES
async def test_everybody_gets_the_answer_that_is_theirs(app: FastAPI, world: World, route: Route):
    answers = await answers_of(app, world, route)

    wrong = [
        f"{cell}: {expected(cell)} expected, {answer.status_code} came: {answer.text[:200]}"
        for cell, answer in answers
        if expected(cell) != (answer.status_code if answer.is_error else SUCCESS)
    ]

    assert not wrong, "\n".join(wrong)
    assert any(answer.is_success for _, answer in answers), (
        "Nobody at all could do it: the entry does not say how a request looks that is accepted."
    )


@ROUTES
async def test_what_belongs_to_others_cannot_be_told_from_what_does_not_exist(app: FastAPI, world: World, route: Route):
    """Neither by those who may do it with their own, nor by those who may not."""
    told: dict[tuple[str, str], dict[str, str]] = {}
    for cell, answer in await answers_of(app, world, route):
        if cell.swapped is None or (route.near and cell.which is Which.NEAR):
            continue
        _ensure_nothing_of(world, answer)
        told.setdefault((cell.actor.name, cell.swapped), {})[cell.which.value] = anonymous(cell, answer)

    assert {who: found for who, found in told.items() if len(set(found.values())) > 1} == {}


def _ensure_nothing_of(world: World, answer: httpx2.Response) -> None:
    """An error names what was asked for, and nothing else of another organization."""
    assert str(world.rival.org_id) not in answer.text
    assert world.rival.owner.email not in answer.text
    assert not re.search(r"Traceback|asyncpg|\bselect\b.*\bfrom\b", answer.text)
