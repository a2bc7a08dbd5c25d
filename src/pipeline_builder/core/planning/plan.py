"""From a definition to a plan: every decision, in an order that reads from top to bottom."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline_builder.core.definition.load import LoadedDefinition
from pipeline_builder.core.definition.model import Definition, ExecutionMode
from pipeline_builder.core.definition.walks import steps_of
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning import model
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.limit_checks import far_over_limits, over_limits
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.lookup import is_looked_up, looked_up, plan_function
from pipeline_builder.core.planning.model import EnvironmentVariable, Plan, RoleReference, StackUpdateAction, Sub, Text
from pipeline_builder.core.planning.pipeline_roles import (
    PIPELINE_ROLE_ID,
    START_ROLE_ID,
    outside_role,
    pipeline_role,
    start_role,
)
from pipeline_builder.core.planning.preparation import SYNTH_STAGE, Prepared, prepare
from pipeline_builder.core.planning.self_mutation import Fencing, boundary_of, update_role
from pipeline_builder.core.planning.sources import PRIMARY
from pipeline_builder.core.planning.stages import author_stages
from pipeline_builder.core.planning.start_rules import plan_start_rules
from pipeline_builder.core.planning.steps import plan_step
from pipeline_builder.core.planning.triggers import plan_triggers
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.lock import Lock

SELF_MUTATION_STAGE = "SelfMutation"


def make_plan(
    loaded: LoadedDefinition, catalog: Catalog, report: Report, *, lock: Lock | None = None, locked: bool = False
) -> Plan | None:
    """Take every decision for a definition.

    Args:
        loaded: one with errors gets no plan; what else is wrong with it is told all the same.
        catalog: where plugins are found.
        report: gets what is wrong, all at once; but whether the whole is within the limits of AWS, only of a plan, and
            of what is far beyond them nothing else.
        lock: which plugins were resolved before; wins over the catalog.
        locked: use nothing but the lock, and only images pinned by digest.

    Returns:
        The plan, or None when there are errors.
    """
    too_many = tuple(far_over_limits(sum(1 for _ in steps_of(loaded.definition))))
    if too_many:
        report.extend(loaded.worth_telling(too_many))
        return None
    found = Report()
    prepared = prepare(loaded, catalog, found, lock=lock, locked=locked)
    plan = None
    if not (loaded.has_errors or found.has_errors):
        drafts = prepared.wiring.drafts
        found.extend(far_over_limits(len(drafts), sum(not draft.is_approval for draft in drafts)))
    if not (loaded.has_errors or found.has_errors):
        plan = _assembled(prepared)
        found.extend(over_limits(plan, prepared.places))
    report.extend(loaded.worth_telling(found.diagnostics, prepared.unresolved))
    return None if found.has_errors else plan


def _assembled(prepared: Prepared) -> Plan:
    """Decide the rest, in which nothing can be wrong."""
    definition, context, wiring = prepared.definition, prepared.context, prepared.wiring
    synth, sources, fencing, notifications = prepared.synth, prepared.sources, prepared.fencing, prepared.notifications
    planned = {
        draft.at: plan_step(
            draft,
            wiring.inputs[draft.at],
            context,
            run_order=prepared.orders[draft.at],
            is_read=draft.at in wiring.read or (draft is synth and fencing.role is not None),
            boundary=fencing.boundary,
        )
        for draft in wiring.drafts
        if not draft.is_approval
    }
    planned |= {
        draft.at: looked_up(planned[draft.at], draft, context)
        for draft in wiring.drafts
        if is_looked_up(definition, draft)
    }
    stages = [
        model.Stage(name=PRIMARY, actions=tuple(source.action for source in sources.values())),
        model.Stage(name=SYNTH_STAGE, actions=(planned[synth.at].action,)),
        *([_self_mutation_stage(synth, fencing, context)] if fencing.role else []),
        *author_stages(definition, {at: step.action for at, step in planned.items()}, prepared.orders, wiring),
    ]
    projects = tuple(step.project for step in planned.values())
    start_rules = plan_start_rules(definition, sources, context.name)
    roles = [step.role for step in planned.values() if step.role is not None]
    role = outside_role(definition, prepared.settings)
    if role is None:
        roles.append(pipeline_role(context, fencing, stages, projects, sources))
        role = RoleReference(id=PIPELINE_ROLE_ID)
    if start_rules:
        roles.append(start_role(context, fencing))
    lookup_function = None
    if any(project.lookup for project in projects):
        lookup_function, lookup_role = plan_function(context, fencing.boundary)
        roles.append(lookup_role)
    boundary = None
    if fencing.is_made:
        wanted = [statement for role in roles for policy in role.policies for statement in policy.statements]
        if fencing.outside_boundary is None:
            boundary = boundary_of(context, wanted, lookup_function)
        roles.append(
            update_role(
                context,
                fencing,
                outside_roles=_outside_roles(stages, projects, role),
                connections=[source.connection for source in sources.values() if source.connection is not None],
                tokens=[resource for source in sources.values() for resource in source.token],
                vpcs=[project.network.vpc_id for project in projects if project.network is not None],
                has_notifications=notifications.rule is not None or notifications.alarm is not None,
                lookup=lookup_function,
            )
        )
    return Plan(
        name=context.name,
        project=definition.project,
        organization=definition.organization,
        org_id=definition.org_id,
        execution_mode=definition.execution_mode or ExecutionMode.SUPERSEDED,
        lookup=definition.lookup,
        stages=tuple(stages),
        projects=_with_parameters(projects, synth, context),
        roles=tuple(roles),
        pipeline_role=role,
        artifact_store=context.store,
        parameters=tuple(context.parameters[name] for name in sorted(context.parameters)),
        variables=prepared.variables,
        triggers=plan_triggers(definition.triggers, PRIMARY),
        start_rules=start_rules,
        start_role=RoleReference(id=START_ROLE_ID) if start_rules else None,
        notification_rule=notifications.rule,
        execution_events=notifications.execution_events,
        failure_alarm=notifications.alarm,
        boundary=boundary,
        lookup_function=lookup_function,
        tags=_tags(definition),
    )


def _outside_roles(
    stages: Iterable[model.Stage], projects: Iterable[model.Project], pipeline: RoleReference
) -> list[Text]:
    """ARNs of the roles that the author names: of the pipeline, of steps, and of checks."""
    references = (pipeline, *(project.role for project in projects))
    found = [reference.arn for reference in references if reference.arn is not None]
    for stage in stages:
        found += [rule.role_arn for rule in stage.rules if rule.role_arn is not None]
    return found


def _self_mutation_stage(synth: StepDraft, fencing: Fencing, context: Context) -> model.Stage:
    return model.Stage(
        name=SELF_MUTATION_STAGE,
        actions=(
            StackUpdateAction(
                name=SELF_MUTATION_STAGE,
                input=context.artifact_names.of(synth.stage, synth.label),
                template_path=Sub("${AWS::StackName}.template.json"),
                configuration_path=Sub("${AWS::StackName}.configuration.json"),
                role=fencing.role or RoleReference(),
            ),
        ),
    )


def _with_parameters(
    projects: Sequence[model.Project], synth: StepDraft, context: Context
) -> tuple[model.Project, ...]:
    """The synth step learns the stack's name and parameters last, when it is known which parameters there are.

    It writes them beside the new template, so that an update keeps the values given at the first deployment.
    """
    values = ", ".join(f'"{name}": "${{{name}}}"' for name in sorted(context.parameters))
    own = (
        EnvironmentVariable("PIPELINE_STACK_NAME", Sub("${AWS::StackName}")),
        EnvironmentVariable("PIPELINE_STACK_PARAMETERS", Sub("{" + values + "}")),
    )
    return tuple(
        replace(project, environment=tuple(sorted((*project.environment, *own), key=lambda one: one.name)))
        if (project.stage, project.step) == (synth.stage, synth.label)
        else project
        for project in projects
    )


def _tags(definition: Definition) -> dict[str, str]:
    """The author's tags, and those by which events of executions are told apart. In order of key."""
    environments = [f"{stage.stage_name}:{stage.environment}" for stage in definition.stages if stage.environment]
    if not environments and definition.environment and definition.stages:
        environments = [f"{definition.stages[-1].stage_name}:{definition.environment}"]
    own = {
        "pipeline-builder": "true",
        "project": _tag_value(definition.project),
        "organization": _tag_value(definition.organization),
        "OrgId": definition.org_id,
        "pb.pipeline-id": definition.pipeline_id,
        "pb.deploys": _tag_value("+".join(environments)) or None,
    }
    tags = {key: value for key, value in own.items() if value is not None} | dict(definition.tags)
    return dict(sorted(tags.items()))


def _tag_value(text: str) -> str:
    """Source: "Tag naming limits and requirements" in the guide "Tagging AWS resources"."""
    return re.sub(r"[^\w .:/=+@-]", "-", text)[: LIMITS["tag-value-length"].value]
