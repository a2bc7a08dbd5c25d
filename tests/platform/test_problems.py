"""Every error is a problem document, whatever was sent, and says nothing of what is behind it."""

import json
import re

import httpx2
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from pipeline_builder.kit.problem import MEDIA_TYPE
from pipeline_builder.server.observation import LARGEST_BODY
from tests.platform.api import Api, Somebody
from tests.platform.matrix.table import served

BEHIND = re.compile(
    r"Traceback|File \"|asyncpg|psycopg|pydantic|site-packages|\bselect\b.*\bfrom\b|org_id", re.IGNORECASE
)
DEEP = 100_000


def assert_problem(answer: httpx2.Response, status: int, code: str | None = None) -> dict:
    """The one form of all errors (RFC 9457), with nothing in it of what is behind."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), answer.text[:500]
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == f"/docs/problems#{problem['code']}"
    assert problem["requestId"] == answer.headers["x-request-id"]
    assert problem["title"]
    assert problem["detail"]
    assert not BEHIND.search(answer.text), answer.text
    if code is not None:
        assert problem["code"] == code
    return problem


@pytest.fixture
async def owner(api: Api) -> Somebody:
    return await api.owner()


# --- what is no request of ours ---


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/api", "/api/", "/api/nothing", "/api/pipelines/", "/api/%00", "/%ff"]
)
async def test_a_path_that_there_is_not(owner: Somebody, path: str):
    assert_problem(await owner.get(path), 404)


async def test_a_method_that_a_path_does_not_have(owner: Somebody):
    answer = await owner.request("PATCH", "/api/pipelines")

    assert_problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "X" * 100])
async def test_a_method_that_nobody_knows(owner: Somebody, method: str):
    assert_problem(await owner.request(method, "/api/pipelines"), 405)


@pytest.mark.parametrize(
    "token", ["", "x", "x.y.z", "pbp_x", "pbs_" + "0" * 43, "eyJhbGciOiJub25lIn0.e30.", "a" * 10_000, "é"]
)
async def test_a_credential_of_nobody(api: Api, token: str):
    headers = {"authorization": f"Bearer {token}".encode()}
    answer = await api.client.get("/api/pipelines", headers=headers)

    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("organization", ["", "x" * 65, "a b", "../system", "ü", "'; drop table users; --"])
async def test_an_organization_that_cannot_be_one(owner: Somebody, organization: str):
    answer = await owner.get("/api/pipelines", headers={"x-organization": organization.encode()})

    assert_problem(answer, 422)


# --- bodies ---


async def raw(somebody: Somebody, body: bytes, kind: str = "application/json") -> httpx2.Response:
    return await somebody.post("/api/roles", content=body, headers={"content-type": kind})


MALFORMED = {
    "nothing": b"",
    "half": b'{"name": "x"',
    "a comment": b'{"name": "x" /* no */}',
    "a byte that is no text": b'{"name": "\xff\xfe", "permissions": []}',
    "a text that ends in the middle of a letter": b'{"name": "\xc3',
    "another encoding": '{"name": "x", "permissions": []}'.encode("utf-16"),
    "depth": b"[" * DEEP + b"]" * DEEP,
    "depth of objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "half of a pair": b'{"name": "\\ud800", "permissions": []}',
    "not a number": b'{"name": NaN, "permissions": []}',
    "infinity": b'{"name": Infinity, "permissions": []}',
    "a huge number": b'{"name": 1e999, "permissions": []}',
    "a number of many digits": b'{"name": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_body_that_is_no_json(owner: Somebody, body: bytes):
    answer = await raw(owner, body)

    assert answer.status_code in {400, 422}
    assert_problem(answer, answer.status_code)


WRONG = {
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "an unknown field": b'{"name": "x", "permissions": [], "isOwner": true}',
    "a name twice, the second of another type": b'{"name": "x", "name": 1, "permissions": []}',
    "NUL": b'{"name": "a\\u0000b", "permissions": []}',
    "a permission that there is not": b'{"name": "x", "permissions": ["everything"]}',
    "an empty name": b'{"name": "  ", "permissions": []}',
    "many permissions": json.dumps({"name": "x", "permissions": ["quotas:read"] * 101}).encode(),
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
async def test_a_body_that_holds_what_is_not_valid(owner: Somebody, body: bytes):
    problem = assert_problem(await raw(owner, body), 422)

    assert problem["code"] in {"invalid-request", "invalid-value"}
    assert all(one["at"].startswith("body") and one["message"] for one in problem.get("errors", []))


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "application/json; charset=latin-1"]
)
async def test_a_body_of_another_kind(owner: Somebody, kind: str):
    answer = await raw(owner, b"<name>x</name>", kind)

    assert answer.status_code in {400, 415, 422}
    assert_problem(answer, answer.status_code)


async def test_a_body_that_is_too_large_is_refused_before_it_has_come(owner: Somebody):
    announced = await owner.post(
        "/api/roles",
        content=b"{}",
        headers={"content-length": str(LARGEST_BODY + 1), "content-type": "application/json"},
    )
    sent = await raw(owner, b" " * (LARGEST_BODY + 1))

    for answer in (announced, sent):
        assert_problem(answer, 413, "request-too-large")


async def test_a_password_never_comes_back(api: Api):
    body = {"email": "x", "name": "", "password": "s3cret-that-nobody-sees" * 60, "organization": "x"}

    answer = await api.nobody.post("/api/registrations", body)

    assert_problem(answer, 422, "invalid-request")
    assert "s3cret" not in answer.text


# --- parameters ---


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=1e3",
        "limit=" + "9" * 5_000,
        "sort=nothing",
        "sort=-",
        "sort=",
        "cursor=x",
        "cursor=%00",
        "cursor=WzFd",
        "cursor=" + "a" * 2_000,
        "nothing=1",
        "search=%00",
        "name=" + "x" * 5_000,
    ],
)
async def test_a_parameter_that_is_not_valid(owner: Somebody, query: str):
    assert_problem(await owner.get(f"/api/pipelines?{query}"), 422)


@pytest.mark.parametrize("one", ["x", "0", "%00", "..%2f..%2f", "' or 1=1 --", "00000000-0000-0000-0000-00000000000g"])
async def test_an_id_that_is_none(owner: Somebody, one: str):
    answer = await owner.get(f"/api/pipelines/{one}")

    assert answer.status_code in {404, 422}
    assert_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "tag", ["*", "1", 'W/"1"', '"0"', '"-1"', '"1", "2"', '"99999999999999999999"', "", "x" * 1_000]
)
async def test_a_revision_that_is_none(owner: Somebody, tag: str):
    path = "/api/organizations/current"

    assert_problem(await owner.delete(path, headers={"if-match": tag}), 422)
    assert (await owner.get(path)).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_of_repeated_requests_that_is_none(owner: Somebody, key: str):
    answer = await owner.post("/api/teams", {"name": "x"}, headers={"idempotency-key": key})

    assert_problem(answer, 422, "invalid-value")


# --- ours ---


class Bug(Exception):
    """What nobody thought of."""


async def test_a_mistake_of_ours_is_told_without_details_and_logged_once(
    app: FastAPI, owner: Somebody, monkeypatch: pytest.MonkeyPatch
):
    async def broken(**_arguments: object) -> None:
        raise Bug("select secret from users where org_id = 1")

    monkeypatch.setattr(served(app)["GET /api/pipelines"].dependant, "call", broken)
    with capture_logs() as logged:
        answer = await owner.get("/api/pipelines")

    problem = assert_problem(answer, 500, "internal-error")
    assert problem.keys() == {"type", "title", "status", "detail", "code", "requestId"}
    failed = [one for one in logged if one["log_level"] == "error"]
    assert [(one["event"], one["request_id"]) for one in failed] == [("http.failed", problem["requestId"])]


async def test_every_problem_is_of_the_form_that_the_description_tells(api: Api):
    description = (await api.nobody.get("/api/openapi.json")).json()

    required = set(description["components"]["schemas"]["Problem"]["required"])
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert answer["content"].keys() == {MEDIA_TYPE}, (method, path, status)
    assert assert_problem(await api.nobody.get("/api/pipelines"), 401).keys() >= required
