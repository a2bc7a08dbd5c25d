"""The files of a plugin package behind one small port, and the one of a folder. `archive` has the one of a ZIP."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pipeline_builder.core.errors import PipelineBuilderError

MAXIMUM_ENTRIES = 10_000
"""Files and folders of a package."""
MAXIMUM_TEXT_BYTES = 2**20
"""Of a file that is read: a specification, a configuration, a Dockerfile."""


class UnusablePackage(PipelineBuilderError):
    """A package, or a file of one, that cannot or must not be read.

    Attributes:
        faults: everything that is wrong with it, each a sentence.
    """

    code = "unusable-package"

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__(" ".join(faults))


class PackageFiles(Protocol):
    """The files of one package."""

    def names(self) -> Sequence[str]:
        """Paths of all files, with `/` between the parts, sorted.

        Raises:
            UnusablePackage: the package cannot or must not be used at all.
        """
        ...

    def read(self, name: str) -> bytes:
        """What a file of `names()` holds.

        Raises:
            UnusablePackage: it is damaged, cannot be read, or is larger than any text of a package may be.
        """
        ...


class FolderFiles:
    """A package as its author works on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Sequence[str]:
        names, faults = [], []
        for count, (name, entry) in enumerate(_entries(self._folder), start=1):
            if count > MAXIMUM_ENTRIES:
                raise UnusablePackage(f"The folder has more than {MAXIMUM_ENTRIES} entries.")
            if entry.is_symlink():
                faults.append(f"'{name}' is a link; a package holds the files themselves.")
            elif entry.is_file():
                names.append(name)
            elif not entry.is_dir():
                faults.append(f"'{name}' is neither a file nor a folder.")
        if faults:
            raise UnusablePackage(*faults)
        return sorted(names)

    def read(self, name: str) -> bytes:
        try:
            with (self._folder / name).open("rb") as file:
                return bounded(name, file.read(MAXIMUM_TEXT_BYTES + 1))
        except OSError as error:
            raise UnusablePackage(f"'{name}' cannot be read: {error.strerror}.") from error


def bounded(name: str, content: bytes) -> bytes:
    """The content, unless it is longer than any text of a package may be.

    Raises:
        UnusablePackage: it is.
    """
    if len(content) > MAXIMUM_TEXT_BYTES:
        raise UnusablePackage(f"'{name}' is larger than {MAXIMUM_TEXT_BYTES // 2**20} MiB.")
    return content


def _entries(folder: Path, prefix: str = "") -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise UnusablePackage(f"The folder '{folder.name}' cannot be read: {error.strerror}.") from error
    for entry in entries:
        yield prefix + entry.name, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(folder / entry.name, f"{prefix}{entry.name}/")
