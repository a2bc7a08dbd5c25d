"""Finds what is shipped: the plugins and the samples, as files beside this one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from pipeline_builder.core.plugins.folder_catalog import FolderCatalog

OWNER = "system"
"""Of every shipped plugin, and the namespace of its image."""

_HERE = Path(__file__).parent
_DEFINITIONS = frozenset({".yaml", ".yml", ".json"})


@cache
def shipped_catalog() -> FolderCatalog:
    """The plugins that come with Pipeline Builder. The same one each time, so that a plugin is parsed once."""
    return FolderCatalog(_HERE / "plugins", OWNER, is_named_by_folder=True)


def samples() -> Sequence[Path]:
    """The definitions that show what can be built, in order of their names."""
    return sorted(path for path in (_HERE / "samples").iterdir() if path.suffix in _DEFINITIONS)


def shipped_packages() -> Iterator[Mapping[str, str]]:
    """The text files of every shipped plugin's package, by their paths in it."""
    for place in shipped_catalog().places:
        yield {
            file.relative_to(place).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted(place.rglob("*"))
            if file.is_file() and file.name != "README.md" and "tests" not in file.relative_to(place).parts
        }


def shipped_rules() -> Mapping[str, Path]:
    """The documents of the shipped rule sets, by their names."""
    return {path.stem: path for path in sorted((_HERE / "rules").glob("*.yaml"))}
