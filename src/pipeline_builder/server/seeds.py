"""What a new platform begins with: somebody who runs it, and an organization with pipelines to look at."""

import re
import secrets
from dataclasses import dataclass

from pipeline_builder.catalog.loader import samples
from pipeline_builder.domains.compliance.contract import ShippedRules
from pipeline_builder.domains.identity.contract import People
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.pipelines.contract import Pipelines
from pipeline_builder.domains.plugins.contract import ShippedPlugins
from pipeline_builder.domains.quotas.contract import Plans
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Database, Transaction
from pipeline_builder.kit.scope import Actor, ActorKind, as_platform

ADMINISTRATOR = "admin@localhost"
SAMPLE_ORGANIZATION = "Sample"
_SAMPLE_PLAN = "team"
_ORGANIZATION = re.compile(r"^orgId:.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Account:
    """How somebody signs in. The password is shown once and kept nowhere."""

    email: str
    password: str


async def begin(database: Database, contracts: Contracts) -> Account | None:
    """Make the first administrator and the sample organization, unless they are there.

    Returns:
        How the administrator signs in, if one was made.
    """
    async with database.transaction() as tx:
        await as_platform(tx)
        await contracts.part(ShippedPlugins).load(tx)
        await contracts.part(ShippedRules).load(tx)
        people = contracts.part(People)
        if await people.by_email(tx, ADMINISTRATOR) is not None:
            return None
        account = Account(ADMINISTRATOR, secrets.token_urlsafe(15))
        person = await people.make(tx, account.email, "Administrator", account.password)
        organizations = contracts.part(Organizations)
        owner = Actor(ActorKind.USER, person.id, person.email)
        sample = await organizations.found(tx, owner, SAMPLE_ORGANIZATION)
        await organizations.make_system_admin(tx, person.id)
        await contracts.part(Plans).give(tx, sample, _SAMPLE_PLAN)
        scope = await organizations.enter(tx, sample)
        for text in (path.read_text(encoding="utf-8") for path in samples()):
            # Samples show how a definition names its organization, which is not this one.
            await contracts.of(Pipelines, tx, scope).import_definition(_ORGANIZATION.sub("", text))
    return account


async def new_password(database: Database, contracts: Contracts) -> Account | None:
    """Give the first administrator another password; None when there is no such account."""
    async with database.transaction() as tx:
        return await _new_password(tx, contracts)


async def _new_password(tx: Transaction, contracts: Contracts) -> Account | None:
    await as_platform(tx)
    people = contracts.part(People)
    person = await people.by_email(tx, ADMINISTRATOR)
    if person is None:
        return None
    account = Account(ADMINISTRATOR, secrets.token_urlsafe(15))
    await people.set_password(tx, person.id, account.password)
    return account
