"""How somebody who was invited comes to belong."""

from dataclasses import replace

from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.identity.contract import Invitations as InvitationTokens
from pipeline_builder.domains.orgs.access import Doorkeeper
from pipeline_builder.domains.orgs.contract import InvitationInvalid
from pipeline_builder.domains.orgs.repository import AllOrganizations, Organization
from pipeline_builder.domains.orgs.service import read
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.permissions import Role
from pipeline_builder.kit.scope import AccountScope, as_platform


class Joining:
    """The use case, in one transaction of the platform: membership, used-up invitation and proven address."""

    def __init__(self, tx: Transaction, contracts: Contracts, doorkeeper: Doorkeeper) -> None:
        self._tx = tx
        self._contracts = contracts
        self._doorkeeper = doorkeeper

    async def accept(self, account: AccountScope, token: str) -> Organization:
        """Let somebody belong to the organization that invited them. The invitation has kept a seat for them.

        Raises:
            InvitationInvalid: it is not open, or is for another address.
            AlreadyMember: they belong to it.
        """
        tokens = self._contracts.part(InvitationTokens)
        hashed = tokens.hash_of(token)
        every = AllOrganizations(self._tx, await as_platform(self._tx))
        found = None if hashed is None else await every.invitation(hashed)
        if found is None or not await tokens.confirm_address(self._tx, account.user_id, found.email):
            raise InvitationInvalid
        role = None if found.role is None else Role(found.role)
        await every.add_member(found.org_id, account.user_id, role, found.role_id)
        await every.accept(found.id)
        scope = replace(await self._doorkeeper.enter(self._tx, found.org_id), actor=account.actor)
        after = {"role": found.role_name, "invitedBy": found.invited_by}
        change = Change("members.joined", "member", account.user_id, account.name, after=after)
        await self._contracts.of(Audit, self._tx, scope).record(change)
        return await read(self._tx, scope)
