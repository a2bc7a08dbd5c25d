"""Where plugins come from: the port, and the catalogs that need no server."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.plugins.model import Plugin


class Catalog(Protocol):
    """Published plugins, found by exact name or alias, never by a part of one."""

    def versions_of(self, name: str, report: Report) -> Sequence[Plugin]:
        """Every version there is under this name, those of the nearest owner first (own organization, parent, system).

        Within one owner a plugin's own name goes before another's alias. Nothing under the name gives nothing. What is
        wrong with a plugin that would have been found goes to the report.
        """
        ...

    def names(self) -> Iterable[str]:
        """Every name and alias, in any order, to suggest one from."""
        ...

    def everything(self, report: Report) -> Sequence[Plugin]:
        """Every version of every plugin; what is wrong with any of them goes to the report."""
        ...


class InMemoryCatalog:
    """Plugins handed in, in order of their owners."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self._plugins = tuple(plugins)

    def versions_of(self, name: str, report: Report) -> Sequence[Plugin]:  # noqa: ARG002 -- nothing here can be wrong
        return named(name, self._plugins)

    def names(self) -> Iterable[str]:
        return (name for plugin in self._plugins for name in (plugin.spec.name, *plugin.spec.aliases))

    def everything(self, report: Report) -> Sequence[Plugin]:  # noqa: ARG002 -- nothing here can be wrong
        return self._plugins


class LayeredCatalog:
    """Catalogs one behind the other, the nearest first."""

    def __init__(self, *layers: Catalog) -> None:
        self._layers = layers

    def versions_of(self, name: str, report: Report) -> Sequence[Plugin]:
        return tuple(plugin for layer in self._layers for plugin in layer.versions_of(name, report))

    def names(self) -> Iterable[str]:
        return (name for layer in self._layers for name in layer.names())

    def everything(self, report: Report) -> Sequence[Plugin]:
        return tuple(plugin for layer in self._layers for plugin in layer.everything(report))


def named(name: str, plugins: Iterable[Plugin]) -> tuple[Plugin, ...]:
    """Those of the name, owner by owner; under an owner that has none of the name, those of the alias."""
    by_owner: dict[str, list[Plugin]] = {}
    for plugin in plugins:
        if name == plugin.spec.name or name in plugin.spec.aliases:
            by_owner.setdefault(plugin.owner, []).append(plugin)
    return tuple(
        plugin for found in by_owner.values() for plugin in ([one for one in found if one.spec.name == name] or found)
    )
