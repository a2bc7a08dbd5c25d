"""What a plan becomes. The golden shows the whole; the cases here say what matters about a part."""

import json
import os
import subprocess
import sys
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from pipeline_builder.core.definition.model import ConditionResult
from pipeline_builder.core.planning import model
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    ArtifactStore,
    BuildSpec,
    Condition,
    EnvironmentVariable,
    FailureAlarm,
    Image,
    NotificationRule,
    Policy,
    RoleReference,
    Stage,
    Sub,
    VpcPlacement,
)
from pipeline_builder.synth import render
from pipeline_builder.synth.identity import policy_document
from tests.factories.plans import (
    TOPIC,
    a_build,
    a_plan,
    a_project,
    a_role,
    a_source,
    a_statement,
    plan_with_everything,
)

GOLDEN = Path(__file__).parent / "goldens" / "everything.template.json"


def resources(plan):
    return render(plan).as_dict()["Resources"]


def properties(plan, resource_id):
    return resources(plan)[resource_id]["Properties"]


def actions(plan):
    stages = properties(plan, "Pipeline")["Stages"]
    return {action["Name"]: action for stage in stages for action in stage["Actions"]}


# --- the whole -------------------------------------------------------------------------------------------------------


def test_the_template_of_everything_is_as_reviewed():
    rendered = render(plan_with_everything()).as_json()
    if os.environ.get("RENEW_GOLDENS"):
        GOLDEN.write_bytes(rendered)

    assert rendered == GOLDEN.read_bytes()


def test_the_plan_with_everything_leaves_no_field_of_the_model_out():
    found = set()

    def visit(value):
        if is_dataclass(value):
            for field in fields(value):
                inner = getattr(value, field.name)
                if inner not in (None, (), {}, False, ""):
                    found.add((type(value).__name__, field.name))
                visit(inner)
        elif isinstance(value, tuple | list):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            visit(tuple(value.values()))

    visit(replace(plan_with_everything(), org_id="acme"))
    visit(a_plan(artifact_store=ArtifactStore(id="B", retention_days=1, key_arn="arn:aws:kms:eu-west-1:0:key/k")))
    classes = [one for one in vars(model).values() if is_dataclass(one) and one.__module__ == model.__name__]

    assert {(one.__name__, field.name) for one in classes for field in fields(one)} - found == set()


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_same_plan_gives_the_same_bytes_in_any_process(seed, tmp_path):
    program = (
        "import sys; from tests.factories.plans import plan_with_everything; from pipeline_builder.synth import render;"
        "sys.stdout.buffer.write(render(plan_with_everything()).as_json())"
    )
    environment = {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(Path(model.__file__).parents[3])]),
        "PYTHONHASHSEED": seed,
        "LC_ALL": "C",
        "TZ": "Pacific/Chatham",
    }

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, check=True, capture_output=True
    )

    assert done.stdout == GOLDEN.read_bytes()


def test_the_template_is_found_by_logical_id():
    template = render(a_plan())

    assert template.resources["TestJestProject"].type == "AWS::CodeBuild::Project"


def test_outputs_name_the_pipeline_and_the_bucket():
    outputs = render(a_plan()).outputs

    assert outputs["PipelineName"]["Value"] == {"Ref": "Pipeline"}
    assert outputs["ArtifactBucketName"]["Value"] == {"Ref": "ArtifactBucket"}
    assert outputs["PipelineArn"]["Value"]["Fn::Sub"].endswith(
        ":codepipeline:${AWS::Region}:${AWS::AccountId}:${Pipeline}"
    )


def test_the_link_to_the_console_is_there_only_where_it_leads_somewhere():
    template = render(a_plan())

    assert template.conditions[template.outputs["PipelineUrl"]["Condition"]] == {
        "Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]
    }


def test_an_empty_default_of_a_parameter_is_a_default():
    assert render(plan_with_everything()).parameters["ImageRegistrySecretArn"]["Default"] == ""
    assert "Default" not in render(plan_with_everything()).parameters["OrgId"]


def test_a_resource_that_several_parts_share_is_there_once():
    plan = plan_with_everything()

    assert [one.network.own_group for one in plan.projects[:2]] == ["StepsGroup", "StepsGroup"]
    assert list(resources(plan)).count("StepsGroup") == 1


def test_everything_that_takes_tags_has_them():
    plan = plan_with_everything()
    untagged = {"AWS::S3::BucketPolicy", "AWS::IAM::ManagedPolicy", "Custom::PluginLookup"}

    for resource in resources(plan).values():
        tags = resource["Properties"].get("Tags")
        if resource["Type"] in untagged:
            assert tags is None
        elif resource["Type"] == "AWS::CodeStarNotifications::NotificationRule":
            assert tags == plan.tags
        else:
            assert {tag["Key"]: tag["Value"] for tag in tags} == plan.tags


# --- the pipeline ----------------------------------------------------------------------------------------------------


def test_only_a_pipeline_that_updates_itself_starts_again_after_an_update():
    assert properties(a_plan(), "Pipeline")["RestartExecutionOnUpdate"] is False
    assert properties(plan_with_everything(), "Pipeline")["RestartExecutionOnUpdate"] is True


def test_the_stack_that_is_updated_is_the_pipelines_own():
    update = actions(plan_with_everything())["UpdateStack"]["Configuration"]

    assert update["StackName"] == {"Ref": "AWS::StackName"}
    assert update["RoleArn"] == {"Fn::GetAtt": ["UpdateRole", "Arn"]}
    assert update["TemplatePath"] == {"Fn::Sub": "Syn_abcdef::${AWS::StackName}.template.json"}


def test_only_an_action_with_several_inputs_says_which_is_the_primary_one():
    found = actions(plan_with_everything())

    assert found["jest"]["Configuration"]["PrimarySource"] == "Sou_abcdef"
    assert "PrimarySource" not in found["lint"]["Configuration"]


def test_variables_of_an_action_are_completed_by_cloudformation_and_by_codepipeline():
    step = a_project()
    environment = (EnvironmentVariable("WHO", Sub("${OrgId}")), EnvironmentVariable("RUN", "#{codepipeline.X}"))
    plan = a_plan(step, stages=(Stage(name="Test", actions=(a_build(step, environment=environment),)),))

    assert actions(plan)["jest"]["Configuration"]["EnvironmentVariables"] == {
        "Fn::Sub": '[{"name":"WHO","type":"PLAINTEXT","value":"${OrgId}"},'
        '{"name":"RUN","type":"PLAINTEXT","value":"#{codepipeline.X}"}]'
    }


def test_an_approval_without_words_has_no_configuration():
    plan = a_plan(stages=(Stage(name="Gate", actions=(ApprovalAction(name="go", run_order=1),)),))

    assert actions(plan)["go"] == {
        "Name": "go",
        "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"},
        "RunOrder": 1,
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition(result=ConditionResult.ROLLBACK), {"Result": "ROLLBACK"}),
        (
            Condition(result=ConditionResult.RETRY, retry_mode=model.RetryMode.ALL_ACTIONS),
            {"Result": "RETRY", "RetryConfiguration": {"RetryMode": "ALL_ACTIONS"}},
        ),
    ],
)
def test_a_failed_stage_without_rules_does_what_the_result_says(condition, expected):
    stage = Stage(name="Source", actions=(a_source(),), on_failure=condition)

    (rendered,) = properties(a_plan(stages=(stage,)), "Pipeline")["Stages"]

    assert rendered["OnFailure"] == expected


def test_a_failed_stage_with_rules_asks_them_first():
    (*_, watch) = properties(plan_with_everything(), "Pipeline")["Stages"]

    assert list(watch["OnFailure"]) == ["Conditions"]
    assert watch["OnFailure"]["Conditions"][0]["Result"] == "ROLLBACK"


# --- steps -----------------------------------------------------------------------------------------------------------


def test_what_the_author_wrote_reaches_the_shell_unchanged():
    script = "echo ${AWS::Region} '{{x}}' | tee \"$OUT\"\n"
    plan = a_plan(a_project(build_spec=BuildSpec(script=script)))

    text = properties(plan, "TestJestProject")["Source"]["BuildSpec"]

    assert yaml.safe_load(text)["phases"]["build"]["commands"] == [script]


@pytest.mark.parametrize(
    ("image", "credentials"),
    [
        (Image(uri="aws/codebuild/standard:7.0", is_curated=True), "CODEBUILD"),
        (Image(uri="public.ecr.aws/docker/library/node:22", is_curated=False), "SERVICE_ROLE"),
    ],
)
def test_only_images_of_codebuild_are_pulled_with_codebuilds_credentials(image, credentials):
    environment = properties(a_plan(a_project(image=image)), "TestJestProject")["Environment"]

    assert environment["ImagePullCredentialsType"] == credentials
    assert "RegistryCredential" not in environment


def test_plugin_images_are_pulled_with_the_registrys_secret_where_there_is_one():
    template = render(plan_with_everything()).as_dict()

    assert template["Resources"]["SynthCdkSynthProject"]["Properties"]["Environment"]["RegistryCredential"] == {
        "Fn::If": [
            "HasImageRegistrySecret",
            {"Credential": {"Ref": "ImageRegistrySecretArn"}, "CredentialProvider": "SECRETS_MANAGER"},
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert template["Conditions"]["HasImageRegistrySecret"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ImageRegistrySecretArn"}, ""]}]
    }


def test_the_condition_on_the_registrys_secret_is_there_only_with_plugin_images():
    assert "HasImageRegistrySecret" not in render(a_plan()).conditions


@pytest.mark.parametrize(
    ("store", "key"),
    [
        (
            ArtifactStore(id="ArtifactBucket", retention_days=30),
            {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/s3"},
        ),
        (
            ArtifactStore(id="ArtifactBucket", retention_days=30, key_id="ArtifactKey"),
            {"Fn::GetAtt": ["ArtifactKey", "Arn"]},
        ),
        (
            ArtifactStore(id="ArtifactBucket", retention_days=30, key_arn="arn:aws:kms:eu-west-1:012345678901:key/k"),
            "arn:aws:kms:eu-west-1:012345678901:key/k",
        ),
    ],
    ids=["default", "own", "given"],
)
def test_one_key_encrypts_what_goes_in_and_comes_out(store, key):
    plan = a_plan(artifact_store=store)
    has_own_choice = store.key_id is not None or store.key_arn is not None
    pipeline_key = properties(plan, "Pipeline")["ArtifactStore"].get("EncryptionKey")
    (rule,) = properties(plan, "ArtifactBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert properties(plan, "TestJestProject")["EncryptionKey"] == key
    assert pipeline_key == ({"Id": key, "Type": "KMS"} if has_own_choice else None)
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        **({"KMSMasterKeyID": key} if has_own_choice else {}),
    }
    assert ("ArtifactKey" in resources(plan)) is (store.key_id is not None)


@pytest.mark.parametrize(
    ("changes", "cache"),
    [
        ({}, {"Type": "NO_CACHE"}),
        (
            {"build_spec": BuildSpec(script="make\n", cache_paths=("x",))},
            {"Type": "LOCAL", "Modes": ["LOCAL_CUSTOM_CACHE"]},
        ),
        (
            {"cache_location": Sub("${ArtifactBucket}/cache/x")},
            {"Type": "S3", "Location": {"Fn::Sub": "${ArtifactBucket}/cache/x"}},
        ),
    ],
    ids=["none", "local", "bucket"],
)
def test_the_cache_is_where_it_was_planned(changes, cache):
    assert properties(a_plan(a_project(**changes)), "TestJestProject")["Cache"] == cache


def test_a_step_in_a_network_has_the_groups_given_or_one_of_its_own():
    given = VpcPlacement(vpc_id="vpc-1", subnet_ids=("subnet-1", "subnet-2"), security_group_ids=("sg-1",))
    made = VpcPlacement(vpc_id="vpc-1", subnet_ids=("subnet-1",), own_group="Group")

    with_given = a_plan(a_project(network=given))
    with_made = a_plan(a_project(network=made))

    assert properties(with_given, "TestJestProject")["VpcConfig"] == {
        "VpcId": "vpc-1",
        "Subnets": ("subnet-1", "subnet-2"),
        "SecurityGroupIds": ["sg-1"],
    }
    assert properties(with_made, "TestJestProject")["VpcConfig"]["SecurityGroupIds"] == [
        {"Fn::GetAtt": ["Group", "GroupId"]}
    ]
    assert "SecurityGroupIngress" not in properties(with_made, "Group")
    assert "Group" not in resources(with_given)


def test_the_template_tells_which_step_a_project_is():
    assert resources(plan_with_everything())["TestJestProject"]["Metadata"] == {
        "PipelineBuilder": {
            "Stage": "Test",
            "Step": "jest",
            "Plugin": "system/jest@1.2.0",
            "FailureBehavior": "fail",
            "Evidence": [{"Kind": "sarif", "Path": "reports/scan.sarif", "Artifact": "evi_abcdef"}],
        }
    }


# --- permissions -----------------------------------------------------------------------------------------------------


def test_a_role_has_its_policies_from_the_moment_it_is_there():
    inline = properties(a_plan(), "TestJestRole")
    split = properties(plan_with_everything(), "TestJestRole")

    assert [policy["PolicyName"] for policy in inline["Policies"]] == ["step"]
    assert "ManagedPolicyArns" not in inline
    assert split["ManagedPolicyArns"] == [{"Ref": "TestJestPolicy1"}]
    assert "Policies" not in split


def test_policies_of_a_role_that_stays_stay_with_it():
    policy = Policy(id="RestOfIt", name="rest", statements=(a_statement(),), is_managed=True)
    plan = a_plan(roles=(a_role("UpdateRole", policies=(policy,), is_retained=True),))

    for name in ("UpdateRole", "RestOfIt"):
        assert resources(plan)[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_self_mutation_can_reach_roles_and_their_policies_but_not_the_boundary():
    plan = plan_with_everything()

    assert properties(plan, "TestJestPolicy1")["Path"] == properties(plan, "TestJestRole")["Path"]
    assert properties(plan, "Boundary")["Path"] == plan.boundary.path


def test_a_role_from_outside_is_named_by_its_arn():
    plan = a_plan(a_project(role=RoleReference(arn="arn:aws:iam::012345678901:role/lint")))

    assert properties(plan, "TestJestProject")["ServiceRole"] == "arn:aws:iam::012345678901:role/lint"


def test_a_service_may_assume_a_role_only_on_the_planned_conditions():
    trust = properties(a_plan(), "TestJestRole")["AssumeRolePolicyDocument"]["Statement"]

    assert trust == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "codebuild.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        }
    ]


# --- the bucket ------------------------------------------------------------------------------------------------------


def test_the_bucket_and_its_protection_outlive_the_stack():
    for name in ("ArtifactBucket", "ArtifactBucketPolicy", "ArtifactKey"):
        resource = resources(plan_with_everything())[name]

        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_bucket_refuses_whatever_does_not_come_over_current_tls():
    document = properties(a_plan(), "ArtifactBucketPolicy")["PolicyDocument"]

    assert [(one["Effect"], one["Principal"], one["Action"]) for one in document["Statement"]] == [
        ("Deny", "*", "s3:*")
    ] * 2
    assert [one["Condition"] for one in document["Statement"]] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": 1.2}},
    ]


# --- around the pipeline ---------------------------------------------------------------------------------------------


def test_a_notification_rule_says_what_kind_of_target_it_has():
    rule = NotificationRule(id="Told", name="told", target=TOPIC, target_type="AWSChatbotSlack", event_ids=("x",))

    (target,) = properties(a_plan(notification_rule=rule), "Told")["Targets"]

    assert target == {"TargetType": "AWSChatbotSlack", "TargetAddress": TOPIC}


def test_the_alarm_watches_the_metric_that_exists_and_tells_somebody():
    alarm = properties(plan_with_everything(), "FailureAlarm")

    assert alarm["Namespace"] == "AWS/CodePipeline"
    assert alarm["MetricName"] == "FailedPipelineExecutions"
    assert alarm["Dimensions"] == [{"Name": "PipelineName", "Value": {"Ref": "Pipeline"}}]
    assert alarm["AlarmActions"] == [TOPIC]


def test_an_alarm_without_a_topic_still_shows():
    plan = a_plan(failure_alarm=FailureAlarm(id="Alarm", name="alarm", topic_arn=None))

    assert "AlarmActions" not in properties(plan, "Alarm")


def test_a_start_rule_starts_this_pipeline_with_its_own_role():
    (target,) = properties(plan_with_everything(), "AssetsChange")["Targets"]

    assert target["RoleArn"] == {"Fn::GetAtt": ["StartRole", "Arn"]}
    assert target["Arn"]["Fn::Sub"].endswith(":${Pipeline}")


def test_a_start_rule_without_a_role_leaves_it_to_the_caller():
    plan = replace(plan_with_everything(), start_role=None)

    (target,) = properties(plan, "Nightly")["Targets"]

    assert "RoleArn" not in target


def test_the_template_is_json_that_cloudformation_takes():
    template = json.loads(render(plan_with_everything()).as_json())

    assert list(template) == [
        "AWSTemplateFormatVersion",
        "Description",
        "Parameters",
        "Conditions",
        "Resources",
        "Outputs",
    ]


def test_a_statement_with_a_condition_is_there_only_under_it():
    statement = replace(a_statement("SignIn"), only_if="HasImageRegistrySecret")
    (rendered,) = policy_document([statement])["Statement"]
    assert rendered["Fn::If"][0] == "HasImageRegistrySecret"
    assert rendered["Fn::If"][1]["Sid"] == "SignIn"
    assert rendered["Fn::If"][2] == {"Ref": "AWS::NoValue"}
