"""Proving who one is: passwords, tries, mailed tokens, second factors."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pyotp
import pytest

from pipeline_builder.domains.identity.attempts import Limit, Limits
from tests.platform.api import PASSWORD, Api, Somebody

ANOTHER = "another battery staple"


async def sign_in(api: Api, email: str, password: str = PASSWORD, **more: object):
    return await api.nobody.post("/api/sessions", {"email": email, "password": password}, **more)


def told(answer) -> dict:
    """An answer without what names this very request."""
    return {**answer.json(), "requestId": "", "retryAfter": ""}


Choose = Callable[[Limits], None]


@pytest.fixture
def choose(api: Api, database_url: str) -> Iterator[Choose]:
    """Other limits than those of the tests, from a clean slate to a clean slate."""
    contracts = api.app.state.contracts
    before = contracts.part(Limits)

    def chosen(limits: Limits) -> None:
        aged(database_url, "delete from attempts")
        contracts.keep(Limits, limits)

    yield chosen
    chosen(before)


FEW = Limit(3, timedelta(hours=1), timedelta(minutes=1), timedelta(hours=1))


async def with_factor(api: Api) -> tuple[Somebody, pyotp.TOTP, list[str]]:
    """Somebody with a second factor, its codes, and those for when the device is lost."""
    person = await api.person()
    begun = (await person.post("/api/account/second-factor")).json()
    codes = pyotp.TOTP(begun["secret"])
    confirmed = await person.post("/api/account/second-factor/confirmation", {"code": codes.now()})
    assert confirmed.status_code == 200, confirmed.text
    return person, codes, confirmed.json()["recoveryCodes"]


async def challenged(api: Api, person: Somebody) -> str:
    answer = await sign_in(api, person.email)
    assert (answer.status_code, answer.json()["code"]) == (401, "second-factor-required")
    return answer.json()["challenge"]


async def with_code(api: Api, challenge: str, code: str):
    return await api.nobody.post("/api/sessions/second-factor", {"challenge": challenge, "code": code})


def aged(database_url: str, statement: str, *values: object) -> None:
    """As if time had passed."""
    with psycopg.connect(database_url) as connection:
        connection.execute("set local app.platform = 'on'")
        connection.execute(statement, values)


# --- tries ---


async def test_too_many_wrong_passwords_lock_an_address_whether_or_not_there_is_an_account(api: Api):
    person = await api.person()
    answers = {}
    for email in (person.email, f"nobody-{person.email}"):
        answers[email] = [await sign_in(api, email, "a wrong password") for _ in range(7)]

    statuses = [[one.status_code for one in tried] for tried in answers.values()]
    assert statuses == [[401] * 5 + [429] * 2] * 2
    here, nowhere = (told(tried[-1]) for tried in answers.values())
    assert {**here, "detail": ""} == {**nowhere, "detail": ""}
    assert int(answers[person.email][-1].headers["retry-after"]) > 0


async def test_a_locked_account_takes_not_even_the_right_password_until_it_is_reset_by_mail(api: Api):
    person = await api.person()
    for _ in range(5):
        await sign_in(api, person.email, "a wrong password")
    assert (await sign_in(api, person.email)).status_code == 429

    await api.nobody.post("/api/password-resets", {"email": person.email})
    body = {"token": await api.token_mailed_to(person.email), "newPassword": ANOTHER}
    assert (await api.nobody.post("/api/password-resets/completion", body)).status_code == 204

    assert (await sign_in(api, person.email, ANOTHER)).status_code == 201


async def test_the_right_password_begins_to_count_anew(api: Api):
    person = await api.person()
    for _ in range(3):
        for _ in range(4):
            assert (await sign_in(api, person.email, "a wrong password")).status_code == 401
        assert (await sign_in(api, person.email)).status_code == 201


async def test_of_many_tries_at_once_none_goes_uncounted(api: Api):
    person = await api.person()

    answers = await asyncio.gather(*(sign_in(api, person.email, f"guess number {one}") for one in range(40)))

    assert {one.status_code for one in answers} <= {401, 429}
    assert sum(one.status_code == 401 for one in answers) <= 5


async def test_whoever_tries_many_accounts_is_stopped_by_where_they_come_from(api: Api, choose: Choose):
    choose(Limits(client=FEW))

    statuses = [(await sign_in(api, f"{one}@nowhere.example", "password")).status_code for one in range(5)]

    assert statuses == [401, 401, 401, 429, 429]


async def test_registrations_from_one_place_are_limited_those_of_known_addresses_too(api: Api, choose: Choose):
    choose(Limits(registrations=FEW))
    person = {"email": "taken-or-not@example.com", "name": "X", "password": PASSWORD, "organization": "Y"}

    answers = [await api.nobody.post("/api/registrations", person) for _ in range(4)]

    assert [one.status_code for one in answers] == [201, 409, 409, 429]


def test_waits_become_longer_and_end():
    limit = Limits().account
    waits = [limit.wait_after(tries) for tries in (1, 4, 5, 6, 7, 100, 10**9)]

    assert waits[:2] == [None, None]
    assert [one.total_seconds() for one in waits[2:]] == [15, 30, 60, 900, 900]


# --- passwords ---


async def test_a_changed_password_ends_every_other_session(api: Api):
    person = await api.person()
    other = Somebody(api.client, person.email, (await sign_in(api, person.email)).json())

    wrong = await person.put("/api/account/password", {"currentPassword": "no", "newPassword": ANOTHER})
    weak = await person.put("/api/account/password", {"currentPassword": PASSWORD, "newPassword": "short"})
    changed = await person.put("/api/account/password", {"currentPassword": PASSWORD, "newPassword": ANOTHER})

    assert [one.json()["code"] for one in (wrong, weak)] == ["password-wrong", "password-too-weak"]
    assert changed.status_code == 204
    assert [(await one.get("/api/account")).status_code for one in (person, other)] == [200, 401]
    assert (await sign_in(api, person.email)).status_code == 401
    assert (await sign_in(api, person.email, ANOTHER)).status_code == 201


async def test_asking_for_a_reset_does_not_tell_whether_there_is_an_account(api: Api):
    person = await api.person()
    unknown = f"nobody-{person.email}"

    answers = [await api.nobody.post("/api/password-resets", {"email": one}) for one in (person.email, unknown)]

    assert [(one.status_code, one.text) for one in answers] == [(202, "null")] * 2
    assert "no such account" in (await api.mails_to(unknown))[-1].text
    assert "pbm_" not in (await api.mails_to(unknown))[-1].text


async def test_a_reset_works_once_ends_every_session_and_proves_the_address(api: Api):
    person = await api.person()
    await api.nobody.post("/api/password-resets", {"email": person.email.upper()})
    body = {"token": await api.token_mailed_to(person.email), "newPassword": ANOTHER}

    weak = await api.nobody.post("/api/password-resets/completion", {**body, "newPassword": "short"})
    first = await api.nobody.post("/api/password-resets/completion", body)
    second = await api.nobody.post("/api/password-resets/completion", body)

    assert [weak.status_code, first.status_code, second.status_code] == [422, 204, 422]
    assert second.json()["code"] == "mailed-token-invalid"
    assert (await person.get("/api/account")).status_code == 401
    again = Somebody(api.client, person.email, (await sign_in(api, person.email, ANOTHER)).json())
    assert (await again.get("/api/account")).json()["emailVerifiedAt"] is not None


async def test_a_reset_that_is_an_hour_old_works_no_more(api: Api, database_url: str):
    person = await api.person()
    await api.nobody.post("/api/password-resets", {"email": person.email})
    token = await api.token_mailed_to(person.email)
    aged(
        database_url,
        "update one_time_tokens set expires_at = now() - interval '1 second' where user_id = %s",
        person.tokens["userId"],
    )

    body = {"token": token, "newPassword": ANOTHER}
    assert (await api.nobody.post("/api/password-resets/completion", body)).status_code == 422


async def test_a_token_of_one_purpose_is_none_of_another(api: Api):
    person = await api.person()
    token = await api.token_mailed_to(person.email)  # which proves the address

    body = {"token": token, "newPassword": ANOTHER}
    assert (await api.nobody.post("/api/password-resets/completion", body)).status_code == 422


async def test_nobody_has_an_address_flooded_with_mails(api: Api):
    person = await api.person()

    statuses = [(await api.nobody.post("/api/password-resets", {"email": person.email})).status_code for _ in range(4)]

    assert statuses[-1] == 429
    assert len(await api.mails_to(person.email)) <= 3


# --- addresses ---


async def test_an_address_is_proven_by_the_mail_that_registration_sends(api: Api):
    person = await api.person()
    assert (await person.get("/api/account")).json()["emailVerifiedAt"] is None

    body = {"token": await api.token_mailed_to(person.email)}
    assert (await api.nobody.post("/api/addresses/proof", body)).status_code == 204
    assert (await person.get("/api/account")).json()["emailVerifiedAt"] is not None
    assert (await api.nobody.post("/api/addresses/proof", body)).status_code == 422


async def test_another_address_counts_once_it_is_proven_and_the_old_one_is_told(api: Api):
    person = await api.person()
    new = f"new-{person.email}"

    assert (await person.put("/api/account/email", {"email": new})).status_code == 202
    assert (await person.get("/api/account")).json()["email"] == person.email
    await api.nobody.post("/api/addresses/proof", {"token": await api.token_mailed_to(new)})

    assert (await person.get("/api/account")).json()["email"] == new
    assert new in (await api.mails_to(person.email))[-1].text
    assert (await sign_in(api, new)).status_code == 201


async def test_an_address_that_somebody_else_took_meanwhile_stays_theirs(api: Api):
    person, other = await api.person(), await api.person()
    await person.put("/api/account/email", {"email": other.email})

    answer = await api.nobody.post("/api/addresses/proof", {"token": await api.token_mailed_to(other.email)})

    assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")
    assert (await sign_in(api, other.email)).json()["userId"] == other.tokens["userId"]


# --- second factors ---


async def test_with_a_second_factor_a_password_is_not_enough(api: Api):
    person, codes, _ = await with_factor(api)
    challenge = await challenged(api, person)

    used = await with_code(api, challenge, codes.now())
    wrong = await with_code(api, challenge, "000000")
    assert [used.json()["code"], wrong.json()["code"]] == ["code-wrong", "code-wrong"], "the first confirmed it"

    later = codes.generate_otp(codes.timecode(datetime.now(UTC)) + 1)
    right = await with_code(api, challenge, later)
    assert right.status_code == 201
    assert (await with_code(api, challenge, later)).status_code == 401
    account = (await Somebody(api.client, person.email, right.json()).get("/api/account")).json()
    assert (account["hasSecondFactor"], account["recoveryCodesLeft"]) == (True, 10)


async def test_a_code_for_the_lost_device_works_once(api: Api):
    person, _, recovery = await with_factor(api)

    first = await with_code(api, await challenged(api, person), recovery[0].upper())
    second = await with_code(api, await challenged(api, person), recovery[0])

    assert [first.status_code, second.status_code] == [201, 422]
    account = (await Somebody(api.client, person.email, first.json()).get("/api/account")).json()
    assert account["recoveryCodesLeft"] == 9


async def test_codes_are_not_guessed(api: Api):
    person, _, _ = await with_factor(api)
    challenge = await challenged(api, person)

    statuses = [(await with_code(api, challenge, f"{number:06}")).status_code for number in range(6)]

    assert statuses == [422] * 5 + [429]


async def test_a_challenge_of_nobody_is_none(api: Api):
    for challenge in ("", "x", "pbc_" + "0" * 42, (await api.person()).tokens["refreshToken"]):
        assert (await with_code(api, challenge, "123456")).status_code == 401


async def test_a_second_factor_is_removed_by_whoever_has_it(api: Api):
    person, _, _ = await with_factor(api)
    assert (await person.post("/api/account/second-factor")).json()["code"] == "second-factor-on"

    assert (await person.delete("/api/account/second-factor")).status_code == 204
    assert (await sign_in(api, person.email)).status_code == 201


async def test_a_second_factor_that_was_not_confirmed_asks_nobody(api: Api):
    person = await api.person()
    await person.post("/api/account/second-factor")

    wrong = await person.post("/api/account/second-factor/confirmation", {"code": "000000"})
    other = await (await api.person()).post("/api/account/second-factor/confirmation", {"code": "000000"})

    assert [wrong.json()["code"], other.json()["code"]] == ["code-wrong", "second-factor-missing"]
    assert (await sign_in(api, person.email)).status_code == 201


# --- showing again who one is ---

SENSITIVE = (
    ("POST", "/api/personal-tokens", {"name": "x", "permissions": ["quotas:read"]}),
    ("POST", "/api/service-tokens", {"name": "x", "permissions": ["quotas:read"]}),
    ("PUT", "/api/account/email", {"email": "x@example.com"}),
    ("POST", "/api/account/second-factor", None),
    ("DELETE", "/api/account/second-factor", None),
    ("DELETE", "/api/organizations/current", None),
)


@pytest.mark.parametrize(("method", "path", "body"), SENSITIVE, ids=[f"{one[0]} {one[1]}" for one in SENSITIVE])
async def test_a_session_that_is_old_has_to_show_again_whose_it_is(
    api: Api, database_url: str, method: str, path: str, body: dict | None
):
    person = await api.owner()
    aged(
        database_url,
        "update sessions set authenticated_at = now() - interval '11 minutes' where id = %s",
        person.tokens["sessionId"],
    )
    renewed = await api.nobody.post("/api/sessions/refresh", {"refreshToken": person.tokens["refreshToken"]})
    old = Somebody(api.client, person.email, renewed.json())
    more = {"json": body} if body else {}
    headers = {"if-match": '"1"'}

    refused = await old.request(method, path, headers=headers, **more)
    assert (refused.status_code, refused.json()["code"]) == (403, "proof-required")
    wrong = await old.post("/api/sessions/current/proof", {"password": "a wrong password"})
    assert wrong.json()["code"] == "password-wrong"
    proven = await old.post("/api/sessions/current/proof", {"password": PASSWORD})
    assert proven.status_code == 200, proven.text

    again = await old.with_token(proven.json()["accessToken"]).request(method, path, headers=headers, **more)
    assert again.is_success, again.text


async def test_showing_who_one_is_takes_the_second_factor_too(api: Api):
    person, _, recovery = await with_factor(api)

    without = await person.post("/api/sessions/current/proof", {"password": PASSWORD})
    with_it = await person.post("/api/sessions/current/proof", {"password": PASSWORD, "code": recovery[0]})

    assert [without.status_code, with_it.status_code] == [422, 200]


# --- cleaning up ---


async def test_what_has_ended_is_forgotten_and_nothing_else(api: Api, database_url: str):
    person = await api.person()
    old = (await sign_in(api, person.email)).json()["sessionId"]
    aged(database_url, "update sessions set ended_at = now() - interval '31 days' where id = %s", old)
    aged(database_url, "update attempts set first_at = now() - interval '2 days', blocked_until = null")

    await api.sweep("clean_up")
    await api.sweep("forget_old")

    with psycopg.connect(database_url) as connection:
        connection.execute("set local app.platform = 'on'")
        left = connection.execute("select id::text from sessions where user_id = %s", (person.tokens["userId"],))
        assert [row[0] for row in left] == [person.tokens["sessionId"]]
        assert connection.execute("select count(*) from attempts").fetchone() == (0,)
    assert (await person.get("/api/account")).status_code == 200
