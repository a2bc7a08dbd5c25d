"""The construct in real CDK apps, synthesized by the CDK itself."""

import json
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations, Match

import pipeline_builder
from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.cdk import ParameterAbsent, PipelineBuilder, RoleFromOutside, StepAbsent
from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.plugins.lock import Lock, write_lock
from pipeline_builder.core.plugins.resolution import Request
from pipeline_builder.kernel import InvalidDefinition

pytestmark = pytest.mark.oracle

SMALL: dict[str, Any] = {
    "project": "web",
    "organization": "acme",
    "orgId": "acme",
    "synth": {"source": {"type": "codecommit", "options": {"repositoryName": "web"}}, "plugin": "cdk-synth"},
    "stages": [{"stageName": "Test", "steps": [{"plugin": "jest"}]}],
}
LARGE: dict[str, Any] = SMALL | {
    "orgId": None,
    "artifacts": {"ownKey": True},
    "notifications": {"topicArn": "arn:aws:sns:eu-west-1:012345678901:builds", "failureAlarm": True},
    "schedule": "rate(1 day)",
    "stages": [
        {
            "stageName": "Test",
            "steps": [
                {"plugin": "jest", "secrets": {"NPM_TOKEN": {"secret": "acme/npm"}}},
                {"plugin": "snyk-nodejs"},
                {
                    "plugin": "shell",
                    "name": "lint",
                    "commands": ["make lint"],
                    "role": "arn:aws:iam::012345678901:role/lint",
                    "network": {"vpcId": "vpc-0a1b2c3d", "subnetIds": "subnet-0a1b2c3d"},
                },
            ],
        }
    ],
}
del LARGE["orgId"]


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(analytics_reporting=False), "demo", synthesizer=cdk.BootstraplessSynthesizer())


def synthesized(stack: cdk.Stack) -> dict[str, Any]:
    app = stack.node.root
    assert isinstance(app, cdk.App)
    return app.synth(validate_on_synthesis=False).get_stack_by_name("demo").template


def warnings(stack: cdk.Stack) -> list[str]:
    return [str(found.entry.data) for found in Annotations.from_stack(stack).find_warning("*", Match.any_value())]


def of_type(template: dict[str, Any], resource_type: str) -> dict[str, Any]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == resource_type}


def test_every_resource_arrives(stack):
    builder = PipelineBuilder(stack, "Web", definition=LARGE)

    found = [one["Type"] for one in synthesized(stack)["Resources"].values()]

    assert sorted(found) == sorted(one.type for one in builder.template.resources.values())


def test_a_definition_may_be_a_file_or_loaded_before(stack, tmp_path):
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(SMALL))

    from_file = PipelineBuilder(stack, "File", definition=file)
    loaded = PipelineBuilder(stack, "Loaded", definition=pipeline_builder.load(SMALL))

    assert from_file.template == loaded.template


def test_a_definition_with_errors_says_all_of_them(stack):
    with pytest.raises(InvalidDefinition) as refused:
        PipelineBuilder(
            stack, "Web", definition=SMALL | {"stages": [{"stageName": "Test", "steps": []}], "projct": "x"}
        )

    assert len(refused.value.diagnostics) == 2


def test_plugins_of_ones_own_are_found(stack, tmp_path):
    (tmp_path / "brew").mkdir()
    (tmp_path / "brew" / "plugin-spec.yaml").write_text(
        "name: brew\nversion: 1.0.0\nimage: aws/codebuild/standard:7.0\ncommands: [make tea]\n"
    )
    (tmp_path / "brew" / "config.yaml").write_text("buildType: metadata_only\n")
    stages = [{"stageName": "Tea", "steps": [{"plugin": "brew"}]}]

    builder = PipelineBuilder(stack, "Web", definition=SMALL | {"stages": stages}, plugins=[tmp_path])

    assert "make tea" in json.dumps(builder.template.as_dict())


def test_a_lock_decides_which_plugins_are_used(stack, tmp_path):
    digest = "sha256:" + "0" * 64
    plugins = {
        Request.of(PluginReference(name=name)): replace(shipped_catalog().versions_of(name, Report())[0], digest=digest)
        for name in ("cdk-synth", "jest")
    }
    lock = tmp_path / "pipeline.lock"
    lock.write_text(write_lock(Lock("0.1.0", plugins)))

    builder = PipelineBuilder(stack, "Web", definition=SMALL, lock=lock, locked=True)

    assert f"/jest@{digest}" in json.dumps(builder.template.as_dict())


def test_a_broken_lock_is_refused(stack, tmp_path):
    lock = tmp_path / "pipeline.lock"
    lock.write_text("{}")

    with pytest.raises(InvalidDefinition):
        PipelineBuilder(stack, "Web", definition=SMALL, lock=lock)


def test_the_pipeline_leaves_updating_to_the_app(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    assert "UpdateRole" not in builder.template.resources
    assert warnings(stack) == []


def test_who_asks_for_self_mutation_is_told_that_the_app_does_it(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL | {"selfMutation": True})

    assert "UpdateRole" not in builder.template.resources
    assert [text for text in warnings(stack) if "`cdk deploy` updates it" in text]


def test_two_pipelines_in_one_stack_do_not_meet(stack):
    one = PipelineBuilder(stack, "Web", definition=LARGE)
    PipelineBuilder(stack, "Shop", definition=LARGE)

    template = synthesized(stack)

    assert len(template["Resources"]) == 2 * len(one.template.resources)
    assert len(template["Parameters"]) == 2 * len(one.template.parameters)
    assert len(template["Conditions"]) == 2 * len(one.template.conditions)
    for own, other in (("Web", "Shop"), ("Shop", "Web")):
        resources = {name: body for name, body in template["Resources"].items() if name.startswith(own)}
        assert f'"{other}' not in json.dumps(resources)


def test_a_parameter_with_a_value_is_no_question_any_more(stack):
    PipelineBuilder(stack, "Web", definition=LARGE, parameters={"OrgId": "acme"})

    template = synthesized(stack)

    assert [name for name in template["Parameters"] if "OrgId" in name] == []
    assert "pipeline-builder/acme/SNYK_TOKEN" in json.dumps(template)


def test_a_value_may_be_known_only_to_cloudformation(stack):
    topic = sns.Topic(stack, "Topic")
    PipelineBuilder(stack, "Web", definition=LARGE, parameters={"OrgId": topic.topic_name})

    values = [
        variable["Value"]
        for project in of_type(synthesized(stack), "AWS::CodeBuild::Project").values()
        for variable in project["Properties"]["Environment"]["EnvironmentVariables"]
        if variable["Name"] == "SNYK_TOKEN"
    ]
    name = {"Fn::GetAtt": [stack.get_logical_id(topic.node.default_child), "TopicName"]}
    assert values == [{"Fn::Sub": ["pipeline-builder/${OrgId}/SNYK_TOKEN", {"OrgId": name}]}]


def test_a_value_for_a_parameter_that_is_not_there_is_refused(stack):
    with pytest.raises(
        ParameterAbsent, match=r"no parameter 'Org'. Its parameters are ImageRegistry, ImageRegistrySecretArn, OrgId"
    ):
        PipelineBuilder(stack, "Web", definition=LARGE, parameters={"Org": "acme"})


def test_a_value_is_refused_where_the_template_has_no_parameters(stack):
    plain = {"plugin": "manual-approval"}
    bare = SMALL | {"stages": [{"stageName": "Gate", "steps": [plain]}]}
    bare["synth"] = bare["synth"] | {"plugin": "shell", "commands": "make"}

    with pytest.raises(ParameterAbsent, match="It has none"):
        PipelineBuilder(stack, "Web", definition=bare, parameters={"Org": "acme"})


def test_permissions_are_added_to_the_role_of_a_step(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    s3.Bucket(stack, "Reports").grant_put(builder.role("Test", "jest"))

    template = synthesized(stack)
    (policy,) = of_type(template, "AWS::IAM::Policy").values()
    (role,) = [name for name in of_type(template, "AWS::IAM::Role") if "TestJest" in name]
    assert policy["Properties"]["Roles"] == [{"Ref": role}]


def test_a_role_is_known_by_its_full_arn(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    arn = stack.resolve(builder.role("Test", "jest").role_arn)

    assert arn["Fn::Join"][1][4:7] == [
        ":role/pipeline-builder/",
        {"Ref": "AWS::Region"},
        "/acme-web-pipeline--f5085d0f/",
    ]


def test_events_of_the_pipeline_and_of_a_project_can_be_listened_to(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)
    topic = sns.Topic(stack, "Topic")

    builder.pipeline.on_state_change("Ends", target=targets.SnsTopic(topic))
    builder.project("Test", "jest").on_build_failed("Fails", target=targets.SnsTopic(topic))

    rules = of_type(synthesized(stack), "AWS::Events::Rule").values()
    patterns = json.dumps([rule["Properties"]["EventPattern"] for rule in rules])
    assert stack.get_logical_id(builder.cfn_pipeline) in patterns
    assert stack.get_logical_id(builder.include.get_resource("TestJest10e32077Project")) in patterns


def test_what_is_granted_on_the_bucket_joins_its_one_policy(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    builder.artifact_bucket.grant_read(iam.AccountPrincipal("012345678901"))

    (policy,) = of_type(synthesized(stack), "AWS::S3::BucketPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert [statement["Effect"] for statement in statements] == ["Deny", "Deny", "Allow"]
    assert statements[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statements[1]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": 1.2}}
    assert policy["DeletionPolicy"] == "RetainExceptOnCreate"


def test_what_is_granted_on_the_bucket_includes_its_key(stack):
    builder = PipelineBuilder(stack, "Web", definition=LARGE)

    builder.artifact_bucket.grant_read(iam.AccountPrincipal("012345678901"))

    (key,) = of_type(synthesized(stack), "AWS::KMS::Key").values()
    assert "012345678901" in json.dumps(key["Properties"]["KeyPolicy"])


def test_any_property_of_the_pipeline_can_be_changed(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    builder.cfn_pipeline.execution_mode = "PARALLEL"

    (pipeline,) = of_type(synthesized(stack), "AWS::CodePipeline::Pipeline").values()
    assert pipeline["Properties"]["ExecutionMode"] == "PARALLEL"


def test_the_same_resource_is_handed_out_twice(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    assert builder.role("Test", "jest") is builder.role("Test", "jest")
    assert builder.project("Test", "jest") is builder.project("Test", "jest")


def test_a_step_that_is_not_there_is_named_with_those_that_are(stack):
    builder = PipelineBuilder(stack, "Web", definition=SMALL)

    with pytest.raises(StepAbsent, match=r"builds nothing in 'Test/mocha'. Its builds are Synth/cdk-synth, Test/jest"):
        builder.project("Test", "mocha")


def test_a_role_from_outside_is_not_extended(stack):
    builder = PipelineBuilder(stack, "Web", definition=LARGE)

    with pytest.raises(RoleFromOutside, match="'Test/lint' runs with a role given in the definition"):
        builder.role("Test", "lint")
