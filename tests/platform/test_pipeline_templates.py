"""Golden paths: definitions to begin from."""

import pytest

from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition

INPUTS = {
    "level": {"type": "number", "description": "How strict.", "default": "3"},
    "region": {"type": "string", "description": "Where.", "required": True, "enum": ["eu", "us"]},
}
STEP = {"plugin": "jest", "env": {"LEVEL": "{{ vars.level }}", "REGION": "{{ vars.region }}"}}


def a_template(**more: object) -> dict:
    definition = a_definition(stages=[{"stageName": "Test", "steps": [STEP]}], vars={"own": "x"})
    return {"name": "Web", "definition": definition, "inputs": INPUTS, **more}


async def made(somebody: Somebody, **more: object) -> dict:
    answer = await somebody.post("/api/pipeline-templates", a_template(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_template_becomes_a_definition_that_becomes_a_pipeline(api: Api):
    owner = await api.owner()
    template = await made(owner)
    body = {"project": "shop", "organization": "acme", "inputs": {"region": "eu"}}

    used = await owner.post(f"/api/pipeline-templates/{template['id']}/definition", body)
    definition = used.json()["definition"]
    pipeline = (await owner.post("/api/pipelines", {"definition": definition})).json()
    text = (await owner.get(f"/api/pipelines/{pipeline['id']}/template")).text

    assert definition["vars"] == {"own": "x", "level": "3", "region": "eu"}
    assert pipeline["name"] == "acme-shop-pipeline"
    assert '"Name": "REGION"' in text


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({}, "inputs.region"),
        ({"region": "asia"}, "inputs.region"),
        ({"region": "eu", "level": "high"}, "inputs.level"),
        ({"region": "eu", "other": "x"}, "inputs.other"),
    ],
)
async def test_a_value_that_is_not_what_is_asked_for_is_refused(api: Api, inputs: dict, field: str):
    owner = await api.owner()
    template = await made(owner)
    body = {"project": "shop", "organization": "acme", "inputs": inputs}

    answer = await owner.post(f"/api/pipeline-templates/{template['id']}/definition", body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_value_never_becomes_structure(api: Api):
    owner = await api.owner()
    inputs = {"region": {"type": "string", "description": "Where."}, "level": INPUTS["level"]}
    template = await made(owner, inputs=inputs)
    hostile = '"}]\nstages: []'
    body = {"project": "shop", "organization": "acme", "inputs": {"region": hostile}}

    definition = (await owner.post(f"/api/pipeline-templates/{template['id']}/definition", body)).json()["definition"]

    assert definition["vars"]["region"] == hostile
    assert len(definition["stages"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"inputs": {}},
        {"inputs": {**INPUTS, "level": {**INPUTS["level"], "default": "high"}}},
        {"inputs": {**INPUTS, "level": {**INPUTS["level"], "pattern": "("}}},
        {"definition": {"project": "x"}},
        {"definition": None, "text": "- a list"},
    ],
)
async def test_a_template_that_no_value_makes_a_definition_of_is_refused(api: Api, wrong: dict):
    owner = await api.owner()

    assert (await owner.post("/api/pipeline-templates", a_template(**wrong))).status_code == 422


async def test_public_templates_are_seen_by_teams_and_private_ones_are_not(api: Api):
    owner, other = await api.owner(), await api.owner()
    team = await api.team(owner)
    private, public = await made(owner), await made(owner, name="Shared", visibility="public")

    assert [one["name"] for one in (await team.get("/api/pipeline-templates")).json()["items"]] == ["Shared"]
    for stranger, template in ((team, private), (other, private), (other, public)):
        path = f"/api/pipeline-templates/{template['id']}"
        body = {"project": "shop", "organization": "acme", "inputs": {"region": "eu"}}
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.post(f"{path}/definition", body)).status_code == 404
    path = f"/api/pipeline-templates/{public['id']}"
    assert (await team.put(path, a_template(), headers={"if-match": '"1"'})).status_code == 404


async def test_a_template_is_changed_and_deleted_by_whoever_read_its_newest_state(api: Api):
    owner = await api.owner()
    template = await made(owner)
    path = f"/api/pipeline-templates/{template['id']}"

    assert (await owner.put(path, a_template(name="More"), headers={"if-match": '"1"'})).status_code == 200
    assert (await owner.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await made(owner))["name"] == "Web"
    assert (await owner.put(path, a_template(name="Web"), headers={"if-match": '"2"'})).status_code == 409
    assert (await owner.delete(path, headers={"if-match": '"2"'})).status_code == 204
