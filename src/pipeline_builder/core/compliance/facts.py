"""What rules are evaluated over: a pipeline with everything that was decided for it, and a plugin's package."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_builder.core.compliance.dockerfile import Recipe
from pipeline_builder.core.definition.model import Definition, Effect, Step
from pipeline_builder.core.definition.walks import steps_of
from pipeline_builder.core.diagnostics import Location
from pipeline_builder.core.diagnostics.formats import TOKEN
from pipeline_builder.core.planning.model import ApprovalAction, BuildAction, Plan, Project, SourceAction, Statement
from pipeline_builder.core.plugins.model import Plugin, PluginConfig, PluginSpec

_CREDENTIAL = re.compile(r"(?i)pass(word|wd|phrase)|secret|token|api_?key|access_?key|private_?key|credential")


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
    def statements_by_role(self) -> Mapping[str, Sequence[Statement]]:
        """What each of the pipeline's own roles is allowed, by the role's id."""
        return {
            role.id: [one for policy in role.policies for one in policy.statements if one.effect is Effect.ALLOW]
            for role in self.plan.roles
        }

    @property
    def statements(self) -> Sequence[Statement]:
        """Everything that the pipeline's own roles are allowed."""
        return [one for statements in self.statements_by_role.values() for one in statements]

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

    @property
    def statements(self) -> Sequence[Statement] | None:
        """What the step's own role is allowed; None for a role from outside."""
        role = self.project.role.id
        return None if role is None else self.pipeline.statements_by_role[role]


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
    def recipe(self) -> Recipe | None:
        """The Dockerfile, read; None where no image is built."""
        return None if self.dockerfile is None else Recipe(self.dockerfile, self.spec.build_args)

    @cached_property
    def commands(self) -> tuple[str, ...]:
        """What its steps run, and what its image is built with."""
        built = self.recipe.commands if self.recipe else ()
        return (*self.spec.install_commands, *self.spec.commands, *built)

    @property
    def plain_credentials(self) -> tuple[str, ...]:
        """Variables with a name like that of a credential and a value that is written down."""
        given = {**self._variables, **{name: one.default or "" for name, one in self.spec.inputs.items()}}
        return tuple(
            sorted(name for name, value in given.items() if value and "$" not in value and _CREDENTIAL.search(name))
        )

    @property
    def inline_secrets(self) -> tuple[str, ...]:
        """Where something stands that secret scanners would find; never what it is."""
        places = {
            "installCommands": "\n".join(self.spec.install_commands),
            "commands": "\n".join(self.spec.commands),
            "dockerfile": self.dockerfile or "",
            **{f"env.{name}": value for name, value in self.spec.env.items()},
            **{f"buildArgs.{name}": value for name, value in self.spec.build_args.items()},
            **{f"inputs.{name}": one.default or "" for name, one in self.spec.inputs.items()},
        }
        return tuple(place for place, text in places.items() if TOKEN.search(text))

    @property
    def _variables(self) -> Mapping[str, str]:
        built = self.recipe.variables if self.recipe else {}
        return {**built, **self.spec.build_args, **self.spec.env}
