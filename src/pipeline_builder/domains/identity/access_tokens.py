"""Access tokens of sessions: JWTs (RFC 9068) signed with Ed25519, short-lived, with keys that change.

What a person may do stands in none of them: it is looked up on each request, so that it changes at once.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey

from pipeline_builder.domains.identity.repository import KeyRepository, KeyRow
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import Unauthenticated
from pipeline_builder.kit.guard import Principal
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import as_platform
from pipeline_builder.kit.secrets import Secrets

LIFETIME = 600
"""Seconds that an access token lives."""

ROTATE_AFTER = 30 * 86_400
"""Seconds after which a new key signs."""

_AUDIENCE = "pipeline-builder"
_ALGORITHM = "Ed25519"
_LOOK_AGAIN_AFTER = 30
_VERIFIED_AT_MOST = 20_000
_PURPOSE = "signing-key"


class _UnknownKey(Exception):
    """A token names a key that this process does not know, yet."""


class AccessTokens:
    """Signs and verifies access tokens. Its keys are in the database, sealed; every process has the same ones."""

    def __init__(self, secrets: Secrets, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._secrets = secrets
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        self._signing: str | None = None
        self._loaded_at = 0.0
        self._verified: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    async def issue(self, tx: Transaction, principal: Principal) -> str:
        """A token for a session. The transaction has to be the platform's."""
        name, key = await self._signing_key(tx)
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": _AUDIENCE,
            "sub": str(principal.user_id),
            "sid": str(principal.session_id),
            "jti": str(new_id()),
            "org": None if principal.org_id is None else str(principal.org_id),
            "name": principal.name,
            "auth_time": principal.authenticated_at,
            "iat": now,
            "exp": now + LIFETIME,
        }
        header = {"alg": _ALGORITHM, "typ": "at+jwt", "kid": name}
        return jwt.encode(header, claims, key, algorithms=[_ALGORITHM])

    async def verify(self, tx: Transaction, token: str) -> Principal:
        """Whom a token was given to.

        Raises:
            Unauthenticated: it is none of ours, or too old.
        """
        known = self._verified.get(token)
        if known is not None:
            if known[1] <= self._clock():
                del self._verified[token]
                raise Unauthenticated
            return known[0]
        claims = await self._claims(tx, token)
        try:
            principal = _principal(claims)
        except (KeyError, TypeError, ValueError) as error:
            raise Unauthenticated from error
        self._verified[token] = (principal, float(claims["exp"]))
        if len(self._verified) > _VERIFIED_AT_MOST:
            self._verified.popitem(last=False)
        return principal

    async def public_keys(self, tx: Transaction) -> list[dict[str, object]]:
        """The keys that tokens can be verified with, as a JWK set holds them (RFC 7517)."""
        await self._load(tx)
        return [{**key.as_dict(private=False), "use": "sig", "alg": _ALGORITHM} for key in self._keys.values()]

    async def rotate(self, tx: Transaction) -> bool:
        """Make a new key when the newest is old, and forget those whose tokens have all expired.

        A new key is published before it signs, so that other processes know it when its first token comes.
        """
        keys = KeyRepository(tx, await as_platform(tx))
        await keys.forget_retired()
        if not await keys.is_newest_older_than(ROTATE_AFTER):
            return False
        await self._make(keys)
        return True

    async def _claims(self, tx: Transaction, token: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[_ALGORITHM])
        except _UnknownKey:
            if self._clock() - self._loaded_at < _LOOK_AGAIN_AFTER:
                raise Unauthenticated from None
            await self._load(tx)
            return await self._claims(tx, token)
        except (JoseError, ValueError) as error:
            raise Unauthenticated from error
        claims: dict[str, Any] = decoded.claims
        expected = (decoded.header.get("typ"), claims.get("iss"), claims.get("aud"))
        if expected != ("at+jwt", self._issuer, _AUDIENCE) or claims.get("exp", 0) <= self._clock():
            raise Unauthenticated
        return claims

    def _key_of(self, token: GuestProtocol) -> OKPKey:
        key = self._keys.get(str(token.headers().get("kid")))
        if key is None:
            raise _UnknownKey
        return key

    async def _signing_key(self, tx: Transaction) -> tuple[str, OKPKey]:
        if self._signing is None or self._clock() - self._loaded_at > _LOOK_AGAIN_AFTER:
            await self._load(tx)
        if self._signing is None:
            await self._make(KeyRepository(tx, await as_platform(tx)))
            await self._load(tx)
        if self._signing is None:
            raise Unauthenticated
        return self._signing, self._keys[self._signing]

    async def _load(self, tx: Transaction) -> None:
        # A transaction of its own scope: looking for a key must not open the caller's transaction to everything.
        keys = await KeyRepository.all_keys(tx)
        self._loaded_at = self._clock()
        self._keys = {key.id: self._opened(key) for key in keys}
        # The newest signs once every process had the time to look again; the first one has nobody to wait for.
        settled = [key.id for key in keys if key.age >= 2 * _LOOK_AGAIN_AFTER]
        self._signing = settled[-1] if settled else keys[0].id if keys else None

    def _opened(self, row: KeyRow) -> OKPKey:
        private = self._secrets.open(_PURPOSE, row.sealed, row.id.encode())
        return OKPKey.import_key(json.loads(private))

    async def _make(self, keys: KeyRepository) -> None:
        name = str(new_id())
        key = OKPKey.generate_key("Ed25519", {"kid": name}, private=True)
        private = json.dumps(key.as_dict(private=True)).encode()
        await keys.add(name, self._secrets.seal(_PURPOSE, private, name.encode()), ROTATE_AFTER + 2 * LIFETIME)


def _principal(claims: dict[str, Any]) -> Principal:
    return Principal(
        user_id=UUID(claims["sub"]),
        session_id=UUID(claims["sid"]),
        token_id=None,
        name=str(claims["name"]),
        org_id=None if claims["org"] is None else UUID(claims["org"]),
        is_bound=False,
        allowed=None,
        authenticated_at=int(claims["auth_time"]),
    )
