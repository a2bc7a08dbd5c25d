"""A catalog in a folder: plugin packages as folders and ZIPs, read only when they are asked for."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Diagnostic, Report
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.plugins.catalog import named
from pipeline_builder.core.plugins.model import Plugin
from pipeline_builder.core.plugins.package import CONFIG_NAMES, SPEC_NAME, read_archive, read_folder

_NAME_LINE = re.compile(rb"^name:[ \t]+([a-z0-9][a-z0-9._-]*)[ \t]*\r?$", re.MULTILINE)
_ALIASES = b"aliases"


class PluginFolderUnreadable(PipelineBuilderError):
    """A folder that plugins should be taken from is not there, or may not be read."""

    code = "plugin-folder-unreadable"
    kind = ErrorKind.ABSENT

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder = str(folder)
        self.reason = reason
        super().__init__(f"No plugins can be taken from the folder '{folder}': {reason}.")


class _Package(NamedTuple):
    """What reading one package gave."""

    plugin: Plugin | None
    findings: tuple[Diagnostic, ...]


class FolderCatalog:
    """A folder that is a plugin package, or has some at depth 1 or 2 below it, all of one owner.

    A package is parsed when its name is asked for. Which names there are is told by the line `name: …` of each
    specification; only one that is written in another way, or has aliases, is parsed for that.
    """

    def __init__(self, folder: Path, owner: str, *, is_named_by_folder: bool = False) -> None:
        """Take plugins from a folder.

        Args:
            folder: holds packages, or folders of packages.
            owner: of all of them.
            is_named_by_folder: each package is a folder called like its plugin, so that the one that is asked for is
                found without looking into any other.

        Raises:
            PluginFolderUnreadable: there is no such folder. A folder that may not be read is found out later.
        """
        try:
            if not folder.is_dir():
                reason = "it is a file; name the folder that it lies in" if folder.exists() else "it is not there"
                raise PluginFolderUnreadable(folder, reason)
        except OSError as error:
            raise PluginFolderUnreadable(folder, _reason(error)) from error
        self._folder = folder
        self._owner = owner
        self._is_named_by_folder = is_named_by_folder
        self._packages: dict[Path, _Package] = {}

    def versions_of(self, name: str, report: Report) -> Sequence[Plugin]:
        return named(name, self._plugins_at(self._places_of(name), report))

    def names(self) -> Iterable[str]:
        return self._by_name

    def everything(self, report: Report) -> Sequence[Plugin]:
        return self._plugins_at(self.places, report)

    def _places_of(self, name: str) -> Sequence[Path]:
        if self._is_named_by_folder and name in self._by_folder:
            return (self._by_folder[name],)
        return self._by_name.get(name, ())

    def _plugins_at(self, places: Iterable[Path], report: Report) -> Sequence[Plugin]:
        plugins: dict[tuple[str, str], Plugin] = {}
        origins: dict[tuple[str, str], Path] = {}
        for place in places:
            plugin, findings = self._package(place)
            report.extend(findings)
            if plugin is not None:
                key = (plugin.spec.name, plugin.spec.version)
                if key in plugins:
                    report.add(_published_twice(plugin, place, origins[key]))
                plugins.setdefault(key, plugin)
                origins.setdefault(key, place)
        return tuple(plugins.values())

    def _package(self, place: Path) -> _Package:
        if place not in self._packages:
            found = Report()
            read = read_archive(place, str(place), found) if _is_archive(place.name) else read_folder(place, found)
            self._packages[place] = _Package(read.published(self._owner) if read else None, tuple(found))
        return self._packages[place]

    @cached_property
    def places(self) -> Sequence[Path]:
        """The folders and ZIPs of all packages; the folder itself, where it is one."""
        try:
            return (self._folder,) if _is_package(self._folder) else tuple(_packages_below(self._folder, depth=2))
        except OSError as error:
            raise PluginFolderUnreadable(self._folder, f"{_reason(error)}, '{error.filename}'") from error

    @cached_property
    def _by_folder(self) -> Mapping[str, Path]:
        return {place.name: place for place in self.places}

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Path]]:
        """Packages by every name they answer to. A broken one answers to its folder's, so that its faults are told."""
        places: dict[str, list[Path]] = {}
        for place in self.places:
            for name in _name_alone(place) or self._names_inside(place):
                places.setdefault(name, []).append(place)
        return places

    def _names_inside(self, place: Path) -> Sequence[str]:
        plugin = self._package(place).plugin
        return (plugin.spec.name, *plugin.spec.aliases) if plugin else (place.stem,)


def _packages_below(folder: Path, depth: int) -> Iterator[Path]:
    with os.scandir(folder) as found:
        entries = sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    for entry in entries:
        place = folder / entry.name
        if not entry.is_dir():
            if _is_archive(entry.name):
                yield place
        elif _is_package(place):
            yield place
        elif depth > 1:
            yield from _packages_below(place, depth - 1)


def _reason(error: OSError) -> str:
    return error.strerror or "it cannot be read"


def _is_package(folder: Path) -> bool:
    return any((folder / name).exists() for name in (SPEC_NAME, *CONFIG_NAMES))


def _is_archive(name: str) -> bool:
    return name.lower().endswith(".zip")


def _name_alone(place: Path) -> tuple[str] | None:
    """The plugin's name without parsing; None where that cannot be sure to be all its names."""
    try:
        text = (place / SPEC_NAME).read_bytes()
    except OSError:
        return None
    found = _NAME_LINE.search(text)
    return None if found is None or _ALIASES in text else (found[1].decode(),)


def _published_twice(plugin: Plugin, place: Path, other: Path) -> Diagnostic:
    return Diagnostic(
        code="duplicate-version",
        message=f"Version {plugin.spec.version} of plugin '{plugin.spec.name}' is also in '{other}'.",
        file=str(place),
        hint="Give one of them another version, or remove it.",
    )
