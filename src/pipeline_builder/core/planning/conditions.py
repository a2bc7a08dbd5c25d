"""Conditions of stages: checks that AWS does before, after, or when a stage fails."""

from collections.abc import Callable

from pipeline_builder.core.definition import model as written
from pipeline_builder.core.planning.model import Condition, Rule, Statement
from pipeline_builder.core.planning.text import arn


def plan_condition(condition: written.StageCondition | None, artifact_of: Callable[[str], str]) -> Condition | None:
    """The condition as CodePipeline takes it.

    Args:
        artifact_of: name of the artifact that a source or step puts out.
    """
    if condition is None:
        return None
    is_retry = condition.result is written.ConditionResult.RETRY
    return Condition(
        result=condition.result,
        rules=tuple(
            Rule(
                name=rule.name,
                provider=rule.provider,
                configuration=rule.configuration,
                commands=rule.commands,
                inputs=tuple(artifact_of(name) for name in rule.input_artifacts),
                role_arn=rule.role_arn,
                timeout_minutes=rule.timeout_minutes,
            )
            for rule in condition.rules
        ),
        retry_mode=condition.retry_mode if is_retry else None,
    )


def statements_for(rule: Rule, pipeline: str) -> list[Statement]:
    """What the pipeline's role needs for a rule that has no role of its own.

    Source: "Rule structure reference" in the CodePipeline user guide.
    """
    if rule.role_arn is not None:
        return []
    match rule.provider:
        case "CloudWatchAlarm":
            return [Statement(sid="ReadAlarms", actions=("cloudwatch:DescribeAlarms",), resources=("*",))]
        case "LambdaInvoke":
            function = arn("lambda", f"function:{rule.configuration.get('FunctionName', '')}")
            return [Statement(sid="AskFunction", actions=("lambda:InvokeFunction",), resources=(function,))]
        case "CodeBuild":
            project = arn("codebuild", f"project/{rule.configuration.get('ProjectName', '')}")
            start = ("codebuild:BatchGetBuilds", "codebuild:StartBuild")
            return [Statement(sid="CheckByBuild", actions=start, resources=(project,))]
        case "Commands":
            group = arn("logs", f"log-group:/aws/codepipeline/{pipeline}*")
            log = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
            return [Statement(sid="LogChecks", actions=log, resources=(group,))]
        case _:
            return []
