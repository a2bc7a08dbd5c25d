"""What starts the pipeline from outside, and who hears of its executions."""

from pipeline_builder.core.planning.model import ExecutionEvents, FailureAlarm, NotificationRule, Plan, StartRule
from pipeline_builder.synth.identity import role_arn
from pipeline_builder.synth.intrinsics import completed, given, ref, text
from pipeline_builder.synth.pipeline import PIPELINE_ARN, PIPELINE_ID
from pipeline_builder.synth.tags import tags, tags_by_key
from pipeline_builder.synth.template import Resource

_MINUTES = 60


def start_rule(rule: StartRule, plan: Plan) -> Resource:
    """Starts the pipeline on a schedule or when a source changes.

    Source: AWS::Events::Rule in the CloudFormation template reference.
    """
    return Resource(
        id=rule.id,
        type="AWS::Events::Rule",
        properties={
            "Name": rule.name,
            "Description": rule.description,
            "ScheduleExpression": rule.schedule,
            "EventPattern": completed(rule.event_pattern),
            "State": "ENABLED",
            "Targets": [
                given(
                    {
                        "Id": "Pipeline",
                        "Arn": text(PIPELINE_ARN),
                        "RoleArn": None if plan.start_role is None else role_arn(plan.start_role),
                    }
                )
            ],
            "Tags": tags(plan),
        },
    )


def execution_events(rule: ExecutionEvents, plan: Plan) -> Resource:
    """Hands every change of an execution's state to a topic, as an event that programs can read.

    Source: "CodePipeline pipeline, stage, and action events" in the CodePipeline user guide.
    """
    return Resource(
        id=rule.id,
        type="AWS::Events::Rule",
        properties={
            "Name": rule.name,
            "Description": rule.description,
            "EventPattern": {
                "source": ["aws.codepipeline"],
                "detail-type": ["CodePipeline Pipeline Execution State Change"],
                "detail": {"pipeline": [ref(PIPELINE_ID)]},
            },
            "State": "ENABLED",
            "Targets": [{"Id": "Topic", "Arn": text(rule.topic_arn)}],
            "Tags": tags(plan),
        },
    )


def notification_rule(rule: NotificationRule, plan: Plan) -> Resource:
    """Tells people how executions end.

    Source: AWS::CodeStarNotifications::NotificationRule in the CloudFormation template reference.
    """
    return Resource(
        id=rule.id,
        type="AWS::CodeStarNotifications::NotificationRule",
        properties={
            "Name": rule.name,
            "DetailType": "FULL",
            "EventTypeIds": rule.event_ids,
            "Resource": text(PIPELINE_ARN),
            "Targets": [{"TargetType": rule.target_type, "TargetAddress": text(rule.target)}],
            "Tags": tags_by_key(plan),
        },
    )


def failure_alarm(alarm: FailureAlarm, plan: Plan) -> Resource:
    """Goes off when an execution failed in the last five minutes.

    Source: AWS::CloudWatch::Alarm in the CloudFormation template reference; "CodePipeline metrics in CloudWatch".
    """
    return Resource(
        id=alarm.id,
        type="AWS::CloudWatch::Alarm",
        properties={
            "AlarmName": alarm.name,
            "AlarmDescription": f"An execution of the pipeline {plan.name} failed.",
            "Namespace": "AWS/CodePipeline",
            "MetricName": "FailedPipelineExecutions",
            "Dimensions": [{"Name": "PipelineName", "Value": ref(PIPELINE_ID)}],
            "Statistic": "Sum",
            "Period": 5 * _MINUTES,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
            "TreatMissingData": "notBreaching",
            "AlarmActions": None if alarm.topic_arn is None else [text(alarm.topic_arn)],
            "Tags": tags(plan),
        },
    )
