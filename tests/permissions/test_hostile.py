"""An author who wants more than a step may have: by the names that are written, and by what a step asks for."""

from itertools import product
from typing import Any

import pytest

from pipeline_builder.core.planning.ids import digest
from pipeline_builder.kernel import InvalidDefinition
from tests.permissions.definitions import Json, a_definition, a_step, rendered
from tests.permissions.fence import Fence
from tests.permissions.folding import arn
from tests.permissions.isolation import operations, reaching_others
from tests.permissions.steps import deployed


def a_source(**source: Any) -> dict[str, Any]:
    return {"synth": {"source": source, "plugin": "cdk-synth"}}


def a_check(provider: str, **rule: Any) -> Json:
    """A definition with a condition of its only stage."""
    condition = {"result": "FAIL", "rules": {"name": "check", "provider": provider, **rule}}
    return a_definition(stages=[{"stageName": "Test", "steps": [a_step("one")], "beforeEntry": condition}])


REFUSED = {
    "step": a_definition(a_step("*")),
    "pipelineName": a_definition(a_step("one"), pipelineName="*"),
    "secret": a_definition(a_step("one", secrets={"TOKEN": "acme/*"})),
    "parameter": a_definition(a_step("one", secrets={"TOKEN": {"parameter": "/acme/*"}})),
    "reference": a_definition(a_step("one", secrets={"TOKEN": "${AWS::Region}"})),
    "orgId": a_definition(a_step("one"), orgId="*"),
    "subnetIds": a_definition(a_step("one", network={"vpcId": "vpc-1", "subnetIds": ["*"]})),
    "kmsKeyArn": a_definition(a_step("one"), artifacts={"kmsKeyArn": arn("kms", "key/*")}),
    "connectionArn": a_definition(
        a_step("one"), **a_source(repo="acme/web", connectionArn=arn("codeconnections", "*"))
    ),
    "repositoryName": a_definition(a_step("one"), **a_source(type="codecommit", repositoryName="*")),
    "bucketName": a_definition(a_step("one"), **a_source(type="s3", bucketName="***", objectKey="web.zip")),
    "objectKey": a_definition(a_step("one"), **a_source(type="s3", bucketName="acme-source", objectKey="*")),
    "topicArn": a_definition(a_step("ask", "manual-approval", inputs={"topicArn": arn("sns", "*")}), a_step("one")),
    "FunctionName": a_check("LambdaInvoke", configuration={"FunctionName": "*"}),
    "ProjectName": a_check("CodeBuild", configuration={"ProjectName": "*"}),
}
"""Whatever becomes a resource of a policy."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_wildcard_in_a_name_is_refused(name: str):
    with pytest.raises(InvalidDefinition):
        rendered(REFUSED[name])


def test_a_step_named_like_another_steps_project_keeps_its_reports():
    continuing = f"jest-{digest('Test', 'jest')}-too"
    pipeline = deployed(rendered(a_definition(a_step("jest", "jest"), a_step(continuing, "jest"))))
    assert list(reaching_others(pipeline)) == []


def test_checks_are_logged_under_no_other_pipelines_name():
    pipeline = deployed(rendered(a_check("Commands", commands=["./check"])))
    logging = {
        name: pipeline.may(
            pipeline.role, ("logs:PutLogEvents", arn("logs", f"log-group:/aws/codepipeline/{name}:log-stream:any")), {}
        )
        for name in (pipeline.name, f"{pipeline.name}-other")
    }
    assert logging == {pipeline.name: True, f"{pipeline.name}-other": False}


@pytest.mark.parametrize("action", ["*", "iam:*"])
def test_no_step_can_ask_for_the_fence(action: str):
    asked = [{"actions": [action], "resources": ["*"]}]
    fence = Fence.of(deployed(rendered(a_definition(a_step("one", permissions=asked)))))
    step = next(role for role in fence.pipeline.account.roles.values() if "TestOne" in role.arn)
    changing = product(set(operations("iam")) - {"iam:PassRole"}, (fence.update.arn, fence.boundary))
    assert list(fence.may(changing, {}, role=step)) == []
