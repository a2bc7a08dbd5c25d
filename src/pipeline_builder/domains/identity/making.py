"""How the use cases of identity are put together, in one transaction of the platform."""

from uuid import UUID

from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.domains.identity.attempts import Attempts, Limits
from pipeline_builder.domains.identity.contract import Mails
from pipeline_builder.domains.identity.credentials import Credentials
from pipeline_builder.domains.identity.credentials_repository import (
    AttemptRepository,
    FactorRepository,
    OneTimeTokenRepository,
)
from pipeline_builder.domains.identity.repository import SignInRepository, UserRow
from pipeline_builder.domains.identity.second_factor import SecondFactor
from pipeline_builder.domains.identity.sessions import Sessions
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.errors import Unauthenticated
from pipeline_builder.kit.scope import PlatformScope
from pipeline_builder.kit.secrets import Secrets


def attempts(tx: Transaction, scope: PlatformScope, parts: Contracts) -> Attempts:
    """Counts what is tried."""
    return Attempts(AttemptRepository(tx, scope), parts.part(Secrets), parts.part(Limits))


def second_factor(tx: Transaction, scope: PlatformScope, parts: Contracts) -> SecondFactor:
    """Knows second factors."""
    return SecondFactor(FactorRepository(tx, scope), parts.part(Secrets), now)


def sessions(tx: Transaction, scope: PlatformScope, parts: Contracts) -> Sessions:
    """Begins sessions."""
    trying, factor = attempts(tx, scope, parts), second_factor(tx, scope, parts)
    return Sessions(tx, scope, parts.part(AccessTokens), trying, factor, now)


def credentials(tx: Transaction, scope: PlatformScope, parts: Contracts) -> Credentials:
    """Changes how somebody signs in."""
    accounts, tokens = SignInRepository(tx, scope), OneTimeTokenRepository(tx, scope)
    return Credentials(tx, accounts, tokens, attempts(tx, scope, parts), parts.part(Mails))


async def user(tx: Transaction, scope: PlatformScope, user_id: UUID) -> UserRow:
    """An account that somebody is signed in to."""
    found = await SignInRepository(tx, scope).user(user_id)
    if found is None:
        raise Unauthenticated
    return found
