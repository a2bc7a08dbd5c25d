"""What plugins add to a process."""

from collections.abc import Collection
from uuid import UUID

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.model import Plugin
from pipeline_builder.domains.plugins.contract import Plugins
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain


class _Shipped:
    async def catalog(self, references: Collection[PluginReference]) -> Catalog:  # noqa: ARG002 -- all are at hand
        return shipped_catalog()

    async def note_use(self, pipeline_id: UUID, used: Collection[Plugin]) -> None:
        """Nothing is kept yet."""


def wire(contracts: Contracts) -> Domain:
    """Provide the plugins."""
    contracts.provide(Plugins, lambda _contracts, _tx, _scope: _Shipped())
    return Domain("plugins")
