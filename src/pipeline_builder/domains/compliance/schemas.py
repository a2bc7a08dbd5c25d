"""Compliance on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from pipeline_builder.kit.paging import Paging
from pipeline_builder.kit.wire import Answered, Asked

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Target = Literal["pipeline", "step", "plugin"]
Severity = Literal["warning", "error", "critical"]


class RuleQuery(Paging):
    """Which rules are asked for."""

    target: Target | None = Field(default=None, description="Only about this.")
    severity: Severity | None = Field(default=None, description="Only of this severity.")
    set: str | None = Field(default=None, max_length=100, description="Only of this published set.")
    owner: Literal["own", "parent", "published"] | None = Field(default=None, description="Only of this owner.")
    search: str | None = Field(default=None, max_length=100, description="Only with this in the name or description.")


class RuleWrite(Asked):
    """A rule, as somebody wants it."""

    rule: dict[str, Any] = Field(
        description="The rule: `name`, `description`, `target`, `severity`, and `then` or `attribute`, `operator`, "
        "`value`; the reference has all attributes and operators."
    )
    is_active: bool = Field(default=True, description="It counts.")
    is_imposed: bool = Field(default=False, description="It counts for the organization's teams too.")


class RuleRead(Answered):
    """A rule."""

    id: UUID = Field(description="Id of the rule.")
    org_id: UUID = Field(description="Whose it is.")
    name: str = Field(description="Its name.")
    target: str = Field(description="What it is about.")
    severity: str = Field(description="`warning` is only told; `error` and `critical` block.")
    description: str = Field(description="What it is for.")
    document: dict[str, Any] = Field(description="The rule as it was written.")
    is_active: bool = Field(description="It counts.")
    is_imposed: bool = Field(description="It counts for the organization's teams too.")
    sets: list[str] = Field(description="Published sets that it is in.")
    revision: int = Field(description="Its ETag in quotes.")
    created_at: datetime = Field(description="When it was created.")
    created_by: str = Field(description="Who created it.")
    updated_at: datetime = Field(description="When it was last changed.")
    updated_by: str = Field(description="Who changed it.")


class RuleRevisionRead(Answered):
    """One state that a rule had."""

    number: int = Field(description="From 1, without a gap.")
    document: dict[str, Any] = Field(description="The rule as it was written.")
    is_active: bool = Field(description="It counted.")
    is_imposed: bool = Field(description="It counted for teams too.")
    created_at: datetime = Field(description="When it came about.")
    created_by: str = Field(description="Who made it.")


class RulePreview(Asked):
    """A rule that is not switched on yet."""

    rule: dict[str, Any] = Field(description="The rule.")


class Broken(Answered):
    """A pipeline that would not keep a rule."""

    pipeline_id: UUID = Field(description="The pipeline.")
    pipeline_name: str = Field(description="Its name.")
    step: str | None = Field(description="The step that does not keep it.")
    message: str = Field(description="What is the case.")


class PreviewRead(Answered):
    """What a rule would say to what there is."""

    examined: int = Field(description="How many pipelines were looked at: the last changed ones.")
    total: int = Field(description="How many there are.")
    broken: list[Broken] = Field(description="Those that would not keep it.")


class SubscriptionWrite(Asked):
    """How a published rule is made one's own."""

    pinned: int | None = Field(None, ge=1, le=2**31 - 1, description="Number of a revision to stay with.")
    is_imposed: bool = Field(default=False, description="It counts for the organization's teams too.")


class SubscriptionRead(Answered):
    """A published rule that counts here."""

    rule_id: UUID = Field(description="The rule.")
    name: str = Field(description="Its name.")
    target: str = Field(description="What it is about.")
    severity: str = Field(description="Its severity.")
    is_imposed: bool = Field(description="It counts for teams too.")
    pinned: int | None = Field(description="The revision that counts; null is the newest.")
    newest: int = Field(description="Its newest revision.")
    created_at: datetime = Field(description="Since when it counts.")
    created_by: str = Field(description="Who subscribed.")


class SetSubscription(Asked):
    """How all rules of a published set are made one's own."""

    is_imposed: bool = Field(default=False, description="They count for the organization's teams too.")


class Subscribed(Answered):
    """How many rules count now."""

    rules: int = Field(description="How many.")


class PolicyWrite(Asked):
    """A named list of rules."""

    name: Name = Field(description="Name, unique in the organization.")
    description: Text = Field("", description="What it is for.")
    rules: list[Name] = Field(max_length=500, description="Names of rules.")


class PolicyRead(Answered):
    """A named list of rules."""

    id: UUID = Field(description="Id of the policy.")
    org_id: UUID = Field(description="Whose it is.")
    name: str = Field(description="Its name.")
    description: str = Field(description="What it is for.")
    rules: list[str] = Field(description="Names of rules.")
    revision: int = Field(description="Its ETag in quotes.")
    created_at: datetime = Field(description="When it was created.")
    updated_at: datetime = Field(description="When it was last changed.")


class ExemptionQuery(Paging):
    """Which exemptions are asked for."""

    state: Literal["requested", "approved", "rejected", "revoked"] | None = Field(
        default=None, description="Only in this state."
    )


class ExemptionRequest(Asked):
    """Leave to break a rule, as somebody asks for it."""

    rule: Name = Field(description="Name of the rule.")
    subject: Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="Name of the pipeline or plugin; it need not be there yet."
    )
    reason: Reason = Field(description="Why.")
    expires_at: AwareDatetime = Field(description="Until when; within a year.")


class ExemptionReview(Asked):
    """What becomes of a request."""

    state: Literal["approved", "rejected", "revoked"] = Field(description="What becomes of it.")
    review: Text = Field("", description="Why.")


class ExemptionRead(Answered):
    """Leave to break a rule."""

    id: UUID = Field(description="Id of the exemption.")
    rule: str = Field(description="Name of the rule.")
    subject: str = Field(description="Name of the pipeline or plugin.")
    reason: str = Field(description="Why it was asked for.")
    state: str = Field(description="`requested`, `approved`, `rejected` or `revoked`; it holds while approved.")
    expires_at: datetime = Field(description="Until when it holds.")
    requested_at: datetime = Field(description="When it was asked for.")
    requested_by: str = Field(description="Who asked.")
    reviewed_at: datetime | None = Field(description="When it was reviewed.")
    reviewed_by: str | None = Field(description="Who reviewed it.")
    review: str = Field(description="What they said.")


class ScanRead(Answered):
    """One look at every pipeline of the organization."""

    id: UUID = Field(description="Id of the scan.")
    state: str = Field(description="`waiting`, `running`, `done`, `failed` or `cancelled`.")
    examined: int = Field(description="How many pipelines were looked at.")
    total: int = Field(description="How many there are.")
    created_at: datetime = Field(description="When it was asked for.")
    created_by: str = Field(description="Who asked.")
    ended_at: datetime | None = Field(description="When it ended.")


class ScanFindingRead(Answered):
    """A rule that a pipeline did not keep."""

    number: int = Field(description="Place in the scan.")
    pipeline_id: UUID = Field(description="The pipeline.")
    pipeline_name: str = Field(description="Its name.")
    rule: str = Field(description="Name of the rule.")
    severity: str = Field(description="Its severity.")
    step: str | None = Field(description="The step that does not keep it.")
    message: str = Field(description="What is the case.")
    is_exempt: bool = Field(description="An exemption holds.")


class AttributeRead(Answered):
    """One thing that rules can look at."""

    target: str = Field(description="What it is an attribute of.")
    name: str = Field(description="As rules name it.")
    kind: str = Field(description="`text`, `number`, `boolean`, `list` or `map`.")
    sentence: str = Field(description="What it is, and when it is absent.")
    operators: list[str] = Field(description="The operators that can be used on it.")
