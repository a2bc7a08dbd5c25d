"""The table of routes, and what each actor has to be answered: computed from what is declared, not from behaviour."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from pipeline_builder.kit.guard import Guard, public, recently_signed_in, signed_in
from pipeline_builder.kit.permissions import CATALOGUE, Permission

TABLE = Path(__file__).with_name("routes.toml")
PLACEHOLDER = re.compile(r"\{([a-z_-]+)\}")


class Which(Enum):
    """Whose object a request names."""

    OWN = "own"
    FOREIGN = "foreign"
    NEAR = "near"
    ABSENT = "absent"


@dataclass(frozen=True)
class Route:
    """A row of the table; see its head for what each field is."""

    method: str
    path: str
    permission: Permission | None = None
    access: str | None = None
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    also: frozenset[Permission] = frozenset()
    persons: bool = False
    answers: Mapping[str, int] = field(default_factory=dict)
    near: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_of_system(self) -> bool:
        return self.permission is not None and CATALOGUE[self.permission].only_system

    @property
    def needed(self) -> frozenset[Permission]:
        return self.also if self.permission is None else self.also | {self.permission}

    def kind(self, placeholder: str) -> str:
        return self.kinds.get(placeholder, placeholder)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What has to be made for a request, in order."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(f"{self.path} {self.query} {self.headers} {self.body}")))


def _route(name: str, facts: dict[str, Any]) -> Route:
    method, path = name.split(" ")
    if "permission" in facts:
        facts["permission"] = Permission(facts["permission"])
    facts["also"] = frozenset(Permission(one) for one in facts.get("also", ()))
    return Route(method, path, **facts)


@cache
def table() -> Mapping[str, Route]:
    """Every row, by method and path."""
    return {name: _route(name, facts) for name, facts in tomllib.loads(TABLE.read_text()).items()}


def served(app: FastAPI) -> Mapping[str, APIRoute]:
    """Every route of the API, by method and path."""
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    return {f"{method} {route.path}": route for route in routes for method in sorted(route.methods)}


def guards(dependant: Dependant) -> Iterator[Guard]:
    """What lets requests in or not, wherever it stands among what a route depends on."""
    for one in dependant.dependencies:
        if isinstance(one.call, Guard):
            yield one.call
        yield from guards(one)


def asked_by(route: APIRoute) -> set[str]:
    """What the code of a route asks for, in the words of the table."""
    words = {public: "public", signed_in: "account", recently_signed_in: "account"}
    return {words.get(guard, str(guard.permission)) for guard in guards(route.dependant)}
