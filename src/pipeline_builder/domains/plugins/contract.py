"""What other domains may use of plugins, and the errors that they raise."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.plugins.catalog import Catalog
from pipeline_builder.core.plugins.model import Plugin
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.findings import Finding


class PackageRefused(PipelineBuilderError):
    """A plugin's package in which something is wrong.

    Attributes:
        findings: everything that was found, in reading order of its files.
    """

    code = "package-refused"
    kind = ErrorKind.INVALID

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        errors = [one for one in findings if one.severity == "error"]
        more = "" if len(errors) <= 1 else f" And {len(errors) - 1} more."
        super().__init__(f"The package cannot be published: {errors[0].message if errors else ''}{more}")


class VersionPublished(PipelineBuilderError):
    """This version was published with another content."""

    code = "version-published"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str, version: str) -> None:
        self.name = name
        self.version = version
        super().__init__(f"{name} {version} was published, and a published version never changes: raise its version.")


class PluginInUse(PipelineBuilderError):
    """Pipelines use the plugin."""

    code = "plugin-in-use"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str, pipelines: int) -> None:
        self.name = name
        self.pipelines = pipelines
        super().__init__(f"{pipelines} pipelines use '{name}'; deprecate it, or change them first.")


class PluginNameTaken(PipelineBuilderError):
    """The organization has a plugin of this name."""

    code = "plugin-name-taken"
    kind = ErrorKind.CONFLICT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"This organization has a plugin named '{name}' already.")


class Plugins(Protocol):
    """The plugins that one organization can see, in one transaction."""

    async def catalog(self, references: Collection[PluginReference]) -> Catalog:
        """What these references could mean: the organization's own plugins, its parent's public ones, the system's."""
        ...

    async def note_use(self, pipeline_id: UUID, used: Collection[Plugin]) -> None:
        """Remember which versions a pipeline uses from now on, in place of those before."""
        ...


class ShippedPlugins(Protocol):
    """Brings the plugins that come with the platform into the system organization."""

    async def load(self, tx: Transaction) -> int:
        """Publish what is not published yet; how many versions. The transaction has to be the platform's.

        Raises:
            VersionPublished: a shipped plugin changed without getting another version.
        """
        ...
