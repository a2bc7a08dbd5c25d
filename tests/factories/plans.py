"""Plans for tests of what reads a plan. Each function takes only what matters to the case."""

from typing import Any

from pipeline_builder.core.definition.model import (
    ConditionResult,
    ExecutionMode,
    FailureBehavior,
    LookupTime,
    PullRequestEvent,
    RetryMode,
)
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    ArtifactStore,
    Boundary,
    BuildAction,
    BuildSpec,
    Condition,
    EnvironmentVariable,
    Evidence,
    ExecutionEvents,
    FailureAlarm,
    Image,
    LogGroup,
    LookupFunction,
    MountedArtifact,
    NotificationRule,
    OutputArtifact,
    Parameter,
    Patterns,
    Plan,
    PluginLookup,
    PluginPin,
    Policy,
    Project,
    PullRequestFilter,
    PushFilter,
    Report,
    Role,
    RoleReference,
    Rule,
    SourceAction,
    StackUpdateAction,
    Stage,
    StartRule,
    Statement,
    Sub,
    Trigger,
    Variable,
    VariableKind,
    VpcPlacement,
)
from pipeline_builder.core.plugins.model import OutputKind

TOPIC = "arn:aws:sns:eu-west-1:012345678901:deployments"
CONNECTION = "arn:aws:codeconnections:eu-west-1:012345678901:connection/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
DIGEST = "sha256:" + "0123456789abcdef" * 4
SOURCE = OutputArtifact(name="Sou_abcdef", label="Source")


def a_statement(sid: str = "WriteLog", *resources: str | Sub) -> Statement:
    """A statement that allows writing to a log group."""
    log = Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/codebuild/web-test-jest:*")
    return Statement(sid=sid, actions=("logs:CreateLogStream", "logs:PutLogEvents"), resources=resources or (log,))


def a_role(role_id: str = "TestJestRole", *statements: Statement, **changes: Any) -> Role:
    """A role of a step."""
    values: dict[str, Any] = {
        "id": role_id,
        "description": "Step jest of stage Test.",
        "services": ("codebuild.amazonaws.com",),
        "policies": (Policy(id=f"{role_id}Policy", name="step", statements=statements or (a_statement(),)),),
        "trust_conditions": {"StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)}},
        "path": "/pipeline-builder/web-1a2b/",
    }
    return Role(**values | changes)


def a_project(stage: str = "Test", step: str = "jest", **changes: Any) -> Project:
    """A step that runs `npm test` in one of CodeBuild's own images."""
    stem = stage + step.title().replace("-", "")
    values: dict[str, Any] = {
        "id": f"{stem}Project",
        "name": f"web-1a2b-{stage}-{step}",
        "stage": stage,
        "step": step,
        "plugin": PluginPin(name=step, version="1.2.0", owner="system"),
        "description": f"Step {step} of stage {stage}.",
        "image": Image(uri="aws/codebuild/standard:7.0", is_curated=True),
        "compute_type": "BUILD_GENERAL1_SMALL",
        "environment": (EnvironmentVariable("CI", "true"),),
        "build_spec": BuildSpec(script="npm test\n"),
        "failure_behavior": FailureBehavior.FAIL,
        "timeout_minutes": 30,
        "queued_timeout_minutes": 60,
        "role": RoleReference(id=f"{stem}Role"),
        "log_group": LogGroup(id=f"{stem}Log", name=f"/aws/codebuild/web-1a2b-{stage}-{step}", retention_days=90),
    }
    return Project(**values | changes)


def a_source(**changes: Any) -> SourceAction:
    """A repository behind a connection."""
    values: dict[str, Any] = {
        "name": "Source",
        "owner": "AWS",
        "provider": "CodeStarSourceConnection",
        "version": "1",
        "configuration": {
            "BranchName": "main",
            "ConnectionArn": CONNECTION,
            "DetectChanges": "true",
            "FullRepositoryId": "acme/web",
            "OutputArtifactFormat": "CODE_ZIP",
        },
        "output": SOURCE,
        "namespace": "SourceVariables",
    }
    return SourceAction(**values | changes)


def a_build(project: Project, **changes: Any) -> BuildAction:
    """The action that starts a project on the source."""
    values: dict[str, Any] = {
        "name": project.step,
        "project": project.id,
        "inputs": (SOURCE.name,),
        "outputs": tuple(output.name for output in project.build_spec.outputs),
        "environment": (EnvironmentVariable("PIPELINE_EXECUTION_ID", "#{codepipeline.PipelineExecutionId}"),),
        "run_order": 1,
    }
    return BuildAction(**values | changes)


def a_plan(*projects: Project, **changes: Any) -> Plan:
    """A source and one stage with a step per project, each with a role of its own."""
    steps = projects or (a_project(),)
    values: dict[str, Any] = {
        "name": "acme-web-pipeline",
        "project": "web",
        "organization": "acme",
        "org_id": "acme",
        "execution_mode": ExecutionMode.SUPERSEDED,
        "lookup": LookupTime.SYNTH,
        "stages": (
            Stage(name="Source", actions=(a_source(),)),
            Stage(name="Test", actions=tuple(a_build(step) for step in steps)),
        ),
        "projects": steps,
        "roles": (
            a_role("PipelineRole", services=("codepipeline.amazonaws.com",)),
            *(a_role(step.role.id) for step in steps if step.role.id),
        ),
        "pipeline_role": RoleReference(id="PipelineRole"),
        "artifact_store": ArtifactStore(id="ArtifactBucket", retention_days=30),
        "parameters": (),
        "tags": {"project": "web", "organization": "acme"},
    }
    return Plan(**values | changes)


def plan_with_everything() -> Plan:
    """A plan that uses every field of the model, so that a renderer that forgets one is found out."""
    own_group = VpcPlacement(vpc_id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d",), own_group="StepsGroup")
    synth = a_project(
        "Synth",
        "cdk-synth",
        image=Image(
            uri=Sub(f"${{ImageRegistry}}/system/cdk-synth@{DIGEST}"),
            is_curated=False,
            repository="system/cdk-synth",
            digest=DIGEST,
        ),
        plugin=PluginPin(name="cdk-synth", version="1.2.0", owner="system", digest=DIGEST),
        build_spec=BuildSpec(
            script="pipeline-manager synth\n", outputs=(OutputArtifact(name="Syn_abcdef", label="Synth/cdk-synth"),)
        ),
        role=RoleReference(id="SynthRole"),
        network=own_group,
        evidence=(Evidence(kind=OutputKind.CLOUD_ASSEMBLY, path="cdk.out"),),
    )
    test = a_project(
        environment=(
            EnvironmentVariable("CI", "true"),
            EnvironmentVariable("DB_URL", "/web/db-url", VariableKind.PARAMETER),
            EnvironmentVariable("NPM_TOKEN", Sub("pipeline-builder/${OrgId}/NPM_TOKEN:token"), VariableKind.SECRET),
        ),
        build_spec=BuildSpec(
            script="npm ci\nnpm test\n",
            exported=("VERSION",),
            reports=(
                Report(name="tests", files=("reports/junit.xml",), format="JUNITXML"),
                Report(name="coverage", files=("reports/cobertura.xml",), format="COBERTURAXML"),
            ),
            outputs=(
                OutputArtifact(name="jes_abcdef", label="Test/jest", base_directory="dist"),
                OutputArtifact(
                    name="evi_abcdef",
                    label="Test/jest/evidence",
                    base_directory=".",
                    files=("reports/*.sarif",),
                    holds_evidence=True,
                ),
            ),
            cache_paths=("/var/cache/pipeline/npm/**/*",),
        ),
        cache_location=Sub("${ArtifactBucket}/cache/web-test-jest"),
        is_privileged=True,
        network=own_group,
        mounted=(MountedArtifact(name="Syn_abcdef", directory="cdk.out"),),
        evidence=(Evidence(kind=OutputKind.SARIF, path="reports/scan.sarif", artifact="evi_abcdef"),),
    )
    lint = a_project(
        "Test",
        "lint",
        environment_type="ARM_CONTAINER",
        environment=(),
        image=Image(uri="public.ecr.aws/docker/library/node:22", is_curated=False),
        build_spec=BuildSpec(script="npm run lint", cache_paths=("node_modules/**/*",)),
        failure_behavior=FailureBehavior.WARN,
        role=RoleReference(arn="arn:aws:iam::012345678901:role/lint"),
        network=VpcPlacement(
            vpc_id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d",), security_group_ids=("sg-0a1b2c3d",)
        ),
    )
    scan = a_project(
        "Test",
        "scan",
        plugin=PluginPin(name="scan", version="^2", owner="*"),
        image=Image(uri=Sub("${TestScanLookup.Image}"), is_curated=False, repository="*/scan"),
        compute_type=Sub("${TestScanLookup.ComputeType}"),
        is_privileged=Sub("${TestScanLookup.PrivilegedMode}"),
        build_spec=BuildSpec(
            script="", reports=(Report(name="findings", files=("scan.sarif.junit.xml",), format="JUNITXML"),)
        ),
        lookup=PluginLookup(
            id="TestScanLookup",
            folder="plugin-build-specifications/TestScanLookup",
            binds_image=True,
            question={"plugin": "scan", "version": "^2", "install": [None], "build": ["date", None]},
        ),
    )
    alarm_rule = Rule(
        name="healthy",
        provider="CloudWatchAlarm",
        configuration={"AlarmName": "errors", "WaitTime": "5"},
        role_arn="arn:aws:iam::012345678901:role/rules",
    )
    check_rule = Rule(name="check", provider="Commands", configuration={}, commands=("./check",), inputs=(SOURCE.name,))
    return a_plan(
        synth,
        test,
        lint,
        scan,
        org_id=None,
        execution_mode=ExecutionMode.QUEUED,
        parameters=(
            Parameter(name="OrgId", description="Id of the organization.", allowed_pattern="[A-Za-z0-9_-]{1,128}"),
            Parameter(name="ImageRegistry", description="Registry of plugin images.", default="registry.example.com"),
            Parameter(name="ImageRegistrySecretArn", description="Secret of the registry.", default=""),
            Parameter(name="PlatformUrl", description="Address of the platform."),
            Parameter(name="PlatformTokenSecretArn", description="Secret of the platform."),
            Parameter(name="PluginsAsOf", description="When plugins were chosen.", default=""),
        ),
        stages=(
            Stage(
                name="Source",
                actions=(
                    a_source(),
                    a_source(
                        name="Assets",
                        provider="S3",
                        configuration={
                            "PollForSourceChanges": "false",
                            "S3Bucket": "acme-assets",
                            "S3ObjectKey": "assets.zip",
                        },
                        output=OutputArtifact(name="Ass_abcdef", label="Assets"),
                        namespace="Assets",
                    ),
                ),
            ),
            Stage(name="Synth", actions=(a_build(synth),)),
            Stage(
                name="SelfMutation",
                actions=(
                    StackUpdateAction(
                        name="UpdateStack",
                        input="Syn_abcdef",
                        template_path=Sub("${AWS::StackName}.template.json"),
                        configuration_path=Sub("${AWS::StackName}.configuration.json"),
                        role=RoleReference(id="UpdateRole"),
                    ),
                ),
            ),
            Stage(
                name="Test",
                environment="staging",
                before_entry=Condition(result=ConditionResult.FAIL, rules=(alarm_rule,)),
                on_success=Condition(result=ConditionResult.ROLLBACK, rules=(check_rule,)),
                on_failure=Condition(result=ConditionResult.RETRY, retry_mode=RetryMode.FAILED_ACTIONS),
                actions=(
                    a_build(test, inputs=(SOURCE.name, "Syn_abcdef"), namespace="jest"),
                    a_build(lint, environment=()),
                    a_build(scan),
                    ApprovalAction(
                        name="approve",
                        run_order=2,
                        comment="Ship version #{jest.VERSION}?",
                        review_url="https://example.com/review",
                        topic_arn=TOPIC,
                        timeout_minutes=1440,
                    ),
                    ApprovalAction(name="approve-again", run_order=3),
                ),
            ),
            Stage(
                name="Watch",
                on_failure=Condition(result=ConditionResult.ROLLBACK, rules=(alarm_rule,)),
                actions=(ApprovalAction(name="done", run_order=1),),
            ),
        ),
        roles=(
            a_role("PipelineRole", services=("codepipeline.amazonaws.com",)),
            a_role("SynthRole", boundary=Sub("${Boundary}")),
            a_role(
                "TestJestRole",
                policies=(
                    Policy(
                        id="TestJestPolicy1",
                        name="part1",
                        is_managed=True,
                        statements=(
                            a_statement(),
                            Statement(
                                sid="Further",
                                actions=("s3:GetObject",),
                                resources=(Sub("${ArtifactBucket.Arn}/web/*"),),
                                conditions={"StringEquals": {"aws:PrincipalAccount": (Sub("${AWS::AccountId}"),)}},
                                only_if="HasImageRegistrySecret",
                                is_about_all_but=True,
                            ),
                        ),
                    ),
                ),
                boundary=Sub("${Boundary}"),
            ),
            a_role("UpdateRole", services=("cloudformation.amazonaws.com",), is_retained=True),
            a_role("TestScanRole"),
            a_role("PluginLookupRole", services=("lambda.amazonaws.com",)),
            a_role("StartRole", services=("events.amazonaws.com",)),
        ),
        artifact_store=ArtifactStore(
            id="ArtifactBucket", retention_days=30, expiring=("acme-web-pipeline/", "cache/"), key_id="ArtifactKey"
        ),
        variables=(
            Variable(name="REASON", default="routine", description="Why it is run."),
            Variable(name="TICKET", default="none"),
        ),
        triggers=(
            Trigger(
                source_action="Source",
                push=(
                    PushFilter(branches=Patterns(includes=("main",)), paths=Patterns(excludes=("docs/**",))),
                    PushFilter(tags=Patterns(includes=("v*",))),
                ),
                pull_request=(
                    PullRequestFilter(
                        branches=Patterns(includes=("main",)),
                        events=(PullRequestEvent.OPEN, PullRequestEvent.UPDATED),
                        paths=Patterns(includes=("src/**",)),
                    ),
                ),
            ),
        ),
        start_rules=(
            StartRule(
                id="Nightly",
                name="acme-web-nightly",
                description="Starts the pipeline at night.",
                schedule="cron(0 3 * * ? *)",
            ),
            StartRule(
                id="AssetsChange",
                name="acme-web-assets",
                description="Starts the pipeline when Assets changes.",
                event_pattern={
                    "source": ["aws.s3"],
                    "detail-type": ["Object Created"],
                    "resources": [Sub("arn:${AWS::Partition}:s3:::acme-assets")],
                    "detail": {"bucket": {"name": ["acme-assets"]}},
                },
            ),
        ),
        start_role=RoleReference(id="StartRole"),
        notification_rule=NotificationRule(
            id="NotificationRule",
            name="acme-web-pipeline",
            target=TOPIC,
            target_type="SNS",
            event_ids=("codepipeline-pipeline-pipeline-execution-failed",),
        ),
        execution_events=ExecutionEvents(
            id="ExecutionEvents", name="acme-web-executions", description="Tells.", topic_arn=TOPIC
        ),
        failure_alarm=FailureAlarm(id="FailureAlarm", name="acme-web-pipeline-failed", topic_arn=TOPIC),
        lookup_function=LookupFunction(
            id="PluginLookup",
            name="acme-web-pipeline-1a2b-lookup",
            role=RoleReference(id="PluginLookupRole"),
            log_group=LogGroup(
                id="PluginLookupLog", name="/aws/lambda/acme-web-pipeline-1a2b-lookup", retention_days=90
            ),
        ),
        boundary=Boundary(
            id="Boundary", name="What the roles may be granted at most.", path="/fence/", statements=(a_statement(),)
        ),
    )
