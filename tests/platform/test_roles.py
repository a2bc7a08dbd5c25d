"""Roles of an organization's own, and what a change of them means for who has them."""

import asyncio

import pytest

from pipeline_builder.kit.permissions import CATALOGUE, Permission
from tests.platform.api import Api, Somebody

READ = ["members:read", "organization:read", "pipelines:read"]


async def defined(by: Somebody, name: str, *permissions: str) -> str:
    answer = await by.post("/api/roles", {"name": name, "permissions": permissions})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_every_permission_stands_in_the_catalogue_with_a_sentence(api: Api):
    owner = await api.owner()

    listed = (await owner.get("/api/permissions")).json()

    assert {one["name"] for one in listed} == set(Permission)
    assert all(one["sentence"].endswith(".") for one in listed)


async def test_a_role_cannot_be_called_as_a_built_in_one_nor_as_another_one(api: Api):
    owner = await api.owner()
    await defined(owner, "Auditor", *READ)

    for name in ("admin", "OWNER", " Viewer "):
        assert (await owner.post("/api/roles", {"name": name, "permissions": []})).status_code == 422
    taken = await owner.post("/api/roles", {"name": "AUDITOR", "permissions": []})
    assert (taken.status_code, taken.json()["code"]) == (409, "role-name-taken")


async def test_b3_a_role_with_what_does_not_exist_is_refused_and_not_defined_without_it(api: Api):
    owner = await api.owner()

    answers = [
        await owner.post("/api/roles", {"name": "Wide", "permissions": [*READ, one]})
        for one in ("pipelines:everything", "system:organizations")
    ]

    assert [one.status_code for one in answers] == [422, 403]
    assert [one["name"] for one in (await owner.get("/api/roles")).json()] == ["owner", "admin", "member", "viewer"]


async def test_permissions_over_the_platform_are_of_no_use_outside_of_the_system_organization(api: Api):
    owner = await api.owner()
    only_system = {one.value for one, meaning in CATALOGUE.items() if meaning.only_system}

    for role in (await owner.get("/api/roles")).json():
        assert not only_system & set(role["permissions"])


async def test_of_two_who_change_a_role_at_once_one_does(api: Api):
    owner = await api.owner()
    path = f"/api/roles/{await defined(owner, 'Auditor', *READ)}"
    bodies = [{"name": "Auditor", "permissions": permissions} for permissions in ([*READ, "audit:read"], READ[:1])]

    answers = await asyncio.gather(*(owner.put(path, body, headers={"if-match": '"1"'}) for body in bodies))

    assert sorted(one.status_code for one in answers) == [200, 412]
    assert (await owner.put(path, bodies[0])).status_code == 428


async def test_a_role_that_somebody_has_stays_and_it_is_told_how_many_have_it(api: Api):
    owner = await api.owner()
    role = await defined(owner, "Auditor", *READ)
    member = await api.member(owner, role_id=role)
    await owner.post("/api/invitations", {"email": f"new-{owner.org_id}@example.com", "roleId": role})
    path, match = f"/api/roles/{role}", {"if-match": '"1"'}

    refused = await owner.delete(path, headers=match)
    assert (refused.status_code, refused.json()["code"], refused.json()["holders"]) == (409, "role-in-use", 2)
    await owner.put(f"/api/members/{member.tokens['userId']}/role", {"role": "viewer"})
    await owner.delete(f"/api/invitations/{(await owner.get('/api/invitations')).json()[0]['id']}")
    assert (await owner.delete(path, headers=match)).status_code == 204
    assert (await owner.get(path)).status_code == 404


async def test_a_role_is_not_removed_while_somebody_gets_it(api: Api):
    owner = await api.owner()
    member = await api.member(owner)
    path = f"/api/members/{member.tokens['userId']}/role"
    for number in range(4):
        role = await defined(owner, f"Brief {number}", *READ)
        given, removed = await asyncio.gather(
            owner.put(path, {"roleId": role}), owner.delete(f"/api/roles/{role}", headers={"if-match": '"1"'})
        )
        assert (given.status_code, removed.status_code) in {(200, 409), (404, 204)}


async def test_the_built_in_roles_cannot_be_changed(api: Api):
    owner = await api.owner()

    body, match = {"name": "admin", "permissions": []}, {"if-match": '"1"'}
    assert (await owner.put("/api/roles/admin", body, headers=match)).status_code == 422
    assert all(one["id"] is None for one in (await owner.get("/api/roles")).json())


async def test_a_role_without_any_permission_lets_in_and_to_nothing_but_out_again(api: Api):
    owner = await api.owner()
    member = await api.member(owner, role_id=await defined(owner, "Nothing"))

    assert (await member.get("/api/pipelines")).status_code == 403
    assert (await member.get("/api/organizations/current")).status_code == 403
    assert (await member.delete(f"/api/organizations/{owner.org_id}/membership")).status_code == 204
    assert (await member.get("/api/pipelines")).status_code == 404


@pytest.mark.parametrize("permission", ["organization:transfer", "organization:delete"])
async def test_an_admin_gives_nobody_what_is_the_owners(api: Api, permission: str):
    owner = await api.owner()
    admin = await api.member(owner, "admin")
    role = await defined(owner, "Deputy", *READ, permission)

    for answer in (
        await admin.put(f"/api/members/{admin.tokens['userId']}/role", {"roleId": role}),
        await admin.post("/api/roles", {"name": "Mine", "permissions": [permission]}),
        await admin.put(f"/api/roles/{role}", {"name": "Deputy", "permissions": READ}, headers={"if-match": '"1"'}),
        await admin.post("/api/service-tokens", {"name": "x", "permissions": [permission]}),
    ):
        assert answer.status_code == 403, answer.text


async def test_the_trail_tells_what_a_role_was_and_became(api: Api):
    owner = await api.owner()
    path = f"/api/roles/{await defined(owner, 'Auditor', *READ)}"
    await owner.put(path, {"name": "Reader", "permissions": READ[:1]}, headers={"if-match": '"1"'})

    line = (await owner.get("/api/audit")).json()["items"][0]

    assert line["action"] == "roles.changed"
    assert line["before"] == {"name": "Auditor", "permissions": READ}
    assert line["after"] == {"name": "Reader", "permissions": READ[:1]}
