"""What other domains may use of quotas."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import Transaction


class Resource(StrEnum):
    """What is limited."""

    PIPELINES = "pipelines"
    PLUGINS = "plugins"
    STORAGE = "storage"
    SEATS = "seats"
    API_CALLS = "apiCalls"
    AI_CALLS = "aiCalls"
    BUILDS = "builds"


STOCKS = frozenset({Resource.PIPELINES, Resource.PLUGINS, Resource.STORAGE, Resource.SEATS})
"""What is there until it is deleted. The others are used up in a window of time."""

Count = Callable[[Transaction, UUID], Awaitable[int]]
"""How much of a stock an organization has together with its teams."""


class Stocks:
    """Who counts which stock. Each domain adds its own at the start."""

    def __init__(self) -> None:
        self._counts: dict[Resource, Count] = {}

    def counted_by(self, resource: Resource, count: Count) -> None:
        self._counts[resource] = count

    async def used(self, tx: Transaction, resource: Resource, root_id: UUID) -> int:
        """How much there is; none of what no domain of this process knows."""
        count = self._counts.get(resource)
        return await count(tx, root_id) if count else 0


class QuotaExceeded(PipelineBuilderError):
    """The organization has used all that its plan allows.

    Attributes:
        retry_after: seconds until there is more, for what is limited in a window; None for a stock, where waiting
            does not help.
    """

    code = "quota-exceeded"
    kind = ErrorKind.LIMITED

    def __init__(self, *, resource: Resource, limit: int, used: int, retry_after: int | None = None) -> None:
        self.resource = resource.value
        self.limit = limit
        self.used = used
        self.retry_after = retry_after
        advice = "delete some, or take a larger plan" if retry_after is None else f"there is more in {retry_after} s"
        super().__init__(f"This organization uses {used} of its {limit} {resource.value}: {advice}.")


@dataclass(frozen=True, slots=True)
class Reservation:
    """An amount that is set aside until it is used or given back."""

    id: UUID
    resource: Resource
    window_at: datetime
    amount: int


class Quota(Protocol):
    """The limits of one organization, in one transaction."""

    async def ensure_room(self, resource: Resource, amount: int = 1) -> None:
        """Make sure that so much more of a stock may be there; call it before inserting, in the same transaction.

        Others who want room in the same organization wait until this transaction ends, so that exactly the limit fits.

        Raises:
            QuotaExceeded: there is no room.
        """
        ...

    async def reserve(self, resource: Resource, amount: int = 1) -> Reservation:
        """Set aside what is about to be used. It counts as used; after an hour without a word it is given back.

        Raises:
            QuotaExceeded: there is not so much left in this window.
        """
        ...

    async def commit(self, reservation: UUID) -> None:
        """It was used. Saying so twice changes nothing."""
        ...

    async def release(self, reservation: UUID) -> None:
        """It was not used after all, and is there again. Saying so twice, or after `commit`, changes nothing."""
        ...


class Plans(Protocol):
    """Gives organizations their plans. The transaction has to be the platform's."""

    async def give(self, tx: Transaction, org_id: UUID, plan: str) -> None:
        """Give an organization a plan."""
        ...
