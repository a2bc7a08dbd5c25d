"""A CDK app with a pipeline from a definition, and things around it that only this app knows.

Synthesize it with `cdk synth --app "python app.py"`.
"""
# ruff: noqa: INP001 -- a program, not a package

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_codeconnections as codeconnections
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from pipeline_builder.cdk import PipelineBuilder

DEFINITION = Path(__file__).with_name("pipeline.yaml")


class OrdersStack(cdk.Stack):
    """The pipeline of the orders service, with its connection, the bucket of its releases, and a topic to be told."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        connection = codeconnections.CfnConnection(self, "GitHub", connection_name="orders", provider_type="GitHub")
        pipeline = PipelineBuilder(
            self,
            "Orders",
            definition=DEFINITION,
            parameters={"SourceConnectionArn": connection.attr_connection_arn, "ImageRegistry": "registry.example.com"},
        )

        releases = s3.Bucket(self, "Releases", enforce_ssl=True, block_public_access=s3.BlockPublicAccess.BLOCK_ALL)
        releases.grant_put(pipeline.role("Release", "upload"))

        failures = sns.Topic(self, "Failures", enforce_ssl=True)
        pipeline.project("Test", "python-pytest").on_build_failed("TestsFail", target=targets.SnsTopic(failures))
        pipeline.cfn_pipeline.execution_mode = "QUEUED"


def main() -> cdk.App:
    """The app."""
    app = cdk.App()
    OrdersStack(app, "orders")
    return app


if __name__ == "__main__":
    main().synth()
