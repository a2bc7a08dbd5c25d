"""The stages of the pipeline and what happens in them."""

from typing import assert_never

from pipeline_builder.core.planning.model import (
    Action,
    ApprovalAction,
    BuildAction,
    Condition,
    EnvironmentVariable,
    Rule,
    SourceAction,
    StackUpdateAction,
    Stage,
    Text,
)
from pipeline_builder.core.planning.text import joined
from pipeline_builder.synth.identity import role_arn
from pipeline_builder.synth.intrinsics import Json, given, json_text, ref, text

_STACK_CAPABILITIES = "CAPABILITY_IAM"
"""The template makes roles, and leaves their names to CloudFormation."""


def stage(stage: Stage) -> Json:
    """One stage.

    Source: StageDeclaration in the CloudFormation template reference.
    """
    return given(
        {
            "Name": stage.name,
            "BeforeEntry": None if stage.before_entry is None else _checked(stage.before_entry),
            "Actions": [_action(action) for action in stage.actions],
            "OnSuccess": None if stage.on_success is None else _checked(stage.on_success),
            "OnFailure": None if stage.on_failure is None else _failed(stage.on_failure),
        }
    )


def _action(action: Action) -> Json:
    match action:
        case SourceAction():
            return _source(action)
        case BuildAction():
            return _build(action)
        case ApprovalAction():
            return _approval(action)
        case StackUpdateAction():
            return _stack_update(action)
        case _:
            assert_never(action)


def _source(action: SourceAction) -> Json:
    return {
        "Name": action.name,
        "ActionTypeId": _type("Source", action.provider, action.owner, action.version),
        "Configuration": {key: text(value) for key, value in action.configuration.items()},
        "OutputArtifacts": [{"Name": action.output.name}],
        "Namespace": action.namespace,
        "RunOrder": action.run_order,
    }


def _build(action: BuildAction) -> Json:
    """Source: "AWS CodeBuild build and test action reference" in the CodePipeline user guide."""
    has_many_inputs = len(action.inputs) > 1
    return given(
        {
            "Name": action.name,
            "ActionTypeId": _type("Build", "CodeBuild"),
            "Configuration": given(
                {
                    "ProjectName": ref(action.project),
                    "PrimarySource": action.inputs[0] if has_many_inputs else None,
                    "EnvironmentVariables": _variables(action.environment),
                }
            ),
            "InputArtifacts": [{"Name": name} for name in action.inputs],
            "OutputArtifacts": [{"Name": name} for name in action.outputs],
            "Namespace": action.namespace,
            "RunOrder": action.run_order,
        }
    )


def _approval(action: ApprovalAction) -> Json:
    """Source: "Manual approval action reference" in the CodePipeline user guide."""
    return given(
        {
            "Name": action.name,
            "ActionTypeId": _type("Approval", "Manual"),
            "Configuration": given(
                {
                    "CustomData": action.comment,
                    "ExternalEntityLink": action.review_url,
                    "NotificationArn": None if action.topic_arn is None else text(action.topic_arn),
                }
            ),
            "TimeoutInMinutes": action.timeout_minutes,
            "RunOrder": action.run_order,
        }
    )


def _stack_update(action: StackUpdateAction) -> Json:
    """Source: "AWS CloudFormation deploy action reference" in the CodePipeline user guide."""
    return {
        "Name": action.name,
        "ActionTypeId": _type("Deploy", "CloudFormation"),
        "Configuration": {
            "ActionMode": "CREATE_UPDATE",
            "StackName": ref("AWS::StackName"),
            "TemplatePath": _in_artifact(action.input, action.template_path),
            "TemplateConfiguration": _in_artifact(action.input, action.configuration_path),
            "Capabilities": _STACK_CAPABILITIES,
            "RoleArn": role_arn(action.role),
        },
        "InputArtifacts": [{"Name": action.input}],
        "RunOrder": action.run_order,
    }


def _type(category: str, provider: str, owner: str = "AWS", version: str = "1") -> Json:
    return {"Category": category, "Owner": owner, "Provider": provider, "Version": version}


def _variables(environment: tuple[EnvironmentVariable, ...]) -> Json:
    if not environment:
        return None
    return text(json_text([{"name": one.name, "type": one.kind.value, "value": one.value} for one in environment]))


def _in_artifact(name: str, path: Text) -> Json:
    return text(joined(f"{name}::", path))


def _checked(condition: Condition) -> Json:
    return {"Conditions": [_condition(condition)]}


def _failed(condition: Condition) -> Json:
    """Without rules to check first, the result stands for the stage itself."""
    return given(
        {
            "Conditions": [_condition(condition)] if condition.rules else None,
            "Result": None if condition.rules else condition.result.value,
            "RetryConfiguration": condition.retry_mode and {"RetryMode": condition.retry_mode.value},
        }
    )


def _condition(condition: Condition) -> Json:
    return {"Result": condition.result.value, "Rules": [_rule(rule) for rule in condition.rules]}


def _rule(rule: Rule) -> Json:
    return given(
        {
            "Name": rule.name,
            "RuleTypeId": _type("Rule", rule.provider),
            "Configuration": dict(rule.configuration),
            "Commands": rule.commands,
            "InputArtifacts": [{"Name": name} for name in rule.inputs],
            "RoleArn": rule.role_arn,
        }
    )
