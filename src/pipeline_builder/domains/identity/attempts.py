"""How often something may be tried: counted in the database, so that all processes count together.

Tries are counted by what was typed and by where it came from, whether or not there is such an account: what is blocked
tells nobody what exists.
"""

import hashlib
import hmac
import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

from pipeline_builder.domains.identity.credentials_repository import AttemptRepository
from pipeline_builder.kit.errors import TooManyRequests
from pipeline_builder.kit.origin import origin
from pipeline_builder.kit.secrets import Secrets

_PURPOSE = "attempts"
_AT_ONCE_SECONDS = 1
_PREFIX_OF_NETWORK = 64
_DOUBLINGS_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Limit:
    """How often something may be tried.

    Attributes:
        free: tries in the window before the first wait.
        window: after it, counting begins anew.
        first_wait: after one try more than is free; each further one waits twice as long.
        longest_wait: and no longer.
    """

    free: int
    window: timedelta
    first_wait: timedelta
    longest_wait: timedelta

    def wait_after(self, tries: int) -> timedelta | None:
        """How long nobody may try after so many tries."""
        if tries < self.free:
            return None
        doublings = min(tries - self.free, _DOUBLINGS_AT_MOST)
        return min(self.first_wait * (1 << doublings), self.longest_wait)


@dataclass(frozen=True)
class Limits:
    """All of them; kept as a part of the process, so that a test can choose its own."""

    account: Limit = Limit(5, timedelta(hours=1), timedelta(seconds=15), timedelta(minutes=15))
    """Wrong passwords for one address of an account."""
    client: Limit = Limit(50, timedelta(minutes=15), timedelta(minutes=1), timedelta(minutes=15))
    """Wrong passwords from one network."""
    registrations: Limit = Limit(30, timedelta(hours=1), timedelta(minutes=10), timedelta(hours=1))
    """Registrations from one network."""
    mails: Limit = Limit(3, timedelta(hours=1), timedelta(hours=1), timedelta(hours=1))
    """Mails that anybody can have sent to one address."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that is tried, and how often it may be."""

    kind: str
    name: str
    limit: Limit


class Attempts:
    """Counts tries, in a transaction of the platform."""

    def __init__(self, repository: AttemptRepository, secrets: Secrets, limits: Limits) -> None:
        self._repository = repository
        self._key = secrets.key(_PURPOSE)
        self._limits = limits

    def on_account(self, email: str) -> Tried:
        return Tried("account", email.lower(), self._limits.account)

    def on_second_factor(self, user_id: object) -> Tried:
        return Tried("second-factor", str(user_id), self._limits.account)

    def from_here(self) -> Tried:
        return Tried("client", _network(origin().address), self._limits.client)

    def registration(self) -> Tried:
        return Tried("registration", _network(origin().address), self._limits.registrations)

    def mail(self, email: str) -> Tried:
        return Tried("mail", email.lower(), self._limits.mails)

    async def begin(self, *tried: Tried) -> None:
        """See that none of it is blocked.

        Raises:
            TooManyRequests: it is.
        """
        seconds = await self._repository.blocked_seconds(*(self._digest(one) for one in tried))
        if seconds > 0:
            raise TooManyRequests(math.ceil(seconds))

    async def begin_alone(self, tried: Tried, *more: Tried) -> None:
        """The same for what one at a time may try, so that of many tries at once none goes uncounted.

        Raises:
            TooManyRequests: it is blocked, or somebody else is at it.
        """
        if not await self._repository.is_alone(self._digest(tried)):
            raise TooManyRequests(_AT_ONCE_SECONDS)
        await self.begin(tried, *more)

    async def count(self, *tried: Tried) -> None:
        """Count a try of each; those with too many are blocked from now on."""
        for one in tried:
            digest = self._digest(one)
            wait = one.limit.wait_after(await self._repository.count(digest, one.limit.window))
            if wait is not None:
                await self._repository.block(digest, wait.total_seconds())

    async def forget(self, tried: Tried) -> None:
        """Begin to count anew."""
        await self._repository.forget(self._digest(tried))

    def _digest(self, tried: Tried) -> bytes:
        return hmac.digest(self._key, f"{tried.kind}\n{tried.name}".encode(), hashlib.sha256)


def _network(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 address: whoever has one has all of it."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 -- of the protocol
        return str(found)
    return str(ipaddress.ip_network((found, _PREFIX_OF_NETWORK), strict=False))
