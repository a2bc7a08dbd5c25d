"""The platform's one secret, and what is derived from it: keys for what the database may hold but not read."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Secrets:
    """Keys derived from the master secret, one for each purpose (HMAC-SHA-256 over the purpose's name)."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def key(self, purpose: str) -> bytes:
        """The key of a purpose: 32 bytes."""
        return hmac.digest(self._master, purpose.encode(), hashlib.sha256)

    @property
    def audit_key(self) -> bytes:
        return self.key("audit")

    def seal(self, purpose: str, text: bytes, belongs_to: bytes = b"") -> bytes:
        """Encrypt with AES-256-GCM; what it belongs to is bound to it, so that it cannot be moved to another row."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.key(purpose)).encrypt(nonce, text, belongs_to)

    def open(self, purpose: str, sealed: bytes, belongs_to: bytes = b"") -> bytes:
        """Decrypt what `seal` made.

        Raises:
            cryptography.exceptions.InvalidTag: another secret made it, or it was changed or moved.
        """
        return AESGCM(self.key(purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], belongs_to)
