"""Organizations and teams."""

from tests.platform.api import Api
from tests.platform.definitions import a_definition


async def test_an_organization_is_renamed_by_whoever_read_its_newest_state(api: Api):
    owner = await api.owner("Acme")
    current = await owner.get("/api/organizations/current")
    body = {"name": "Acme Limited", "slug": f"limited-{owner.org_id[-8:]}"}

    changed = await owner.put("/api/organizations/current", body, headers={"if-match": current.headers["etag"]})
    outdated = await owner.put("/api/organizations/current", body, headers={"if-match": current.headers["etag"]})

    assert (changed.status_code, changed.json()["name"]) == (200, "Acme Limited")
    assert outdated.status_code == 412
    assert (await owner.within(body["slug"]).get("/api/organizations/current")).json()["id"] == owner.org_id


async def test_two_organizations_of_one_name_get_two_slugs(api: Api):
    one, other = await api.owner("Same Name"), await api.owner("Same Name")

    slugs = {(await who.get("/api/organizations/current")).json()["slug"] for who in (one, other)}

    assert len(slugs) == 2
    taken = {"name": "x", "slug": slugs.pop()}
    answers = [await who.put("/api/organizations/current", taken, headers={"if-match": '"1"'}) for who in (one, other)]
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_a_deleted_organization_is_absent_with_its_teams_and_comes_back_whole(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    assert (await owner.delete("/api/organizations/current", headers={"if-match": '"1"'})).status_code == 204

    assert (await owner.get("/api/pipelines")).status_code == 404
    assert (await team.get("/api/pipelines")).status_code == 404

    system = await api.administrator()
    assert (await system.post(f"/api/system/organizations/{owner.org_id}/restoration")).status_code == 204
    assert (await team.get("/api/pipelines")).status_code == 200


async def test_nobody_enters_a_suspended_organization(api: Api):
    owner, system = await api.owner(), await api.administrator()
    path = f"/api/system/organizations/{owner.org_id}/suspension"

    assert (await system.put(path)).status_code == 204
    assert (await owner.get("/api/pipelines")).status_code == 404
    assert (await system.delete(path)).status_code == 204
    assert (await owner.get("/api/pipelines")).status_code == 200


async def test_only_those_who_run_the_platform_see_all_organizations(api: Api):
    owner, system = await api.owner("Somewhere"), await api.administrator()

    assert (await owner.get("/api/system/organizations")).status_code == 403
    page = (await system.get("/api/system/organizations?search=somewhere&limit=1")).json()
    assert [one["name"] for one in page["items"]] == ["Somewhere"]
    assert (await owner.within("system").get("/api/system/organizations")).status_code == 404


async def test_a_team_shares_the_limits_of_the_organization(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    results = [
        (await who.post("/api/pipelines", {"definition": a_definition(f"p{number}")})).status_code
        for number in range(4)
        for who in (owner, team)
    ]

    assert results.count(201) == 5
    assert (
        next(one for one in (await team.get("/api/quotas")).json()["usage"] if one["resource"] == "pipelines")["used"]
        == 5
    )


async def test_a_team_has_no_teams(api: Api):
    owner = await api.owner()
    team = await api.team(owner)

    assert (await team.post("/api/teams", {"name": "deeper"})).json()["code"] == "team-in-team"


async def test_admins_of_the_organization_reach_its_teams_and_its_members_do_not(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    admin, member = await api.member(owner, "admin"), await api.member(owner, "member")

    assert (await admin.within(team.org_id).get("/api/pipelines")).status_code == 200
    assert (await member.within(team.org_id).get("/api/pipelines")).status_code == 404
    assert team.org_id in {one["id"] for one in (await admin.get("/api/organizations")).json()}
    assert team.org_id not in {one["id"] for one in (await member.get("/api/organizations")).json()}


async def test_a_member_of_a_team_sees_nothing_of_the_organization_above(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    member = await api.member(team)

    assert (await member.get("/api/pipelines")).status_code == 200
    assert (await member.within(owner.org_id).get("/api/pipelines")).status_code == 404


async def test_one_person_owns_ten_organizations_at_most(api: Api):
    owner = await api.owner()
    results = [(await owner.post("/api/organizations", {"name": f"more {number}"})).status_code for number in range(10)]

    assert results == [201] * 9 + [403]
