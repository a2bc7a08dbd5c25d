"""Pipelines: from a definition to a template, and every state in between."""

import asyncio
import json

import pytest

from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition


async def a_pipeline(somebody: Somebody, project: str = "web", **more: object) -> dict:
    answer = await somebody.post("/api/pipelines", {"definition": a_definition(project, **more)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_definition_becomes_a_template(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)

    template = (await owner.get(f"/api/pipelines/{pipeline['id']}/template")).json()

    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert {"AWS::CodePipeline::Pipeline", "AWS::CodeBuild::Project"} <= kinds
    assert owner.org_id in json.dumps(template), "secrets are found under the organization's id"


async def test_everything_that_is_wrong_is_told_at_once_with_line_and_column(api: Api):
    owner = await api.owner()
    text = "project: web\norganization: acme\nsynth: {source: {type: nope}, plugin: cdk-synth}\nstagez: []\n"

    answer = await owner.post("/api/pipelines", {"text": text})

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "definition-refused"
    errors = [(one["code"], one["line"]) for one in problem["findings"] if one["severity"] == "error"]
    assert errors == [("not-one-of", 3), ("unknown-key", 4)]
    assert (await owner.get("/api/pipelines")).json()["items"] == []


async def test_the_text_is_kept_with_its_comments(api: Api):
    owner = await api.owner()
    text = "# why\n" + json.dumps(a_definition())
    pipeline = (await owner.post("/api/pipelines", {"text": text})).json()

    assert (await owner.get(f"/api/pipelines/{pipeline['id']}/definition")).text == text


async def test_a_change_is_a_new_revision_that_can_be_compared_and_undone(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)
    path = f"/api/pipelines/{pipeline['id']}"
    more = a_definition(stages=[{"stageName": "Lint", "steps": [{"plugin": {"name": "eslint"}}]}])

    changed = await owner.put(path, {"definition": more, "message": "lint"}, headers={"if-match": '"1"'})
    assert changed.status_code == 200, changed.text
    difference = (await owner.get(f"{path}/difference?before=1")).json()
    undone = await owner.post(f"{path}/revisions/1/restoration", headers={"if-match": '"2"'})

    assert changed.headers["etag"] == '"2"'
    assert {one["area"] for one in difference["changes"]} >= {"stage"}
    assert '+      "stageName": "Lint",' in difference["text"]
    assert undone.json()["revision"] == 3
    assert undone.json()["text"] == pipeline["text"]
    revisions = (await owner.get(f"{path}/revisions?limit=2")).json()
    assert [one["number"] for one in revisions["items"]] == [3, 2]
    assert revisions["items"][1]["message"] == "lint"
    assert [one["number"] for one in (await owner.get(f"{path}/revisions?cursor=2")).json()["items"]] == [1]


async def test_a_change_of_something_else_than_the_newest_is_refused(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)
    path, body = f"/api/pipelines/{pipeline['id']}", {"definition": a_definition(description="other")}

    assert (await owner.put(path, body)).status_code == 428
    assert (await owner.put(path, body, headers={"if-match": "W/x"})).status_code == 422
    assert (await owner.put(path, body, headers={"if-match": '"1"'})).status_code == 200
    outdated = await owner.put(path, body, headers={"if-match": '"1"'})

    assert outdated.status_code == 412
    assert outdated.json()["current"] == 2


async def test_of_two_who_change_at_once_one_is_refused(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)
    path = f"/api/pipelines/{pipeline['id']}"

    async def change(word: str) -> int:
        body = {"definition": a_definition(description=word)}
        return (await owner.put(path, body, headers={"if-match": '"1"'})).status_code

    assert sorted(await asyncio.gather(*map(change, "abcde"))) == [200, 412, 412, 412, 412]


async def test_a_deleted_pipeline_frees_its_name_and_can_be_restored(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)
    path = f"/api/pipelines/{pipeline['id']}"

    assert (await owner.delete(path, headers={"if-match": '"1"'})).status_code == 204
    assert (await owner.get(path)).status_code == 404
    assert [one["id"] for one in (await owner.get("/api/pipelines?deleted=true")).json()["items"]] == [pipeline["id"]]
    again = await a_pipeline(owner)
    assert (await owner.post(f"{path}/restoration")).json()["code"] == "pipeline-name-taken"
    await owner.delete(f"/api/pipelines/{again['id']}", headers={"if-match": '"1"'})

    assert (await owner.post(f"{path}/restoration")).status_code == 200
    assert (await owner.get(path)).json()["text"] == pipeline["text"]


async def test_two_pipelines_of_one_name_are_refused_whatever_their_capitals(api: Api):
    owner = await api.owner()
    await a_pipeline(owner, pipelineName="Web")

    answer = await owner.post("/api/pipelines", {"definition": a_definition(pipelineName="web")})

    assert (answer.status_code, answer.json()["code"]) == (409, "pipeline-name-taken")


async def test_of_a_hundred_creations_at_once_as_many_succeed_as_the_limit_allows(api: Api):
    owner = await api.owner()

    async def create(number: int) -> int:
        body = {"definition": a_definition(f"project-{number}")}
        return (await owner.post("/api/pipelines", body)).status_code

    results = await asyncio.gather(*map(create, range(100)))

    usage = (await owner.get("/api/quotas")).json()["usage"]
    limit = next(one for one in usage if one["resource"] == "pipelines")
    assert results.count(201) == limit["limit"] == limit["used"]
    assert set(results) == {201, 403}
    assert len((await owner.get("/api/pipelines")).json()["items"]) == limit["limit"]


async def test_a_list_in_parts_has_every_pipeline_once_though_their_names_are_equal(api: Api):
    owner = await api.owner()
    made = {(await a_pipeline(owner, f"p{number}"))["id"] for number in range(5)}
    seen: list[str] = []
    cursor = ""

    for _ in range(3):
        page = (await owner.get(f"/api/pipelines?limit=2&sort=name{cursor}")).json()
        seen += [one["id"] for one in page["items"]]
        cursor = f"&cursor={page['nextCursor']}"

    assert sorted(seen) == sorted(made)
    assert page["nextCursor"] is None


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "W10", "eyJhIjoxfQ", "%00"])
async def test_a_cursor_that_is_none_is_refused(api: Api, cursor: str):
    owner = await api.owner()
    assert (await owner.get(f"/api/pipelines?cursor={cursor}")).status_code == 422


async def test_a_definition_of_another_organization_is_refused(api: Api):
    owner, other = await api.owner(), await api.owner()

    answer = await owner.post("/api/pipelines", {"definition": a_definition(orgId=other.org_id)})

    errors = [one["code"] for one in answer.json()["findings"] if one["severity"] == "error"]
    assert errors == ["foreign-organization"]


async def test_what_belongs_to_others_is_absent(api: Api):
    owner, other = await api.owner(), await api.owner()
    pipeline = await a_pipeline(owner)
    path = f"/api/pipelines/{pipeline['id']}"

    for answer in (
        await other.get(path),
        await other.get(f"{path}/template"),
        await other.put(path, {"definition": a_definition()}, headers={"if-match": '"1"'}),
        await other.delete(path, headers={"if-match": '"1"'}),
        await other.within(owner.org_id).get(path),
    ):
        assert answer.status_code == 404


async def test_a_creation_that_is_sent_again_with_its_key_is_answered_and_not_repeated(api: Api):
    owner = await api.owner()
    body, headers = {"definition": a_definition()}, {"idempotency-key": "one"}

    first, second = await asyncio.gather(*(owner.post("/api/pipelines", body, headers=headers) for _ in range(2)))
    other = await owner.post("/api/pipelines", {"definition": a_definition("other")}, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert {first.headers.get("idempotent-replayed"), second.headers.get("idempotent-replayed")} == {None, "true"}
    assert other.status_code == 422
    assert len((await owner.get("/api/pipelines")).json()["items"]) == 1


async def test_every_change_is_in_the_audit_trail_and_the_trail_is_whole(api: Api):
    owner = await api.owner()
    pipeline = await a_pipeline(owner)
    path = f"/api/pipelines/{pipeline['id']}"
    await owner.put(path, {"definition": a_definition(description="x")}, headers={"if-match": '"1"'})
    await owner.delete(path, headers={"if-match": '"2"'})

    events = (await owner.get(f"/api/audit?subjectId={pipeline['id']}")).json()["items"]
    verification = (await owner.get("/api/audit/verification")).json()

    assert [one["action"] for one in events] == ["pipelines.deleted", "pipelines.changed", "pipelines.created"]
    assert {one["actorName"] for one in events} == {owner.email}
    assert (verification["isWhole"], verification["lines"]) == (True, 4)


async def test_the_examination_stores_nothing(api: Api):
    owner = await api.owner()

    good = (await owner.post("/api/pipelines/examination", {"definition": a_definition()})).json()
    bad = (await owner.post("/api/pipelines/examination", {"definition": {"project": "x"}})).json()

    assert (good["isAccepted"], good["name"]) == (True, "acme-web-pipeline")
    assert not bad["isAccepted"]
    assert bad["findings"]
    assert (await owner.get("/api/pipelines")).json()["items"] == []
