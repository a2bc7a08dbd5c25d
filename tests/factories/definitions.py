"""Definitions short enough to read, planned with little plugins: only what matters to a case is said."""

import json
from dataclasses import dataclass
from typing import Any

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.definition.model import FailureBehavior
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity
from pipeline_builder.core.planning.model import BuildAction, Plan, Project, Role, Stage
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.plugins.catalog import InMemoryCatalog
from pipeline_builder.core.plugins.model import (
    BuildType,
    InputType,
    OutputKind,
    Plugin,
    PluginInput,
    PluginOutput,
    PluginSecret,
    PluginSpec,
    PluginType,
)

DIGEST = "sha256:" + "a" * 64


def a_plugin(name: str = "test", **spec: Any) -> Plugin:
    """A plugin that echoes its name, with an image that is pinned."""
    values: dict[str, Any] = {"name": name, "version": "1.0.0", "commands": (f"echo {name}",), **spec}
    return Plugin(PluginSpec(**values), BuildType.BUILD_IMAGE, digest=DIGEST)


PLUGINS = (
    a_plugin("test"),
    a_plugin(
        "synth",
        primary_output_directory="cdk.out",
        outputs=(PluginOutput(kind=OutputKind.CLOUD_ASSEMBLY, path="cdk.out"),),
    ),
    a_plugin("compile", primary_output_directory="bin"),
    a_plugin("everything", primary_output_directory="**/*"),
    a_plugin("scan", outputs=(PluginOutput(kind=OutputKind.SARIF, path="reports/scan.sarif"),)),
    a_plugin(
        "report",
        outputs=(
            PluginOutput(kind=OutputKind.JUNIT, path="reports/junit.xml"),
            PluginOutput(kind=OutputKind.COBERTURA, path="reports/coverage.xml"),
        ),
    ),
    a_plugin("secretive", secrets=(PluginSecret(name="TOKEN", required=True),)),
    a_plugin("lenient", failure_behavior=FailureBehavior.WARN, cache=("/var/cache/pipeline/**/*",)),
    a_plugin("tuned", inputs={"level": PluginInput(type=InputType.STRING, description="How loud.", default="low")}),
    a_plugin("silent", commands=()),
    Plugin(
        PluginSpec(
            name="approve",
            version="1.0.0",
            plugin_type=PluginType.MANUAL_APPROVAL,
            inputs={
                "comment": PluginInput(type=InputType.STRING, description="Ask.", env="APPROVAL_COMMENT"),
                "topicArn": PluginInput(type=InputType.STRING, description="Tell.", env="APPROVAL_TOPIC_ARN"),
                "timeout": PluginInput(type=InputType.STRING, description="Wait.", env="APPROVAL_TIMEOUT"),
            },
        ),
        BuildType.METADATA_ONLY,
    ),
    Plugin(PluginSpec(name="plain", version="1.0.0", commands=("echo plain",)), BuildType.METADATA_ONLY),
    Plugin(PluginSpec(name="ours", version="1.0.0", commands=("echo ours",)), BuildType.BUILD_IMAGE, owner="own"),
)


@dataclass(frozen=True)
class Made:
    """A plan and what was found on the way; reading a part of a plan that was not made fails the test."""

    planned: Plan | None
    found: tuple[Diagnostic, ...]

    @property
    def plan(self) -> Plan:
        assert self.planned is not None, self.errors
        return self.planned

    @property
    def errors(self) -> list[str]:
        return [one.code for one in self.found if one.severity is Severity.ERROR]

    @property
    def messages(self) -> str:
        return "\n".join(one.message for one in self.found)

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.plan.stages if stage.name == name)

    def step(self, name: str) -> Project:
        return next(project for project in self.plan.projects if project.step == name)

    def action(self, name: str) -> BuildAction:
        actions = [action for stage in self.plan.stages for action in stage.actions if action.name == name]
        assert isinstance(actions[0], BuildAction)
        return actions[0]

    def role(self, step: str) -> Role:
        reference = self.step(step).role
        return next(role for role in self.plan.roles if role.id == reference.id)

    def env(self, step: str) -> dict[str, object]:
        return {variable.name: variable.value for variable in self.step(step).environment}


def a_stage(name: str, *steps: "str | dict[str, Any]", **more: Any) -> dict[str, Any]:
    return {"stageName": name, "steps": [{"plugin": step} if isinstance(step, str) else step for step in steps], **more}


def made_from(*stages: dict[str, Any], plugins: tuple[Plugin, ...] = (), **more: Any) -> Made:
    """Plan a definition of these stages; further keys replace those of a small default one."""
    definition: dict[str, Any] = {
        "project": "web",
        "organization": "acme",
        "orgId": "acme-1",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "synth"},
        "stages": list(stages),
        **more,
    }
    report = Report()
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    plan = None if loaded is None else make_plan(loaded, InMemoryCatalog((*plugins, *PLUGINS)), report)
    return Made(plan, report.diagnostics)
