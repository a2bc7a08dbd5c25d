"""Manual approvals: native actions, whose words come from the same variables as in definitions in the world."""

from pipeline_builder.core.planning.drafts import StepDraft
from pipeline_builder.core.planning.model import ApprovalAction


def plan_approval(draft: StepDraft, run_order: int) -> ApprovalAction:
    """An approval runs nothing: what would be its environment says what it asks, where to look and whom to tell.

    Source: "Manual approval action reference" in the CodePipeline user guide.
    """
    timeout = draft.variables.get("APPROVAL_TIMEOUT", "")
    return ApprovalAction(
        name=draft.label,
        run_order=run_order,
        comment=draft.variables.get("APPROVAL_COMMENT") or None,
        review_url=draft.variables.get("APPROVAL_URL") or None,
        topic_arn=draft.variables.get("APPROVAL_TOPIC_ARN") or None,
        timeout_minutes=int(timeout) if timeout.isdecimal() and int(timeout) else None,
    )
