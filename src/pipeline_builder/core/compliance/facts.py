"""What rules are evaluated over: a pipeline with everything that was decided for it, and a plugin's package."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_builder.core.definition.model import Definition, Step
from pipeline_builder.core.definition.walks import steps_of
from pipeline_builder.core.diagnostics import Location
from pipeline_builder.core.planning.model import ApprovalAction, BuildAction, Plan, Project, SourceAction, Statement
from pipeline_builder.core.plugins.model import Plugin, PluginConfig, PluginSpec

_INSTRUCTION = re.compile(r"^\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)$")
_DIGEST = "@sha256:"


@dataclass(frozen=True)
class PipelineFacts:
    """A pipeline: its definition, the plan that was made of it, the plugins it uses, and the rendered template.

    Attributes:
        plugins: by name and version, as the plan pins them.
        template: as CloudFormation gets it.
    """

    definition: Definition
    plan: Plan
    plugins: Mapping[tuple[str, str], Plugin]
    template: Mapping[str, Any]

    @cached_property
    def steps(self) -> Sequence["StepFacts"]:
        """The steps that run commands, in the order of the plan."""
        written = {(stage, step.label): (step, at) for stage, step, at in self._written()}
        found = []
        for project in self.plan.projects:
            step, at = written[project.stage, project.step]
            found.append(StepFacts(self, project, step, at))
        return found

    def _written(self) -> Iterator[tuple[str, Step, Location]]:
        for step, at in steps_of(self.definition):
            match at.keys:
                case ("stages", int(index), *_):
                    yield self.definition.stages[index].stage_name, step, at
                case _:
                    yield "Synth", step, at

    @cached_property
    def approvals(self) -> tuple[str, ...]:
        return tuple(
            action.name for stage in self.plan.stages for action in stage.actions if isinstance(action, ApprovalAction)
        )

    @cached_property
    def sources(self) -> Sequence[SourceAction]:
        return [action for stage in self.plan.stages for action in stage.actions if isinstance(action, SourceAction)]

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """Everything that the pipeline's own roles are allowed."""
        return [
            statement
            for role in self.plan.roles
            for policy in role.policies
            for statement in policy.statements
            if statement.effect == "Allow"
        ]

    @cached_property
    def resource_types(self) -> tuple[str, ...]:
        resources = self.template.get("Resources", {})
        return tuple(sorted({str(resource.get("Type")) for resource in resources.values()}))

    @cached_property
    def unapproved_deployments(self) -> tuple[str, ...]:
        """Stages that act on an environment, and before which nobody has approved anything."""
        found = []
        is_approved = False
        for stage in self.plan.stages:
            for action in sorted(stage.actions, key=lambda one: one.run_order):
                if isinstance(action, ApprovalAction):
                    is_approved = True
                elif stage.environment and isinstance(action, BuildAction) and not is_approved:
                    found.append(stage.name)
                    break
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class StepFacts:
    """One step of a pipeline.

    Attributes:
        step: as its author wrote it.
        at: where it stands in the definition.
    """

    pipeline: PipelineFacts
    project: Project
    step: Step
    at: Location

    @cached_property
    def plugin(self) -> Plugin | None:
        pin = self.project.plugin
        return self.pipeline.plugins.get((pin.name, pin.version))

    @property
    def spec(self) -> PluginSpec | None:
        return self.plugin.spec if self.plugin else None

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """What the step's own role is allowed."""
        wanted = self.project.role.id
        return [
            statement
            for role in self.pipeline.plan.roles
            if role.id == wanted and wanted is not None
            for policy in role.policies
            for statement in policy.statements
            if statement.effect == "Allow"
        ]


@dataclass(frozen=True)
class PluginFacts:
    """A plugin's package that is about to be published.

    Attributes:
        dockerfile: its text; None where no image is built.
    """

    spec: PluginSpec
    config: PluginConfig
    visibility: str
    digest: str | None
    dockerfile: str | None

    @cached_property
    def instructions(self) -> Sequence[tuple[str, str]]:
        """The Dockerfile's instructions in capitals, each with what it says; continued lines are joined."""
        joined = re.sub(r"\\[ \t]*\r?\n", " ", self.dockerfile or "")
        matches = (_INSTRUCTION.match(line) for line in joined.splitlines() if not line.lstrip().startswith("#"))
        return [(match["name"].upper(), match["rest"].strip()) for match in matches if match]

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The images that the Dockerfile begins from, but not its own stages and not the empty one."""
        stages: set[str] = set()
        found = []
        for name, rest in self.instructions:
            if name != "FROM":
                continue
            image, *more = [word for word in rest.split() if not word.startswith("--")] or ["scratch"]
            if image.lower() not in stages and image != "scratch":
                found.append(image)
            if len(more) > 1 and more[0].lower() == "as":
                stages.add(more[1].lower())
        return tuple(found)

    @property
    def unpinned_bases(self) -> tuple[str, ...]:
        return tuple(image for image in self.bases if _DIGEST not in image)

    @property
    def user(self) -> str | None:
        """Who the image runs as: the last USER, which is root where there is none."""
        if self.dockerfile is None:
            return None
        users = [rest.partition(":")[0] for name, rest in self.instructions if name == "USER"]
        return users[-1] if users else "root"

    def has(self, instruction: str) -> bool | None:
        """Whether the Dockerfile has an instruction; None without a Dockerfile."""
        return None if self.dockerfile is None else any(name == instruction for name, _ in self.instructions)
