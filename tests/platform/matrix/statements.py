"""The statements of repositories, as requests run them, and what each does to somebody else's rows.

Two walls are between tenants: each statement names whose rows it means, and row-level security agrees. A statement is
run again with the other organization's things in place of one's own, with either wall taken away and with both.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg

from pipeline_builder.kit.ids import new_id
from tests.platform.matrix.makers import MAKERS
from tests.platform.matrix.table import Route, table
from tests.platform.matrix.undone import undone
from tests.platform.matrix.world import Tenant, World

_TABLES = re.compile(r"\b(?:(?:from|join|update)\s+([a-z_]+)\b(?!\()|into\s+([a-z_]+))")
_COMPARED = re.compile(r"([\w.]+) (?:(?:=|is not distinct from) \$(\d+)\b|in \(((?:\$\d+(?:, )?)+)\))")
_TIMES_EACH = 4


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement as a request ran it in the name of an organization or a person."""

    how: str
    sql: str
    values: tuple[object, ...]
    route: str

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(one or other for one, other in _TABLES.findall(self.sql))

    def __str__(self) -> str:
        return f"{self.route}: {' '.join(self.sql.split())}"

    def without_condition(self, scope: frozenset[UUID]) -> "Statement":
        """The same without any condition on whose rows are meant; itself, if it has none."""

        def neutral(found: re.Match[str]) -> str:
            places = [int(one) for one in re.findall(r"\d+", found[2] or found[3])]
            if not scope & {self.values[place - 1] for place in places if _is_scalar(self.values[place - 1])}:
                return found[0]
            # The values stay, so that there are as many as before, of the same types.
            always = " and ".join(f"${place}::uuid is not distinct from ${place}::uuid" for place in places)
            return f"({always})"

        before, setting, after = self.sql.partition(" set ")
        if not setting:
            return replace(self, sql=_COMPARED.sub(neutral, self.sql))
        assigned, where, conditions = after.rpartition("where ")
        return replace(self, sql=f"{before} set {assigned}{where}{_COMPARED.sub(neutral, conditions)}")


def _is_scalar(value: object) -> bool:
    return not isinstance(value, list | dict)


def scope_of(tenant: Tenant) -> frozenset[UUID]:
    """What a request of the owner may name as whose rows it means."""
    return frozenset({tenant.org_id, UUID(tenant.owner.tokens["userId"])})


async def statements(world: World) -> Sequence[Statement]:
    """Every statement that requests of an owner run in the owner's name; each a few times, with other values."""
    found: dict[str, list[Statement]] = defaultdict(list)
    is_platform = False
    route_name = ""

    def watch(how: str, sql: str, values: tuple[object, ...]) -> None:
        nonlocal is_platform
        if sql == "begin":
            is_platform = False
        elif "set_config('app.platform'" in sql:
            is_platform = "'on'" in sql or "on" in values
        elif not is_platform and _TABLES.search(sql) and len(found[sql]) < _TIMES_EACH:
            found[sql].append(Statement(how, sql, values, route_name))

    owner = world.actor("owner")
    for route in table().values():
        route_name = route.name
        request = await world.request(owner, route)
        with undone(world.api.app, watch):
            await owner.somebody.request(request[0], request[1], **request[2])
    return [one for instances in found.values() for one in instances]


async def mirror(world: World) -> Mapping[object, object]:
    """Let the other organization have all that the first one has or will make; what of theirs is what of ours."""
    ours, theirs = world.acme, world.rival
    same: dict[object, object] = {UUID(ours.owner.tokens["sessionId"]): UUID(theirs.owner.tokens["sessionId"])}
    for (kind, _), thing in list(ours.objects.items()):
        if MAKERS[kind].is_object and thing is not None:
            same[thing] = await theirs.thing(kind, theirs.owner)
            same[UUID(thing)] = UUID(same[thing])
    for route in table().values():
        if route.method == "POST" and "{" not in route.path:
            await _carry_out(theirs, route)
    await theirs.owner.put(f"/api/plugins/{await theirs.thing('plugin', theirs.owner)}/favourite")
    for what_only_counts_then in (
        "update scans set state = 'waiting' where org_id = $1",
        "update exemptions set state = 'approved', subject = 'matrix-created' where org_id = $1",
    ):
        await world.sql(what_only_counts_then, theirs.org_id)
    same["created@matrix.example"] = await _invited_long_ago(theirs)
    same["matrix"] = "matrix-renamed"  # lest a row be kept from being taken over only because of its name
    return same


async def _carry_out(tenant: Tenant, route: Route) -> None:
    """Do for good what creates something, and nothing else."""
    things = {one: await tenant.thing(route.kind(one), tenant.owner) for one in route.placeholders}
    method, path, more = tenant.world.filled(route, things)
    with undone(tenant.world.api.app):
        answer = await tenant.owner.request(method, path, **more)
    if answer.status_code in {201, 202}:
        await tenant.owner.request(method, path, **more)


async def _invited_long_ago(tenant: Tenant) -> str:
    """Somebody who belongs to an organization, and whose invitation has expired."""
    guest = await tenant.world.api.member(tenant.owner, "viewer")
    await tenant.world.sql(
        "update invitations set accepted_at = null, expires_at = created_at where org_id = $1 and email = $2",
        tenant.org_id,
        guest.email,
    )
    return guest.email


@dataclass(frozen=True)
class Outcome:
    """What a statement does with the other organization's things, in the scope of the first one.

    Attributes:
        gave: the rows it answered with.
        gave_for_absent: the same for things that nobody has.
        theirs: the other organization's rows, after it.
        names_them: whether the answer names anything of the other organization.
    """

    gave: str
    gave_for_absent: str
    theirs: str
    names_them: bool

    def is_safe(self, both: "Outcome") -> bool:
        """Whether it reaches nothing of the other organization, given what it does with both walls.

        It may see more of its own: then what it answers is the same whether things are another's or nobody's.
        """
        if self.theirs != both.theirs or self.names_them:
            return False
        return self.gave in {both.gave, self.gave_for_absent}


class Replay:
    """Runs statements again, each undone."""

    def __init__(self, world: World, connection: Any, same: Mapping[object, object]) -> None:
        self._world = world
        self._connection = connection
        self._same = same
        rival = world.rival
        self._names = {str(one) for one in (*scope_of(rival), rival.owner.email)} | {
            str(theirs) for theirs in same.values() if isinstance(theirs, UUID)
        }

    async def outcome(self, statement: Statement) -> Outcome:
        """What a statement does."""
        absent = {ours: new_id() for ours in self._same if isinstance(ours, UUID)}
        absent |= {str(ours): str(nobodys) for ours, nobodys in absent.items()}
        gave_for_absent, _ = await self._run(statement, {**self._same, **absent})
        gave, theirs = await self._run(statement, self._same)
        return Outcome(gave, gave_for_absent, theirs, any(name in gave for name in self._names))

    async def _run(self, statement: Statement, same: Mapping[object, object]) -> tuple[str, str]:
        values = [_with(one, same) for one in statement.values]
        await self._connection.execute("begin")
        try:
            await self._enter()
            gave = await self._ran(statement, values)
            return gave, await self._rows_of_rival(statement)
        finally:
            await self._connection.execute("rollback")

    async def _ran(self, statement: Statement, values: Sequence[object]) -> str:
        await self._connection.execute("savepoint before")
        try:
            if statement.how == "execute":
                await self._connection.execute(statement.sql, *values)
                return ""
            return "".join(sorted(map(repr, await self._connection.fetch(statement.sql, *values))))
        except asyncpg.InsufficientPrivilegeError:
            await self._connection.execute("rollback to savepoint before")
            return ""  # refused by row-level security: nothing was given, nothing changed
        except asyncpg.IntegrityConstraintViolationError as error:
            await self._connection.execute("rollback to savepoint before")
            return f"met a row that it contradicts ({error.constraint_name})"

    async def _enter(self) -> None:
        acme = self._world.acme
        await self._connection.execute(
            "select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true)",
            str(acme.org_id),
            acme.owner.tokens["userId"],
        )

    async def _rows_of_rival(self, statement: Statement) -> str:
        await self._connection.execute("select set_config('app.platform', 'on', true)")
        owners = list(scope_of(self._world.rival))
        rows = []
        for name in sorted(statement.tables):
            column = await self._connection.fetchval(
                "select column_name from information_schema.columns where table_name = $1"
                " and column_name in ('org_id', 'user_id', 'id') order by column_name = 'id', column_name limit 1",
                name,
            )
            if column is not None:
                of_theirs = f"select t::text from {name} t where {column} = any($1) order by 1"  # noqa: S608 -- names of tables
                rows += await self._connection.fetch(of_theirs, owners)
        return repr(rows)


def _with(value: object, same: Mapping[object, object]) -> object:
    if isinstance(value, list):
        return [_with(one, same) for one in value]
    return same.get(value, value) if isinstance(value, str | UUID) else value
