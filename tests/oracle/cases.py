"""The same pipelines twice: as a definition, and written by hand from the CDK's own constructs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codecommit as codecommit
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from pipeline_builder.core.plugins.catalog import InMemoryCatalog
from pipeline_builder.core.plugins.model import (
    BuildType,
    OutputKind,
    Plugin,
    PluginOutput,
    PluginSecret,
    PluginSpec,
    PluginType,
)
from tests.oracle.by_hand import Hand

CONNECTION = "arn:aws:codeconnections:eu-west-1:012345678901:connection/0a1b2c3d"
TOPIC = "arn:aws:sns:eu-west-1:012345678901:approvals"
KEY = "arn:aws:kms:eu-west-1:012345678901:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
CONNECTED = {"type": "connection", "options": {"repo": "acme/web", "connectionArn": CONNECTION}}
STANDARD = "aws/codebuild/standard:7.0"


def _plugin(name: str, **changes: Any) -> Plugin:
    spec = PluginSpec(**{"name": name, "version": "1.0.0", "image": STANDARD} | changes)
    return Plugin(spec=spec, build_type=BuildType.METADATA_ONLY)


CATALOG = InMemoryCatalog(
    [
        _plugin("shell"),
        _plugin("npm", commands=("npm ci", "npm test"), secrets=(PluginSecret(name="NPM_TOKEN", required=True),)),
        _plugin("approval", plugin_type=PluginType.MANUAL_APPROVAL, image=None),
        _plugin(
            "reporter",
            commands=("npm test",),
            outputs=(
                PluginOutput(kind=OutputKind.JUNIT, path="reports/junit.xml"),
                PluginOutput(kind=OutputKind.COBERTURA, path="reports/cobertura.xml"),
            ),
        ),
        _plugin(
            "assembler",
            commands=("pipeline-manager synth",),
            primary_output_directory="cdk.out",
            outputs=(PluginOutput(kind=OutputKind.CLOUD_ASSEMBLY, path="cdk.out"),),
        ),
        _plugin("node", image="public.ecr.aws/docker/library/node:22", commands=("npm test",)),
    ]
)


@dataclass(frozen=True)
class Case:
    """One pipeline, said in two ways."""

    definition: dict[str, Any]
    by_hand: Callable[[Hand], object]


CASES: dict[str, Case] = {}


def case(
    *stages: dict[str, Any], source: dict[str, Any] = CONNECTED, **more: Any
) -> Callable[[Callable[[Hand], object]], None]:
    """A definition, and the function that writes the same by hand, which gives the case its name."""

    def add(by_hand: Callable[[Hand], object]) -> None:
        definition: dict[str, Any] = {
            "project": "web",
            "organization": "acme",
            "orgId": "acme",
            "synth": {"source": source, "plugin": {"name": "shell"}, "commands": ["make synth"]},
            "stages": list(stages),
            **more,
        }
        CASES[by_hand.__name__.replace("_", " ")] = Case(definition, by_hand)

    return add


def stage(name: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"stageName": name, "steps": list(steps), **more}


def step(name: str, *commands: str, plugin: str = "shell", **more: Any) -> dict[str, Any]:
    written = {"commands": list(commands)} if commands else {}
    return {"name": name, "plugin": {"name": plugin}, **written, **more}


# --- sources ---------------------------------------------------------------------------------------------------------


@case(stage("Test", step("unit", "npm test")))
def a_connection(hand: Hand) -> None:
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Test": [hand.build("Test", "unit", ["npm test"])],
        }
    )


@case(
    stage("Test", step("unit", "npm test")),
    source={"type": "codecommit", "options": {"repositoryName": "web", "branch": "trunk", "trigger": "AUTO"}},
)
def a_codecommit_repository_that_starts_the_pipeline(hand: Hand) -> None:
    source = actions.CodeCommitSourceAction(
        action_name="Source",
        repository=codecommit.Repository.from_repository_name(hand.stack, "Repository", "web"),
        branch="trunk",
        output=hand.source,
        variables_namespace="SourceVariables",
    )
    hand.pipeline({"Source": [source], "Synth": [hand.synth()], "Test": [hand.build("Test", "unit", ["npm test"])]})


@case(
    source={"type": "codecommit", "options": {"repositoryName": "web", "codeBuildCloneOutput": True}},
    schedule="cron(0 3 * * ? *)",
)
def a_codecommit_repository_cloned_every_night(hand: Hand) -> None:
    source = actions.CodeCommitSourceAction(
        action_name="Source",
        repository=codecommit.Repository.from_repository_name(hand.stack, "Repository", "web"),
        branch="main",
        code_build_clone_output=True,
        trigger=actions.CodeCommitTrigger.NONE,
        output=hand.source,
        variables_namespace="SourceVariables",
    )
    pipeline = hand.pipeline({"Source": [source], "Synth": [hand.synth()]})
    events.Rule(
        hand.stack,
        "Nightly",
        schedule=events.Schedule.cron(minute="0", hour="3"),
        targets=[targets.CodePipeline(pipeline)],
    )


@case(source={"type": "s3", "options": {"bucketName": "acme-web", "objectKey": "web.zip", "trigger": "AUTO"}})
def an_object_in_a_bucket_that_starts_the_pipeline(hand: Hand) -> None:
    source = actions.S3SourceAction(
        action_name="Source",
        bucket=s3.Bucket.from_bucket_name(hand.stack, "Uploads", "acme-web"),
        bucket_key="web.zip",
        trigger=actions.S3Trigger.NONE,
        output=hand.source,
        variables_namespace="SourceVariables",
    )
    pipeline = hand.pipeline({"Source": [source], "Synth": [hand.synth()]})
    events.Rule(
        hand.stack,
        "Uploaded",
        event_pattern=events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": ["acme-web"]}, "object": {"key": ["web.zip"]}},
        ),
        targets=[targets.CodePipeline(pipeline)],
    )


@case(source={"type": "ecr", "options": {"repositoryName": "acme/web", "imageTag": "v1", "trigger": "AUTO"}})
def an_image_that_starts_the_pipeline(hand: Hand) -> None:
    source = actions.EcrSourceAction(
        action_name="Source",
        repository=ecr.Repository.from_repository_name(hand.stack, "Images", "acme/web"),
        image_tag="v1",
        output=hand.source,
        variables_namespace="SourceVariables",
    )
    hand.pipeline({"Source": [source], "Synth": [hand.synth()]})


@case(
    source={"type": "github", "options": {"repo": "acme/web", "token": "secretsmanager:acme/token", "trigger": "AUTO"}}
)
def a_repository_with_a_token(hand: Hand) -> None:
    source = actions.GitHubSourceAction(
        action_name="Source",
        owner="acme",
        repo="web",
        branch="main",
        oauth_token=cdk.SecretValue.secrets_manager("acme/token"),
        trigger=actions.GitHubTrigger.POLL,
        output=hand.source,
        variables_namespace="SourceVariables",
    )
    hand.pipeline({"Source": [source], "Synth": [hand.synth()]})


@case(
    stage(
        "Build",
        step("site", "make site", additionalInputArtifacts=[{"artifact": "Assets", "directory": "assets"}]),
        step("assets", "make assets", inputArtifact="Assets"),
    ),
    sources={"Assets": {"type": "s3", "options": {"bucketName": "acme-assets", "objectKey": "assets.zip"}}},
)
def two_sources(hand: Hand) -> None:
    assets = codepipeline.Artifact("Assets")
    uploads = actions.S3SourceAction(
        action_name="Assets",
        bucket=s3.Bucket.from_bucket_name(hand.stack, "Uploads", "acme-assets"),
        bucket_key="assets.zip",
        trigger=actions.S3Trigger.NONE,
        output=assets,
        variables_namespace="Assets",
    )
    hand.pipeline(
        {
            "Source": [hand.connection(), uploads],
            "Synth": [hand.synth()],
            "Build": [
                hand.build(
                    "Build",
                    "site",
                    ['mkdir -p assets && cp -R "${CODEBUILD_SRC_DIR_Assets:?}/." assets', "make site"],
                    also_reads=[assets],
                ),
                hand.build("Build", "assets", ["make assets"], works_on=assets),
            ],
        }
    )


# --- stages and steps ------------------------------------------------------------------------------------------------


@case(
    stage(
        "Release",
        step("package", "make package"),
        step(
            "ship",
            plugin="approval",
            env={
                "APPROVAL_COMMENT": "Ship it?",
                "APPROVAL_URL": "https://example.com/review",
                "APPROVAL_TOPIC_ARN": TOPIC,
            },
        ),
        step("deploy", "make deploy"),
    )
)
def an_approval_between_two_steps(hand: Hand) -> None:
    approval = actions.ManualApprovalAction(
        action_name="ship",
        additional_information="Ship it?",
        external_entity_link="https://example.com/review",
        notification_topic=sns.Topic.from_topic_arn(hand.stack, "Approvals", TOPIC),
        run_order=2,
    )
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Release": [
                hand.build("Release", "package", ["make package"]),
                approval,
                hand.build("Release", "deploy", ["make deploy"], run_order=3),
            ],
        }
    )


@case(
    stage(
        "Check",
        step("last", "make last", position="post"),
        step("lint", "make lint"),
        step("prepare", "make prepare", position="pre"),
        step("report", "make report", needs=["lint"]),
    )
)
def steps_before_after_and_behind_each_other(hand: Hand) -> None:
    orders = {"prepare": 1, "lint": 2, "report": 3, "last": 4}
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Check": [hand.build("Check", name, [f"make {name}"], run_order=order) for name, order in orders.items()],
        }
    )


@case(
    stage("Build", step("web", "npm run build", outputDirectory="dist")),
    stage("Deploy", step("upload", "aws s3 sync . s3://acme-web", inputArtifact="Build/web")),
)
def one_step_works_on_the_output_of_another(hand: Hand) -> None:
    built = codepipeline.Artifact("Built")
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Build": [
                hand.build(
                    "Build",
                    "web",
                    ["npm run build"],
                    hands_on=built,
                    spec={"artifacts": {"base-directory": "dist", "files": ["**/*"]}},
                )
            ],
            "Deploy": [hand.build("Deploy", "upload", ["aws s3 sync . s3://acme-web"], works_on=built)],
        }
    )


@case(
    stage("Version", step("read", "VERSION=$(make version)", exports=["VERSION"])),
    stage("Deploy", step("deploy", "make deploy", env={"VERSION": "#{read.VERSION}"})),
    variables=[{"name": "REASON", "default": "routine", "description": "Why it is run."}],
    executionMode="QUEUED",
)
def values_that_are_known_only_when_it_runs(hand: Hand) -> None:
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Version": [
                hand.build(
                    "Version",
                    "read",
                    ["VERSION=$(make version)"],
                    spec={"env": {"exported-variables": ["VERSION"]}},
                    namespace="read",
                )
            ],
            "Deploy": [hand.build("Deploy", "deploy", ["make deploy"], late={"VERSION": "#{read.VERSION}"})],
        },
        variables=[
            codepipeline.Variable(variable_name="REASON", default_value="routine", description="Why it is run.")
        ],
        execution_mode=codepipeline.ExecutionMode.QUEUED,
    )


# --- what a step runs in ---------------------------------------------------------------------------------------------


@case(
    stage(
        "Test",
        step("default", plugin="npm"),
        step(
            "named",
            plugin="npm",
            secrets={
                "NPM_TOKEN": {"secret": "acme/registry", "key": "token"},
                "DB_URL": {"parameter": "/web/db-url"},
            },
        ),
    )
)
def secrets(hand: Hand) -> None:
    secret = codebuild.BuildEnvironmentVariableType.SECRETS_MANAGER
    parameter = codebuild.BuildEnvironmentVariableType.PARAMETER_STORE
    variable = codebuild.BuildEnvironmentVariable
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Test": [
                hand.build(
                    "Test",
                    "default",
                    ["npm ci", "npm test"],
                    variables={"NPM_TOKEN": variable(value="pipeline-builder/acme/NPM_TOKEN", type=secret)},
                ),
                hand.build(
                    "Test",
                    "named",
                    ["npm ci", "npm test"],
                    variables={
                        "NPM_TOKEN": variable(value="acme/registry:token", type=secret),
                        "DB_URL": variable(value="/web/db-url", type=parameter),
                    },
                ),
            ],
        }
    )


@case(
    stage(
        "Test",
        step("small", "make a", computeType="SMALL", timeout=5),
        step("medium", "make b", computeType="MEDIUM", timeout=90, queuedTimeout=30),
        step("large", "make c", computeType="LARGE", privileged=True),
        step("huge", "make d", computeType="X2_LARGE"),
        step("own-image", plugin="node"),
    )
)
def machines_of_every_size(hand: Hand) -> None:
    compute = codebuild.ComputeType
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Test": [
                hand.build("Test", "small", ["make a"], compute=compute.SMALL, timeout=cdk.Duration.minutes(5)),
                hand.build(
                    "Test",
                    "medium",
                    ["make b"],
                    compute=compute.MEDIUM,
                    timeout=cdk.Duration.minutes(90),
                    queued_timeout=cdk.Duration.minutes(30),
                ),
                hand.build("Test", "large", ["make c"], compute=compute.LARGE, privileged=True),
                hand.build("Test", "huge", ["make d"], compute=compute.X2_LARGE),
                hand.build(
                    "Test",
                    "own-image",
                    ["npm test"],
                    image=codebuild.LinuxBuildImage.from_docker_registry("public.ecr.aws/docker/library/node:22"),
                ),
            ],
        }
    )


@case(
    stage(
        "Test",
        step(
            "given",
            "make a",
            network={
                "type": "subnetIds",
                "options": {
                    "vpcId": "vpc-0a1b2c3d",
                    "subnetIds": ["subnet-0a1b2c3d", "subnet-0b1c2d3e"],
                    "securityGroupIds": ["sg-0a1b2c3d"],
                },
            },
        ),
        step(
            "made",
            "make b",
            network={"type": "subnetIds", "options": {"vpcId": "vpc-0a1b2c3d", "subnetIds": ["subnet-0a1b2c3d"]}},
        ),
    )
)
def a_network(hand: Hand) -> None:
    def vpc(name: str, *subnets: str) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            hand.stack,
            name,
            vpc_id="vpc-0a1b2c3d",
            availability_zones=["eu-west-1a", "eu-west-1b"][: len(subnets)],
            private_subnet_ids=list(subnets),
        )

    group = ec2.SecurityGroup.from_security_group_id(hand.stack, "Group", "sg-0a1b2c3d")
    given = vpc("Given", "subnet-0a1b2c3d", "subnet-0b1c2d3e")
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Test": [
                hand.build("Test", "given", ["make a"], vpc=given, security_groups=[group]),
                hand.build("Test", "made", ["make b"], vpc=vpc("Made", "subnet-0a1b2c3d")),
            ],
        }
    )


@case(
    stage(
        "Test",
        step(
            "unit",
            plugin="reporter",
            installCommands=["npm ci"],
            preCommands=["npm run lint"],
            env={"WORKDIR": "web"},
            cache=["/var/cache/pipeline/npm/**/*"],
        ),
    )
)
def reports_a_cache_and_a_folder_to_work_in(hand: Hand) -> None:
    reports = {
        "tests": {"files": ["web/reports/junit.xml"], "file-format": "JUNITXML"},
        "coverage": {"files": ["web/reports/cobertura.xml"], "file-format": "COBERTURAXML"},
    }
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
            "Test": [
                hand.build(
                    "Test",
                    "unit",
                    ["npm run lint", "npm test"],
                    install=["cd web", "npm ci"],
                    variables={"WORKDIR": codebuild.BuildEnvironmentVariable(value="web")},
                    spec={"reports": reports, "cache": {"paths": ["/var/cache/pipeline/npm/**/*"]}},
                )
            ],
        }
    )


# --- around the stages -----------------------------------------------------------------------------------------------


@case(
    triggers=[
        {"push": [{"branches": ["main"], "filePaths": {"includes": ["src/**"], "excludes": ["docs/**"]}}]},
        {"source": "Api", "push": [{"tags": ["v*"]}], "pullRequest": [{"branches": ["main"], "events": ["OPEN"]}]},
    ],
    sources={"Api": CONNECTED},
)
def filtered_triggers(hand: Hand) -> None:
    first = hand.connection()
    second = actions.CodeStarConnectionsSourceAction(
        action_name="Api",
        connection_arn=CONNECTION,
        owner="acme",
        repo="web",
        branch="main",
        trigger_on_push=False,
        output=codepipeline.Artifact("Api"),
        variables_namespace="Api",
    )
    connected = codepipeline.ProviderType.CODE_STAR_SOURCE_CONNECTION
    hand.pipeline(
        {"Source": [first, second], "Synth": [hand.synth()]},
        triggers=[
            codepipeline.TriggerProps(
                provider_type=connected,
                git_configuration=codepipeline.GitConfiguration(
                    source_action=first,
                    push_filter=[
                        codepipeline.GitPushFilter(
                            branches_includes=["main"],
                            file_paths_includes=["src/**"],
                            file_paths_excludes=["docs/**"],
                        )
                    ],
                ),
            ),
            codepipeline.TriggerProps(
                provider_type=connected,
                git_configuration=codepipeline.GitConfiguration(
                    source_action=second,
                    push_filter=[codepipeline.GitPushFilter(tags_includes=["v*"])],
                    pull_request_filter=[
                        codepipeline.GitPullRequestFilter(
                            branches_includes=["main"], events=[codepipeline.GitPullRequestEvent.OPEN]
                        )
                    ],
                ),
            ),
        ],
    )


@case(artifacts={"kmsKeyArn": KEY}, schedule="rate(2 hours)")
def a_key_that_exists(hand: Hand) -> None:
    key = kms.Key.from_key_arn(hand.stack, "Key", KEY)
    pipeline = hand.pipeline(
        {"Source": [hand.connection()], "Synth": [hand.synth()]},
        artifact_bucket=s3.Bucket(hand.stack, "Encrypted", encryption_key=key),
    )
    events.Rule(
        hand.stack,
        "Hourly",
        schedule=events.Schedule.rate(cdk.Duration.hours(2)),
        targets=[targets.CodePipeline(pipeline)],
    )


@case(
    stage("Deploy", step("deploy", "make deploy"), onFailure={"result": "RETRY", "retryMode": "ALL_ACTIONS"}),
    stage("Verify", step("verify", "make verify"), onFailure="rollback"),
)
def stages_that_try_again_or_go_back(hand: Hand) -> None:
    pipeline = hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.synth()],
        }
    )
    pipeline.add_stage(
        stage_name="Deploy",
        actions=[hand.build("Deploy", "deploy", ["make deploy"])],
        on_failure=codepipeline.FailureConditions(
            result=codepipeline.Result.RETRY, retry_mode=codepipeline.RetryMode.ALL_ACTIONS
        ),
    )
    pipeline.add_stage(
        stage_name="Verify",
        actions=[hand.build("Verify", "verify", ["make verify"])],
        on_failure=codepipeline.FailureConditions(result=codepipeline.Result.ROLLBACK),
    )


@case(
    stage("Test", step("unit", "npm test")),
    synth={"source": CONNECTED, "plugin": {"name": "assembler"}},
    selfMutation={"roleArn": "arn:aws:iam::012345678901:role/update"},
)
def a_pipeline_that_updates_itself(hand: Hand) -> None:
    assembly = codepipeline.Artifact("Assembly")
    update = actions.CloudFormationCreateUpdateStackAction(
        action_name="SelfMutation",
        stack_name=cdk.Aws.STACK_NAME,
        template_path=assembly.at_path(f"{cdk.Aws.STACK_NAME}.template.json"),
        template_configuration=assembly.at_path(f"{cdk.Aws.STACK_NAME}.configuration.json"),
        admin_permissions=False,
        cfn_capabilities=[cdk.CfnCapabilities.ANONYMOUS_IAM],
        deployment_role=iam.Role.from_role_arn(hand.stack, "Update", "arn:aws:iam::012345678901:role/update"),
    )
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [
                hand.build(
                    "Synth",
                    "assembler",
                    ["pipeline-manager synth"],
                    hands_on=assembly,
                    spec={"artifacts": {"base-directory": "cdk.out", "files": ["**/*"]}},
                )
            ],
            "SelfMutation": [update],
            "Test": [hand.build("Test", "unit", ["npm test"])],
        },
        restart_execution_on_update=True,
    )


@case(
    stage("Test", step("unit", "npm test")),
    synth={"source": CONNECTED, "plugin": {"name": "assembler"}},
    selfMutation=False,
)
def a_pipeline_that_does_not_update_itself_though_it_could(hand: Hand) -> None:
    hand.pipeline(
        {
            "Source": [hand.connection()],
            "Synth": [hand.build("Synth", "assembler", ["pipeline-manager synth"])],
            "Test": [hand.build("Test", "unit", ["npm test"])],
        }
    )
