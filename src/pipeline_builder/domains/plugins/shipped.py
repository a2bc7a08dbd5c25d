"""Brings the plugins that come with the platform into the system organization. Implements `contract.ShippedPlugins`."""

from pipeline_builder.catalog.loader import shipped_packages
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.plugins.making import service
from pipeline_builder.domains.plugins.service import PUBLIC
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION


class Shipped:
    """Publishes what is not published yet."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts

    async def load(self, tx: Transaction) -> int:
        scope = await self._contracts.part(Organizations).enter(tx, SYSTEM_ORGANIZATION)
        plugins = service(self._contracts, tx, scope)
        packages = list(shipped_packages())
        for files in packages:
            await plugins.publish(files, PUBLIC)
        return len(packages)
