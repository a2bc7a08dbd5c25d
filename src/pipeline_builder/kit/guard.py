"""Who asks, and whether they may: what every route depends on, unless it is listed as public."""

import re
import time
from dataclasses import dataclass
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from pipeline_builder.kit import idempotency
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import InvalidValue, PermissionDenied, ProofRequired, Unauthenticated
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.scope import AccountScope, OrgScope


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a credential stands for. What they may do in an organization is looked up on each request.

    Attributes:
        user_id: the person; None for a service token.
        session_id: the session of an access token; it is looked up whether it still lives.
        token_id: of a personal access token or service token.
        name: the person's address, or what the service token is called.
        org_id: the organization that a token is bound to, or that a session works in unless the request says another.
        is_bound: to that organization alone.
        allowed: the most that a token may do, whatever its owner may; None for a session.
        authenticated_at: when the person last proved to be who they are, in seconds since 1970; 0 for tokens.
    """

    user_id: UUID | None
    session_id: UUID | None
    token_id: UUID | None
    name: str
    org_id: UUID | None
    is_bound: bool
    allowed: frozenset[Permission] | None
    authenticated_at: int


class Authenticator(Protocol):
    """Knows credentials."""

    async def authenticate(self, tx: Transaction, credential: str) -> Principal:
        """Whom a credential stands for.

        Raises:
            Unauthenticated: nobody, or nobody any more.
        """
        ...

    async def account(self, tx: Transaction, principal: Principal) -> AccountScope:
        """A person's own account.

        Raises:
            Unauthenticated: the session has ended, or it is no person.
        """
        ...


class Admission(Protocol):
    """Knows who belongs where."""

    async def admit(self, tx: Transaction, principal: Principal, organization: str | None) -> OrgScope:
        """What the principal may do in an organization; from here on, the transaction sees its rows and no others.

        Args:
            tx: the transaction.
            principal: who.
            organization: id or slug, as the request names it; None is the principal's own.

        Raises:
            NotFound: there is no such organization for this principal.
            Unauthenticated: the session has ended.
        """
        ...


class Meter(Protocol):
    """Counts what an organization asks for."""

    async def count(self, tx: Transaction, scope: OrgScope) -> None:
        """Count one request.

        Raises:
            PipelineBuilderError: the organization has no more.
        """
        ...


async def transaction(request: Request) -> Transaction:
    """The transaction of this request; see `kit.routing`."""
    begun: Transaction = await request.state.unit.begin()
    return begun


async def contracts(request: Request) -> Contracts:
    """Who implements the contracts of the domains."""
    found: Contracts = request.app.state.contracts
    return found


Tx = Annotated[Transaction, Depends(transaction)]
Parts = Annotated[Contracts, Depends(contracts)]


async def principal_of(request: Request) -> Principal:
    """Whoever sent the request.

    Raises:
        Unauthenticated: no credential, or none that is valid.
    """
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated
    authenticator = request.app.state.contracts.part(Authenticator)
    principal: Principal = await authenticator.authenticate(await transaction(request), credential.strip())
    return principal


Someone = Annotated[Principal, Depends(principal_of)]


class Guard:
    """A dependency that lets a request in or not. `tests/architecture` finds one on every route.

    It takes the request whole and not piece by piece, because FastAPI's way to each piece costs more than all that is
    done here; what it reads is told to OpenAPI by `server.description`.
    """

    permission: Permission | None = None


class allowed_to(Guard):  # noqa: N801 -- reads as what it is: Depends(allowed_to(Permission.PIPELINES_READ))
    """Lets in who has a permission in the organization of the request; gives the scope.

    With `recently`, only persons who showed a short while ago who they are: for what neither a stolen session nor a
    token must be enough for.
    """

    def __init__(self, permission: Permission, *, recently: bool = False) -> None:
        self.permission: Permission = permission
        self._recently = recently

    async def __call__(self, request: Request) -> OrgScope:
        parts: Contracts = request.app.state.contracts
        tx = await transaction(request)
        principal = await principal_of(request)
        scope = await parts.part(Admission).admit(tx, principal, _organization(request))
        request.state.scope = scope
        if self.permission not in scope.permissions:
            raise PermissionDenied(self.permission)
        if self._recently:
            _ensure_recent(principal)
        await parts.part(Meter).count(tx, scope)
        await idempotency.begin(request, tx, scope)
        return scope


class _SignedIn(Guard):
    """Lets in a person with a session: for their own account."""

    def __init__(self, *, recently: bool = False) -> None:
        self._recently = recently

    async def __call__(self, request: Request) -> AccountScope:
        authenticator = request.app.state.contracts.part(Authenticator)
        principal = await principal_of(request)
        account: AccountScope = await authenticator.account(await transaction(request), principal)
        if self._recently:
            _ensure_recent(principal)
        request.state.account = account
        return account


RECENTLY_SECONDS = 600
"""For so long, having shown who one is counts as recent."""


def _ensure_recent(principal: Principal) -> None:
    if principal.session_id is None or principal.authenticated_at < time.time() - RECENTLY_SECONDS:
        raise ProofRequired


class _Public(Guard):
    """Lets everybody in. Each use stands in `tests/architecture/public_routes.txt`."""

    async def __call__(self) -> None:
        return None


signed_in = _SignedIn()
recently_signed_in = _SignedIn(recently=True)
public = _Public()

Account = Annotated[AccountScope, Depends(signed_in)]
"""The signed-in person's own account."""

ProvenAccount = Annotated[AccountScope, Depends(recently_signed_in)]
"""The same, of somebody who showed a short while ago who they are."""

ORGANIZATION_HEADER = "X-Organization"
_ORGANIZATION = re.compile(r"[A-Za-z0-9-]{1,64}")


def _organization(request: Request) -> str | None:
    """Which organization the request is about, if it says so."""
    named = request.headers.get(ORGANIZATION_HEADER)
    if named is not None and not _ORGANIZATION.fullmatch(named):
        raise InvalidValue(ORGANIZATION_HEADER, "It holds the id or the slug of an organization.")
    return named
