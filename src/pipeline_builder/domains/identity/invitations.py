"""Tokens of invitations. Implements `contract.Invitations`."""

from uuid import UUID

from pipeline_builder.domains.identity import opaque_tokens
from pipeline_builder.domains.identity.repository import SignInRepository
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import as_platform


class InvitationTokens:
    """Whoever holds one got it by mail, so the address is theirs."""

    def new(self) -> tuple[str, bytes]:
        token = opaque_tokens.new_token(opaque_tokens.INVITATION)
        return token, opaque_tokens.hash_of(token)

    def hash_of(self, token: str) -> bytes | None:
        is_one = opaque_tokens.is_token(token, opaque_tokens.INVITATION)
        return opaque_tokens.hash_of(token) if is_one else None

    async def confirm_address(self, tx: Transaction, user_id: UUID, email: str) -> bool:
        accounts = SignInRepository(tx, await as_platform(tx))
        user = await accounts.user(user_id)
        if user is None or user.email.lower() != email.lower():
            return False
        await accounts.verify_email(user_id)
        return True
