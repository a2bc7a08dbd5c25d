"""Organizations and everybody who might knock at their doors, made once for all tests of the matrix."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import Permission, Role, permissions_of
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, as_platform
from tests.platform.api import Api, Somebody
from tests.platform.matrix import makers
from tests.platform.matrix.makers import MAKERS
from tests.platform.matrix.table import PLACEHOLDER, Route, Which

EVERYTHING = frozenset(Permission)


class Standing(Enum):
    """What somebody is to an organization."""

    UNKNOWN = "no credential that is valid"
    STRANGER = "known, and not of this organization"
    MEMBER = "of this organization"
    PROGRAM = "a token for a program in this organization"


@dataclass
class Actor:
    """Somebody who sends requests to an organization."""

    name: str
    somebody: Somebody
    tenant: "Tenant"
    standing: Standing
    may: Callable[[Route], frozenset[Permission]] = lambda _route: frozenset()

    @property
    def has_session(self) -> bool:
        return self.standing in {Standing.STRANGER, Standing.MEMBER}

    @property
    def is_program(self) -> bool:
        return self.standing is Standing.PROGRAM


@dataclass
class Tenant:
    """An organization, and what it has."""

    world: "World"
    owner: Somebody
    org_id: UUID
    is_team: bool = False
    objects: dict[tuple[str, str], Any] = field(default_factory=dict)
    actors: list[Actor] = field(default_factory=list)

    @property
    def in_system(self) -> bool:
        return self.org_id == SYSTEM_ORGANIZATION

    async def own_role(self, name: str, permissions: list[str]) -> str:
        """A role of the organization's own, as it is in the table: also one that nobody could define."""
        role_id = new_id()
        await self.world.sql(
            "insert into roles (id, org_id, name, permissions) values ($1, $2, $3, $4)",
            role_id,
            self.org_id,
            name,
            permissions,
        )
        return str(role_id)

    async def add(self, person: Somebody, role: Role | None = None, role_id: str | None = None) -> Somebody:
        """Let somebody belong to it."""
        await self.world.sql(
            "insert into memberships (org_id, user_id, role, role_id) values ($1, $2, $3, $4)",
            self.org_id,
            UUID(person.tokens["userId"]),
            role,
            role_id and UUID(role_id),
        )
        return person.within(str(self.org_id))

    async def thing(self, kind: str, somebody: Somebody) -> Any:
        """What stands for a placeholder; made when it is first asked for."""
        maker = MAKERS[kind]
        key = (kind, somebody.email if maker.is_personal else "")
        if key not in self.objects:
            self.objects[key] = await maker.make(self, somebody)
        return self.objects[key]


class World:
    """Four organizations: one, a team of it, another one, and the system's."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.roles: list[tuple[str, bool]] = []
        self.tokens: list[tuple[str, bool]] = []
        self.answers: dict[str, Any] = {}

    @classmethod
    async def made(cls, api: Api) -> "World":
        world = cls(api)
        world.acme = await world._tenant(await api.owner("Acme"))
        world.rival = await world._tenant(await api.owner("Rival"))
        world.team = Tenant(world, await api.team(world.acme.owner), UUID(int=0), is_team=True)
        world.team.org_id = UUID(world.team.owner.org_id)
        world.system = Tenant(world, (await api.person()).within(str(SYSTEM_ORGANIZATION)), SYSTEM_ORGANIZATION)
        await world.system.add(world.system.owner, Role.OWNER)
        for tenant in (world.acme, world.rival, world.team):
            await makers._plugin(tenant, "matrix-used")  # noqa: SLF001 -- what the definitions of the makers name
        for tenant in (world.acme, world.system):
            tenant.actors = await world._everybody(tenant)
        world.team.actors = [
            Actor(f"parent-{actor.name}", actor.somebody.within(str(world.team.org_id)), world.team, standing, may)
            for actor, standing, may in (
                (world.actor("admin"), Standing.MEMBER, lambda _route: permissions_of(Role.ADMIN)),
                (world.actor("member"), Standing.STRANGER, lambda _route: frozenset()),
            )
        ]
        return world

    acme: Tenant
    rival: Tenant
    team: Tenant
    system: Tenant

    def actor(self, name: str) -> Actor:
        return next(one for one in self.acme.actors if one.name == name)

    async def sql(self, statement: str, *values: object) -> None:
        """Do something behind everybody's back."""
        async with self.api.app.state.database.transaction() as tx:
            await as_platform(tx)
            await tx.execute(statement, *values)

    async def _tenant(self, owner: Somebody) -> Tenant:
        await self.api.plan(owner, "unlimited")
        return Tenant(self, owner.within(owner.org_id), UUID(owner.org_id))

    async def _everybody(self, tenant: Tenant) -> list[Actor]:
        possible = permissions_of(Role.OWNER, in_system=tenant.in_system)

        def of(role: Role) -> Callable[[Route], frozenset[Permission]]:
            return lambda _route: permissions_of(role, in_system=tenant.in_system)

        def exactly(route: Route) -> frozenset[Permission]:
            return route.needed & possible

        def all_but(route: Route) -> frozenset[Permission]:
            return possible - {route.permission}

        person = self.api.person
        actors = [Actor("owner", tenant.owner, tenant, Standing.MEMBER, of(Role.OWNER))]
        for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER):
            member = await tenant.add(await person(), role)
            actors.append(Actor(role.value, member, tenant, Standing.MEMBER, of(role)))
        for name, may, has_it in (("exactly", exactly, True), ("all-but", all_but, False)):
            role_id = await tenant.own_role(name, [])
            self.roles.append((role_id, has_it))
            member = await tenant.add(await person(), role_id=role_id)
            actors.append(Actor(name, member, tenant, Standing.MEMBER, may))
        for kind in ("personal", "service"):
            for name, may, has_it in ((f"{kind}-token", exactly, True), (f"{kind}-token-without", all_but, False)):
                body = {"name": name, "permissions": ["quotas:read"]}
                made = (await tenant.owner.post(f"/api/{kind}-tokens", body)).json()
                self.tokens.append((made["id"], has_it))
                program = tenant.owner.with_token(made["token"])
                actors.append(Actor(name, program, tenant, Standing.PROGRAM, may))
        removed = await tenant.add(await person(), Role.ADMIN)
        assert (await removed.get("/api/pipelines")).status_code == 200
        assert (await tenant.owner.delete(f"/api/members/{removed.tokens['userId']}")).status_code == 204
        ended = await tenant.add(await person(), Role.ADMIN)
        assert (await ended.delete("/api/sessions/current")).status_code == 204
        outsider = (await person()).within(str(tenant.org_id))
        actors += [
            Actor("removed", removed, tenant, Standing.STRANGER),
            Actor("outsider", outsider, tenant, Standing.STRANGER),
            Actor("ended-session", ended, tenant, Standing.UNKNOWN),
            Actor("nobody", Somebody(self.api.client, organization=str(tenant.org_id)), tenant, Standing.UNKNOWN),
        ]
        return actors

    async def prepare(self, route: Route) -> None:
        """Let roles and tokens be exactly what a route needs, or everything but its permission."""
        for table, rows in (("roles", self.roles), ("access_tokens", self.tokens)):
            for row, has_it in rows:
                permissions = route.needed if has_it else EVERYTHING - {route.permission}
                statement = f"update {table} set permissions = $2 where id = $1"  # noqa: S608 -- names of ours
                await self.sql(statement, UUID(row), sorted(permissions))

    def actors(self, route: Route) -> list[Actor]:
        """Everybody who tries a route."""
        return self.acme.actors + (self.system.actors if route.is_of_system else self.team.actors)

    def others(self, tenant: Tenant) -> dict[Which, Tenant]:
        """Whose objects an organization must not see."""
        near = self.acme if tenant.is_team else self.team
        return {Which.FOREIGN: self.rival, Which.NEAR: near}

    async def request(self, actor: Actor, route: Route, swapped: str | None = None, which: Which = Which.OWN) -> Any:
        """Everything a request holds: `(method, path, more)`. None where there cannot be such an object.

        Args:
            actor: who sends it.
            route: to what.
            swapped: the placeholder that stands for somebody else's object, or for none at all.
            which: whose.
        """
        things = {}
        for one in route.placeholders:
            tenant, kind, somebody = actor.tenant, route.kind(one), actor.somebody
            if one == swapped and which is Which.ABSENT:
                things[one] = makers.absent()
                continue
            if one == swapped:
                tenant, kind = self.others(tenant)[which], MAKERS[kind].others
            if tenant is not actor.tenant or not self.owns(actor, route):
                somebody = tenant.owner
            things[one] = await tenant.thing(kind, somebody)
            if things[one] is None:
                return None
        return self.filled(route, things)

    @staticmethod
    def filled(route: Route, things: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        """A request with these things in it."""
        more: dict[str, Any] = {"headers": dict(route.headers), "params": _filled(dict(route.query), things)}
        if route.body is not None:
            more["json"] = _filled(route.body, things)
        return route.method, _filled(route.path, things), more

    def owns(self, actor: Actor, route: Route) -> bool:
        """Whether the actor can have what is a person's own there; for the others any such thing will do."""
        return actor.has_session and (route.permission is None or route.permission in actor.may(route))

    def swappable(self, route: Route) -> list[str]:
        return [one for one in route.placeholders if MAKERS[route.kind(one)].is_object]


def _filled(shape: Any, things: dict[str, Any]) -> Any:
    if isinstance(shape, dict):
        return {name: _filled(value, things) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, things) for value in shape]
    if not isinstance(shape, str):
        return shape
    whole = PLACEHOLDER.fullmatch(shape)
    return things[whole[1]] if whole else PLACEHOLDER.sub(lambda found: str(things[found[1]]), shape)
