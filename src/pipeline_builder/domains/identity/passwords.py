"""Passwords: which are taken, and how they are kept."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline_builder.domains.identity.contract import PasswordTooWeak

SHORTEST = 10
LONGEST = 128

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id with the parameters that OWASP's password storage cheat sheet names as a minimum."""

_AT_ONCE = 2
"""Hashes computed at the same time: each takes a core and 19 MiB, and sign-ins must not starve everything else."""

_WEAK = frozenset({"password", "passwort", "qwertyuiop", "1234567890", "0123456789", "letmein", "iloveyou", "welcome"})


def check_strength(password: str, *known: str) -> None:
    """See that a password is not among the first that somebody tries.

    Args:
        password: what was chosen.
        known: what everybody knows of the person: address, name.

    Raises:
        PasswordTooWeak: it is.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"A password has {SHORTEST} to {LONGEST} characters.")
    plain = password.lower()
    if len(set(plain)) < 5:  # noqa: PLR2004 -- "aaaaaaaaaa" and "ababababab" are no passwords
        raise PasswordTooWeak("This password repeats a few characters; choose another one.")
    bare = plain.rstrip("0123456789!?.")
    if bare in _WEAK or plain in _WEAK or any(len(one) > 3 and one.lower() in plain for one in known):  # noqa: PLR2004 -- a name of three letters is in many words
        raise PasswordTooWeak("This password is among the first that anybody would try; choose another one.")


async def hashed(password: str) -> str:
    """What is kept of a password."""
    async with _turn():
        return await asyncio.to_thread(_HASHER.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password. Without a kept one it takes as long and is never."""
    async with _turn():
        return await asyncio.to_thread(_matches, password, kept)


def _matches(password: str, kept: str | None) -> bool:
    try:
        _HASHER.verify(kept or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _of_nobody() -> str:
    return _HASHER.hash("nobody's")


@cache
def _turns(_loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


def _turn() -> asyncio.Semaphore:
    return _turns(asyncio.get_running_loop())
