"""What all pipelines written by hand in the CDK have in common: the conventions that every step of ours follows."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_s3 as s3

NAME = "acme-web-pipeline"
CURATED = codebuild.LinuxBuildImage.STANDARD_7_0


class Hand:
    """One pipeline being written."""

    def __init__(self, stack: cdk.Stack, source: str = "Source") -> None:
        self.stack = stack
        self.source = codepipeline.Artifact(source)

    def pipeline(
        self, stages: Mapping[str, Sequence[codepipeline.IAction]], **properties: Any
    ) -> codepipeline.Pipeline:
        """The pipeline with its stages in order."""
        return codepipeline.Pipeline(
            self.stack,
            "Pipeline",
            pipeline_name=NAME,
            pipeline_type=codepipeline.PipelineType.V2,
            artifact_bucket=properties.pop("artifact_bucket", None) or s3.Bucket(self.stack, "Artifacts"),
            stages=[codepipeline.StageProps(stage_name=name, actions=list(found)) for name, found in stages.items()],
            **properties,
        )

    def connection(self, name: str = "Source", **properties: Any) -> codepipeline.IAction:
        """A repository behind a connection."""
        return actions.CodeStarConnectionsSourceAction(
            action_name=name,
            connection_arn="arn:aws:codeconnections:eu-west-1:012345678901:connection/0a1b2c3d",
            owner="acme",
            repo="web",
            branch="main",
            trigger_on_push=False,
            output=self.source,
            variables_namespace="SourceVariables",
            **properties,
        )

    def build(  # noqa: PLR0913 -- each is one thing that a step may have
        self,
        stage: str,
        step: str,
        commands: Sequence[str],
        *,
        install: Sequence[str] = (),
        variables: Mapping[str, codebuild.BuildEnvironmentVariable] | None = None,
        late: Mapping[str, str] | None = None,
        run_order: int = 1,
        works_on: codepipeline.Artifact | None = None,
        also_reads: Sequence[codepipeline.Artifact] = (),
        hands_on: codepipeline.Artifact | None = None,
        spec: Mapping[str, Any] | None = None,
        image: codebuild.IBuildImage = CURATED,
        compute: codebuild.ComputeType = codebuild.ComputeType.SMALL,
        privileged: bool = False,
        namespace: str | None = None,
        **properties: Any,
    ) -> codepipeline.IAction:
        """A step: a project, and the action that starts it."""
        told = {"PIPELINE_NAME": NAME, "PIPELINE_STAGE": stage, "PIPELINE_STEP": step}
        if stage == "Synth":
            told |= {"PIPELINE_STACK_NAME": cdk.Aws.STACK_NAME, "PIPELINE_STACK_PARAMETERS": "{}"}
        project = codebuild.PipelineProject(
            self.stack,
            f"{stage}{step}",
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {"install": {"commands": list(install)}, "build": {"commands": list(commands)}},
                    **(spec or {}),
                }
            ),
            environment=codebuild.BuildEnvironment(build_image=image, compute_type=compute, privileged=privileged),
            environment_variables={
                **{name: codebuild.BuildEnvironmentVariable(value=value) for name, value in told.items()},
                **(variables or {}),
            },
            timeout=properties.pop("timeout", cdk.Duration.minutes(60)),
            queued_timeout=properties.pop("queued_timeout", cdk.Duration.minutes(120)),
            logging=codebuild.LoggingOptions(
                cloud_watch=codebuild.CloudWatchLoggingOptions(
                    log_group=cdk.aws_logs.LogGroup(self.stack, f"{stage}{step}Log")
                )
            ),
            **properties,
        )
        at_start = {"PIPELINE_EXECUTION_ID": "#{codepipeline.PipelineExecutionId}", **(late or {})}
        return actions.CodeBuildAction(
            action_name=step,
            project=project,
            input=works_on or self.source,
            extra_inputs=list(also_reads),
            outputs=[hands_on] if hands_on else [],
            run_order=run_order,
            variables_namespace=namespace,
            environment_variables={
                name: codebuild.BuildEnvironmentVariable(value=value) for name, value in at_start.items()
            },
        )

    def synth(self) -> codepipeline.IAction:
        """The synth step of all definitions here."""
        return self.build("Synth", "shell", ["make synth"])
