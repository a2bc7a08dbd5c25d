"""What requests name: a maker for each kind, by the name that stands in the table.

A maker gets an organization and whoever works there, and answers with what stands for the placeholder. What two
organizations have is called the same in both, so that a statement that forgets the organization finds the other's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyotp

from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.permissions import Role
from tests.platform.api import PASSWORD, Somebody
from tests.platform.definitions import a_definition

if TYPE_CHECKING:
    from tests.platform.matrix.world import Tenant

Make = Callable[["Tenant", Somebody], Awaitable[Any]]


@dataclass(frozen=True)
class Maker:
    """How something is made.

    Attributes:
        make: makes it; None where an organization of this kind cannot have it.
        is_object: it belongs to the organization, so that another's of its kind is absent.
        is_personal: it belongs to whoever asks.
        others: what another organization has in its place, where it is the system's.
    """

    make: Make
    is_object: bool
    is_personal: bool
    others: str


MAKERS: dict[str, Maker] = {}
_CODES: list[str] = []
_FACTORS: dict[str, str] = {}


def _maker(
    kind: str, *, is_object: bool = True, is_personal: bool = False, others: str | None = None
) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        MAKERS[kind] = Maker(make, is_object, is_personal, others or kind)
        return make

    return keep


def a_package(name: str) -> dict[str, str]:
    spec = f"name: {name}\nversion: 1.0.0\ndescription: Of the matrix.\ncommands: [echo hello]\n"
    return {"plugin-spec.yaml": spec, "config.yaml": "buildType: metadata_only\n"}


def a_pipeline(project: str) -> dict[str, Any]:
    return a_definition(project, stages=[{"stageName": "Test", "steps": [{"plugin": "matrix-used"}]}])


async def _created(somebody: Somebody, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await somebody.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _deleted(somebody: Somebody, path: str) -> None:
    answer = await somebody.delete(path, headers={"if-match": '"1"'})
    assert answer.status_code == 204, answer.text


# --- values, which belong to nobody ---


@_maker("version", is_object=False)
async def version(_tenant: "Tenant", _somebody: Somebody) -> str:
    return "1.0.0"


@_maker("number", is_object=False)
async def number(_tenant: "Tenant", _somebody: Somebody) -> str:
    return "1"


@_maker("definition", is_object=False)
async def definition(_tenant: "Tenant", _somebody: Somebody) -> dict[str, Any]:
    return a_pipeline("matrix")


@_maker("new-definition", is_object=False)
async def new_definition(_tenant: "Tenant", _somebody: Somebody) -> dict[str, Any]:
    return a_pipeline("matrix-created")


@_maker("new-package", is_object=False)
async def new_package(_tenant: "Tenant", _somebody: Somebody) -> dict[str, str]:
    return a_package("matrix-created")


# --- what is a person's own ---


@_maker("email", is_object=False)
async def email(tenant: "Tenant", _somebody: Somebody) -> str:
    return tenant.owner.email


@_maker("refresh-token", is_object=False)
async def refresh_token(tenant: "Tenant", somebody: Somebody) -> str:
    body = {"email": tenant.owner.email, "password": PASSWORD}
    return (await _created(Somebody(somebody.client), "/api/sessions", body))["refreshToken"]


@_maker("password", is_object=False)
async def password(_tenant: "Tenant", _somebody: Somebody) -> str:
    return PASSWORD


@_maker("reset-token", is_object=False)
async def reset_token(tenant: "Tenant", somebody: Somebody) -> str:
    person = await tenant.world.api.person()
    await Somebody(somebody.client).post("/api/password-resets", {"email": person.email})
    return await tenant.world.api.token_mailed_to(person.email)


@_maker("address-token", is_object=False)
async def address_token(tenant: "Tenant", _somebody: Somebody) -> str:
    return await tenant.world.api.token_mailed_to((await tenant.world.api.person()).email)


@_maker("code", is_object=False, is_personal=True)
async def code(_tenant: "Tenant", somebody: Somebody) -> str:
    if somebody.email not in _FACTORS:  # A person has one, in whichever organization they are met.
        _FACTORS[somebody.email] = (await _created(somebody, "/api/account/second-factor", {}))["secret"]
    return pyotp.TOTP(_FACTORS[somebody.email]).now()


@_maker("challenge", is_object=False)
async def challenge(tenant: "Tenant", _somebody: Somebody) -> str:
    """Of somebody with a second factor; the code that belongs to it is made next."""
    person = await tenant.world.api.person()
    confirmation = {"code": await code(tenant, person)}
    confirmed = await person.post("/api/account/second-factor/confirmation", confirmation)
    _CODES.append(confirmed.json()["recoveryCodes"][0])
    refused = await tenant.world.api.nobody.post("/api/sessions", {"email": person.email, "password": PASSWORD})
    return refused.json()["challenge"]


@_maker("recovery-code", is_object=False)
async def recovery_code(_tenant: "Tenant", _somebody: Somebody) -> str:
    return _CODES[-1]


@_maker("session", is_personal=True)
async def session(_tenant: "Tenant", somebody: Somebody) -> str:
    body = {"email": somebody.email, "password": PASSWORD}
    return (await _created(Somebody(somebody.client), "/api/sessions", body))["sessionId"]


@_maker("personal-token", is_personal=True)
async def personal_token(_tenant: "Tenant", somebody: Somebody) -> str:
    body = {"name": "matrix", "permissions": ["organization:read"]}
    return (await _created(somebody, "/api/personal-tokens", body))["id"]


@_maker("invitation-token", is_object=False, is_personal=True)
async def invitation_token(tenant: "Tenant", somebody: Somebody) -> str:
    inviting = await tenant.world.api.owner()
    await _created(inviting, "/api/invitations", {"email": somebody.email, "role": "viewer"})
    return await tenant.world.api.token_mailed_to(somebody.email)


@_maker("joined-organization", is_personal=True)
async def joined_organization(tenant: "Tenant", somebody: Somebody) -> str:
    inviting = await tenant.world.api.owner()
    await _created(inviting, "/api/invitations", {"email": somebody.email, "role": "viewer"})
    token = await tenant.world.api.token_mailed_to(somebody.email)
    person = Somebody(somebody.client, somebody.email, somebody.tokens)
    return (await _created(person, "/api/invitations/acceptance", {"token": token}))["id"]


@_maker("own-deleted-organization", is_personal=True)
async def own_deleted_organization(_tenant: "Tenant", somebody: Somebody) -> str:
    person = Somebody(somebody.client, somebody.email, somebody.tokens)
    founded = (await _created(person, "/api/organizations", {"name": "Matrix"}))["id"]
    await _deleted(person.within(founded), "/api/organizations/current")
    return founded


# --- what organizations have ---


@_maker("service-token")
async def service_token(tenant: "Tenant", _somebody: Somebody) -> str:
    body = {"name": "matrix", "permissions": ["plugins:lookup"]}
    return (await _created(tenant.owner, "/api/service-tokens", body))["id"]


@_maker("organization")
async def organization(tenant: "Tenant", _somebody: Somebody) -> str:
    return (await tenant.world.api.owner()).org_id


@_maker("deleted-organization")
async def deleted_organization(tenant: "Tenant", _somebody: Somebody) -> str:
    owner = await tenant.world.api.owner()
    await _deleted(owner, "/api/organizations/current")
    return owner.org_id


@_maker("team")
async def team(tenant: "Tenant", _somebody: Somebody) -> str | None:
    if tenant.is_team:
        return None
    return (await _created(tenant.owner, "/api/teams", {"name": "Matrix"}))["id"]


@_maker("deleted-team")
async def deleted_team(tenant: "Tenant", _somebody: Somebody) -> str | None:
    if tenant.is_team:
        return None
    made = (await _created(tenant.owner, "/api/teams", {"name": "Matrix"}))["id"]
    await _deleted(tenant.owner, f"/api/teams/{made}")
    return made


@_maker("role")
async def role(tenant: "Tenant", _somebody: Somebody) -> str:
    return (await _created(tenant.owner, "/api/roles", {"name": "Nothing", "permissions": []}))["id"]


@_maker("member")
async def member(tenant: "Tenant", _somebody: Somebody) -> str:
    """Somebody who may do nothing, whom therefore everybody may remove who may remove at all."""
    person = await tenant.world.api.person()
    await tenant.add(person, role_id=await tenant.own_role("Guest", []))
    return person.tokens["userId"]


@_maker("invitation")
async def invitation(tenant: "Tenant", _somebody: Somebody) -> str:
    body = {"email": "invited@matrix.example", "roleId": await tenant.own_role("Invited", [])}
    return (await _created(tenant.owner, "/api/invitations", body))["id"]


async def _plugin(tenant: "Tenant", name: str) -> str:
    return (await _created(tenant.owner, "/api/plugins/versions", {"files": a_package(name)}))["id"]


@_maker("plugin")
async def plugin(tenant: "Tenant", _somebody: Somebody) -> str:
    return await _plugin(tenant, "matrix")


@_maker("deleted-plugin")
async def deleted_plugin(tenant: "Tenant", _somebody: Somebody) -> str:
    made = await _plugin(tenant, "matrix-deleted")
    await _deleted(tenant.owner, f"/api/plugins/{made}")
    return made


@_maker("pipeline")
async def pipeline(tenant: "Tenant", _somebody: Somebody) -> str:
    return (await _created(tenant.owner, "/api/pipelines", {"definition": a_pipeline("matrix")}))["id"]


@_maker("deleted-pipeline")
async def deleted_pipeline(tenant: "Tenant", _somebody: Somebody) -> str:
    made = await _created(tenant.owner, "/api/pipelines", {"definition": a_pipeline("matrix-deleted")})
    await _deleted(tenant.owner, f"/api/pipelines/{made['id']}")
    return made["id"]


@_maker("template")
async def template(tenant: "Tenant", _somebody: Somebody) -> str:
    body = {"name": "matrix", "definition": a_pipeline("matrix")}
    return (await _created(tenant.owner, "/api/pipeline-templates", body))["id"]


def a_rule(name: str) -> dict[str, Any]:
    """One that everything breaks, and that blocks nothing."""
    about = {"name": name, "description": "Of the matrix.", "target": "pipeline", "severity": "warning"}
    return {**about, "attribute": "count(stages)", "operator": "lt", "value": 1}


@_maker("new-rule", is_object=False)
async def new_rule(_tenant: "Tenant", _somebody: Somebody) -> dict[str, Any]:
    return a_rule("matrix-created")


@_maker("soon", is_object=False)
async def soon(_tenant: "Tenant", _somebody: Somebody) -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


@_maker("rule")
async def rule(tenant: "Tenant", _somebody: Somebody) -> str:
    return (await _created(tenant.owner, "/api/rules", {"rule": a_rule("matrix")}))["id"]


@_maker("published-rule", others="rule")
async def published_rule(tenant: "Tenant", _somebody: Somebody) -> str:
    body = {"rule": a_rule(f"matrix-{new_id()}")}
    return (await _created(tenant.world.system.owner, "/api/rules", body))["id"]


@_maker("subscribed-rule", others="rule")
async def subscribed_rule(tenant: "Tenant", somebody: Somebody) -> str:
    made = await published_rule(tenant, somebody)
    answer = await tenant.owner.put(f"/api/rule-subscriptions/{made}", {})
    assert answer.status_code == 204, answer.text
    return made


@_maker("rule-set", is_object=False)
async def rule_set(tenant: "Tenant", somebody: Somebody) -> str:
    of_system = tenant.world.system.owner
    named = (await of_system.get(f"/api/rules/{await published_rule(tenant, somebody)}")).json()["name"]
    return (await _created(of_system, "/api/policies", {"name": f"matrix-{new_id()}", "rules": [named]}))["name"]


@_maker("policy")
async def policy(tenant: "Tenant", _somebody: Somebody) -> str:
    return (await _created(tenant.owner, "/api/policies", {"name": "matrix", "rules": []}))["id"]


@_maker("exemption")
async def exemption(tenant: "Tenant", somebody: Somebody) -> str:
    """Requested by somebody who reviews none, for nobody reviews their own."""
    asking = await tenant.add(await tenant.world.api.person(), Role.MEMBER)
    body = {
        "rule": "matrix",
        "subject": "matrix",
        "reason": "Of the matrix.",
        "expiresAt": await soon(tenant, somebody),
    }
    return (await _created(asking, "/api/exemptions", body))["id"]


@_maker("scan")
async def scan(tenant: "Tenant", _somebody: Somebody) -> str:
    """One that has ended, for while one is under way no other begins."""
    scan_id, at = new_id(), datetime.now(UTC)
    await tenant.world.sql(
        "insert into scans (id, org_id, state, created_at, created_by, alive_at) values ($1, $2, 'done', $3, '', $3)",
        scan_id,
        tenant.org_id,
        at,
    )
    await tenant.world.sql(
        "insert into scan_findings (scan_id, number, org_id, pipeline_id, pipeline_name, rule, severity, message,"
        " is_exempt) values ($1, 1, $2, $1, 'matrix', 'matrix', 'warning', '', false)",
        scan_id,
        tenant.org_id,
    )
    return str(scan_id)


def absent() -> str:
    """What nobody has."""
    return str(new_id())
