"""Invitations, as somebody meets them who would like more than they are given."""

import asyncio
from uuid import UUID

import pytest

from pipeline_builder.kit.database import Database
from pipeline_builder.kit.scope import as_platform
from tests.platform.api import Api, Somebody

ACCEPTANCE = "/api/invitations/acceptance"


async def invited(by: Somebody, email: str, **role: str) -> dict[str, str]:
    answer = await by.post("/api/invitations", {"email": email, **(role or {"role": "viewer"})})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def sql(database: Database, statement: str, *values: object) -> None:
    async with database.transaction() as tx:
        await as_platform(tx)
        await tx.execute(statement, *values)


async def let_expire(database: Database, invitation: dict[str, str]) -> None:
    await sql(database, "update invitations set expires_at = now() where id = $1", UUID(invitation["id"]))


async def seats(somebody: Somebody) -> int:
    usage = (await somebody.get("/api/quotas")).json()["usage"]
    return next(one["used"] for one in usage if one["resource"] == "seats")


async def test_an_invitation_that_has_expired_is_gone_for_everybody(api: Api, database: Database):
    owner, person = await api.owner(), await api.person()
    invitation = await invited(owner, person.email)
    token = await api.token_mailed_to(person.email)
    await let_expire(database, invitation)
    path = f"/api/invitations/{invitation['id']}"

    assert (await person.post(ACCEPTANCE, {"token": token})).json()["code"] == "invitation-invalid"
    assert (await owner.get("/api/invitations")).json() == []
    assert (await owner.post(f"{path}/mail")).status_code == 404
    assert (await owner.delete(path)).status_code == 404
    await invited(owner, person.email)


async def test_old_invitations_are_no_way_around_the_limit_of_seats(api: Api, database: Database):
    owner = await api.owner()
    old = [await invited(owner, f"old-{number}-{owner.org_id}@example.com") for number in range(2)]
    for one in old:
        await let_expire(database, one)
    for number in range(2):
        await invited(owner, f"new-{number}-{owner.org_id}@example.com")

    assert [(await owner.post(f"/api/invitations/{one['id']}/mail")).status_code for one in old] == [404, 404]
    assert await seats(owner) == 3


async def test_of_many_invitations_at_once_exactly_the_seats_are_given(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    answers = await asyncio.gather(
        *(
            who.post("/api/invitations", {"email": f"{number}-{who.org_id}@example.com", "role": "viewer"})
            for number in range(6)
            for who in (owner, team)
        )
    )

    assert sorted(one.status_code for one in answers) == [201] * 2 + [403] * 10
    assert await seats(owner) == 3


async def test_who_has_a_seat_needs_no_second_one_in_a_team(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    member = await api.member(owner)
    await invited(owner, f"third-{owner.org_id}@example.com")

    full = await team.post("/api/invitations", {"email": f"fourth-{owner.org_id}@example.com", "role": "viewer"})
    assert (full.status_code, full.json()["resource"]) == (403, "seats")
    await invited(team, member.email.upper())
    await member.post(ACCEPTANCE, {"token": await api.token_mailed_to(member.email.upper())})
    assert (await member.within(team.org_id).get("/api/pipelines")).status_code == 200
    assert await seats(owner) == 3


async def test_an_invitation_that_is_accepted_twice_at_once_is_accepted_once(api: Api):
    owner, person = await api.owner(), await api.person()
    await invited(owner, person.email)
    body = {"token": await api.token_mailed_to(person.email)}

    answers = await asyncio.gather(*(person.post(ACCEPTANCE, body) for _ in range(4)))

    assert sorted(one.status_code for one in answers) == [201, 422, 422, 422]


@pytest.mark.parametrize("how", ["delete", "suspend", "delete the organization above"])
async def test_an_invitation_to_what_is_closed_is_invalid(api: Api, how: str):
    owner, person = await api.owner(), await api.person()
    of = await api.team(owner) if "above" in how else owner
    await invited(of, person.email)
    token = await api.token_mailed_to(person.email)
    if how == "suspend":
        await (await api.administrator()).put(f"/api/system/organizations/{owner.org_id}/suspension")
    else:
        await owner.delete("/api/organizations/current", headers={"if-match": '"1"'})

    answer = await person.post(ACCEPTANCE, {"token": token})

    assert (answer.status_code, answer.json()["code"]) == (422, "invitation-invalid")
    assert owner.org_id not in answer.text


async def test_the_trail_names_who_joined_and_as_what(api: Api):
    owner = await api.owner()
    member = await api.member(owner, "viewer")

    joined = (await owner.get("/api/audit")).json()["items"][0]

    assert (joined["action"], joined["actorName"]) == ("members.joined", member.email)
    assert joined["after"] == {"role": "viewer", "invitedBy": owner.email}


async def test_nobody_sends_or_takes_back_an_invitation_to_more_than_they_may_do(api: Api):
    owner = await api.owner()
    await api.plan(owner, "pro")
    reads = ["pipelines:read", "organization:read", "members:read", "members:manage"]
    role = (await owner.post("/api/roles", {"name": "Clerk", "permissions": reads})).json()
    clerk = await api.member(owner, role_id=role["id"])
    invitation = await invited(owner, f"new-{owner.org_id}@example.com", role="admin")
    path = f"/api/invitations/{invitation['id']}"

    for answer in (await clerk.post(f"{path}/mail"), await clerk.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond-own-permissions")
    own = await invited(clerk, f"other-{owner.org_id}@example.com", roleId=role["id"])
    assert (await clerk.delete(f"/api/invitations/{own['id']}")).status_code == 204


@pytest.mark.parametrize("asked", [{"role": "owner"}, {"role": "Admin"}, {}, {"role": "admin", "plan": "enterprise"}])
async def test_b3_what_cannot_be_given_is_refused_and_not_given_as_something_less(api: Api, asked: dict[str, str]):
    owner = await api.owner()

    answer = await owner.post("/api/invitations", {"email": "somebody@example.com", **asked})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert (await owner.get("/api/invitations")).json() == []


async def test_a_role_of_another_organization_is_absent_for_members_and_invitations(api: Api, database: Database):
    owner, rival = await api.owner(), await api.owner()
    foreign = (await rival.post("/api/roles", {"name": "Theirs", "permissions": ["pipelines:read"]})).json()["id"]
    member = await api.member(owner)
    path = f"/api/members/{member.tokens['userId']}/role"

    assert (await owner.put(path, {"roleId": foreign})).status_code == 404
    assert (await owner.post("/api/invitations", {"email": "x@example.com", "roleId": foreign})).status_code == 404
    statement = "update memberships set role = null, role_id = $2 where org_id = $1 and role = 'member'"
    with pytest.raises(Exception, match="memberships_org_id_role_id_fkey"):
        await sql(database, statement, UUID(owner.org_id), UUID(foreign))


async def test_an_organization_sends_an_address_five_mails_at_most(api: Api):
    owner = await api.owner()
    email = f"quiet-{owner.org_id}@example.com"
    invitation = await invited(owner, email)
    again = [await owner.post(f"/api/invitations/{invitation['id']}/mail") for _ in range(3)]
    await owner.delete(f"/api/invitations/{invitation['id']}")
    second = await invited(owner, email)
    sixth = await owner.post(f"/api/invitations/{second['id']}/mail")

    assert [one.status_code for one in again] == [204] * 3
    assert (sixth.status_code, sixth.json()["code"], sixth.headers["retry-after"]) == (429, "too-many-mails", "86400")
    assert len(await api.mails_to(email)) == 5
    await owner.delete(f"/api/invitations/{second['id']}")
    assert (await owner.post("/api/invitations", {"email": email, "role": "viewer"})).status_code == 429
    await invited(owner, f"another-{owner.org_id}@example.com")


async def test_fifty_invitations_are_open_at_most(api: Api):
    owner = await api.owner()
    await api.plan(owner, "unlimited")
    answers = await asyncio.gather(
        *(
            owner.post("/api/invitations", {"email": f"{number}-{owner.org_id}@example.com", "role": "viewer"})
            for number in range(54)
        )
    )

    refused = [one for one in answers if one.status_code != 201]
    assert [one.json()["code"] for one in refused] == ["too-many-invitations"] * 4


@pytest.mark.parametrize(
    "email",
    ["a,victim@example.com", "x<victim@example.com>", "a;b@example.com", "a b@example.com", "a@b\u2028.com", "a@b@c"],
)
async def test_a_mail_goes_to_the_one_address_that_was_invited(api: Api, email: str):
    owner = await api.owner()

    assert (await owner.post("/api/invitations", {"email": email, "role": "viewer"})).status_code == 422


@pytest.mark.parametrize("name", ["Acme\u2028Bcc: all@example.com", "Ac\x85me", "\u202egnp.exe", "Ac\x7fme"])
async def test_a_name_holds_nothing_that_ends_a_line_or_turns_the_text(api: Api, name: str):
    owner = await api.owner()
    body = {"name": name, "slug": f"a-{owner.org_id[-12:]}"}

    assert (await owner.post("/api/organizations", {"name": name})).status_code == 422
    assert (await owner.post("/api/teams", {"name": name})).status_code == 422
    assert (await owner.post("/api/roles", {"name": name, "permissions": []})).status_code == 422
    assert (await owner.put("/api/organizations/current", body, headers={"if-match": '"1"'})).status_code == 422


async def test_the_subject_of_a_mail_is_one_line_whatever_the_organization_is_called(api: Api, database: Database):
    owner = await api.owner()
    email = f"new-{owner.org_id}@example.com"
    statement = "update organizations set name = $2 where id = $1"
    await sql(database, statement, UUID(owner.org_id), "Acme\u2028Bcc: all@example.com")
    await invited(owner, email)

    subject = (await api.mails_to(email))[-1].subject

    assert subject.splitlines() == ["Invitation to Acme Bcc: all@example.com"]
