"""The pipeline itself: CodePipeline, type V2."""

from pipeline_builder.core.planning.model import (
    ArtifactStore,
    Patterns,
    Plan,
    PullRequestFilter,
    PushFilter,
    StackUpdateAction,
    Sub,
    Trigger,
    Variable,
)
from pipeline_builder.synth.identity import role_arn
from pipeline_builder.synth.intrinsics import Json, given, ref
from pipeline_builder.synth.stages import stage
from pipeline_builder.synth.storage import own_key_arn
from pipeline_builder.synth.tags import tags
from pipeline_builder.synth.template import Resource

PIPELINE_ID = "Pipeline"
"""A template holds one pipeline, so its logical id needs no name in it."""

PIPELINE_ARN = Sub(f"arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:${{{PIPELINE_ID}}}")


def pipeline(plan: Plan, _plan: Plan) -> Resource:
    """The pipeline with all of its stages.

    It is started again after an update only where it updates itself: the execution that did so would otherwise end
    with the stages of before.

    Source: AWS::CodePipeline::Pipeline in the CloudFormation template reference.
    """
    updates_itself = any(isinstance(action, StackUpdateAction) for one in plan.stages for action in one.actions)
    return Resource(
        id=PIPELINE_ID,
        type="AWS::CodePipeline::Pipeline",
        properties={
            "Name": plan.name,
            "PipelineType": "V2",
            "ExecutionMode": plan.execution_mode.value,
            "RestartExecutionOnUpdate": updates_itself,
            "RoleArn": role_arn(plan.pipeline_role),
            "ArtifactStore": _artifact_store(plan.artifact_store),
            "Variables": [_variable(variable) for variable in plan.variables],
            "Triggers": [_trigger(trigger) for trigger in plan.triggers],
            "Stages": [stage(one) for one in plan.stages],
            "Tags": tags(plan),
        },
    )


def _artifact_store(store: ArtifactStore) -> Json:
    key = own_key_arn(store)
    return given(
        {
            "Type": "S3",
            "Location": ref(store.id),
            "EncryptionKey": None if key is None else {"Id": key, "Type": "KMS"},
        }
    )


def _variable(variable: Variable) -> Json:
    return given({"Name": variable.name, "DefaultValue": variable.default, "Description": variable.description})


def _trigger(trigger: Trigger) -> Json:
    return {
        "ProviderType": "CodeStarSourceConnection",
        "GitConfiguration": given(
            {
                "SourceActionName": trigger.source_action,
                "Push": [_push(one) for one in trigger.push],
                "PullRequest": [_pull_request(one) for one in trigger.pull_request],
            }
        ),
    }


def _push(push: PushFilter) -> Json:
    return given(
        {"Branches": _patterns(push.branches), "FilePaths": _patterns(push.paths), "Tags": _patterns(push.tags)}
    )


def _pull_request(request: PullRequestFilter) -> Json:
    return given(
        {
            "Branches": _patterns(request.branches),
            "Events": [event.value for event in request.events],
            "FilePaths": _patterns(request.paths),
        }
    )


def _patterns(patterns: Patterns | None) -> Json:
    return None if patterns is None else given({"Includes": patterns.includes, "Excludes": patterns.excludes})
