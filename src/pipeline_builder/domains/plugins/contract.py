"""What other domains may use of plugins."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.model import Plugin


class Plugins(Protocol):
    """The plugins that one organization can see, in one transaction."""

    async def catalog(self, references: Collection[PluginReference]) -> Catalog:
        """What these references could mean: the organization's own plugins, its parent's public ones, the system's."""
        ...

    async def note_use(self, pipeline_id: UUID, used: Collection[Plugin]) -> None:
        """Remember which versions a pipeline uses from now on, in place of those before."""
        ...
