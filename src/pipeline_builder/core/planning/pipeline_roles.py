"""The roles of the pipeline itself, and of what starts it."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline_builder.core.definition.metadata import PipelineSettings
from pipeline_builder.core.definition.model import Definition, RoleByArn, RoleByName
from pipeline_builder.core.planning import permissions
from pipeline_builder.core.planning.conditions import statements_for
from pipeline_builder.core.planning.context import Context
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    Project,
    Role,
    RoleReference,
    Rule,
    Stage,
    Statement,
    Sub,
    Text,
)
from pipeline_builder.core.planning.policies import role_policies
from pipeline_builder.core.planning.self_mutation import Fencing
from pipeline_builder.core.planning.sources import PlannedSource
from pipeline_builder.core.planning.text import arn

START_ROLE_ID = "StartRole"
PIPELINE_ROLE_ID = "PipelineRole"


def outside_role(definition: Definition, settings: PipelineSettings) -> RoleReference | None:
    """The pipeline's role, where the author names an existing one."""
    match definition.role:
        case RoleByArn(role_arn=given):
            return RoleReference(arn=given)
        case RoleByName(role_name=name):
            return RoleReference(arn=_role_named(name))
        case _ if settings.role_arn is not None:
            return RoleReference(arn=settings.role_arn)
        case _ if settings.role_name is not None:
            return RoleReference(arn=_role_named(settings.role_name))
        case _:
            return None


def _role_named(name: str) -> Text:
    """ARN of a role of the deploying account, by its name with its path."""
    return arn("iam", f"role/{name.removeprefix('/')}", region=False)


def pipeline_role(
    context: Context,
    fencing: Fencing,
    stages: Iterable[Stage],
    projects: Sequence[Project],
    sources: Mapping[str, PlannedSource],
) -> Role:
    """The role of the pipeline itself: it fetches the sources, keeps artifacts, and starts exactly these projects."""
    topics: list[Text] = []
    rules: list[Rule] = []
    for stage in stages:
        topics += [
            action.topic_arn for action in stage.actions if isinstance(action, ApprovalAction) and action.topic_arn
        ]
        rules += stage.rules
    statements = [
        *permissions.start_projects([project.name for project in projects]),
        permissions.keep_artifacts(context.store, context.name),
        permissions.locate_artifacts(context.store),
        *permissions.use_artifact_key(context.store),
        *(statement for source in sources.values() for statement in source.statements),
        *permissions.ask_for_approval(topics),
        *(statement for rule in rules for statement in statements_for(rule, context.name)),
        *_self_mutation_statements(fencing),
    ]
    return Role(
        id=PIPELINE_ROLE_ID,
        description=f"The pipeline {context.name} itself.",
        services=("codepipeline.amazonaws.com",),
        policies=role_policies(f"{PIPELINE_ROLE_ID}Policy", _unique(statements)),
        trust_conditions={
            "StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)},
            "ArnEquals": {"aws:SourceArn": (arn("codepipeline", context.name),)},
        },
        path=context.role_path,
        boundary=fencing.boundary,
    )


def _self_mutation_statements(fencing: Fencing) -> list[Statement]:
    if fencing.role is None:
        return []
    return [permissions.update_own_stack(), permissions.hand_over_update_role(_arn_of(fencing.role))]


def _unique(statements: Iterable[Statement]) -> list[Statement]:
    unique: list[Statement] = []
    for statement in statements:
        if statement not in unique:
            unique.append(statement)
    return unique


def _arn_of(role: RoleReference) -> Text:
    return role.arn if role.arn is not None else Sub(f"${{{role.id}.Arn}}")


def start_role(context: Context, fencing: Fencing) -> Role:
    """The role by which EventBridge starts the pipeline."""
    return Role(
        id=START_ROLE_ID,
        description=f"Lets EventBridge start the pipeline {context.name}.",
        services=("events.amazonaws.com",),
        policies=role_policies(f"{START_ROLE_ID}Policy", [permissions.start_pipeline(context.name)]),
        trust_conditions={"StringEquals": {"aws:SourceAccount": (Sub("${AWS::AccountId}"),)}},
        path=context.role_path,
        boundary=fencing.boundary,
    )
