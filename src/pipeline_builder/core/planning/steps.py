"""One step decided: what it runs in, with what, what it may do, and what it leaves behind."""

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline_builder.core.definition.model import ComputeType, Permission
from pipeline_builder.core.planning import permissions
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.ids import CACHE_FOLDER, logical_id, project_name, variables_namespace
from pipeline_builder.core.planning.model import (
    BuildAction,
    BuildSpec,
    EnvironmentVariable,
    Evidence,
    Image,
    LogGroup,
    MountedArtifact,
    OutputArtifact,
    PluginPin,
    Project,
    Report,
    Role,
    RoleReference,
    Statement,
    Sub,
    Text,
)
from pipeline_builder.core.planning.policies import role_policies
from pipeline_builder.core.planning.script import ShellStep, step_script
from pipeline_builder.core.planning.text import arn, joined
from pipeline_builder.core.plugins.model import BuildType, OutputKind, Plugin

DEFAULT_IMAGE = "aws/codebuild/standard:7.0"
"""What a plugin without an image of its own runs in."""

_COMPUTE = {
    ComputeType.SMALL: "BUILD_GENERAL1_SMALL",
    ComputeType.MEDIUM: "BUILD_GENERAL1_MEDIUM",
    ComputeType.LARGE: "BUILD_GENERAL1_LARGE",
    ComputeType.X_LARGE: "BUILD_GENERAL1_XLARGE",
    ComputeType.X2_LARGE: "BUILD_GENERAL1_2XLARGE",
}

_DEFAULT_TIMEOUT = 60
_DEFAULT_QUEUED_TIMEOUT = 120

_EVIDENCE_MARKER = ".pipeline-evidence"
_KEPT_AS_EVIDENCE = {OutputKind.SARIF, OutputKind.CYCLONEDX, OutputKind.FILES}
_REPORTS = {
    OutputKind.JUNIT: ("tests", "JUNITXML", ""),
    OutputKind.COBERTURA: ("coverage", "COBERTURAXML", ""),
    OutputKind.SARIF: ("findings", "JUNITXML", ".junit.xml"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The artifacts of one step.

    Attributes:
        primary: what it works on.
        mounted: what appears in folders of the workspace.
        clone_statements: what fetching full clones among them needs.
    """

    primary: str
    mounted: tuple[MountedArtifact, ...] = ()
    clone_statements: tuple[Statement, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.primary, *(mounted.name for mounted in self.mounted))))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step's project, the action that starts it, and the role it has when it is not one from outside.

    Attributes:
        shell: what its script was made of.
    """

    shell: ShellStep
    project: Project
    action: BuildAction
    role: Role | None


_EXECUTION = EnvironmentVariable("PIPELINE_EXECUTION_ID", "#{codepipeline.PipelineExecutionId}")


def plan_step(
    draft: StepDraft, inputs: Inputs, context: Context, *, run_order: int, is_read: bool, boundary: Text | None
) -> PlannedStep:
    """Decide everything about one step that becomes a CodeBuild project.

    Args:
        is_read: a later step works with this one's output, so it has to be kept.
        boundary: the permissions boundary of the role made here.
    """
    spec = draft.plugin.spec
    names = (draft.stage, draft.label)
    name = project_name(context.name, *names)
    outputs = _outputs(draft, context, is_read=is_read)
    shell = ShellStep(
        name=draft.label,
        failure_behavior=draft.failure_behavior,
        install=draft.install,
        build=draft.build,
        mounted=[(mounted.name, mounted.directory) for mounted in inputs.mounted],
        exported=draft.exports,
        kept=tuple(output.base_directory for output in outputs if output.base_directory and not output.holds_evidence),
        evidence_marker=_EVIDENCE_MARKER if any(output.holds_evidence for output in outputs) else None,
        sarif=tuple(_in_workdir(draft, out.path) for out in draft.evidence if out.kind is OutputKind.SARIF),
    )
    build_spec = BuildSpec(
        script=step_script(shell),
        exported=draft.exports,
        reports=tuple(_reports(draft)),
        outputs=outputs,
        cache_paths=draft.cache,
    )
    log_group = LogGroup(
        id=logical_id(*names, kind="Log"), name=f"/aws/codebuild/{name}", retention_days=context.log_retention_days
    )
    cache = joined(Sub(f"${{{context.store.id}}}"), f"/{CACHE_FOLDER}/{name}") if draft.cache else None
    image = _image(draft, context)
    role = None
    if draft.role_arn is None:
        statements = _statements(
            draft, inputs, build_spec, context, name=name, log_group=log_group, image=image, cache=cache
        )
        role = Role(
            id=logical_id(*names, kind="Role"),
            description=f"Step {draft.label} of stage {draft.stage} in the pipeline {context.name}.",
            services=("codebuild.amazonaws.com",),
            policies=role_policies(logical_id(*names, kind="Policy"), statements),
            trust_conditions={
                "StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)},
                "ArnEquals": {"aws:SourceArn": (arn("codebuild", f"project/{name}"),)},
            },
            path=context.role_path,
            boundary=boundary,
        )
    project = Project(
        id=logical_id(*names, kind="Project"),
        name=name,
        stage=draft.stage,
        step=draft.label,
        plugin=_pin(draft.plugin),
        description=f"Step {draft.label} of stage {draft.stage} in the pipeline {context.name}."[:255],
        image=image,
        compute_type=_COMPUTE[draft.compute_type or spec.compute_type],
        environment=draft.environment,
        build_spec=build_spec,
        failure_behavior=draft.failure_behavior,
        timeout_minutes=_DEFAULT_TIMEOUT if draft.timeout is None else draft.timeout,
        queued_timeout_minutes=draft.queued_timeout or _DEFAULT_QUEUED_TIMEOUT,
        role=RoleReference(arn=draft.role_arn) if role is None else RoleReference(id=role.id),
        log_group=log_group,
        is_privileged=spec.privileged if draft.is_privileged is None else draft.is_privileged,
        cache_location=cache,
        network=draft.network,
        mounted=inputs.mounted,
        evidence=tuple(_evidence(draft, outputs)),
    )
    action = BuildAction(
        name=draft.label,
        project=project.id,
        inputs=inputs.names,
        outputs=tuple(output.name for output in outputs),
        environment=(*(EnvironmentVariable(*one) for one in draft.late.items()), _EXECUTION),
        run_order=run_order,
        namespace=variables_namespace(*names) if draft.exports else None,
    )
    return PlannedStep(shell=shell, project=project, action=action, role=role)


def _pin(plugin: Plugin) -> PluginPin:
    return PluginPin(name=plugin.spec.name, version=plugin.spec.version, owner=plugin.owner, digest=plugin.digest)


def _image(draft: StepDraft, context: Context) -> Image:
    plugin = draft.plugin
    given = draft.image or (
        plugin.spec.image or DEFAULT_IMAGE if plugin.build_type is BuildType.METADATA_ONLY else None
    )
    if given is not None:
        return Image(uri=given, is_curated=given.startswith("aws/codebuild/"))
    repository = joined(context.namespace_of(plugin), f"/{plugin.spec.name}")
    version = f"@{plugin.digest}" if plugin.digest else f":{plugin.spec.version}"
    context.use_registry()
    return Image(
        uri=joined(Sub("${ImageRegistry}/"), repository, version),
        is_curated=False,
        repository=repository,
        digest=plugin.digest,
    )


def _in_workdir(draft: StepDraft, path: str) -> str:
    """A path as seen from the top of the workspace: commands run in WORKDIR, where the author sets it."""
    return posixpath.normpath(posixpath.join(draft.workdir, path)) if draft.workdir else path


def _outputs(draft: StepDraft, context: Context, *, is_read: bool) -> tuple[OutputArtifact, ...]:
    outputs = []
    if draft.output_directory is not None and is_read:
        is_glob = "*" in draft.output_directory
        outputs.append(
            OutputArtifact(
                name=context.artifact_names.of(draft.stage, draft.label),
                label=f"{draft.stage}/{draft.label}",
                base_directory=_in_workdir(draft, "." if is_glob else draft.output_directory),
            )
        )
    kept = [_in_workdir(draft, output.path) for output in draft.evidence if output.kind in _KEPT_AS_EVIDENCE]
    if kept:
        outputs.append(
            OutputArtifact(
                name=context.artifact_names.of(draft.stage, draft.label, "evidence"),
                label=f"{draft.stage}/{draft.label}/evidence",
                base_directory=".",
                files=(*kept, _EVIDENCE_MARKER),
                holds_evidence=True,
            )
        )
    return tuple(outputs)


def _reports(draft: StepDraft) -> Iterable[Report]:
    """CodeBuild shows tests and coverage; findings are shown as tests, from the file the script makes beside each."""
    for kind, (name, file_format, suffix) in _REPORTS.items():
        files = tuple(_in_workdir(draft, out.path) + suffix for out in draft.evidence if out.kind is kind)
        if files:
            yield Report(name=name, files=files, format=file_format)


def _evidence(draft: StepDraft, outputs: Sequence[OutputArtifact]) -> Iterable[Evidence]:
    keeper = next((output.name for output in outputs if output.holds_evidence), None)
    for output in draft.evidence:
        path = _in_workdir(draft, output.path)
        yield Evidence(kind=output.kind, path=path, artifact=keeper if output.kind in _KEPT_AS_EVIDENCE else None)


def _statements(
    draft: StepDraft,
    inputs: Inputs,
    build_spec: BuildSpec,
    context: Context,
    *,
    name: str,
    log_group: LogGroup,
    image: Image,
    cache: Text | None,
) -> list[Statement]:
    store = context.store
    asked: list[Permission] = [*draft.plugin.spec.permissions, *draft.permissions]
    return [
        permissions.write_log(log_group),
        permissions.locate_artifacts(store),
        *permissions.read_artifacts(store, context.name, inputs.names),
        *permissions.write_artifacts(store, context.name, [output.name for output in build_spec.outputs]),
        *permissions.use_artifact_key(store),
        *([permissions.use_cache(cache)] if cache else []),
        *permissions.write_reports(name, build_spec.reports),
        *permissions.read_secrets(draft.secrets),
        *permissions.pull_image(image),
        *(permissions.attach_to_network(draft.network) if draft.network else []),
        *inputs.clone_statements,
        *permissions.asked_for(asked),
    ]
