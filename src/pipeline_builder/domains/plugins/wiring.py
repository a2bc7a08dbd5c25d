"""What plugins add to a process."""

from pipeline_builder.domains.plugins.contract import Plugins, ShippedPlugins
from pipeline_builder.domains.plugins.endpoints import plugins
from pipeline_builder.domains.plugins.making import service
from pipeline_builder.domains.plugins.repository import PluginRepository
from pipeline_builder.domains.plugins.shipped import Shipped
from pipeline_builder.domains.quotas.contract import Resource, Stocks
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain


def wire(contracts: Contracts) -> Domain:
    """Provide the plugins."""
    contracts.part(Stocks).counted_by(Resource.PLUGINS, PluginRepository.count)
    contracts.provide(Plugins, service)
    contracts.keep(ShippedPlugins, Shipped(contracts))
    return Domain("plugins", (plugins,))
