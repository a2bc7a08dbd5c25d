"""Seals over lines: HMAC-SHA-256 (RFC 2104) of the line and the seal before it, with a key that the database lacks."""

import hashlib
import hmac
from collections.abc import Mapping

import msgspec

_FIRST = bytes(32)
"""What the first line of an organization is sealed over."""


class Sealer:
    """Seals lines with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"audit" + key).digest()

    def seal(self, line: Mapping[str, object], previous: bytes | None) -> bytes:
        """The seal of a line after another one.

        Args:
            line: everything that the line says.
            previous: the seal of the line before; None for the first.
        """
        text = msgspec.json.encode(line, order="deterministic")
        return hmac.digest(self._key, (previous or _FIRST) + text, "sha256")

    def seal_of_head(self, org_id: object, number: int, seal: bytes) -> bytes:
        """The seal of how long a trail is."""
        return hmac.digest(self._key, b"head" + str(org_id).encode() + number.to_bytes(8, "big") + seal, "sha256")
