"""The audit trail on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, Field

from pipeline_builder.kit.paging import Paging
from pipeline_builder.kit.wire import Answered


class AuditEventRead(Answered):
    """One line of the trail."""

    id: UUID = Field(description="Id of the line.")
    number: int = Field(description="Place of the line in the organization's trail, from 1 without a gap.")
    occurred_at: datetime = Field(description="When it was written.")
    action: str = Field(description="Domain and what happened, as `pipelines.created`.")
    actor_kind: str = Field(description="`user`, `service` or `system`.")
    actor_id: UUID | None = Field(description="Id of the person or of the service token.")
    actor_name: str = Field(description="Address of the person, or name of the token.")
    subject_kind: str = Field(description="What it happened to, as `pipeline`.")
    subject_id: str = Field(description="Id of what it happened to.")
    subject_name: str = Field(description="What people call it.")
    address: str = Field(description="Where the request came from.")
    request_id: str = Field(description="The request, as the log names it.")
    before: dict[str, object] | None = Field(description="The subject before, as far as it changed.")
    after: dict[str, object] | None = Field(description="The subject after.")


class VerificationRead(Answered):
    """Whether the trail is whole."""

    is_whole: bool = Field(description="No line was changed, left out or cut off.")
    lines: int = Field(description="How many lines were verified.")
    fault: str | None = Field(description="What is wrong, in a sentence.")
    at: int | None = Field(description="Number of the line that is wrong.")
    head: str = Field(description="The newest seal. Kept elsewhere, it proves later that nothing was cut off.")


class AuditQuery(Paging):
    """Which lines are asked for."""

    action: str | None = Field(default=None, max_length=100, description="Only this action.")
    actor_id: UUID | None = Field(default=None, description="Only what this actor did.")
    subject_kind: str | None = Field(
        default=None, max_length=100, description="Only what happened to this kind of thing."
    )
    subject_id: str | None = Field(default=None, max_length=200, description="Only what happened to this one.")
    since: AwareDatetime | None = Field(default=None, description="From this time on.")
    until: AwareDatetime | None = Field(default=None, description="Before this time.")
