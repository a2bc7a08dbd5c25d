"""Identifiers of rows: UUIDv7 (RFC 9562 section 5.7), which sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier, later than all before it in this process."""
    return uuid7()
