"""The pipeline of four_steps.yaml, written with the CDK's own constructs: the yardstick of `synth_cold.py`."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions

CONNECTION = "arn:aws:codeconnections:eu-west-1:111122223333:connection/web"
STEPS = {"Synth": ("cdk-synth",), "Test": ("jest", "eslint"), "Deploy": ("cdk-deploy",)}


def main(directory: str) -> None:
    """Synthesize into the directory."""
    app = cdk.App(outdir=directory, analytics_reporting=False)
    stack = cdk.Stack(app, "web")
    source = codepipeline.Artifact()
    pipeline = codepipeline.Pipeline(stack, "Pipeline", pipeline_type=codepipeline.PipelineType.V2)
    pipeline.add_stage(
        stage_name="Source",
        actions=[
            actions.CodeStarConnectionsSourceAction(
                action_name="Source", connection_arn=CONNECTION, owner="acme", repo="web", branch="main", output=source
            )
        ],
    )
    for stage, steps in STEPS.items():
        approval = [actions.ManualApprovalAction(action_name="release")] if stage == "Deploy" else []
        pipeline.add_stage(
            stage_name=stage,
            actions=[*approval, *(_step(stack, name, source, run_order=1 + len(approval)) for name in steps)],
        )
    app.synth()


def _step(stack: cdk.Stack, name: str, source: codepipeline.Artifact, *, run_order: int) -> actions.CodeBuildAction:
    project = codebuild.PipelineProject(
        stack,
        name,
        build_spec=codebuild.BuildSpec.from_object(
            {"version": "0.2", "phases": {"build": {"commands": [f"run {name}"]}}}
        ),
    )
    return actions.CodeBuildAction(action_name=name, project=project, input=source, run_order=run_order)


if __name__ == "__main__":
    main(sys.argv[1])
