"""Whom a credential stands for. Implements `kit.guard.Authenticator`."""

from pipeline_builder.domains.identity import opaque_tokens
from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.domains.identity.repository import AccountRepository, SignInRepository
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import Unauthenticated
from pipeline_builder.kit.guard import Principal
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.scope import AccountScope, as_account, in_the_name_of_the_platform


class TokenAuthenticator:
    """Knows access tokens of sessions, personal access tokens and service tokens."""

    def __init__(self, access_tokens: AccessTokens) -> None:
        self._access_tokens = access_tokens

    async def authenticate(self, tx: Transaction, credential: str) -> Principal:
        for prefix in (opaque_tokens.PERSONAL, opaque_tokens.SERVICE):
            if credential.startswith(prefix):
                return await self._opaque(tx, credential, prefix)
        return await self._access_tokens.verify(tx, credential)

    async def _opaque(self, tx: Transaction, credential: str, prefix: str) -> Principal:
        if not opaque_tokens.is_token(credential, prefix):
            raise Unauthenticated
        async with in_the_name_of_the_platform(tx) as scope:
            tokens = SignInRepository(tx, scope)
            found = await tokens.token(opaque_tokens.hash_of(credential))
            if found is None:
                raise Unauthenticated
            await tokens.token_was_used(found.id)
        return Principal(
            user_id=found.user_id,
            session_id=None,
            token_id=found.id,
            name=found.email or found.name,
            org_id=found.org_id,
            is_bound=True,
            allowed=frozenset(Permission(one) for one in found.permissions if one in set(Permission)),
            authenticated_at=0,
        )

    async def account(self, tx: Transaction, principal: Principal) -> AccountScope:
        # A token for a program cannot change the account that made it: it would outlive its own revocation.
        if principal.user_id is None or principal.session_id is None:
            raise Unauthenticated
        account = await as_account(tx, principal.user_id, principal.session_id, principal.name)
        if not await AccountRepository(tx, account).session_lives():
            raise Unauthenticated
        return account
