"""A plan as plain data."""

import json

from pipeline_builder.core.planning.output import as_data
from tests.factories.definitions import a_stage, made_from


def test_a_plan_is_json_with_keys_as_in_definitions():
    data = as_data(made_from(a_stage("Scan", "secretive", {"plugin": "approve", "name": "ok"}), orgId=None).plan)
    assert json.loads(json.dumps(data)) == data
    assert data["executionMode"] == "SUPERSEDED"
    assert data["stages"][3]["actions"][1] == {"kind": "ApprovalAction", "name": "ok", "runOrder": 2}


def test_what_only_aws_can_complete_is_told_apart_from_text():
    data = as_data(made_from(a_stage("Scan", "secretive"), orgId=None).plan)
    environment = {one["name"]: one["value"] for one in data["projects"][1]["environment"]}
    assert environment["TOKEN"] == {"sub": "pipeline-builder/${OrgId}/TOKEN"}
    assert environment["PIPELINE_STEP"] == "secretive"
