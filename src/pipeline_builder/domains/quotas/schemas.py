"""Quotas on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from pipeline_builder.domains.quotas.contract import Resource
from pipeline_builder.kit.wire import Answered, Asked

Limit = Annotated[int, Field(ge=0, le=2**53 - 1)]


class ResourceUsageRead(Answered):
    """How much of one resource is used."""

    resource: Resource = Field(description="What is limited.")
    limit: int | None = Field(description="How much there may be, or how much may be used in a month; null: no limit.")
    used: int = Field(description="How much there is, teams included, or was used in this month.")
    remaining: int | None = Field(description="How much is left; null: no limit.")
    resets_at: datetime | None = Field(description="When counting begins anew; null for what is there until deleted.")


class QuotaRead(Answered):
    """What an organization may have and use, together with its teams."""

    plan: str = Field(description="The plan that the limits come from.")
    usage: list[ResourceUsageRead] = Field(description="One entry for each resource.")


class PlanSet(Asked):
    """The plan of an organization, and limits that differ from it."""

    plan: str = Field(max_length=64, description="Name of the plan.")
    limits: dict[Resource, Limit | None] = Field(
        default_factory=dict, description="Limits over those of the plan; null is no limit."
    )
