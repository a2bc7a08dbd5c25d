"""Accounts, as the platform itself meets them. Implements `contract.People`."""

from collections.abc import Sequence
from uuid import UUID

from pipeline_builder.domains.identity.contract import Person
from pipeline_builder.domains.identity.passwords import hashed
from pipeline_builder.domains.identity.repository import SignInRepository
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import as_platform, in_the_name_of_the_platform


class Accounts:
    """Looks accounts up, and makes them."""

    async def by_email(self, tx: Transaction, email: str) -> Person | None:
        user = await SignInRepository(tx, await as_platform(tx)).user_by_email(email)
        return None if user is None else Person(user.id, user.email, user.name)

    async def make(self, tx: Transaction, email: str, name: str, password: str) -> Person:
        accounts = SignInRepository(tx, await as_platform(tx))
        person = Person(new_id(), email, name)
        await accounts.add_user(person.id, email, name, await hashed(password))
        await accounts.verify_email(person.id)
        return person

    async def set_password(self, tx: Transaction, user_id: UUID, password: str) -> None:
        accounts = SignInRepository(tx, await as_platform(tx))
        await accounts.set_password(user_id, await hashed(password))
        await accounts.end_all_sessions(user_id)

    async def revoke_tokens(self, tx: Transaction, user_id: UUID, org_ids: Sequence[UUID]) -> None:
        async with in_the_name_of_the_platform(tx) as scope:
            await SignInRepository(tx, scope).revoke_tokens(user_id, org_ids)
