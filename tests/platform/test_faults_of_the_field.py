"""What goes wrong on platforms of this kind, on the whole application; `faults.toml` says which test is for which."""

import ast
import json
import tomllib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from tests.platform.api import PASSWORD, Api, Somebody
from tests.platform.definitions import a_definition

HERE = Path(__file__).parent
FAULTS = tomllib.loads((HERE / "faults.toml").read_text())
PERMISSIONS = {"pipelines:read", "plugins:read", "compliance:read", "quotas:read", "audit:read", "members:read"}
READ = ("/api/account", "/api/pipelines", "/api/plugins", "/api/rules", "/api/quotas", "/api/audit", "/api/members")
"""A route of each part."""


def test_for_every_fault_there_is_a_test():
    known = {
        f"{path.relative_to(HERE)}::{node.name}"
        for path in HERE.rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {test for fault in FAULTS.values() for test in fault["tests"]} - known == set()
    assert [name for name, fault in FAULTS.items() if not fault["tests"]] == []


# --- who somebody is ---


@pytest.mark.parametrize("email", ["admin@localhost", "ADMIN@LOCALHOST", "root@example.com", "system@example.com"])
async def test_an_address_makes_nobody_an_administrator(api: Api, email: str):
    body = {"email": email, "name": "Me", "password": PASSWORD, "organization": "Mine"}
    answer = await api.nobody.post("/api/registrations", body)

    if answer.status_code == 201:
        person = Somebody(api.client, email, answer.json())
        assert (await person.get("/api/system/organizations")).status_code == 403
        assert (await person.within("system").get("/api/pipelines")).status_code == 404


@pytest.mark.parametrize("path", READ)
async def test_what_was_revoked_is_refused_everywhere_from_the_next_request_on(api: Api, path: str):
    owner = await api.owner()
    made = await owner.post(
        "/api/personal-tokens", {"name": "t", "permissions": sorted(PERMISSIONS), "expiresInDays": 365}
    )
    program = owner.with_token(made.json()["token"])
    is_personal = path == "/api/account"
    assert (await owner.get(path)).status_code == 200
    assert (await program.get(path)).status_code == (401 if is_personal else 200)

    await owner.delete(f"/api/personal-tokens/{made.json()['id']}")
    assert (await program.get(path)).status_code == 401
    await owner.delete("/api/sessions/current")
    assert (await owner.get(path)).status_code == 401


async def test_a_second_device_signs_nobody_out(api: Api):
    owner = await api.owner()
    body = {"email": owner.email, "password": PASSWORD}
    devices = [(await api.nobody.post("/api/sessions", body)).json() for _ in range(2)]

    for _ in range(2):
        for device in devices:
            renewed = await api.nobody.post("/api/sessions/refresh", {"refreshToken": device["refreshToken"]})
            assert renewed.status_code == 200
            device.update(renewed.json())


def forged(claims: dict, header: dict, key: OctKey | OKPKey | None) -> str:
    if key is None:
        parts = (json.dumps(one).encode() for one in (header, claims))
        return ".".join(urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + "."
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


async def test_nobody_can_make_a_token_but_the_platform(api: Api):
    owner, other = await api.owner(), await api.owner()
    key = (await api.nobody.get("/.well-known/jwks.json")).json()["keys"][-1]
    token = owner.tokens["accessToken"]
    head, body, _ = token.split(".")
    claims = json.loads(urlsafe_b64decode(body + "=="))
    header = json.loads(urlsafe_b64decode(head + "=="))
    another = OKPKey.import_key(Ed25519PrivateKey.generate())
    public = OctKey.import_key(urlsafe_b64decode(key["x"] + "=="))

    assert "d" not in key
    assert claims["exp"] - claims["iat"] <= 600
    tokens = [
        forged(claims, {**header, "alg": "none"}, None),
        forged(claims, {**header, "alg": "HS256"}, public),
        forged(claims, header, another),
        f"{head}.{other.tokens['accessToken'].split('.')[1]}.{token.split('.')[2]}",
        token[:-4] + "AAAA",
    ]
    for one in tokens:
        assert (await owner.with_token(one).get("/api/pipelines")).status_code == 401


async def test_a_claimed_address_of_a_proxy_is_not_believed_without_one(api: Api):
    owner = await api.owner()

    await owner.post(
        "/api/pipelines", {"definition": a_definition()}, headers={"x-forwarded-for": "203.0.113.7, 203.0.113.8"}
    )

    line = (await owner.get("/api/audit?limit=1")).json()["items"][0]
    assert not line["address"].startswith("203.0.113.")


# --- what is allowed ---


async def test_nobody_is_above_the_rules(api: Api):
    system = await api.administrator()
    owner = await api.owner()
    name = f"nothing-{uuid4().hex[:8]}"
    rule = {
        "name": name, "description": "Nothing.", "target": "pipeline", "severity": "error",
        "attribute": "count(stages)", "operator": "lt", "value": 1,
    }  # fmt: skip
    await owner.post("/api/rules", {"rule": rule})
    enrolled = await api.member(owner, "admin")
    for headers in ({}, {"x-bypass": "true"}, {"x-compliance-bypass": "true"}, {"x-internal-service": "true"}):
        for somebody in (owner, enrolled):
            answer = await somebody.post("/api/pipelines", {"definition": a_definition()}, headers=headers)
            assert answer.json()["code"] == "rules-violated"
    assert (await system.within(owner.org_id).post("/api/pipelines", {"definition": a_definition()})).status_code == 404


async def test_a_pattern_that_takes_for_ever_elsewhere_is_done_at_once(api: Api):
    owner = await api.owner()
    for number, pattern in enumerate(("^(a|a)*b$", "^(.*a){12}$", "^(a+)+$", "(x+x+)+y")):
        rule = {
            "name": f"slow-{number}", "description": "Slow.", "target": "pipeline", "severity": "error",
            "attribute": "description", "operator": "regex", "value": pattern,
        }  # fmt: skip
        assert (await owner.post("/api/rules", {"rule": rule})).status_code == 201

    answer = await owner.post("/api/pipelines", {"definition": a_definition(description="ax" * 400 + "!")})

    # By backtracking, this line would not be reached in a lifetime.
    assert answer.json()["code"] == "rules-violated"


async def test_an_examination_leaves_nothing_behind_and_takes_a_permission(api: Api):
    owner = await api.owner()
    viewer = await api.member(owner, "viewer")
    nothing = await owner.post("/api/roles", {"name": "nothing", "permissions": ["quotas:read"]})
    outsider = await api.member(owner, role_id=nothing.json()["id"])
    before = (await owner.get("/api/audit")).json()["items"]
    mails = len(await api.mails_to(owner.email))

    examined = await viewer.post("/api/pipelines/examination", {"definition": a_definition()})
    refused = await outsider.post("/api/pipelines/examination", {"definition": a_definition()})

    assert (examined.status_code, refused.status_code) == (200, 403)
    assert (await owner.get("/api/audit")).json()["items"] == before
    assert len(await api.mails_to(owner.email)) == mails


# --- what is stored ---


async def test_a_creation_never_writes_over_what_is_there(api: Api):
    owner = await api.owner()
    made = (await owner.post("/api/pipelines", {"definition": a_definition()})).json()

    again = await owner.post("/api/pipelines", {"definition": a_definition(description="Another")})

    assert again.status_code == 409
    now = (await owner.get(f"/api/pipelines/{made['id']}")).json()
    assert (now["revision"], now["description"]) == (1, made["description"])


async def test_a_key_of_repeated_requests_belongs_to_one_path(api: Api):
    owner = await api.owner()
    pipelines = [
        (await owner.post("/api/pipelines", {"definition": a_definition(project)})).json() for project in ("a", "b")
    ]
    headers = {"idempotency-key": "the same", "if-match": '"1"'}

    for one in pipelines:
        path = f"/api/pipelines/{one['id']}"
        updated = await owner.post(f"{path}/lock", headers=headers)
        assert (updated.status_code, updated.json()["id"]) == (200, one["id"])
        deleted = await owner.delete(path, headers={**headers, "if-match": updated.headers["etag"]})
        assert deleted.status_code == 204
        restored = await owner.post(f"{path}/restoration", headers=headers)
        assert (restored.status_code, restored.json()["id"]) == (200, one["id"])


async def test_a_scan_whose_process_died_is_done_by_another(api: Api, database_url: str):
    owner = await api.owner()
    await owner.post("/api/pipelines", {"definition": a_definition()})
    scan = (await owner.post("/api/scans", {})).json()
    await _take_and_die(database_url, scan["id"])

    await api.sweep("do_scans")

    done = (await owner.get(f"/api/scans/{scan['id']}")).json()
    assert (done["state"], done["examined"]) == ("done", 1)


async def _take_and_die(database_url: str, scan: str) -> None:
    """As if somebody had begun it an hour ago."""
    with psycopg.connect(database_url) as connection:
        connection.execute("set local app.platform = 'on'")
        connection.execute(
            "update scans set state = 'running', alive_at = now() - interval '1 hour', attempt = 1 where id = %s",
            (scan,),
        )
