"""The example app synthesizes, and shows what it is meant to show."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.oracle

APP = Path(__file__).parents[2] / "examples" / "cdk_app" / "app.py"


def test_the_example_app_puts_its_own_things_around_the_pipeline():
    specification = importlib.util.spec_from_file_location("example_app", APP)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)

    template = module.main().synth().get_stack_by_name("orders").template

    resources = template["Resources"]
    types = [resource["Type"] for resource in resources.values()]
    assert types.count("AWS::CodePipeline::Pipeline") == 1
    assert types.count("AWS::CodeBuild::Project") == 3
    assert types.count("AWS::CodeConnections::Connection") == 1
    assert types.count("AWS::IAM::Policy") == 1
    (connection,) = [name for name, one in resources.items() if one["Type"] == "AWS::CodeConnections::Connection"]
    (pipeline,) = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::CodePipeline::Pipeline"]
    (source,) = pipeline["Stages"][0]["Actions"]
    assert source["Configuration"]["ConnectionArn"] == {"Fn::GetAtt": [connection, "ConnectionArn"]}
    assert pipeline["ExecutionMode"] == "QUEUED"
