"""Conditions of stages: checks that AWS does before, after, or when a stage fails."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline_builder.core.definition import model as written
from pipeline_builder.core.diagnostics import Location
from pipeline_builder.core.planning.model import Condition, Rule, Statement
from pipeline_builder.core.planning.text import arn


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadByRule:
    """What a rule reads: names of artifacts, and its configuration with references as CodePipeline knows them."""

    inputs: tuple[str, ...]
    configuration: Mapping[str, str]


def plan_condition(
    condition: written.StageCondition | None, at: Location, read: Mapping[Location, ReadByRule]
) -> Condition | None:
    """The condition as CodePipeline takes it.

    Args:
        read: by the place of the rule.
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
                configuration=read[at / "rules" / index].configuration,
                commands=rule.commands,
                inputs=read[at / "rules" / index].inputs,
                role_arn=rule.role_arn,
            )
            for index, rule in enumerate(condition.rules)
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
            group = arn("logs", f"log-group:/aws/codepipeline/{pipeline}:*")
            log = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
            return [Statement(sid="LogChecks", actions=log, resources=(group,))]
        case _:
            return []
