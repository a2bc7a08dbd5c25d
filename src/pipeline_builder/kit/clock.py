"""The time, handed in so that a test can choose it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the time, in UTC."""


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
