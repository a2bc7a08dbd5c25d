"""Members, roles and invitations."""

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
