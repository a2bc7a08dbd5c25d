"""Accounts and sessions."""

from tests.platform.api import PASSWORD, Api


async def test_who_registers_is_signed_in_and_owns_an_organization(api: Api):
    owner = await api.owner()

    account = (await owner.get("/api/account")).json()
    assert account["email"] == owner.email
    assert (await owner.get("/api/quotas")).json()["plan"] == "developer"


async def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(api: Api):
    owner = await api.owner()
    first = owner.tokens["refreshToken"]

    renewed = await api.nobody.post("/api/sessions/refresh", {"refreshToken": first})
    assert renewed.status_code == 200
    again = await api.nobody.post("/api/sessions/refresh", {"refreshToken": first})

    assert again.status_code == 401
    assert again.json()["code"] == "session-ended"
    assert (await owner.get("/api/account")).status_code == 401
    newest = await api.nobody.post("/api/sessions/refresh", {"refreshToken": renewed.json()["refreshToken"]})
    assert newest.status_code == 401


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(api: Api):
    owner = await api.owner()

    wrong = await api.nobody.post("/api/sessions", {"email": owner.email, "password": "not the password"})
    unknown = await api.nobody.post("/api/sessions", {"email": "nobody@example.com", "password": PASSWORD})

    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.json(), "requestId": ""} == {**unknown.json(), "requestId": ""}
