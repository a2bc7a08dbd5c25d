"""The limits of AWS that a plan must keep: each with its value, what it counts, and where AWS says so.

Those marked adjustable can be raised for an account by AWS; the value here is what every account has.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        name: kebab-case; findings name it, and `explain` tells its source.
        value: the last value that is allowed.
        counts: what is counted, as it finishes the sentence "… may have at most {value}".
        source: the document that states it.
        shape: name of the type in the service's API model that carries the value, where there is one.
    """

    name: str
    value: int
    counts: str
    source: str
    shape: str | None = None
    is_minimum: bool = False
    is_adjustable: bool = False


_FUNCTION_QUOTAS = "Lambda developer guide, Quotas (asynchronous invocation: 256 KB, with what CloudFormation adds)"
_PIPELINE_API = "CodePipeline API reference"
_PIPELINE_QUOTAS = "CodePipeline user guide, Quotas"
_PIPELINE_STRUCTURE = "CodePipeline user guide, Pipeline structure reference"
_BUILD_API = "CodeBuild API reference"
_IAM_API = "IAM API reference"
_IAM_QUOTAS = "IAM user guide, IAM and AWS STS quotas"
_STACK_QUOTAS = "CloudFormation user guide, Quotas"
_EVENTS_API = "EventBridge API reference"
_LOGS_API = "CloudWatch Logs API reference"

_TABLE = (
    # --- CodePipeline
    Limit("pipeline-name-length", 100, "characters in the pipeline's name", _PIPELINE_API, "PipelineName"),
    Limit("stages", 50, "stages", _PIPELINE_QUOTAS),
    Limit("stages-minimum", 2, "stages", _PIPELINE_QUOTAS, is_minimum=True),
    Limit("stage-name-length", 100, "characters in a stage's name", _PIPELINE_API, "StageName"),
    Limit("actions-in-pipeline", 1000, "actions in all stages together", _PIPELINE_QUOTAS),
    Limit("actions-in-stage", 100, "actions in a stage", _PIPELINE_QUOTAS),
    Limit("parallel-actions", 100, "actions of one run order", _PIPELINE_QUOTAS),
    Limit("sequential-actions", 100, "run orders in a stage", _PIPELINE_QUOTAS),
    Limit("run-order", 999, "as run order", _PIPELINE_API, "ActionRunOrder"),
    Limit("action-name-length", 100, "characters in an action's name", _PIPELINE_API, "ActionName"),
    Limit(
        "action-configuration-length",
        1000,
        "characters in a value of an action's configuration",
        _PIPELINE_API,
        "ActionConfigurationValue",
    ),
    Limit("build-inputs", 5, "input artifacts of a CodeBuild action", _PIPELINE_STRUCTURE),
    Limit("build-outputs", 5, "output artifacts of a CodeBuild action", _PIPELINE_STRUCTURE),
    Limit("artifact-name-length", 100, "characters in an artifact's name", _PIPELINE_API, "ArtifactName"),
    Limit("namespace-length", 100, "characters in a namespace", _PIPELINE_API, "ActionNamespace"),
    Limit("approval-timeout", 86400, "minutes until an approval times out", _PIPELINE_API, "ActionTimeout"),
    Limit(
        "approval-timeout-minimum",
        5,
        "minutes until an approval times out",
        _PIPELINE_API,
        "ActionTimeout",
        is_minimum=True,
    ),
    Limit("variables", 50, "pipeline variables", _PIPELINE_API, "PipelineVariableDeclarationList"),
    Limit("variable-name-length", 128, "characters in a variable's name", _PIPELINE_API, "PipelineVariableName"),
    Limit(
        "variable-default-length", 1000, "characters in a variable's default", _PIPELINE_API, "PipelineVariableValue"
    ),
    Limit(
        "variable-description-length",
        200,
        "characters in a variable's description",
        _PIPELINE_API,
        "PipelineVariableDescription",
    ),
    Limit("triggers", 50, "triggers", _PIPELINE_API, "PipelineTriggerDeclarationList"),
    Limit("push-filters", 3, "push filters in a trigger", _PIPELINE_API, "GitPushFilterList"),
    Limit("pull-request-filters", 3, "pull request filters in a trigger", _PIPELINE_API, "GitPullRequestFilterList"),
    Limit("filter-patterns", 8, "patterns in one list of a trigger's filter", _PIPELINE_API, "GitBranchPatternList"),
    Limit(
        "filter-pattern-length",
        255,
        "characters in a pattern of a trigger's filter",
        _PIPELINE_API,
        "GitBranchNamePattern",
    ),
    Limit("condition-rules", 5, "rules in a condition", _PIPELINE_API, "RuleDeclarationList"),
    Limit(
        "rule-configuration-length",
        10000,
        "characters in a value of a rule's configuration",
        _PIPELINE_API,
        "RuleConfigurationValue",
    ),
    Limit("rule-commands", 50, "commands in a rule", _PIPELINE_API, "CommandList"),
    Limit("rule-command-length", 1000, "characters in a command of a rule", _PIPELINE_API, "Command"),
    # --- CodeBuild
    Limit("project-name-length", 150, "characters in a project's name", _BUILD_API, "ProjectName"),
    Limit("project-description-length", 255, "characters in a project's description", _BUILD_API, "ProjectDescription"),
    Limit("build-timeout", 2160, "minutes until a build times out", _BUILD_API, "BuildTimeOut"),
    Limit("build-timeout-minimum", 5, "minutes until a build times out", _BUILD_API, "BuildTimeOut", is_minimum=True),
    Limit("queued-timeout", 480, "minutes that a build may wait", _BUILD_API, "TimeOut"),
    Limit("queued-timeout-minimum", 5, "minutes that a build may wait", _BUILD_API, "TimeOut", is_minimum=True),
    Limit("report-name-length", 128, "characters in a report group's name", _BUILD_API, "ReportGroupName"),
    Limit("vpc-subnets", 16, "subnets of a project", _BUILD_API, "Subnets"),
    Limit("vpc-security-groups", 5, "security groups of a project", _BUILD_API, "SecurityGroupIds"),
    Limit("project-tags", 50, "tags", _BUILD_API, "TagList"),
    # --- IAM
    Limit("inline-policies-size", 10240, "characters in the inline policies of a role", _IAM_QUOTAS),
    Limit("managed-policy-size", 6144, "characters in a managed policy", _IAM_QUOTAS),
    Limit("policies-on-role", 10, "managed policies on a role", _IAM_QUOTAS, is_adjustable=True),
    Limit("trust-policy-size", 2048, "characters in a role's trust policy", _IAM_QUOTAS, is_adjustable=True),
    Limit("role-path-length", 512, "characters in a role's path", _IAM_API, "pathType"),
    Limit("role-description-length", 1000, "characters in a role's description", _IAM_API, "roleDescriptionType"),
    # --- CloudFormation
    Limit("template-resources", 500, "resources in a template", _STACK_QUOTAS),
    Limit("template-parameters", 200, "parameters in a template", _STACK_QUOTAS),
    Limit("template-size", 1_048_576, "bytes in a template that is uploaded to S3", _STACK_QUOTAS),
    Limit("logical-id-length", 255, "characters in a logical id", _STACK_QUOTAS),
    Limit("parameter-default-size", 4096, "bytes in a parameter's value", _STACK_QUOTAS),
    Limit("lookup-question-size", 250_000, "bytes in what is asked of a plugin", _FUNCTION_QUOTAS),
    # --- around
    Limit("rule-name-length", 64, "characters in an EventBridge rule's name", _EVENTS_API, "RuleName"),
    Limit(
        "rule-description-length",
        512,
        "characters in an EventBridge rule's description",
        _EVENTS_API,
        "RuleDescription",
    ),
    Limit("schedule-length", 256, "characters in a schedule expression", _EVENTS_API, "ScheduleExpression"),
    Limit("event-pattern-size", 4096, "characters in an event pattern", _EVENTS_API, "EventPattern"),
    Limit("log-group-name-length", 512, "characters in a log group's name", _LOGS_API, "LogGroupName"),
    Limit("alarm-name-length", 255, "characters in an alarm's name", "CloudWatch API reference", "AlarmName"),
    Limit(
        "notification-name-length",
        64,
        "characters in a notification rule's name",
        "CodeStar Notifications API reference",
        "NotificationRuleName",
    ),
    Limit("tag-key-length", 127, "characters in a tag's key", _BUILD_API, "KeyInput"),  # all others take more
    Limit("tag-value-length", 255, "characters in a tag's value", _BUILD_API, "ValueInput"),
    Limit("secret-name-length", 512, "characters in a secret's name", "Secrets Manager API reference", "NameType"),
    Limit(
        "ssm-parameter-name-length",
        1011,
        "characters in a parameter's name",
        "Systems Manager user guide, Parameter names",
    ),
)

LIMITS = {limit.name: limit for limit in _TABLE}
"""By name."""
