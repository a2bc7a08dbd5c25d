"""Tokens that say nothing: a prefix, random characters, and a check sum. Only their hash is kept.

The prefix tells people and secret scanners what they found; the check sum lets a scanner know without asking us that it
is no accident of characters.
"""

import hashlib
import secrets
import string
import zlib

PERSONAL = "pbp_"
SERVICE = "pbs_"
REFRESH = "pbr_"
MAILED = "pbm_"
INVITATION = "pbi_"
CHALLENGE = "pbc_"

_ALPHABET = string.digits + string.ascii_letters
_RANDOM_CHARACTERS = 36
_CHECK_CHARACTERS = 6


def new_token(prefix: str) -> str:
    """A new token, with 214 bits that nobody can guess."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return f"{prefix}{body}{_check(prefix + body)}"


def is_token(text: str, prefix: str) -> bool:
    """Whether this can be a token of a kind at all; what cannot be is never looked up."""
    length = len(prefix) + _RANDOM_CHARACTERS + _CHECK_CHARACTERS
    return (
        len(text) == length
        and text.isascii()
        and text.startswith(prefix)
        and text[-_CHECK_CHARACTERS:] == _check(text[:-_CHECK_CHARACTERS])
    )


def hash_of(token: str) -> bytes:
    """What is kept of a token. It is random, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def _check(text: str) -> str:
    number = zlib.crc32(text.encode())
    digits = ""
    for _ in range(_CHECK_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
