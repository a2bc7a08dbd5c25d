"""Manual approvals: native actions, whose words come from the same variables as in definitions in the world."""

from collections.abc import Iterator

from pipeline_builder.core.definition.model import ARN
from pipeline_builder.core.diagnostics import Diagnostic, Severity
from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.model import ApprovalAction


def plan_approval(draft: StepDraft, run_order: int) -> ApprovalAction:
    """An approval runs nothing: what would be its environment says what it asks, where to look and whom to tell.

    Source: "Manual approval action reference" in the CodePipeline user guide.
    """
    timeout = draft.step.timeout or int(draft.variables.get("APPROVAL_TIMEOUT") or 0)
    return ApprovalAction(
        name=draft.label,
        run_order=run_order,
        comment=draft.variables.get("APPROVAL_COMMENT") or None,
        review_url=draft.variables.get("APPROVAL_URL") or None,
        topic_arn=draft.variables.get("APPROVAL_TOPIC_ARN") or None,
        timeout_minutes=timeout or None,
    )


def faults_in_approval(draft: StepDraft) -> Iterator[Diagnostic]:
    """What an approval cannot be told in these words."""
    topic, timeout = (draft.variables.get(name, "") for name in ("APPROVAL_TOPIC_ARN", "APPROVAL_TIMEOUT"))
    if topic and not ARN.regex.fullmatch(topic):
        yield _not_understood(draft, "whom to tell", ARN.says)
    if timeout and not (timeout.isascii() and timeout.isdecimal()):
        yield _not_understood(draft, "how long to wait", "a number of minutes")
    for name in _OF_RUNNING:
        if getattr(draft.step, name):
            first, *others = name.split("_")
            key = first + "".join(word.title() for word in others)
            yield Diagnostic(
                code="ignored",
                message=f"'{key}' has no effect on an approval, which runs nothing.",
                at=draft.at / key,
                severity=Severity.NOTE,
                hint="Remove it.",
            )


_OF_RUNNING = (
    "additional_input_artifacts",
    "cache",
    "commands",
    "compute_type",
    "exports",
    "failure_behavior",
    "input_artifact",
    "install_commands",
    "network",
    "output_directory",
    "permissions",
    "post_commands",
    "post_install_commands",
    "pre_commands",
    "pre_install_commands",
    "privileged",
    "queued_timeout",
    "role",
    "secrets",
)
"""Fields of a step."""


def _not_understood(draft: StepDraft, what: str, must_be: str) -> Diagnostic:
    return Diagnostic(
        code="approval-value",
        message=f"Approval '{draft.label}' of stage '{draft.stage}' is told {what}, but not by {must_be}.",
        at=draft.at,
        hint="Correct it under `inputs` or `env`.",
    )
