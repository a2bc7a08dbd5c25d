"""Whether a pipeline updates its own stack, and with which rights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline_builder.core.definition.metadata import PipelineSettings
from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.planning.context import SECRETS_PREFIX, Context
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.fence import fence, fence_path, renew_own_resources
from pipeline_builder.core.planning.model import Boundary, LookupFunction, Role, RoleReference, Statement, Sub, Text
from pipeline_builder.core.planning.policies import role_policies
from pipeline_builder.core.planning.text import joined
from pipeline_builder.core.plugins.model import OutputKind

BOUNDARY_ID = "Boundary"
UPDATE_ROLE_ID = "UpdateRole"


@dataclass(frozen=True, slots=True)
class Fencing:
    """Who updates the stack, and what bounds every role made here.

    Attributes:
        role: acts for CloudFormation; None when the pipeline does not update itself.
        boundary: ARN of the boundary of all roles; None without one.
        outside_boundary: the same, where the author names it.
        is_made: role and boundary are the template's own.
    """

    role: RoleReference | None = None
    boundary: Text | None = None
    outside_boundary: Text | None = None
    is_made: bool = False


def plan_fencing(definition: Definition, settings: PipelineSettings, synth: StepDraft, report: Report) -> Fencing:
    """Decide whether the pipeline updates itself: unless the author says no, when its synth step makes an assembly."""
    outside = definition.defaults.permissions_boundary
    given = definition.self_mutation
    wanted = given.enabled if given is not None else settings.self_mutation
    makes_assembly = any(output.kind is OutputKind.CLOUD_ASSEMBLY for output in synth.evidence)
    if wanted and not makes_assembly:
        report.add(
            Diagnostic(
                code="self-mutation-without-assembly",
                message=f"Plugin '{synth.plugin.spec.name}' makes no cloud assembly to update the pipeline from.",
                at=Location() / "synth" / "plugin",
                severity=Severity.WARNING,
                hint="Use a synth plugin such as cdk-synth, or set `selfMutation: false`.",
            )
        )
    if wanted is False or not makes_assembly:
        return Fencing(boundary=outside, outside_boundary=outside)
    if given is not None and given.role_arn is not None:
        return Fencing(role=RoleReference(arn=given.role_arn), boundary=outside, outside_boundary=outside)
    return Fencing(
        role=RoleReference(id=UPDATE_ROLE_ID),
        boundary=outside or Sub(f"${{{BOUNDARY_ID}}}"),
        outside_boundary=outside,
        is_made=True,
    )


def update_role(
    context: Context,
    fencing: Fencing,
    *,
    outside_roles: Sequence[Text],
    connections: Sequence[Text],
    tokens: Sequence[Text],
    vpcs: Sequence[str],
    has_notifications: bool,
    lookup: LookupFunction | None,
) -> Role:
    """The role by which CloudFormation updates the stack. It outlives the stack, or nothing could delete that.

    Only a boundary from outside bounds this role too: the one made here is what it may grant, not what it may do.
    """
    statements = renew_own_resources(
        store=context.store,
        pipeline=context.name,
        boundary=fencing.boundary or "",
        outside_roles=outside_roles,
        connections=connections,
        tokens=tokens,
        vpcs=vpcs,
        has_notifications=has_notifications,
        lookup=lookup,
    )
    return Role(
        id=UPDATE_ROLE_ID,
        description=f"Lets CloudFormation update the stack of the pipeline {context.name}, within its boundary.",
        services=("cloudformation.amazonaws.com",),
        policies=role_policies(f"{UPDATE_ROLE_ID}Policy", statements),
        path=fence_path(context.name),
        boundary=fencing.outside_boundary,
        is_retained=True,
    )


def boundary_of(context: Context, wanted: Iterable[Statement], lookup: LookupFunction | None) -> Boundary:
    """The boundary of every role that is made here; see `fence`."""
    secrets = joined(f"{SECRETS_PREFIX}/", context.use_org_id(), "/")
    return Boundary(
        id=BOUNDARY_ID,
        name=f"What the roles of the pipeline {context.name} may be granted at most.",
        path=fence_path(context.name),
        statements=fence(context.store, context.name, secrets, wanted, lookup),
    )
