"""HTTP in, use case, HTTP out, for the tokens of programs."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.identity.repository import TokenRepository, TokenRow
from pipeline_builder.domains.identity.schemas import TokenCreate, TokenMade, TokenRead
from pipeline_builder.domains.identity.tokens import Tokens
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import PermissionDenied
from pipeline_builder.kit.guard import Parts, Someone, Tx, allowed_to
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope

personal = router("/api/personal-tokens", "tokens")
service = router("/api/service-tokens", "tokens")

CanBeHere = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_READ))]
CanMakeOwn = Annotated[OrgScope, Depends(allowed_to(Permission.ORGANIZATION_READ, recently=True))]
CanMake = Annotated[OrgScope, Depends(allowed_to(Permission.TOKENS_MANAGE, recently=True))]
CanManage = Annotated[OrgScope, Depends(allowed_to(Permission.TOKENS_MANAGE))]


async def _person(principal: Someone) -> UUID:
    """The person who asks; a token for a program makes no further tokens."""
    if principal.user_id is None or principal.session_id is None:
        raise PermissionDenied("a session")
    return principal.user_id


Person = Annotated[UUID, Depends(_person)]


def _tokens(scope: OrgScope, tx: Tx, parts: Parts) -> Tokens:
    return Tokens(TokenRepository(tx, scope), scope, parts.of(Audit, tx, scope), now)


def _made(token: TokenRow, text: str) -> TokenMade:
    facts = {name: getattr(token, name) for name in TokenRead.model_fields}
    return TokenMade(**facts, token=text)


@personal.post("", status_code=201)
async def make_personal_token(body: TokenCreate, scope: CanMakeOwn, person: Person, tx: Tx, parts: Parts) -> TokenMade:
    """Make a token for a program that acts as you in this organization, within the permissions you name."""
    return _made(*await _tokens(scope, tx, parts).make(body, person))


@personal.get("", response_model=list[TokenRead])
async def list_personal_tokens(scope: CanBeHere, person: Person, tx: Tx) -> list[TokenRow]:
    """List your tokens in this organization."""
    return await TokenRepository(tx, scope).all_of(person)


@personal.delete("/{token}", status_code=204)
async def revoke_personal_token(token: UUID, scope: CanBeHere, person: Person, tx: Tx, parts: Parts) -> None:
    """Revoke one of your tokens."""
    await _tokens(scope, tx, parts).revoke(token, person)


@service.post("", status_code=201)
async def make_service_token(body: TokenCreate, scope: CanMake, person: Person, tx: Tx, parts: Parts) -> TokenMade:  # noqa: ARG001 -- only a person may
    """Make a token for a program that acts in its own name, as the Lambda that looks plugins up does."""
    return _made(*await _tokens(scope, tx, parts).make(body, None))


@service.get("", response_model=list[TokenRead])
async def list_service_tokens(scope: CanManage, tx: Tx) -> list[TokenRow]:
    """List the organization's service tokens."""
    return await TokenRepository(tx, scope).all_of(None)


@service.delete("/{token}", status_code=204)
async def revoke_service_token(token: UUID, scope: CanManage, tx: Tx, parts: Parts) -> None:
    """Revoke a service token."""
    await _tokens(scope, tx, parts).revoke(token, None)
