"""Members, roles and invitations."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from pipeline_builder.kit.database import Database
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION, as_platform
from tests.platform.api import PASSWORD, Api, Somebody

READ = ["pipelines:read", "organization:read", "members:read"]


async def id_of(somebody: Somebody) -> str:
    return (await somebody.get("/api/account")).json()["id"]


async def test_a_change_of_role_holds_from_the_next_request_on(api: Api):
    owner = await api.owner()
    member = await api.member(owner, "admin")
    user = await id_of(member)
    assert (await member.get("/api/audit")).status_code == 200

    assert (await owner.put(f"/api/members/{user}/role", {"role": "viewer"})).status_code == 200
    assert (await member.get("/api/audit")).status_code == 403
    assert (await owner.delete(f"/api/members/{user}")).status_code == 204
    assert (await member.get("/api/pipelines")).status_code == 404


async def test_a_change_of_a_role_of_ones_own_holds_at_once_for_all_who_have_it(api: Api):
    owner = await api.owner()
    role = (await owner.post("/api/roles", {"name": "Auditor", "permissions": [*READ, "audit:read"]})).json()
    member = await api.member(owner, role_id=role["id"])
    assert (await member.get("/api/audit")).status_code == 200

    path, body = f"/api/roles/{role['id']}", {"name": "Auditor", "permissions": READ}
    changed = await owner.put(path, body, headers={"if-match": '"1"'})

    assert changed.status_code == 200
    assert (await member.get("/api/audit")).status_code == 403
    in_use = await owner.delete(path, headers={"if-match": changed.headers["etag"]})
    assert in_use.json()["code"] == "role-in-use"


async def test_nobody_gives_what_they_do_not_have(api: Api):
    owner = await api.owner()
    body = {"name": "People", "permissions": [*READ, "members:manage", "roles:manage"]}
    role = (await owner.post("/api/roles", body)).json()
    clerk, other = await api.member(owner, role_id=role["id"]), await api.member(owner, "viewer")
    user, own = await id_of(other), await id_of(clerk)

    for answer in (
        await clerk.put(f"/api/members/{own}/role", {"role": "admin"}),
        await clerk.put(f"/api/members/{user}/role", {"role": "member"}),
        await clerk.post("/api/invitations", {"email": "new@example.com", "role": "admin"}),
        await clerk.post("/api/roles", {"name": "More", "permissions": ["audit:read"]}),
        await clerk.put(
            f"/api/roles/{role['id']}", {**body, "permissions": ["audit:read"]}, headers={"if-match": '"1"'}
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond-own-permissions")


async def test_an_admin_cannot_touch_the_owner(api: Api):
    owner = await api.owner()
    admin = await api.member(owner, "admin")
    user = await id_of(owner)

    assert (await admin.delete(f"/api/members/{user}")).json()["code"] == "owner-stays"
    assert (await admin.put(f"/api/members/{user}/role", {"role": "viewer"})).json()["code"] == "owner-stays"
    assert (await admin.post("/api/organizations/current/transfer", {"userId": user})).status_code == 403
    assert (await owner.delete(f"/api/organizations/{owner.org_id}/membership")).json()["code"] == "owner-stays"


async def test_an_organization_is_handed_over_to_a_member(api: Api):
    owner = await api.owner()
    heir, stranger = await api.member(owner, "viewer"), await api.person()

    wrong = await owner.post("/api/organizations/current/transfer", {"userId": await id_of(stranger)})
    assert wrong.status_code == 404
    done = await owner.post("/api/organizations/current/transfer", {"userId": await id_of(heir)})

    assert done.status_code == 204
    members = (await heir.get("/api/members?sort=email")).json()["items"]
    assert {one["email"]: one["role"] for one in members} == {owner.email: "admin", heir.email: "owner"}
    assert (await owner.delete(f"/api/organizations/{owner.org_id}/membership")).status_code == 204


async def test_nobody_is_made_a_member_without_having_accepted(api: Api):
    owner, person = await api.owner(), await api.person()
    await owner.post("/api/invitations", {"email": person.email, "role": "member"})

    assert (await person.within(owner.org_id).get("/api/pipelines")).status_code == 404
    assert [one["email"] for one in (await owner.get("/api/members")).json()["items"]] == [owner.email]


async def test_an_invitation_works_once_and_only_for_the_account_of_its_address(api: Api):
    owner, person, thief = await api.owner(), await api.person(), await api.person()
    await owner.post("/api/invitations", {"email": person.email.upper(), "role": "member"})
    token = {"token": await api.token_mailed_to(person.email.upper())}

    assert (await thief.post("/api/invitations/acceptance", token)).json()["code"] == "invitation-invalid"
    assert (await person.post("/api/invitations/acceptance", token)).status_code == 201
    assert (await person.post("/api/invitations/acceptance", token)).json()["code"] == "invitation-invalid"
    assert (await person.within(owner.org_id).get("/api/pipelines")).status_code == 200


async def test_an_invitation_that_was_sent_again_or_revoked_works_no_more(api: Api):
    owner, person = await api.owner(), await api.person()
    invitation = (await owner.post("/api/invitations", {"email": person.email, "role": "member"})).json()
    first = await api.token_mailed_to(person.email)
    again = await owner.post("/api/invitations", {"email": person.email, "role": "member"})
    await owner.post(f"/api/invitations/{invitation['id']}/mail")
    second = await api.token_mailed_to(person.email)

    assert again.json()["code"] == "already-invited"
    assert (await person.post("/api/invitations/acceptance", {"token": first})).status_code == 422
    assert (await owner.delete(f"/api/invitations/{invitation['id']}")).status_code == 204
    assert (await person.post("/api/invitations/acceptance", {"token": second})).status_code == 422


async def test_seats_are_limited_and_an_invitation_takes_one(api: Api):
    owner = await api.owner()
    answers = [
        await owner.post("/api/invitations", {"email": f"seat-{number}@example.com", "role": "viewer"})
        for number in range(3)
    ]

    assert [one.status_code for one in answers] == [201, 201, 403]
    assert answers[-1].json()["resource"] == "seats"


async def test_a_personal_token_does_what_its_maker_still_may_and_no_more_than_it_says(api: Api):
    owner = await api.owner()
    member = await api.member(owner, "admin")
    body = {"name": "ci", "permissions": ["pipelines:read", "audit:read"]}
    made = (await member.post("/api/personal-tokens", body)).json()
    program = member.with_token(made["token"])

    assert (await program.get("/api/audit")).status_code == 200
    assert (await program.get("/api/members")).status_code == 403
    assert (await program.get("/api/account")).status_code == 401, "a token for a program is no session"
    await owner.put(f"/api/members/{await id_of(member)}/role", {"role": "viewer"})
    assert (await program.get("/api/audit")).status_code == 403
    assert (await program.get("/api/pipelines")).status_code == 200
    assert (await program.within((await api.owner()).org_id).get("/api/pipelines")).status_code == 404
    await member.delete(f"/api/personal-tokens/{made['id']}")
    assert (await program.get("/api/pipelines")).status_code == 401


async def test_a_service_token_stays_when_its_maker_goes(api: Api):
    owner = await api.owner()
    admin = await api.member(owner, "admin")
    made = (await admin.post("/api/service-tokens", {"name": "lookup", "permissions": ["plugins:lookup"]})).json()
    service = owner.with_token(made["token"])
    await owner.delete(f"/api/members/{await id_of(admin)}")

    assert (await service.get("/api/pipelines")).status_code == 403
    assert [one["name"] for one in (await owner.get("/api/service-tokens")).json()] == ["lookup"]
    assert "token" not in (await owner.get("/api/service-tokens")).json()[0]


async def test_signing_out_everywhere_ends_every_session_at_once(api: Api):
    owner = await api.owner()
    second = (await api.nobody.post("/api/sessions", {"email": owner.email, "password": PASSWORD})).json()
    other = Somebody(api.client, owner.email, second)
    assert (await other.get("/api/pipelines")).status_code == 200

    assert (await owner.delete("/api/sessions")).status_code == 204
    assert (await other.get("/api/pipelines")).status_code == 401
    assert (await owner.get("/api/pipelines")).status_code == 401


async def test_a_token_does_not_come_back_to_life_when_its_maker_comes_back(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    member = await api.member(owner, "admin")
    body = {"name": "ci", "permissions": ["pipelines:read"]}
    programs = [
        member.with_token((await member.within(where.org_id).post("/api/personal-tokens", body)).json()["token"])
        for where in (owner, team)
    ]
    programs = [one.within(where.org_id) for one, where in zip(programs, (owner, team), strict=True)]
    assert [(await one.get("/api/pipelines")).status_code for one in programs] == [200, 200]
    await owner.delete(f"/api/members/{await id_of(member)}")

    await owner.post("/api/invitations", {"email": member.email, "role": "admin"})
    await member.post("/api/invitations/acceptance", {"token": await api.token_mailed_to(member.email)})

    assert (await member.get("/api/pipelines")).status_code == 200
    assert [(await one.get("/api/pipelines")).status_code for one in programs] == [401, 401]


async def test_who_leaves_an_organization_keeps_their_tokens_of_a_team_that_they_joined_by_itself(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    member = await api.member(owner)
    await team.post("/api/invitations", {"email": member.email, "role": "member"})
    await member.post("/api/invitations/acceptance", {"token": await api.token_mailed_to(member.email)})
    in_team = member.within(team.org_id)
    made = (await in_team.post("/api/personal-tokens", {"name": "ci", "permissions": ["pipelines:read"]})).json()

    assert (await member.delete(f"/api/organizations/{owner.org_id}/membership")).status_code == 204

    assert (await member.get("/api/pipelines")).status_code == 404
    assert (await in_team.with_token(made["token"]).get("/api/pipelines")).status_code == 200


async def test_no_program_leaves_an_organization_for_its_maker(api: Api):
    owner = await api.owner()
    member = await api.member(owner)
    body = {"name": "reader", "permissions": ["organization:read", "pipelines:read"]}
    made = (await member.post("/api/personal-tokens", body)).json()

    refused = await member.with_token(made["token"]).delete(f"/api/organizations/{owner.org_id}/membership")

    assert refused.status_code == 401
    assert (await member.get("/api/pipelines")).status_code == 200


async def test_what_one_does_not_belong_to_cannot_be_left(api: Api):
    owner, stranger = await api.owner(), await api.person()
    team = await api.team(owner)

    assert (await stranger.delete(f"/api/organizations/{owner.org_id}/membership")).status_code == 404
    assert (await owner.delete(f"/api/organizations/{team.org_id}/membership")).status_code == 404


async def test_of_two_who_are_handed_the_organization_at_once_one_gets_it(api: Api):
    owner = await api.owner()
    heirs = [await api.member(owner) for _ in range(2)]

    answers = await asyncio.gather(
        *(owner.post("/api/organizations/current/transfer", {"userId": heir.tokens["userId"]}) for heir in heirs)
    )

    assert sorted(one.status_code for one in answers) == [204, 403]
    roles = sorted(one["role"] for one in (await owner.get("/api/members")).json()["items"])
    assert roles == ["admin", "member", "owner"]


async def test_the_heir_who_leaves_at_the_same_time_leaves_no_organization_without_an_owner(api: Api):
    for _ in range(4):
        owner = await api.owner()
        heir = await api.member(owner)
        handed, left = await asyncio.gather(
            owner.post("/api/organizations/current/transfer", {"userId": await id_of(heir)}),
            heir.delete(f"/api/organizations/{owner.org_id}/membership"),
        )
        assert (handed.status_code, left.status_code) in {(204, 409), (404, 204)}
        assert [one["role"] for one in (await owner.get("/api/members?role=owner")).json()["items"]] == ["owner"]


async def test_only_the_owner_hands_over_whatever_permission_somebody_has(api: Api):
    owner = await api.owner()
    body = {"name": "Deputy", "permissions": [*READ, "organization:transfer"]}
    role = (await owner.post("/api/roles", body)).json()
    deputy = await api.member(owner, role_id=role["id"])
    service = {"name": "x", "permissions": ["organization:transfer"]}
    program = owner.with_token((await owner.post("/api/service-tokens", service)).json()["token"])
    path = "/api/organizations/current/transfer"

    for answer in (
        await deputy.post(path, {"userId": await id_of(deputy)}),
        await deputy.post(path, {"userId": await id_of(owner)}),
        await program.post(path, {"userId": await id_of(deputy)}),
    ):
        assert answer.status_code in {403, 422}, answer.text
    assert (await owner.post(path, {"userId": await id_of(owner)})).status_code == 422
    roles = {one["email"]: one["role"] for one in (await owner.get("/api/members")).json()["items"]}
    assert roles == {owner.email: "owner", deputy.email: "Deputy"}


async def test_members_are_listed_by_role_and_in_parts(api: Api):
    owner = await api.owner()
    await api.plan(owner, "pro")
    role = (await owner.post("/api/roles", {"name": "Auditor", "permissions": READ})).json()
    people = [await api.member(owner, "viewer"), await api.member(owner, "viewer")]
    auditor = await api.member(owner, role_id=role["id"])

    async def listed(query: str) -> list[str]:
        return [one["email"] for one in (await owner.get(f"/api/members?{query}")).json()["items"]]

    assert await listed("role=viewer&sort=email") == sorted(one.email for one in people)
    assert await listed("role=auditor") == [auditor.email]
    assert await listed("role=admin") == []
    assert await listed(f"search={auditor.email.upper()}") == [auditor.email]
    found, cursor = [], ""
    while cursor is not None:
        page = (await owner.get(f"/api/members?sort=role&limit=1{cursor and '&cursor='}{cursor}")).json()
        found += [one["role"] for one in page["items"]]
        cursor = page["nextCursor"]
    assert sorted(found) == ["Auditor", "owner", "viewer", "viewer"]
    assert (await owner.get("/api/members?rol=viewer")).status_code == 422


async def test_a_demoted_admin_of_the_organization_is_out_of_its_teams_at_once(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    admin = await api.member(owner, "admin")
    there = admin.within(team.org_id)
    made = (await there.post("/api/personal-tokens", {"name": "ci", "permissions": ["pipelines:read"]})).json()
    program = there.with_token(made["token"])
    assert [(await one.get("/api/pipelines")).status_code for one in (there, program)] == [200, 200]

    await owner.put(f"/api/members/{await id_of(admin)}/role", {"role": "member"})

    assert [(await one.get("/api/pipelines")).status_code for one in (there, program)] == [404, 404]


async def test_who_is_an_admin_from_above_is_no_owner_in_a_team(api: Api):
    owner = await api.owner()
    team = await api.team(owner)

    assert (await team.delete("/api/organizations/current", headers={"if-match": '"1"'})).status_code == 403
    body = {"name": "Deputy", "permissions": ["organization:transfer"]}
    assert (await team.post("/api/roles", body)).json()["code"] == "beyond-own-permissions"


async def test_a3_an_admin_cannot_touch_the_account_of_a_member(api: Api):
    owner = await api.owner()
    victim = await api.member(owner)
    path = f"/api/members/{await id_of(victim)}"

    for method, where, body in (
        ("POST", "/api/members", {"email": victim.email, "role": "admin"}),
        ("PUT", path, {"email": "mine@example.com", "password": PASSWORD}),
        ("PATCH", path, {"email": "mine@example.com"}),
        ("PUT", f"{path}/role", {"role": "viewer", "email": "mine@example.com"}),
    ):
        assert (await owner.request(method, where, json=body)).status_code in {404, 405, 422}
    await owner.delete(path)
    assert (await victim.get("/api/account")).json()["email"] == victim.email
    assert (await api.nobody.post("/api/sessions", {"email": victim.email, "password": PASSWORD})).status_code == 201


async def test_a4_nobody_takes_a_plan_with_the_founding_of_an_organization(api: Api):
    owner = await api.owner()

    assert (await owner.post("/api/organizations", {"name": "Free", "plan": "enterprise"})).status_code == 422
    assert (await owner.post("/api/teams", {"name": "Free", "plan": "enterprise"})).status_code == 422
    founded = owner.within((await owner.post("/api/organizations", {"name": "Free"})).json()["id"])
    assert (await founded.get("/api/quotas")).json()["plan"] == "developer"


async def test_a13_those_who_run_the_platform_work_in_nobodys_name(api: Api):
    owner, system = await api.owner(), await api.administrator()

    for method, path in (("GET", "pipelines"), ("GET", "members"), ("GET", "audit"), ("POST", "service-tokens")):
        answer = await system.within(owner.org_id).request(method, f"/api/{path}")
        assert answer.status_code in {404, 422}, path
    assert not [path for path in api.app.openapi()["paths"] if "impersonat" in path]


async def test_somebody_always_runs_the_platform(api: Api, database: Database):
    system, second = await api.administrator(), await api.administrator()
    leave = f"/api/organizations/{SYSTEM_ORGANIZATION}/membership"
    async with only_admins(database, system, second):
        answers = await asyncio.gather(system.delete(leave), second.delete(leave))
    assert sorted(one.status_code for one in answers) == [204, 409]

    last = next(one for one, answer in zip((system, second), answers, strict=True) if answer.status_code == 409)
    path = f"/api/members/{await id_of(last)}"
    async with only_admins(database, last):
        for answer in (
            await last.delete(leave),
            await last.delete(path),
            await last.put(f"{path}/role", {"role": "viewer"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "last-admin-stays")


@asynccontextmanager
async def only_admins(database: Database, *kept: Somebody) -> AsyncIterator[None]:
    """Let nobody else be an admin of the system organization, for a time."""
    statement = "update memberships set role = $1 where org_id = $2 and user_id = any($3)"
    async with database.transaction() as tx:
        await as_platform(tx)
        found = await tx.rows(
            "select user_id from memberships where org_id = $1 and role = 'admin' and user_id <> all($2)",
            SYSTEM_ORGANIZATION,
            [UUID(one.tokens["userId"]) for one in kept],
        )
        others = [row["user_id"] for row in found]
        await tx.execute(statement, "viewer", SYSTEM_ORGANIZATION, others)
    yield
    async with database.transaction() as tx:
        await as_platform(tx)
        await tx.execute(statement, "admin", SYSTEM_ORGANIZATION, others)
