"""The construct in real CDK apps, synthesized by the CDK itself."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from pipeline_builder.cdk import ParameterAbsent, PipelineBuilder, RoleFromOutside, StepAbsent
from tests.factories.plans import a_plan, plan_with_everything

pytestmark = pytest.mark.oracle


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "demo", synthesizer=cdk.BootstraplessSynthesizer())


def synthesized(stack: cdk.Stack) -> dict[str, Any]:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return app.synth(validate_on_synthesis=False).get_stack_by_name("demo").template


def of_type(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == resource_type}


def test_every_resource_arrives(stack):
    builder = PipelineBuilder(stack, "Web", plan=plan_with_everything())

    found = [one["Type"] for one in synthesized(stack)["Resources"].values()]

    assert sorted(found) == sorted(one.type for one in builder.template.resources.values())


def test_two_pipelines_in_one_stack_do_not_meet(stack):
    one = PipelineBuilder(stack, "Web", plan=plan_with_everything())
    PipelineBuilder(stack, "Shop", plan=plan_with_everything())

    template = synthesized(stack)

    assert len(template["Resources"]) == 2 * len(one.template.resources)
    assert len(template["Parameters"]) == 2 * len(one.template.parameters)
    assert len(template["Conditions"]) == 2 * len(one.template.conditions)
    for own, other in (("Web", "Shop"), ("Shop", "Web")):
        resources = {name: body for name, body in template["Resources"].items() if name.startswith(own)}
        assert f'"{other}' not in json.dumps(resources)


def test_a_parameter_with_a_value_is_no_question_any_more(stack):
    PipelineBuilder(stack, "Web", plan=plan_with_everything(), parameters={"OrgId": "acme"})

    template = synthesized(stack)

    assert [name for name in template["Parameters"] if "OrgId" in name] == []
    assert "pipeline-builder/acme/NPM_TOKEN" in json.dumps(template)


def test_a_value_may_be_known_only_to_cloudformation(stack):
    topic = sns.Topic(stack, "Topic")
    PipelineBuilder(stack, "Web", plan=plan_with_everything(), parameters={"OrgId": topic.topic_name})

    assert [
        "pipeline-builder/${OrgId}/NPM_TOKEN:token",
        {"OrgId": {"Fn::GetAtt": [stack.get_logical_id(topic.node.default_child), "TopicName"]}},
    ] in [
        variable["Value"]["Fn::Sub"]
        for project in of_type(synthesized(stack), "AWS::CodeBuild::Project").values()
        for variable in project["Properties"]["Environment"].get("EnvironmentVariables", [])
        if isinstance(variable["Value"], dict)
    ]


def test_a_value_for_a_parameter_that_is_not_there_is_refused(stack):
    with pytest.raises(ParameterAbsent, match=r"no parameter 'Org'. Its parameters are OrgId, ImageRegistry, "):
        PipelineBuilder(stack, "Web", plan=plan_with_everything(), parameters={"Org": "acme"})
    with pytest.raises(ParameterAbsent, match="It has none"):
        PipelineBuilder(stack, "Shop", plan=a_plan(), parameters={"Org": "acme"})


def test_permissions_are_added_to_the_role_of_a_step(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    s3.Bucket(stack, "Reports").grant_put(builder.role("Test", "jest"))

    template = synthesized(stack)
    (policy,) = of_type(template, "AWS::IAM::Policy").values()
    (role,) = [name for name in of_type(template, "AWS::IAM::Role") if "TestJestRole" in name]
    assert policy["Properties"]["Roles"] == [{"Ref": role}]


def test_a_role_is_known_by_its_full_arn(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    arn = stack.resolve(builder.role("Test", "jest").role_arn)

    assert arn["Fn::Join"][1][4] == ":role/pipeline-builder/web-1a2b/"


def test_events_of_the_pipeline_and_of_a_project_can_be_listened_to(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())
    topic = sns.Topic(stack, "Topic")

    builder.pipeline.on_state_change("Ends", target=targets.SnsTopic(topic))
    builder.project("Test", "jest").on_build_failed("Fails", target=targets.SnsTopic(topic))

    rules = of_type(synthesized(stack), "AWS::Events::Rule").values()
    patterns = json.dumps([rule["Properties"]["EventPattern"] for rule in rules])
    assert stack.get_logical_id(builder.cfn_pipeline) in patterns
    assert stack.get_logical_id(builder.include.get_resource("TestJestProject")) in patterns


def test_what_is_granted_on_the_bucket_joins_its_one_policy(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    builder.artifact_bucket.grant_read(iam.AccountPrincipal("012345678901"))

    (policy,) = of_type(synthesized(stack), "AWS::S3::BucketPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert [statement["Effect"] for statement in statements] == ["Deny", "Deny", "Allow"]
    assert statements[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statements[1]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    assert policy["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_is_granted_on_the_bucket_includes_its_key(stack):
    builder = PipelineBuilder(stack, "Web", plan=plan_with_everything())

    builder.artifact_bucket.grant_read(iam.AccountPrincipal("012345678901"))

    (key,) = of_type(synthesized(stack), "AWS::KMS::Key").values()
    assert "012345678901" in json.dumps(key["Properties"]["KeyPolicy"])


def test_any_property_of_the_pipeline_can_be_changed(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    builder.cfn_pipeline.execution_mode = "PARALLEL"

    (pipeline,) = of_type(synthesized(stack), "AWS::CodePipeline::Pipeline").values()
    assert pipeline["Properties"]["ExecutionMode"] == "PARALLEL"


def test_the_same_resource_is_handed_out_twice(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    assert builder.role("Test", "jest") is builder.role("Test", "jest")
    assert builder.project("Test", "jest") is builder.project("Test", "jest")


def test_a_step_that_is_not_there_is_named_with_those_that_are(stack):
    builder = PipelineBuilder(stack, "Web", plan=a_plan())

    with pytest.raises(StepAbsent, match=r"builds nothing in 'Test/mocha'. Its builds are Test/jest"):
        builder.project("Test", "mocha")


def test_a_role_from_outside_is_not_extended(stack):
    builder = PipelineBuilder(stack, "Web", plan=plan_with_everything())

    with pytest.raises(RoleFromOutside, match="'Test/lint' runs with a role given in the definition"):
        builder.role("Test", "lint")
