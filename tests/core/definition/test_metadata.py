"""The `aws:cdk:*` keys: each has an effect, or a reason why not."""

import pytest

from pipeline_builder.core.definition.metadata import (
    KEYS,
    PREFIX,
    TABLE,
    PipelineSettings,
    Reach,
    StepSettings,
    check_metadata,
    pipeline_settings,
    split,
    step_settings,
)
from pipeline_builder.core.definition.model import (
    ComputeType,
    NotificationEvent,
    Permission,
    PipelineVariable,
    SecretReference,
    SubnetNetwork,
    Value,
)
from pipeline_builder.core.diagnostics import Location, Report

ARN = "arn:aws:iam::111122223333:role/r"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:t"

PIPELINE: list[tuple[str, Value, str, object]] = [
    ("pipelines:codepipeline:selfmutation", False, "self_mutation", False),
    ("pipelines:codepipeline:selfmutation", "false", "self_mutation", False),
    ("pipelines:codepipeline:crossaccountkeys", "yes", "own_key", True),
    ("pipelines:codepipeline:dockerenabledforsynth", "true", "docker_for_synth", True),
    ("pipelines:codepipeline:pipelinename", "web", "pipeline_name", "web"),
    ("pipelines:codepipeline:pipelinetype", "V2", "pipeline_type", "V2"),
    ("pipelines:codepipeline:role", ARN, "role_arn", ARN),
    ("iam:role:rolearn", ARN, "role_arn", ARN),
    ("iam:role:rolename", "ci/pipelines", "role_name", "ci/pipelines"),
    ("notifications:topic:arn", TOPIC, "notification_topic_arn", TOPIC),
    (
        "notifications:events",
        "failed, STARTED",
        "notification_events",
        (NotificationEvent.FAILED, NotificationEvent.STARTED),
    ),
    ("notifications:events", ("FAILED",), "notification_events", (NotificationEvent.FAILED,)),
    ("operations:executionevents", "false", "execution_events", False),
    ("operations:metrics", 1, "failure_alarm", True),
    ("operations:artifactretentiondays", "30", "artifact_retention_days", 30),
    (
        "operations:variables",
        "A=1, B",
        "variables",
        (PipelineVariable(name="A", default="1"), PipelineVariable(name="B")),
    ),
    ("operations:variables", '[{"name": "A"}]', "variables", (PipelineVariable(name="A"),)),
    (
        "operations:variables",
        ({"name": "A", "defaultValue": "x"},),
        "variables",
        (PipelineVariable(name="A", default="x"),),
    ),
    ("encryption:kmskeyarn", ARN, "kms_key_arn", ARN),
]

STEP: list[tuple[str, Value, str, object]] = [
    ("pipelines:codebuildstep:commands", ("a", "b"), "commands", ("a", "b")),
    ("pipelines:codebuildstep:commands", "a, b", "commands", ("a, b",)),
    ("pipelines:shellstep:installcommands", ("a",), "install_commands", ("a",)),
    ("pipelines:codebuildstep:env", {"A": 1, "B": True, "C": ""}, "env", {"A": "1", "B": "true", "C": ""}),
    ("pipelines:codebuildstep:env", '{"A": "1", "N": 1.5}', "env", {"A": "1", "N": "1.5"}),
    ("pipelines:codebuildstep:primaryoutputdirectory", "dist", "primary_output_directory", "dist"),
    ("pipelines:codebuildstep:timeout", 60, "timeout", 60),
    ("pipelines:codebuildstep:timeout", "60", "timeout", 60),
    ("pipelines:codebuildstep:timeout", "PT1H30M", "timeout", 90),
    ("pipelines:codebuildstep:timeout", "PT20M", "timeout", 20),
    ("pipelines:codebuildstep:timeout", "P1DT90S", "timeout", 24 * 60 + 2),
    ("pipelines:codebuildstep:role", ARN, "role_arn", ARN),
    ("pipelines:codebuildstep:cache", "a/**, b", "cache", ("a/**", "b")),
    (
        "pipelines:codebuildstep:rolepolicystatements",
        ({"actions": "s3:GetObject", "resources": ("*",)},),
        "permissions",
        (Permission(actions=("s3:GetObject",), resources=("*",)),),
    ),
    (
        "pipelines:codebuildstep:rolepolicystatements",
        {"actions": ("s3:GetObject",), "resources": "*"},
        "permissions",
        (Permission(actions=("s3:GetObject",), resources=("*",)),),
    ),
    ("codebuild:buildenvironment:computetype", "BUILD_GENERAL1_2XLARGE", "compute_type", ComputeType.X2_LARGE),
    ("codebuild:buildenvironment:computetype", "BUILD_GENERAL1_XLARGE", "compute_type", ComputeType.X_LARGE),
    ("codebuild:buildenvironment:computetype", "X2_LARGE", "compute_type", ComputeType.X2_LARGE),
    ("codebuild:buildenvironment:computetype", "small", "compute_type", ComputeType.SMALL),
    ("codebuild:buildenvironment:privileged", "true", "privileged", True),
    ("codebuild:buildenvironment:buildimage", "aws/codebuild/standard:7.0", "image", "aws/codebuild/standard:7.0"),
    (
        "codebuild:buildenvironment:environmentvariables",
        {
            "A": {"value": "x"},
            "E": {"value": ""},
            "P": {"value": "/p", "type": "PARAMETER_STORE"},
            "S": {"value": "name:key:stage:id", "type": "SECRETS_MANAGER"},
            "T": {"value": "arn:aws:secretsmanager:r:1:secret:n-AbCdEf:key", "type": "SECRETS_MANAGER"},
        },
        "variables",
        {
            "A": "x",
            "E": "",
            "P": SecretReference(parameter="/p"),
            "S": SecretReference(secret="name", key="key", version_stage="stage", version_id="id"),
            "T": SecretReference(secret="arn:aws:secretsmanager:r:1:secret:n-AbCdEf", key="key"),
        },
    ),
    ("ec2:network:subnetids", "subnet-1, subnet-2", "subnet_ids", ("subnet-1", "subnet-2")),
    ("ec2:securitygroup:securitygroupids", ("sg-1",), "security_group_ids", ("sg-1",)),
]


@pytest.mark.parametrize(("name", "value", "setting", "expected"), PIPELINE)
def test_a_key_about_the_pipeline_becomes_a_setting(name: str, value: Value, setting: str, expected: object):
    report = Report()
    check_metadata({PREFIX + name: value}, Location(), report)
    assert list(report) == []
    assert getattr(pipeline_settings({PREFIX + name: value}), setting) == expected
    assert step_settings({PREFIX + name: value}) == StepSettings()


@pytest.mark.parametrize(("name", "value", "setting", "expected"), STEP)
def test_a_key_about_a_step_becomes_a_setting(name: str, value: Value, setting: str, expected: object):
    report = Report()
    check_metadata({PREFIX + name: value}, Location(), report)
    assert list(report) == []
    assert getattr(step_settings({PREFIX + name: value}), setting) == expected
    assert pipeline_settings({PREFIX + name: value}) == PipelineSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pipelines:codepipeline:selfmutation", "perhaps"),
        ("pipelines:codepipeline:role", "role"),
        ("pipelines:codepipeline:pipelinename", ""),
        ("pipelines:codepipeline:pipelinename", "a b"),
        ("pipelines:codepipeline:pipelinetype", "V1"),
        ("iam:role:rolename", "a b"),
        ("pipelines:codebuildstep:timeout", "2161"),
        ("pipelines:codebuildstep:timeout", "P2DT1M"),
        ("pipelines:codebuildstep:timeout", "an hour"),
        ("pipelines:codebuildstep:timeout", "PT"),
        ("pipelines:codebuildstep:env", "not json"),
        ("pipelines:codebuildstep:env", ("a",)),
        ("pipelines:codebuildstep:rolepolicystatements", "not json"),
        ("pipelines:codebuildstep:rolepolicystatements", ({"actions": "s3:*"},)),
        ("pipelines:codebuildstep:rolepolicystatements", ("text",)),
        (
            "pipelines:codebuildstep:rolepolicystatements",
            {"actions": "s3:*", "resources": "*", "conditions": {"StringSmells": {}}},
        ),
        ("pipelines:codebuildstep:primaryoutputdirectory", "../out"),
        ("codebuild:buildenvironment:buildimage", "#{variables.IMAGE}"),
        ("codebuild:buildenvironment:computetype", "HUGE"),
        ("codebuild:buildenvironment:environmentvariables", "x"),
        ("codebuild:buildenvironment:environmentvariables", ("x",)),
        ("codebuild:buildenvironment:environmentvariables", {"A": "x"}),
        ("codebuild:buildenvironment:environmentvariables", {"A": {"value": "x", "type": "MAGIC"}}),
        ("notifications:events", "EXPLODED"),
        ("operations:artifactretentiondays", "0"),
        ("operations:artifactretentiondays", "soon"),
        ("operations:variables", "1A=x"),
    ],
)
def test_a_value_that_is_not_understood_is_said_so(name: str, value: Value):
    report = Report()
    check_metadata({PREFIX + name: value}, Location() / "global", report)
    assert [(one.code, one.at.keys) for one in report] == [("metadata-value", ("global", PREFIX + name))]


def test_every_key_has_an_effect_or_a_reason():
    for key in TABLE:
        assert sum((key.setting is not None, key.moot is not None, key.refused is not None)) == 1, key.name
        assert (key.setting is None) == (key.convert is None)
    assert len(KEYS) == len(TABLE) == 80


@pytest.mark.parametrize("key", [key for key in TABLE if key.refused is not None], ids=lambda key: key.name)
def test_a_key_that_cannot_be_kept_is_refused(key: object):
    report = Report()
    check_metadata({PREFIX + key.name: "x"}, Location(), report)  # type: ignore[attr-defined] -- a key of the table
    assert [one.code for one in report] == ["metadata-refused"]


@pytest.mark.parametrize("key", [key for key in TABLE if key.moot is not None], ids=lambda key: key.name)
def test_a_key_without_effect_is_let_pass_with_a_note(key: object):
    report = Report()
    check_metadata({PREFIX + key.name: "x"}, Location(), report)  # type: ignore[attr-defined] -- a key of the table
    assert [(one.code, str(one.severity)) for one in report] == [("ignored", "note")]


def test_an_unknown_key_is_told_with_the_nearest_one():
    report = Report()
    check_metadata({"aws:cdk:pipelines:codebuildstep:timeot": 1, "aws:cdk:zzz": 1, "ENV": 1}, Location(), report)
    assert [one.hint for one in report] == [
        "Did you mean 'aws:cdk:pipelines:codebuildstep:timeout'?",
        "Keys without 'aws:cdk:' become environment variables.",
    ]


def test_other_keys_are_environment_variables():
    metadata: dict[str, Value] = {
        "A": 1,
        "B": True,
        "C": None,
        "D": ("x",),
        "E": {"k": "v"},
        "AWS:CDK:Operations:Metrics": 1,
    }
    environment, keys = split(metadata)
    assert environment == {"A": "1", "B": "true", "C": "", "D": '["x"]', "E": '{"k":"v"}'}
    assert keys == {"aws:cdk:operations:metrics": 1}


def test_a_network_needs_a_vpc_and_subnets():
    both: dict[str, Value] = {"aws:cdk:ec2:network:vpcid": "vpc-1", "aws:cdk:ec2:network:subnetids": "subnet-1"}
    assert step_settings(both).network == SubnetNetwork(vpc_id="vpc-1", subnet_ids=("subnet-1",))
    assert step_settings({"aws:cdk:ec2:network:vpcid": "vpc-1"}).network is None


def test_reaches_are_the_two_there_are():
    assert {key.reach for key in TABLE} == set(Reach)


def test_what_is_not_understood_sets_nothing():
    assert step_settings({"aws:cdk:pipelines:codebuildstep:timeout": "soon"}) == StepSettings()
    assert pipeline_settings({"aws:cdk:operations:metrics": "perhaps", "aws:cdk:x": 1}) == PipelineSettings()


def test_a_key_about_the_pipeline_has_no_effect_on_a_step():
    report = Report()
    metadata: dict[str, Value] = {"aws:cdk:operations:metrics": True, "aws:cdk:pipelines:codebuildstep:timeout": 5}

    check_metadata(metadata, Location(), report, about=Reach.STEP)

    assert [(one.code, one.hint) for one in report] == [("metadata-misplaced", "Move it to `global`.")]


def test_a_key_twice_in_different_cases_is_one_too_many():
    report = Report()

    check_metadata({"aws:cdk:operations:metrics": 1, "AWS:CDK:operations:metrics": 0}, Location(), report)

    assert [(one.code, str(one.at)) for one in report] == [("duplicate-key", "AWS:CDK:operations:metrics")]
