"""`plan`, `synth` and `lock`: from a definition to what becomes of it."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from pipeline_builder import __version__
from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import Planned, plan_or_show
from pipeline_builder.cli.options import LOCK_NAME, NO_LOCK, STREAM, Format
from pipeline_builder.cli.output import counted, say, write, write_data
from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    BuildAction,
    OutputArtifact,
    Plan,
    Project,
    SourceAction,
    StackUpdateAction,
    Sub,
    Text,
    VariableKind,
)
from pipeline_builder.core.planning.self_update import updates_otherwise
from pipeline_builder.synth.assembly import StackNameRefused, replace_file, stack_name, write_assembly


class StackParametersUnreadable(PipelineBuilderError):
    """The variable by which the pipeline hands its stack's parameters to its synth step holds something else."""

    code = "stack-parameters-unreadable"

    def __init__(self, variable: str) -> None:
        self.variable = variable
        super().__init__(f"The variable {variable} must hold a JSON object from names to texts.")


def synth(
    file: Path, output: Path, name: str | None, plugins: Sequence[Path], lock: Path | None, *, locked: bool
) -> Exit:
    """Write the cloud assembly.

    In the pipeline itself the stack's name and parameters come from its environment, so that an update keeps them.
    """
    done = _synthesized(file, plugins, lock, locked=locked)
    if done is None:
        return Exit.FINDINGS
    chosen = name if name is not None else os.environ.get(_STACK_NAME) or stack_name(done.plan.name)
    try:
        written = write_assembly(
            done.template, output, chosen, parameters=_stack_parameters(os.environ), tags=done.plan.tags
        )
    except StackNameRefused as error:
        raise click.UsageError(f"{_STACK_NAME if name is None else '--stack-name'}: {error}") from None
    say(f"{done.plan.name}: {counted(len(done.plan.projects), 'step', 'steps')}. Template: {written}")
    return Exit.FINE


def _synthesized(file: Path, plugins: Sequence[Path], lock: Path | None, *, locked: bool) -> Planned | None:
    # A link keeps its own name, which is what the repository calls it.
    place = None if file == STREAM else Path(os.path.abspath(file))  # noqa: PTH100 -- `Path.resolve` follows links
    return plan_or_show(
        file,
        plugins,
        lock,
        locked=locked,
        further=lambda done: updates_otherwise(done.plan, place, has_lock=done.lock is not None),
    )


_STACK_NAME = "PIPELINE_STACK_NAME"
_PARAMETERS = "PIPELINE_STACK_PARAMETERS"


def _stack_parameters(environment: Mapping[str, str]) -> dict[str, str]:
    text = environment.get(_PARAMETERS, "")
    if not text:
        return {}
    try:
        parameters = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StackParametersUnreadable(_PARAMETERS) from error
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise StackParametersUnreadable(_PARAMETERS)
    return parameters


def print_template(file: Path, plugins: Sequence[Path], lock: Path | None, *, locked: bool) -> Exit:
    """Write the template to stdout."""
    done = _synthesized(file, plugins, lock, locked=locked)
    if done is None:
        return Exit.FINDINGS
    write(done.template.as_json().decode())
    return Exit.FINE


def show_plan(file: Path, plugins: Sequence[Path], lock: Path | None, form: Format, *, locked: bool) -> Exit:
    """Write the plan: as a short text, or whole as data."""
    done = plan_or_show(file, plugins, lock, locked=locked)
    if done is None:
        return Exit.FINDINGS
    if form is Format.TEXT:
        write("\n".join(_told(done.plan)))
        return Exit.FINE
    from pipeline_builder.core.planning.output import as_data

    write_data(as_data(done.plan), form)
    return Exit.FINE


def _told(plan: Plan) -> list[str]:
    projects = {project.id: project for project in plan.projects}
    labels = {output.name: output.label for output in _outputs(plan)}
    lines = [f"pipeline {plan.name} ({plan.execution_mode})"]
    for stage in plan.stages:
        lines.append(f"  stage {stage.name}")
        for action in stage.actions:
            line = f"    {action.run_order}. {action.name}"
            details: list[str] = []
            match action:
                case BuildAction():
                    project = projects[action.project]
                    details = _details(project, action, labels)
                    pin = project.plugin
                    compute = project.compute_type if isinstance(project.compute_type, str) else "told at deployment"
                    line += f"  plugin {pin.name} {pin.version}, {compute}, {project.timeout_minutes} min"
                    if project.failure_behavior != "fail":
                        line += f", on failure: {project.failure_behavior}"
                case ApprovalAction():
                    line += "  waits for a person"
                case StackUpdateAction():
                    line += "  updates the pipeline's own stack"
                case _:
                    line += f"  source {action.provider}"
            lines += [line, *(f"         {detail}" for detail in details)]
    if plan.parameters:
        lines.append("  parameters " + ", ".join(parameter.name for parameter in plan.parameters))
    return lines


def _outputs(plan: Plan) -> Iterator[OutputArtifact]:
    for project in plan.projects:
        yield from project.build_spec.outputs
    for stage in plan.stages:
        yield from (action.output for action in stage.actions if isinstance(action, SourceAction))


def _details(project: Project, action: BuildAction, labels: Mapping[str, str]) -> list[str]:
    """What the definition does not tell: where the step runs, what goes in and out, and whose role it has."""
    secrets = [variable.name for variable in project.environment if variable.kind is not VariableKind.PLAIN]
    told = [
        ("reads", [labels[name] for name in action.inputs]),
        ("hands on", [labels[name] for name in action.outputs]),
        ("exports", list(project.build_spec.exported)),
        ("secrets", secrets),
        ("network", [project.network.vpc_id] if project.network else []),
        ("role", [_plain(project.role.arn or project.role.id)]),
    ]
    return [
        f"image {_plain(project.image.uri)}",
        "; ".join(f"{what} {', '.join(names)}" for what, names in told if names),
    ]


def _plain(value: Text | None) -> str:
    return value.text if isinstance(value, Sub) else str(value)


def write_lock_file(file: Path, output: Path | None, plugins: Sequence[Path]) -> Exit:
    """Write the lock of a definition, where nothing else is said beside it."""
    from pipeline_builder.core.diagnostics import Report
    from pipeline_builder.core.planning.preparation import references_of
    from pipeline_builder.core.plugins.lock import Lock, write_lock
    from pipeline_builder.core.plugins.resolution import resolve
    from pipeline_builder.kernel import catalog_of

    done = plan_or_show(file, plugins, NO_LOCK, locked=False)
    if done is None:
        return Exit.FINDINGS
    references = references_of(done.loaded.definition)
    resolved = resolve(references, catalog_of(plugins), Report())
    text = write_lock(Lock.of(references, resolved, __version__))
    if output == STREAM:
        write(text)
        return Exit.FINE
    place = output or file.parent
    if place.is_dir():
        place /= LOCK_NAME
    if place.exists() and file.exists() and place.samefile(file):
        raise click.UsageError(f"'{place}' is the definition itself, and a lock would replace it.")
    replace_file(place, text.encode())
    say(f"{counted(len(resolved), 'use', 'uses')} of plugins locked in {place}")
    return Exit.FINE
