"""What identity adds to a process."""

from datetime import timedelta

from pipeline_builder.domains.identity.access_tokens import AccessTokens
from pipeline_builder.domains.identity.authenticator import TokenAuthenticator
from pipeline_builder.domains.identity.contract import Invitations, Mailer, Mails, People
from pipeline_builder.domains.identity.endpoints import account, keys, registrations, sessions
from pipeline_builder.domains.identity.invitations import InvitationTokens
from pipeline_builder.domains.identity.mails import Outbox
from pipeline_builder.domains.identity.people import Accounts
from pipeline_builder.domains.identity.token_endpoints import personal, service
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain, Work
from pipeline_builder.kit.guard import Authenticator
from pipeline_builder.kit.secrets import Secrets


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
    routers = (registrations, sessions, account, keys, personal, service)
    return Domain("identity", routers, sweeps={rotate_keys: timedelta(hours=1), send_mails: timedelta(seconds=5)})


async def rotate_keys(work: Work) -> None:
    """Make a new signing key in time."""
    async with work.database.transaction() as tx:
        await work.contracts.part(AccessTokens).rotate(tx)


async def send_mails(work: Work) -> None:
    """Hand over the mails that wait."""
    await work.contracts.part(Outbox).send_due(work.database, work.contracts.part(Mailer))
