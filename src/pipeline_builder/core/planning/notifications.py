"""Who is told what becomes of executions: rules of AWS outside the stages, which also see an execution that failed."""

from dataclasses import dataclass

from pipeline_builder.core.definition.metadata import PipelineSettings
from pipeline_builder.core.definition.model import Definition, NotificationEvent
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.planning.ids import event_rule_name, own_prefix
from pipeline_builder.core.planning.model import ExecutionEvents, FailureAlarm, NotificationRule

_DEFAULT_EVENTS = (NotificationEvent.FAILED, NotificationEvent.SUCCEEDED)
_APPROVAL_EVENT = "codepipeline-pipeline-manual-approval-needed"


@dataclass(frozen=True, slots=True)
class PlannedNotifications:
    """What of it the definition asks for."""

    rule: NotificationRule | None = None
    alarm: FailureAlarm | None = None
    execution_events: ExecutionEvents | None = None


def plan_notifications(
    definition: Definition, settings: PipelineSettings, pipeline: str, report: Report
) -> PlannedNotifications:
    """Source of the event ids: "Events for notification rules on pipelines", Developer Tools console user guide."""
    given = definition.notifications
    topic = given.topic_arn if given else settings.notification_topic_arn
    events = (given.events if given else settings.notification_events) or _DEFAULT_EVENTS
    prefix = own_prefix(pipeline)
    rule = None
    if topic is not None:
        ids = [f"codepipeline-pipeline-pipeline-execution-{event.value.lower()}" for event in dict.fromkeys(events)]
        if given and given.approvals:
            ids.append(_APPROVAL_EVENT)
        rule = NotificationRule(
            id="NotificationRule",
            name=prefix,
            target=topic,
            target_type=_target_type(topic),
            event_ids=tuple(ids),
        )
    elif settings.execution_events or settings.notification_events:
        report.add(_told_to_nobody())
    wants_alarm = given.failure_alarm if given else settings.failure_alarm
    if rule is not None and rule.target_type != _TOPIC and (wants_alarm or settings.execution_events):
        report.add(_topic_needed(Location(("notifications", "topicArn") if given else ("global",))))
    return PlannedNotifications(
        rule=rule,
        alarm=FailureAlarm(id="FailureAlarm", name=f"{prefix}-failed", topic_arn=topic) if wants_alarm else None,
        execution_events=_execution_events(topic, pipeline) if topic and settings.execution_events else None,
    )


def _execution_events(topic: str, pipeline: str) -> ExecutionEvents:
    rule_id = "ExecutionEvents"
    return ExecutionEvents(
        id=rule_id,
        name=event_rule_name(pipeline, rule_id),
        description=f"Tells how executions of the pipeline {pipeline} go.",
        topic_arn=topic,
    )


def _target_type(address: str) -> str:
    """A topic, or a chat channel, whose ARN says so."""
    return next((kind for mark, kind in _CHATS.items() if mark in address), _TOPIC)


_TOPIC = "SNS"
_CHATS = {
    ":chat-configuration/slack-channel/": "AWSChatbotSlack",
    ":chat-configuration/microsoft-teams-channel/": "AWSChatbotMicrosoftTeams",
}


def _told_to_nobody() -> Diagnostic:
    return Diagnostic(
        code="no-effect",
        message="Events of executions are asked for, but there is no topic that they would be told to.",
        at=Location(("global",)),
        severity=Severity.WARNING,
        hint="Name a topic: `notifications: {topicArn: …}`.",
    )


def _topic_needed(at: Location) -> Diagnostic:
    return Diagnostic(
        code="topic-needed",
        message="A chat is told of executions by a notification rule alone: alarms and events need an SNS topic.",
        at=at,
        hint="Name a topic that the chat is subscribed to, or ask for no alarm and no events.",
    )
