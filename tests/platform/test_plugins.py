"""Plugins: published versions, who may use them, and who does."""

import asyncio

import pytest

from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition


def a_package(name: str = "greet", version: str = "1.0.0", **more: object) -> dict[str, str]:
    """The least that can be published: a plugin without an image of its own."""
    lines = [
        f"name: {name}",
        f"version: {version}",
        "description: Says hello to whoever looks.",
        "commands: [echo hello]",
    ]
    lines += [f"{key}: {value}" for key, value in more.items()]
    return {"plugin-spec.yaml": "\n".join(lines) + "\n", "config.yaml": "buildType: metadata_only\n"}


async def published(somebody: Somebody, visibility: str | None = None, **package: object) -> dict:
    body = {"files": a_package(**package), **({"visibility": visibility} if visibility else {})}
    answer = await somebody.post("/api/plugins/versions", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def using(plugin: str, project: str = "web") -> dict:
    return a_definition(project, stages=[{"stageName": "Greet", "steps": [{"plugin": plugin}]}])


async def image_of(somebody: Somebody, pipeline: str) -> str:
    """Which version a pipeline is locked to."""
    lock = (await somebody.get(f"/api/pipelines/{pipeline}/lock")).json()
    return next(one["version"] for key, one in lock["plugins"].items() if key.startswith("greet@"))


async def test_the_shipped_plugins_are_there_for_everybody_and_nobody_changes_them(api: Api):
    owner = await api.owner()

    page = (await owner.get("/api/plugins?owner=system&limit=200")).json()["items"]

    assert {"jest", "cdk-synth", "python-pytest"} <= {one["name"] for one in page}
    jest = next(one for one in page if one["name"] == "jest")
    path, headers = f"/api/plugins/{jest['id']}", {"if-match": f'"{jest["revision"]}"'}
    assert (await owner.delete(path, headers=headers)).status_code == 404
    assert (await owner.put(f"{path}/visibility", {"visibility": "private"}, headers=headers)).status_code == 404


async def test_a_published_version_never_changes(api: Api):
    owner = await api.owner()
    plugin = await published(owner)

    same = await owner.post("/api/plugins/versions", {"files": a_package()})
    other = await owner.post("/api/plugins/versions", {"files": a_package(category="other")})

    assert (same.status_code, same.json()["id"]) == (201, plugin["id"])
    assert (other.status_code, other.json()["code"]) == (409, "version-published")
    files = (await owner.get(f"/api/plugins/{plugin['id']}/versions/1.0.0")).json()["files"]
    assert files == a_package()


async def test_everything_that_is_wrong_with_a_package_is_told(api: Api):
    owner = await api.owner()
    files = {"plugin-spec.yaml": "name: Greet\nversion: one\nnope: 1\n", "config.yaml": "buildType: none\n"}

    answer = await owner.post("/api/plugins/versions", {"files": files})

    assert answer.json()["code"] == "package-refused"
    assert {one["file"] for one in answer.json()["findings"]} == {"package/plugin-spec.yaml", "package/config.yaml"}
    assert len(answer.json()["findings"]) >= 4


async def test_a_plugin_is_found_by_its_exact_name_and_the_highest_version_of_the_range(api: Api):
    owner = await api.owner()
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0"):
        await published(owner, version=version)
    await published(owner, name="greet-more", version="9.0.0")

    pipeline = (await owner.post("/api/pipelines", {"definition": using("greet@^1")})).json()
    unknown = await owner.post("/api/pipelines", {"definition": using("gree", "other")})

    assert await image_of(owner, pipeline["id"]) == "1.10.0"
    (error,) = [one for one in unknown.json()["findings"] if one["severity"] == "error"]
    assert (error["code"], "greet" in error["hint"]) == ("unknown-plugin", True)


async def test_a_pipeline_keeps_its_versions_until_its_lock_is_updated(api: Api):
    owner = await api.owner()
    await published(owner)
    pipeline = (await owner.post("/api/pipelines", {"definition": using("greet")})).json()
    path = f"/api/pipelines/{pipeline['id']}"
    await published(owner, version="1.1.0")

    changed = using("greet") | {"description": "changed"}
    await owner.put(path, {"definition": changed}, headers={"if-match": '"1"'})
    assert await image_of(owner, pipeline["id"]) == "1.0.0"
    updated = await owner.post(f"{path}/lock", headers={"if-match": '"2"'})

    assert updated.json()["revision"] == 3
    assert await image_of(owner, pipeline["id"]) == "1.1.0"


async def test_a_yanked_version_is_found_by_locks_alone(api: Api):
    owner = await api.owner()
    plugin = await published(owner)
    await published(owner, version="1.1.0")
    pipeline = (await owner.post("/api/pipelines", {"definition": using("greet")})).json()
    path = f"/api/plugins/{plugin['id']}/versions/1.1.0/warning"

    assert (await owner.put(path, {"yanked": "It says goodbye."})).status_code == 204
    other = (await owner.post("/api/pipelines", {"definition": using("greet", "other")})).json()

    assert await image_of(owner, pipeline["id"]) == "1.1.0"
    assert await image_of(owner, other["id"]) == "1.0.0"
    assert (await owner.get(f"/api/pipelines/{pipeline['id']}/template")).status_code == 200


async def test_own_plugins_go_before_those_of_the_organization_above_and_of_the_system(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    await published(owner, "public", version="5.0.0")
    above = (await team.post("/api/pipelines", {"definition": using("greet")})).json()
    await published(team, version="1.0.0")
    own = (await team.post("/api/pipelines", {"definition": using("greet", "other")})).json()

    assert await image_of(team, above["id"]) == "5.0.0"
    assert await image_of(team, own["id"]) == "1.0.0"


async def test_private_plugins_are_seen_by_their_organization_alone(api: Api):
    owner, other = await api.owner(), await api.owner()
    team = await api.team(owner)
    plugin = await published(owner)

    for stranger in (other, team):
        assert (await stranger.get(f"/api/plugins/{plugin['id']}")).status_code == 404
        assert (await stranger.get(f"/api/plugins/{plugin['id']}/versions/1.0.0")).status_code == 404
        assert "greet" not in {one["name"] for one in (await stranger.get("/api/plugins?limit=200")).json()["items"]}
        refused = await stranger.post("/api/pipelines", {"definition": using("greet")})
        assert refused.status_code == 422
        assert "greet" not in str([one["hint"] for one in refused.json()["findings"]])


async def test_a_public_plugin_is_seen_by_teams_and_by_no_other_organization(api: Api):
    owner, other = await api.owner(), await api.owner()
    team = await api.team(owner)
    plugin = await published(owner, "public")

    assert (await team.get(f"/api/plugins/{plugin['id']}")).status_code == 200
    assert (await other.get(f"/api/plugins/{plugin['id']}")).status_code == 404


async def test_publishing_takes_its_own_permission_and_nothing_becomes_private_in_silence(api: Api):
    owner = await api.owner()
    member = await api.member(owner, "member")
    body = {"files": a_package(version="1.1.0")}

    refused = await member.post("/api/plugins/versions", {"files": a_package(), "visibility": "public"})
    plugin = await published(owner, "public")
    changed = await member.post("/api/plugins/versions", body)
    deleted = await member.delete(f"/api/plugins/{plugin['id']}", headers={"if-match": '"1"'})
    warned = await member.put(f"/api/plugins/{plugin['id']}/versions/1.0.0/warning", {"yanked": "no"})

    assert [one.status_code for one in (refused, changed, deleted, warned)] == [403] * 4
    assert (await owner.get("/api/plugins?owner=own")).json()["items"][0]["visibility"] == "public"


async def test_a_plugin_that_is_used_is_not_deleted_and_tells_who_uses_it(api: Api):
    owner = await api.owner()
    team = await api.team(owner)
    plugin = await published(owner, "public")
    pipeline = (await team.post("/api/pipelines", {"definition": using("greet")})).json()
    path = f"/api/plugins/{plugin['id']}"

    refused = await owner.delete(path, headers={"if-match": '"1"'})
    usage = (await owner.get(f"{path}/usage")).json()
    await team.delete(f"/api/pipelines/{pipeline['id']}", headers={"if-match": '"1"'})
    deleted = await owner.delete(path, headers={"if-match": '"1"'})

    assert (refused.json()["code"], refused.json()["pipelines"]) == ("plugin-in-use", 1)
    assert [(one["pipelineName"], one["version"]) for one in usage["pipelines"]] == [("acme-web-pipeline", "1.0.0")]
    assert deleted.status_code == 204
    assert (await owner.get(path)).status_code == 404
    assert (await owner.post(f"{path}/restoration")).status_code == 200
    assert (await owner.get(path)).status_code == 200


async def test_who_uses_a_plugin_of_the_system_is_no_others_business(api: Api):
    owner, other = await api.owner(), await api.owner()
    page = (await owner.get("/api/plugins?name=jest&owner=system")).json()["items"]
    path = f"/api/plugins/{page[0]['id']}/usage"
    before = (await other.get(path)).json()
    await owner.post("/api/pipelines", {"definition": a_definition()})

    after = (await other.get(path)).json()

    assert after["pipelines"] == []
    assert after["elsewhere"] == before["elsewhere"] + 1


async def test_the_limit_counts_plugins_and_not_their_versions(api: Api):
    owner = await api.owner()
    answers = await asyncio.gather(
        *(owner.post("/api/plugins/versions", {"files": a_package(name=f"p-{number}")}) for number in range(30))
    )
    more = await owner.post("/api/plugins/versions", {"files": a_package(name="p-0", version="2.0.0")})

    codes = [one.status_code for one in answers]
    assert (codes.count(201), codes.count(403)) == (25, 5)
    assert more.status_code == 201 or codes[0] == 403


async def test_favourites_are_ones_own(api: Api):
    owner = await api.owner()
    member = await api.member(owner)
    plugin = await published(owner)

    assert (await owner.put(f"/api/plugins/{plugin['id']}/favourite")).status_code == 204
    assert [one["name"] for one in (await owner.get("/api/plugins?favourites=true")).json()["items"]] == ["greet"]
    assert (await member.get("/api/plugins?favourites=true")).json()["items"] == []
    await owner.delete(f"/api/plugins/{plugin['id']}/favourite")
    assert (await owner.get("/api/plugins?favourites=true")).json()["items"] == []


@pytest.mark.parametrize(("version", "answer"), [("^1", "1.1.0"), ("1.0.0", "1.0.0"), (None, "2.0.0")])
async def test_a_service_token_looks_plugins_up(api: Api, version: str | None, answer: str):
    owner = await api.owner()
    for one in ("1.0.0", "1.1.0", "2.0.0"):
        await published(owner, version=one, env="{WHO: '{{ pipeline.project }}'}")
    made = (await owner.post("/api/service-tokens", {"name": "lookup", "permissions": ["plugins:lookup"]})).json()
    body = {"filter": {"name": "greet", "version": version}, "context": {"pipeline": {"project": "web"}}}

    found = (await owner.with_token(made["token"]).post("/api/plugins/lookup", body)).json()["plugin"]

    assert (found["version"], found["env"], found["commands"]) == (answer, {"WHO": "web"}, ["echo hello"])
    assert found["buildType"] == "metadata_only"


async def test_what_cannot_be_looked_up_is_absent(api: Api):
    owner, other = await api.owner(), await api.owner()
    await published(other)

    for name in ("greet", "gree", "nothing"):
        answer = await owner.post("/api/plugins/lookup", {"filter": {"name": name}})
        assert answer.status_code == 404
