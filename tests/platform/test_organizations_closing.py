"""Organizations and teams that are deleted, restored and suspended, and what of that gets around limits."""

import asyncio
from uuid import UUID

import pytest

from pipeline_builder.kit.database import Database
from pipeline_builder.kit.scope import as_platform
from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition

MATCH = {"if-match": '"1"'}


async def delete(owner: Somebody) -> None:
    answer = await owner.delete("/api/organizations/current", headers=MATCH)
    assert answer.status_code == 204, answer.text


async def let_age(database: Database, org_id: str) -> None:
    """Let an organization have been deleted more than 30 days ago."""
    async with database.transaction() as tx:
        await as_platform(tx)
        statement = "update organizations set deleted_at = deleted_at - interval '30 days' where id = $1"
        assert await tx.execute(statement, UUID(org_id)) == 1


async def test_every_kind_of_token_is_refused_in_a_deleted_organization(api: Api):
    owner = await api.owner()
    member = await api.member(owner)
    body = {"name": "x", "permissions": ["pipelines:read"]}
    programs = [
        owner.with_token((await owner.post(f"/api/{kind}-tokens", body)).json()["token"])
        for kind in ("personal", "service")
    ]
    everybody = [owner, member, *programs]
    assert [(await one.get("/api/pipelines")).status_code for one in everybody] == [200] * 4

    await delete(owner)

    assert [(await one.get("/api/pipelines")).status_code for one in everybody] == [404] * 4
    assert owner.org_id not in {one["id"] for one in (await owner.get("/api/organizations")).json()}


async def test_the_owner_brings_a_deleted_organization_back_with_the_teams_that_went_with_it(api: Api):
    owner = await api.owner("Gone")
    admin = await api.member(owner, "admin")
    early, team = await api.team(owner, "Early"), await api.team(owner, "Late")
    assert (await owner.delete(f"/api/teams/{early.org_id}", headers=MATCH)).status_code == 204
    await delete(owner)
    path = f"/api/organizations/{owner.org_id}/restoration"

    assert (await admin.post(path)).status_code == 404
    assert (await (await api.person()).post(path)).status_code == 404
    assert [one["name"] for one in (await owner.get("/api/organizations/deleted")).json()] == ["Gone"]
    assert (await admin.get("/api/organizations/deleted")).json() == []
    restored = await owner.post(path)

    assert (restored.status_code, restored.json()["id"]) == (200, owner.org_id)
    assert (await owner.get("/api/organizations/deleted")).json() == []
    assert (await team.get("/api/pipelines")).status_code == 200
    assert (await early.get("/api/pipelines")).status_code == 404
    assert (await owner.post(path)).status_code == 404
    line = (await owner.get("/api/audit")).json()["items"][0]
    assert (line["action"], line["actorName"]) == ("organizations.restored", owner.email)


async def test_after_thirty_days_only_those_who_run_the_platform_bring_it_back(api: Api, database: Database):
    owner = await api.owner()
    team = await api.team(owner)
    await owner.delete(f"/api/teams/{team.org_id}", headers=MATCH)
    await let_age(database, team.org_id)
    assert (await owner.get("/api/teams/deleted")).json() == []
    assert (await owner.post(f"/api/teams/{team.org_id}/restoration")).status_code == 404
    await delete(owner)
    await let_age(database, owner.org_id)

    assert (await owner.get("/api/organizations/deleted")).json() == []
    assert (await owner.post(f"/api/organizations/{owner.org_id}/restoration")).status_code == 404
    system = await api.administrator()
    assert (await system.post(f"/api/system/organizations/{owner.org_id}/restoration")).status_code == 204
    assert (await system.post(f"/api/system/organizations/{owner.org_id}/restoration")).status_code == 404


async def test_a_team_comes_back_with_everything_in_it(api: Api):
    owner, rival = await api.owner(), await api.owner()
    team = await api.team(owner, "Team")
    member = await api.member(team)
    await team.post("/api/pipelines", {"definition": a_definition("kept")})
    path = f"/api/teams/{team.org_id}/restoration"
    assert (await owner.delete(f"/api/teams/{team.org_id}", headers={"if-match": '"2"'})).status_code == 412
    assert (await rival.delete(f"/api/teams/{team.org_id}", headers=MATCH)).status_code == 404
    assert (await owner.delete(f"/api/teams/{team.org_id}", headers=MATCH)).status_code == 204
    assert (await owner.delete(f"/api/teams/{team.org_id}", headers=MATCH)).status_code == 404

    assert (await rival.post(path)).status_code == 404
    assert (await member.get("/api/pipelines")).status_code == 404
    assert [one["name"] for one in (await owner.get("/api/teams/deleted")).json()] == ["Team"]
    assert (await owner.post(path)).json()["id"] == team.org_id
    assert len((await member.get("/api/pipelines")).json()["items"]) == 1


async def test_deleting_and_restoring_a_team_is_no_way_around_the_limit_of_seats(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    await api.member(team)
    await api.member(team)
    await owner.delete(f"/api/teams/{team.org_id}", headers=MATCH)
    await api.member(owner)

    refused = await owner.post(f"/api/teams/{team.org_id}/restoration")

    assert (refused.status_code, refused.json()["resource"]) == (403, "seats")
    assert (await team.get("/api/pipelines")).status_code == 404


async def test_founding_and_deleting_in_turns_does_not_take_every_slug(api: Api):
    owner = await api.owner()
    answers = []
    for number in range(10):
        answer = await owner.post("/api/organizations", {"name": f"Mine {number}"})
        answers.append(answer.status_code)
        if answer.status_code == 201:
            await delete(owner.within(answer.json()["id"]))

    assert answers == [201] * 9 + [403]


async def test_of_many_foundings_at_once_exactly_the_limit_is_founded(api: Api):
    owner = await api.owner()

    answers = await asyncio.gather(*(owner.post("/api/organizations", {"name": f"At once {n}"}) for n in range(14)))

    assert sorted(one.status_code for one in answers) == [201] * 9 + [403] * 5
    assert len((await owner.get("/api/organizations")).json()) == 10


async def test_a_change_and_a_deletion_at_once_do_not_both_happen(api: Api):
    owner = await api.owner()
    body = {"name": "Changed", "slug": f"changed-{owner.org_id[-8:]}"}

    changed, deleted = await asyncio.gather(
        owner.put("/api/organizations/current", body, headers=MATCH),
        owner.delete("/api/organizations/current", headers=MATCH),
    )

    assert (changed.status_code, deleted.status_code) in {(200, 412), (404, 204)}


async def test_who_is_suspended_finds_nothing_by_any_token_and_in_no_team(api: Api):
    owner, system = await api.owner(), await api.administrator()
    team = await api.team(owner)
    member = await api.member(team)
    made = (await owner.post("/api/service-tokens", {"name": "x", "permissions": ["pipelines:read"]})).json()
    everybody = [owner, team, member, owner.with_token(made["token"])]
    path = f"/api/system/organizations/{owner.org_id}/suspension"
    await system.put(path)
    suspended_at = await self_of(system, owner)
    await system.put(path)

    assert [(await one.get("/api/pipelines")).status_code for one in everybody] == [404] * 4
    assert (await owner.post(f"/api/organizations/{owner.org_id}/restoration")).status_code == 404
    assert await self_of(system, owner) == suspended_at, "what is suspended stays so since when it was"
    await system.delete(path)
    assert [(await one.get("/api/pipelines")).status_code for one in everybody] == [200] * 4
    lines = (await system.get("/api/audit")).json()["items"]
    about = [one["action"] for one in lines if one["subjectId"] == owner.org_id]
    assert about == ["organizations.opened", "organizations.suspended"]


async def self_of(system: Somebody, owner: Somebody) -> str:
    listed = (await system.get("/api/system/organizations?sort=-createdAt&limit=200")).json()["items"]
    return next(one["suspendedAt"] for one in listed if one["id"] == owner.org_id)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_the_system_organization_is_not_suspended(api: Api, method: str):
    system = await api.administrator()
    path = "/api/system/organizations/00000000-0000-7000-8000-000000000001/suspension"

    assert (await system.request(method, path)).json()["code"] == "system-stays"


async def test_the_system_organization_keeps_its_slug(api: Api):
    system = await api.administrator()
    current = await system.get("/api/organizations/current")
    body = {"name": "System", "slug": "somewhere", "description": "Runs it all."}
    match = {"if-match": current.headers["etag"]}

    assert (await system.put("/api/organizations/current", body, headers=match)).json()["code"] == "system-stays"
    assert (await system.delete("/api/organizations/current", headers=match)).status_code == 403
    kept = await system.put("/api/organizations/current", {**body, "slug": "system"}, headers=match)
    assert kept.status_code == 200
