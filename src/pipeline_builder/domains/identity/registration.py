"""How somebody gets an account."""

from uuid import UUID

from pipeline_builder.domains.identity.attempts import Attempts
from pipeline_builder.domains.identity.passwords import check_strength, hashed
from pipeline_builder.domains.identity.repository import SignInRepository, UserRow
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import Actor, ActorKind, PlatformScope


class Registration:
    """The use case, in one transaction of the platform: account, organization and membership, or none of them."""

    def __init__(self, tx: Transaction, scope: PlatformScope, organizations: Organizations, attempts: Attempts) -> None:
        self._tx = tx
        self._attempts = attempts
        self._accounts = SignInRepository(tx, scope)
        self._organizations = organizations

    async def register(self, email: str, name: str, password: str, organization: str) -> tuple[UserRow, UUID]:
        """Make an account and the organization that it owns.

        Raises:
            EmailTaken: there is an account with this address.
            PasswordTooWeak: the password would be guessed.
            TooManyRequests: too many from this network: so nobody finds out about many addresses.
        """
        tried = self._attempts.registration()
        await self._attempts.begin(tried)
        await self._attempts.count(tried)
        check_strength(password, email.partition("@")[0], name, organization)
        user_id = new_id()
        await self._accounts.add_user(user_id, email, name, await hashed(password))
        actor = Actor(ActorKind.USER, user_id, email)
        org_id = await self._organizations.found(self._tx, actor, organization)
        return UserRow(id=user_id, email=email, name=name, password_hash=None, email_verified_at=None), org_id
