"""Findings of cdk-nag's AwsSolutions are fixed, or explained in docs/security.md: none is neither."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks

import pipeline_builder
from pipeline_builder.catalog.loader import samples
from pipeline_builder.core.planning.model import Plan

pytestmark = pytest.mark.oracle

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    at_deployment = pipeline_builder.load(
        {
            "project": "web",
            "organization": "acme",
            "lookup": "deploy",
            "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
            "stages": [{"stageName": "Test", "steps": [{"plugin": "jest"}]}],
        }
    )
    return [pipeline_builder.plan(one) for one in (*map(pipeline_builder.load, samples()), at_deployment)]


@pytest.fixture(scope="module")
def findings(plans, tmp_path_factory) -> set[str]:
    """Ids of all findings: `AwsSolutions-S1`, and of IAM5 the wildcard that it found."""
    directory = tmp_path_factory.mktemp("cdk.out")
    app = cdk.App(analytics_reporting=False, outdir=str(directory), builtin_cloud_formation_validation=False)
    for number, plan in enumerate(plans):
        stack = cdk.Stack(app, f"sample{number}", synthesizer=cdk.BootstraplessSynthesizer())
        file = directory / f"sample{number}.json"
        file.write_bytes(pipeline_builder.render(plan).as_json())
        CfnInclude(stack, "It", template_file=str(file))  # not by the construct, which leaves self-mutation out
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks())
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    reports = json.loads((directory / "validation-report.json").read_text())["pluginReports"]
    (violations,) = [report["violations"] for report in reports if report["pluginName"] == "AwsSolutions"]
    return {re.sub(r"AwsSolutions-IAM5\[(.*)\]", r"\1", violation["ruleName"]) for violation in violations}


def rows() -> list[str]:
    """What stands in backticks in the first column of the document's tables."""
    return re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text(), re.MULTILINE)


def explains(row: str, finding: str) -> bool:
    """`<name>` in a row stands for a name, or for what CloudFormation completes."""
    pattern = re.sub(r"<\w+>", "(<[^>]*>|[^/:*<>])+", re.escape(row))
    return re.fullmatch(pattern, finding) is not None


def statements(template: dict[str, Any]) -> list[dict[str, Any]]:
    found = []

    def visit(value: Any) -> None:
        if isinstance(value, dict):
            if "Effect" in value and "Resource" in value:
                found.append(value)
            for inner in value.values():
                visit(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                visit(inner)

    visit(template)
    return found


def asked_for(plans: list[Plan]) -> set[str]:
    """Resources that authors and plugins ask for; the boundary repeats them."""
    return {
        "Resource::" + re.sub(r"\$\{([^}]+)\}", r"<\1>", getattr(resource, "text", resource))
        for plan in plans
        for role in plan.roles
        for policy in role.policies
        for statement in policy.statements
        if statement.sid.startswith("Asked")
        for resource in statement.resources
    }


def test_every_finding_is_explained(findings, plans):
    asked = asked_for(plans)

    unexplained = {
        finding for finding in findings - {"Resource::*"} - asked if not any(explains(row, finding) for row in rows())
    }

    assert unexplained == set()


def test_nothing_is_explained_that_is_not_found(findings):
    wildcards = [row for row in rows() if row.startswith(("AwsSolutions-", "Action::", "Resource::"))]

    assert [row for row in wildcards if not any(explains(row, finding) for finding in findings)] == []


def test_only_the_listed_actions_are_allowed_on_every_resource(plans):
    actions = {
        action
        for plan in plans
        for statement in statements(pipeline_builder.render(plan).as_dict())
        if statement["Resource"] == "*" and statement["Effect"] == "Allow" and "Principal" not in statement
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }

    assert actions - set(rows()) == set()
