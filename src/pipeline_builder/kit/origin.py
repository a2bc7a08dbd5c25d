"""Where the work at hand came from: of a request, kept from its beginning to its end without being handed around."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from.

    Attributes:
        request_id: names it in logs, answers and the audit trail.
        address: of the client; behind trusted proxies, the one that they tell.
        user_agent: what the client calls itself, cut to a bearable length.
    """

    request_id: str = ""
    address: str = ""
    user_agent: str = ""


_NOWHERE = Origin()
_ORIGIN: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def origin() -> Origin:
    """Where the work at hand came from; empty for the platform's own."""
    return _ORIGIN.get()


def come_from(came_from: Origin) -> None:
    """Say where what follows in this task came from."""
    _ORIGIN.set(came_from)
