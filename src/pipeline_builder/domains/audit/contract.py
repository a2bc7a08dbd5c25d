"""What other domains may use of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """Something that somebody did.

    Attributes:
        action: domain and what happened, as `pipelines.created`.
        subject_kind: what it happened to, as `pipeline`.
        subject_id: which one.
        subject_name: what people call it.
        before: the subject before, as far as it changed; never a secret.
        after: the subject after; never a secret.
    """

    action: str
    subject_kind: str
    subject_id: object
    subject_name: str = ""
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


class Audit(Protocol):
    """The trail of one organization, in one transaction."""

    async def record(self, change: Change) -> None:
        """Add a line. It is written last in the transaction, and exists only if the transaction is committed."""
        ...
