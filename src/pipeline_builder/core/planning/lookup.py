"""`lookup: deploy`: the plugins of the author's stages are bound while CloudFormation deploys.

What a step may do, reads, keeps and means when it fails is planned here, so that a template can be reviewed: that needs
what is known of a plugin in the local catalog. What it runs comes from the platform: version, image, compute, variables
and commands. The synth step stays pinned, for it makes the next template, and approvals run nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline_builder.core.definition.model import Definition, LookupTime, PluginReference, Step
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.ids import logical_id, lookup_function_name
from pipeline_builder.core.planning.model import (
    ArtifactStore,
    LogGroup,
    LookupFunction,
    Parameter,
    PluginLookup,
    Role,
    RoleReference,
    Statement,
    Sub,
    Text,
)
from pipeline_builder.core.planning.permissions import bucket_arn, use_artifact_key, write_log
from pipeline_builder.core.planning.policies import role_policies
from pipeline_builder.core.planning.steps import PlannedStep
from pipeline_builder.core.planning.text import joined
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.inputs import variable_of
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.model import (
    BuildType,
    InputType,
    Plugin,
    PluginInput,
    PluginSpec,
    PluginType,
    Request,
)
from pipeline_builder.core.plugins.resolution import resolve

LOOKUP_FOLDER = "plugin-build-specifications"
"""Folder of the artifact bucket. No pipeline's artifacts lie in it: their first folder has at most 20 characters."""

LOOKUP_ID = "PluginLookup"
LOOKUP_ROLE_ID = "PluginLookupRole"

_OWN_COMMANDS = "\0the plugin's own commands"
"""Stands among a step's commands where those of its plugin will be."""

_ANY_OWNER = "*"
_ABSENT = {"no-matching-version", "unknown-plugin"}


# --- what is known while synthesizing --------------------------------------------------------------------------------


def outlines(
    steps: Mapping[Location, Step], catalog: Catalog, report: Report, *, lock: Lock | None, locked: bool
) -> dict[Location, Plugin]:
    """The plugins of steps: of each as much as does not wait for the deployment.

    Args:
        steps: by the place of their plugin, the synth step among them.
    """
    references = {at: step.plugin for at, step in steps.items()}
    if locked:
        report.add(_not_locked())
        return {}
    found = Report()
    known = resolve(references, catalog, found, lock=lock)
    report.extend(_findings(found.diagnostics, references))
    outlined = {at: _outline(known[at], references[at]) if _waits(at) else known[at] for at in known}
    outlined |= {one.at: unknown_plugin(steps[one.at]) for one in found.diagnostics if _is_told_later(one)}
    return outlined


def is_looked_up(definition: Definition, draft: StepDraft) -> bool:
    """Whether the step is bound to its plugin at deployment."""
    return definition.lookup is LookupTime.DEPLOY and _waits(draft.at) and not draft.is_approval


def _waits(at: Location) -> bool:
    """Whether what stands there belongs to the author's stages."""
    return at.keys[:1] == ("stages",)


def _is_told_later(finding: Diagnostic) -> bool:
    return finding.code in _ABSENT and _waits(finding.at)


def _findings(
    diagnostics: Iterable[Diagnostic], references: Mapping[Location, PluginReference]
) -> Iterable[Diagnostic]:
    """What is wrong with the local catalog stays wrong; what it does not hold, or not by digest, the platform tells."""
    for finding in diagnostics:
        if _is_told_later(finding):
            yield Diagnostic(
                code="plugin-known-at-deployment",
                message=f"Nothing is known of plugin '{Request.of(references[finding.at])}' before the deployment.",
                at=finding.at,
                severity=Severity.NOTE,
                hint="Its secrets, outputs, permissions and time-out count only as far as the step names them.",
            )
        elif finding.code != "image-not-pinned" or not _waits(finding.at):
            yield finding


def _not_locked() -> Diagnostic:
    return Diagnostic(
        code="lookup-not-locked",
        message="With `lookup: deploy` plugins are chosen at deployment, so no lock holds them.",
        at=Location() / "lookup",
        hint="Use `lookup: synth` where the template has to be locked.",
    )


def _outline(plugin: Plugin, reference: PluginReference) -> Plugin:
    """The plugin without what may change until the deployment."""
    spec = plugin.spec
    if spec.plugin_type is PluginType.MANUAL_APPROVAL:
        return plugin
    inputs = {name: replace(declared, default=None) for name, declared in spec.inputs.items()}
    return replace(
        plugin,
        owner=_ANY_OWNER,
        digest=None,
        spec=replace(
            spec,
            version=Request.of(reference).version,
            inputs=inputs,
            env={},
            metadata={},
            install_commands=(_OWN_COMMANDS,),
            commands=(_OWN_COMMANDS,),
        ),
    )


def unknown_plugin(step: Step) -> Plugin:
    """What stands for a plugin of which only its use is known."""
    request = Request.of(step.plugin)
    return Plugin(
        PluginSpec(
            name=request.name,
            version=request.version,
            inputs={name: PluginInput(type=InputType.STRING, description="") for name in step.inputs},
            install_commands=(_OWN_COMMANDS,),
            commands=(_OWN_COMMANDS,),
        ),
        BuildType.BUILD_IMAGE,
        owner=_ANY_OWNER,
    )


# --- a step ----------------------------------------------------------------------------------------------------------


def looked_up(step: PlannedStep, draft: StepDraft, context: Context) -> PlannedStep:
    """The step with its image, compute and build specification left to the deployment, where the author leaves them."""
    names = (draft.stage, draft.label)
    lookup_id = logical_id(*names, kind="Lookup")
    folder = f"{LOOKUP_FOLDER}/{lookup_id}"
    project = step.project
    binds_image = draft.image is None
    # An input that was not given has its default from the platform, so nothing may stand in the way of it.
    unset = {
        variable_of(*one) for one in draft.plugin.spec.inputs.items() if not draft.variables.get(variable_of(*one))
    }
    lookup = PluginLookup(
        id=lookup_id,
        folder=folder,
        binds_image=binds_image,
        question=_question(step, draft, context),
    )
    return replace(
        step,
        project=replace(
            project,
            image=replace(project.image, uri=_attribute(lookup, "Image")) if binds_image else project.image,
            compute_type=project.compute_type if draft.compute_type else _attribute(lookup, "ComputeType"),
            is_privileged=_attribute(lookup, "PrivilegedMode") if draft.is_privileged is None else draft.is_privileged,
            environment=tuple(one for one in project.environment if one.name not in unset),
            build_spec=replace(project.build_spec, script=""),
            lookup=lookup,
        ),
        role=None if step.role is None else _reading(step.role, names, folder, context.store),
    )


def _attribute(lookup: PluginLookup, name: str) -> Sub:
    return Sub(f"${{{lookup.id}.{name}}}")


def _question(step: PlannedStep, draft: StepDraft, context: Context) -> dict[str, object]:
    """What the function is asked, as data: see `synth.lookup_handler`, which reads it."""
    pipeline = context.scope["pipeline"]
    metadata = {**pipeline["metadata"], **draft.step.plugin.metadata, **draft.step.metadata}
    declared = draft.plugin.spec.inputs
    given = {name: draft.variables.get(variable_of(name, one), "") for name, one in declared.items()}
    shell = step.shell
    return {
        "plugin": draft.plugin.spec.name,
        "version": draft.plugin.spec.version,
        "hasImage": draft.plugin.has_image and draft.image is None,
        "install": [None if text == _OWN_COMMANDS else text for text in shell.install],
        "build": [None if text == _OWN_COMMANDS else text for text in shell.build],
        "script": {
            "name": shell.name,
            "failure_behavior": str(shell.failure_behavior),
            "mounted": shell.mounted,
            "exported": shell.exported,
            "kept": shell.kept,
            "sarif": shell.sarif,
            "evidence_marker": shell.evidence_marker,
        },
        "secrets": sorted(secret.variable.name for secret in draft.secrets),
        "context": {
            "pipeline": {**pipeline, "metadata": metadata},
            "env": dict(sorted((name, text) for name, text in draft.variables.items() if text)),
            "inputs": {name: text for name, text in sorted(given.items()) if text},
        },
    }


def question_text(question: Mapping[str, object]) -> str:
    """The question as one text: CloudFormation hands numbers and truth values of a custom resource on as texts."""
    return json.dumps(question, default=dict, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _reading(role: Role, names: tuple[str, ...], folder: str, store: ArtifactStore) -> Role:
    statements = [statement for policy in role.policies for statement in policy.statements]
    own = Statement(
        sid="ReadBuildSpecification", actions=("s3:GetObject",), resources=(joined(bucket_arn(store), f"/{folder}/*"),)
    )
    return replace(role, policies=role_policies(logical_id(*names, kind="Policy"), [*statements, own]))


# --- the function ----------------------------------------------------------------------------------------------------


def plan_function(context: Context, boundary: Text | None) -> tuple[LookupFunction, Role]:
    """The one function of a template that binds all its steps, and its role."""
    for parameter in _PARAMETERS:
        context.add_parameter(parameter)
    context.use_registry()
    name = lookup_function_name(context.name)
    log_group = LogGroup(id="PluginLookupLog", name=f"/aws/lambda/{name}", retention_days=context.log_retention_days)
    statements = [
        write_log(log_group),
        Statement(
            sid="ReadPlatformToken",
            actions=("secretsmanager:GetSecretValue",),
            resources=(Sub("${PlatformTokenSecretArn}"),),
        ),
        Statement(
            sid="KeepBuildSpecifications",
            actions=("s3:GetObject", "s3:PutObject"),
            resources=(joined(bucket_arn(context.store), f"/{LOOKUP_FOLDER}/*"),),
        ),
        *use_artifact_key(context.store),
    ]
    role = Role(
        id=LOOKUP_ROLE_ID,
        description=f"Binds the plugins of the pipeline {context.name} while CloudFormation deploys.",
        services=("lambda.amazonaws.com",),
        policies=role_policies(f"{LOOKUP_ROLE_ID}Policy", statements),
        path=context.role_path,
        boundary=boundary,
    )
    return LookupFunction(id=LOOKUP_ID, name=name, role=RoleReference(id=role.id), log_group=log_group), role


_PARAMETERS = (
    Parameter(
        name="PlatformUrl",
        description="Address of the platform that is asked for plugins.",
        allowed_pattern="https://[A-Za-z0-9._~:/-]+",
    ),
    Parameter(
        name="PlatformTokenSecretArn",
        description="ARN of the secret with a token for the platform: as text, or as JSON under token or password.",
        allowed_pattern="arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+",
    ),
    Parameter(
        name="PluginsAsOf",
        description="Any new text, such as today's date, asks for the plugins again though the definition is the same.",
        default="",
        allowed_pattern="[A-Za-z0-9._:+-]{0,64}",
    ),
)
