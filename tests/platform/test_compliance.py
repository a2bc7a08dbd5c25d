"""Rules: written, imposed, subscribed to, exempted from, and enforced."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline_builder.domains.compliance.contract import ShippedRules
from pipeline_builder.kit.database import Database
from pipeline_builder.kit.scope import as_platform
from pipeline_builder.server.platform import Platform
from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition

FEW = {
    "name": "few-stages",
    "description": "A pipeline has no stages.",
    "target": "pipeline",
    "severity": "error",
    "attribute": "count(stages)",
    "operator": "lt",
    "value": 1,
    "hint": "Remove some.",
}
TESTED = {
    "name": "no-jest",
    "description": "Nobody uses jest.",
    "target": "step",
    "severity": "critical",
    "when": {"attribute": "stage", "operator": "eq", "value": "Test"},
    "then": {"attribute": "plugin", "operator": "neq", "value": "jest"},
}


async def a_rule(somebody: Somebody, rule: dict | None = None, **more: object) -> dict:
    answer = await somebody.post("/api/rules", {"rule": rule or FEW, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def create(somebody: Somebody, project: str = "web", **more: object):
    return await somebody.post("/api/pipelines", {"definition": a_definition(project, **more)})


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def test_nothing_is_created_against_a_rule_and_everything_that_breaks_one_is_told(api: Api):
    owner = await api.owner()
    await a_rule(owner)
    await a_rule(owner, TESTED)
    await a_rule(owner, {**FEW, "name": "warned", "severity": "warning"})

    answer = await create(owner)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (403, "rules-violated")
    assert [(one["rule"], one["severity"], one["step"]) for one in problem["violations"]] == [
        ("few-stages", "error", None),
        ("warned", "warning", None),
        ("no-jest", "critical", "jest"),
    ]
    assert (await owner.get("/api/pipelines")).json()["items"] == []


async def test_a_warning_is_told_and_does_not_block(api: Api):
    owner = await api.owner()
    await a_rule(owner, {**FEW, "severity": "warning"})

    answer = await create(owner)

    assert answer.status_code == 201
    assert [one["rule"] for one in answer.json()["violations"]] == ["few-stages"]


async def test_rules_hold_for_changes_restorations_and_lock_updates_too(api: Api):
    owner = await api.owner()
    pipeline = (await create(owner)).json()
    path, match = f"/api/pipelines/{pipeline['id']}", {"if-match": '"1"'}
    await a_rule(owner)

    changed = await owner.put(path, {"definition": a_definition(description="x")}, headers=match)
    updated = await owner.post(f"{path}/lock", headers=match)
    restored = await owner.post(f"{path}/revisions/1/restoration", headers=match)
    await owner.delete(path, headers=match)
    undeleted = await owner.post(f"{path}/restoration")

    assert {one.json()["code"] for one in (changed, updated, restored, undeleted)} == {"rules-violated"}
    assert (await owner.get("/api/pipelines")).json()["items"] == []


async def test_a_rule_that_names_what_does_not_exist_is_refused_when_it_is_written(api: Api):
    owner = await api.owner()

    answer = await owner.post("/api/rules", {"rule": {**FEW, "attribute": "count(stagez)", "operator": "less"}})

    assert (answer.status_code, answer.json()["code"]) == (422, "rule-refused")
    assert {one["code"] for one in answer.json()["findings"]} == {"unknown-attribute", "unknown-operator"}


async def test_a_change_of_a_rule_counts_from_the_next_request_on_and_is_a_revision(api: Api):
    owner = await api.owner()
    rule = await a_rule(owner)
    path = f"/api/rules/{rule['id']}"
    assert (await create(owner)).status_code == 403

    loose = {**FEW, "value": 100}
    assert (await owner.put(path, {"rule": loose}, headers={"if-match": '"1"'})).status_code == 200
    assert (await create(owner)).status_code == 201
    off = await owner.put(path, {"rule": FEW, "isActive": False}, headers={"if-match": '"2"'})
    assert (await create(owner, "other")).status_code == 201

    assert off.json()["revision"] == 3
    revisions = (await owner.get(f"{path}/revisions")).json()
    assert [(one["number"], one["isActive"], one["document"]["value"]) for one in revisions] == [
        (3, False, 1), (2, True, 100), (1, True, 1),
    ]  # fmt: skip


async def test_what_the_organization_above_imposes_holds_for_its_teams_and_they_cannot_change_it(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    lead = await api.member(team, "admin")
    own, imposed = await a_rule(owner), await a_rule(owner, TESTED, isImposed=True)

    problem = (await create(lead)).json()

    assert [one["rule"] for one in problem["violations"]] == ["no-jest"]
    assert (await lead.get(f"/api/rules/{imposed['id']}")).status_code == 200
    assert (await lead.get(f"/api/rules/{own['id']}")).status_code == 404
    path, match = f"/api/rules/{imposed['id']}", {"if-match": '"1"'}
    assert (await lead.delete(path, headers=match)).status_code == 404
    assert (await lead.put(path, {"rule": TESTED, "isActive": False}, headers=match)).status_code == 404


async def test_published_rules_hold_for_whoever_subscribes(api: Api):
    owner, other, system = await api.owner(), await api.owner(), await api.administrator()
    name = f"published-{owner.org_id[-8:]}"
    rule = await a_rule(system, {**FEW, "name": name})
    path = f"/api/rule-subscriptions/{rule['id']}"
    assert (await create(owner)).status_code == 201

    assert (await owner.put(path, {})).status_code == 204
    assert [one["rule"] for one in (await create(owner, "two")).json()["violations"]] == [name]
    assert (await create(other)).status_code == 201
    assert [one["name"] for one in (await owner.get("/api/rule-subscriptions")).json()] == [name]

    loose = {"rule": {**FEW, "name": name, "value": 100}}
    await system.put(f"/api/rules/{rule['id']}", loose, headers={"if-match": '"1"'})
    assert (await create(owner, "three")).status_code == 201
    assert (await owner.put(path, {"pinned": 1})).status_code == 204
    assert (await create(owner, "four")).status_code == 403
    assert (await owner.put(path, {"pinned": 7})).status_code == 404
    assert (await owner.delete(path)).status_code == 204
    assert (await create(owner, "four")).status_code == 201


async def test_shipped_sets_and_policies_hold_for_whoever_subscribes(api: Api):
    owner, other = await api.owner(), await api.owner()
    policies = {one["name"]: one for one in (await owner.get("/api/policies")).json()}
    assert {"cis", "pci-dss", "soc2", "security-baseline", "production-readiness"} <= policies.keys()

    whole = await owner.put("/api/rule-sets/soc2/subscription", {})
    few = await other.put("/api/rule-sets/security-baseline/subscription", {})

    assert (whole.json(), few.json()) == ({"rules": 25}, {"rules": 3})
    refused = await create(owner)
    assert refused.status_code == 403
    assert "soc2-cc6.7-require-encryption" in {one["rule"] for one in refused.json()["violations"]}
    assert {one["rule"] for one in (await create(other)).json()["violations"]} == {"block-latest-version"}
    counting = {one["name"] for one in (await other.get("/api/rule-subscriptions")).json()}
    assert counting == {"block-latest-version", "block-privileged-plugins", "restrict-public-access"}


async def test_what_is_shipped_is_published_once(api: Api, platform: Platform, database: Database):
    async with database.transaction() as tx:
        await as_platform(tx)
        count = await platform.contracts.part(ShippedRules).load(tx)

    found = [one for one in (await (await api.owner()).get("/api/rules?limit=200")).json()["items"] if one["sets"]]

    assert (count, len(found)) == (85, 85)
    assert {one["revision"] for one in found} == {1}


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", "")])
async def test_subscribing_and_unsubscribing_take_the_permission_to_change_rules(api: Api, method: str, path: str):
    owner, system = await api.owner(), await api.administrator()
    rule = await a_rule(system, {**FEW, "name": f"b1-{method.lower()}-{owner.org_id[-8:]}"})
    member = await api.member(owner, "member")
    await owner.put(f"/api/rule-subscriptions/{rule['id']}", {})

    answer = await member.request(method, f"/api/rule-subscriptions/{rule['id']}{path}", json={})

    assert answer.status_code == 403


async def test_an_exemption_is_asked_for_before_there_is_anything_and_approved_by_somebody_else(api: Api):
    owner = await api.owner()
    await a_rule(owner)
    member, admin = await api.member(owner, "member"), await api.member(owner, "admin")
    body = {"rule": "few-stages", "subject": "acme-web-pipeline", "reason": "It is small.", "expiresAt": in_days(3)}

    asked = (await member.post("/api/exemptions", body)).json()
    own = (await admin.post("/api/exemptions", body)).json()
    path, approve = f"/api/exemptions/{asked['id']}/review", {"state": "approved", "review": "Fine."}
    assert (await create(member)).status_code == 403
    assert (await member.put(path, approve)).status_code == 403
    assert (await admin.put(f"/api/exemptions/{own['id']}/review", approve)).json()["code"] == "own-request"
    assert (await admin.put(path, approve)).status_code == 200

    created = await create(member)
    assert created.status_code == 201
    assert [(one["rule"], one["isExempt"]) for one in created.json()["violations"]] == [("few-stages", True)]
    assert (await create(member, "other")).status_code == 403, "an exemption is for one pipeline"
    await admin.put(path, {"state": "revoked"})
    changed = {"definition": a_definition(description="x")}
    again = await member.put(f"/api/pipelines/{created.json()['id']}", changed, headers={"if-match": '"1"'})
    assert again.status_code == 403


@pytest.mark.parametrize("days", [-1, 400])
async def test_an_exemption_ends_within_a_year(api: Api, days: int):
    owner = await api.owner()
    body = {"rule": "few-stages", "subject": "web", "reason": "x", "expiresAt": in_days(days)}

    assert (await owner.post("/api/exemptions", body)).status_code == 422


async def test_a_preview_tells_which_pipelines_would_break_a_rule_and_changes_nothing(api: Api):
    owner = await api.owner()
    pipeline = (await create(owner)).json()

    preview = (await owner.post("/api/rules/preview", {"rule": TESTED})).json()

    assert (preview["examined"], preview["total"]) == (1, 1)
    assert [(one["pipelineId"], one["step"]) for one in preview["broken"]] == [(pipeline["id"], "jest")]
    assert (await create(owner, "other")).status_code == 201


async def test_a_scan_says_what_a_creation_would_say(api: Api):
    owner = await api.owner()
    for project in ("one", "two"):
        await create(owner, project)
    await a_rule(owner, TESTED)
    await a_rule(owner)
    refused = (await create(owner, "three")).json()["violations"]

    started = await owner.post("/api/scans")
    twice = await owner.post("/api/scans")
    await api.sweep("do_scans")
    scan = (await owner.get(f"/api/scans/{started.json()['id']}")).json()
    page = (await owner.get(f"/api/scans/{scan['id']}/findings?limit=3")).json()
    rest = (await owner.get(f"/api/scans/{scan['id']}/findings?cursor={page['nextCursor']}")).json()

    assert (started.status_code, twice.json()["code"]) == (202, "scan-under-way")
    assert (scan["state"], scan["examined"], scan["total"]) == ("done", 2, 2)
    found = [*page["items"], *rest["items"]]
    assert sorted((one["rule"], one["message"]) for one in found) == sorted(
        (one["rule"], one["message"]) for one in refused * 2
    )


async def test_rules_hold_for_plugins_that_are_published(api: Api):
    owner = await api.owner()
    rule = {
        "name": "described",
        "description": "A plugin says what it does.",
        "target": "plugin",
        "attribute": "length(description)",
        "operator": "gt",
        "value": 20,
    }
    await a_rule(owner, rule)
    spec = "name: greet\nversion: 1.0.0\ndescription: Short.\ncommands: [echo]\n"
    files = {"plugin-spec.yaml": spec, "config.yaml": "buildType: metadata_only\n"}

    refused = await owner.post("/api/plugins/versions", {"files": files})
    files["plugin-spec.yaml"] = spec.replace("Short.", "Says hello to whoever looks.")

    assert refused.json()["code"] == "rules-violated"
    assert (await owner.post("/api/plugins/versions", {"files": files})).status_code == 201


async def test_when_a_rule_cannot_be_evaluated_nothing_is_created(api: Api):
    owner = await api.owner()
    rule = await a_rule(owner)
    async with api.app.state.database.transaction() as tx:
        await tx.execute("select set_config('app.platform', 'on', true)")
        await tx.execute("update rules set document = $1, revision = 2 where id = $2", {"name": "old"}, rule["id"])

    answer = await create(owner)

    assert (answer.status_code, answer.json()["code"]) == (503, "compliance-unavailable")
    assert (await owner.get("/api/pipelines")).json()["items"] == []


async def test_a_policy_names_rules(api: Api):
    owner = await api.owner()
    body = {"name": "baseline", "rules": ["few-stages"]}
    policy = await owner.post("/api/policies", body)
    twice = await owner.post("/api/policies", body)
    path = f"/api/policies/{policy.json()['id']}"

    changed = await owner.put(path, {**body, "rules": []}, headers={"if-match": '"1"'})

    assert (policy.status_code, twice.status_code, changed.status_code) == (201, 409, 200)
    assert (await owner.delete(path, headers={"if-match": '"2"'})).status_code == 204


async def test_everything_that_rules_can_look_at_is_told(api: Api):
    owner = await api.owner()

    attributes = (await owner.get("/api/rule-attributes")).json()

    stages = next(one for one in attributes if (one["target"], one["name"]) == ("pipeline", "stages"))
    assert (stages["kind"], "countLt" in stages["operators"], "gt" in stages["operators"]) == ("list", True, False)
