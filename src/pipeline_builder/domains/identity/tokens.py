"""Tokens for programs: personal ones, which act as their maker, and service tokens, which act as themselves."""

from datetime import timedelta
from uuid import UUID

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.identity import opaque_tokens
from pipeline_builder.domains.identity.repository import TokenRepository, TokenRow
from pipeline_builder.domains.identity.schemas import TokenCreate
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.errors import NotFound
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import OrgScope


class Tokens:
    """The use cases of tokens in one organization."""

    def __init__(self, tokens: TokenRepository, scope: OrgScope, audit: Audit, clock: Clock) -> None:
        self._tokens = tokens
        self._scope = scope
        self._audit = audit
        self._clock = clock

    async def make(self, asked: TokenCreate, user_id: UUID | None) -> tuple[TokenRow, str]:
        """A new token, which may do no more than who makes it.

        Args:
            asked: what it is to be.
            user_id: whose it is; None for a service token.

        Raises:
            PermissionDenied: it asks for what its maker may not do.
        """
        for permission in asked.permissions:
            self._scope.require(permission)
        text = opaque_tokens.new_token(opaque_tokens.SERVICE if user_id is None else opaque_tokens.PERSONAL)
        now = self._clock()
        token = TokenRow(
            id=new_id(),
            org_id=self._scope.org_id,
            user_id=user_id,
            name=asked.name,
            permissions=sorted(asked.permissions),
            created_by=self._scope.actor.name,
            created_at=now,
            expires_at=now + timedelta(days=asked.expires_in_days),
            last_used_at=None,
            revoked_at=None,
        )
        await self._tokens.add(token, opaque_tokens.hash_of(text))
        after = {"permissions": token.permissions, "expiresAt": token.expires_at, "userId": user_id}
        await self._audit.record(Change("tokens.made", "token", token.id, token.name, after=after))
        return token, text

    async def revoke(self, token_id: UUID, user_id: UUID | None) -> None:
        """From now on it works no more.

        Raises:
            NotFound: there is none of these.
        """
        token = await self._tokens.revoke(token_id, user_id)
        if token is None:
            raise NotFound("token", token_id)
        before = {"permissions": token.permissions, "userId": token.user_id}
        await self._audit.record(Change("tokens.revoked", "token", token.id, token.name, before=before))
