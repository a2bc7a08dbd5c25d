"""What identity adds to a process."""

from datetime import timedelta

from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.domains.identity.account_endpoints import addresses, credentials, resets
from pipeline_builder.domains.identity.attempts import Limits
from pipeline_builder.domains.identity.authenticator import TokenAuthenticator
from pipeline_builder.domains.identity.contract import Invitations, Mailer, Mails, People
from pipeline_builder.domains.identity.credentials_repository import AttemptRepository, OneTimeTokenRepository
from pipeline_builder.domains.identity.endpoints import account, keys, registrations, sessions
from pipeline_builder.domains.identity.invitations import InvitationTokens
from pipeline_builder.domains.identity.mails import Outbox
from pipeline_builder.domains.identity.people import Accounts
from pipeline_builder.domains.identity.repository import SignInRepository
from pipeline_builder.domains.identity.token_endpoints import personal, service
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain, Sweep, Work
from pipeline_builder.kit.guard import Authenticator
from pipeline_builder.kit.scope import as_platform
from pipeline_builder.kit.secrets import Secrets

_SHOWN_FOR = timedelta(days=30)
_COUNTED_FOR = timedelta(days=1)


def wire(contracts: Contracts, issuer: str, mailer: Mailer) -> Domain:
    """Provide sign-in, and the knowledge of whom a token stands for."""
    access_tokens = AccessTokens(contracts.part(Secrets), issuer)
    contracts.keep(AccessTokens, access_tokens)
    contracts.keep(Mailer, mailer)
    outbox = Outbox(contracts.part(Secrets))
    contracts.keep(Outbox, outbox)
    contracts.keep(Mails, outbox)
    contracts.keep(Invitations, InvitationTokens())
    contracts.keep(People, Accounts())
    contracts.keep(Authenticator, TokenAuthenticator(access_tokens))
    contracts.keep(Limits, Limits())
    routers = (registrations, sessions, account, credentials, resets, addresses, keys, personal, service)
    sweeps: dict[Sweep, timedelta] = {
        rotate_keys: timedelta(hours=1),
        send_mails: timedelta(seconds=5),
        clean_up: timedelta(hours=1),
    }
    return Domain("identity", routers, sweeps=sweeps)


async def rotate_keys(work: Work) -> None:
    """Make a new signing key in time."""
    async with work.database.transaction() as tx:
        await work.contracts.part(AccessTokens).rotate(tx)


async def clean_up(work: Work) -> None:
    """Forget what has ended: sessions, tokens, tries."""
    async with work.database.transaction() as tx:
        scope = await as_platform(tx)
        accounts = SignInRepository(tx, scope)
        await accounts.forget_ended_sessions(_SHOWN_FOR)
        await accounts.forget_ended_tokens(_SHOWN_FOR)
        await OneTimeTokenRepository(tx, scope).forget_expired()
        await AttemptRepository(tx, scope).forget_older_than(_COUNTED_FOR)


async def send_mails(work: Work) -> None:
    """Hand over the mails that wait."""
    await work.contracts.part(Outbox).send_due(work.database, work.contracts.part(Mailer))
