"""How a pipeline that updates itself would go about it otherwise than whoever synthesizes it now."""

from collections.abc import Iterator
from pathlib import PurePath, PurePosixPath

from pipeline_builder.core.diagnostics import Diagnostic, Location, Severity
from pipeline_builder.core.planning.model import Plan, StackUpdateAction
from pipeline_builder.core.planning.preparation import SYNTH_STAGE
from pipeline_builder.core.plugins.model import OWN

_AT = Location() / "synth"


def updates_otherwise(plan: Plan, file: PurePath | None, *, has_lock: bool) -> Iterator[Diagnostic]:
    """What the pipeline's own synth step would read instead, or not find.

    Args:
        file: that the plan was made of, whole from the root on; None where it has no name.
        has_lock: the lock beside the definition holds the plugins, so that their folder is not needed.
    """
    if not any(isinstance(action, StackUpdateAction) for stage in plan.stages for action in stage.actions):
        return
    synth = next(project for project in plan.projects if project.stage == SYNTH_STAGE)
    told = {variable.name: variable.value for variable in synth.environment}
    definition = told.get("PIPELINE_DEFINITION")
    if not isinstance(definition, str):
        return
    if file is not None and not _ends_with(file, PurePosixPath(definition)):
        yield _another_definition(definition, file)
    if not has_lock and not told.get("PIPELINE_PLUGINS"):
        yield from _absent_plugins(plan)


def _ends_with(file: PurePath, end: PurePosixPath) -> bool:
    return file.parts[-len(end.parts) :] == end.parts


def _another_definition(definition: str, file: PurePath) -> Diagnostic:
    return Diagnostic(
        code="updates-from-another-file",
        message=f"The pipeline updates itself from '{definition}' of its repository, and this is '{file.name}'.",
        at=_AT,
        severity=Severity.WARNING,
        hint="Write the path that this file has in the repository: `inputs: {definition: …}` in `synth`.",
    )


def _absent_plugins(plan: Plan) -> Iterator[Diagnostic]:
    own = sorted({project.plugin.name for project in plan.projects if project.plugin.owner == OWN})
    if own:
        which = f"'{own[0]}' was" if len(own) == 1 else f"{', '.join(map(repr, own))} were"
        yield Diagnostic(
            code="updates-without-plugins",
            message=f"The pipeline updates itself without the folder that {which} found in.",
            at=_AT,
            severity=Severity.WARNING,
            hint="Write the folder's path in the repository: `inputs: {plugins: …}` in `synth`; or keep a lock there.",
        )
