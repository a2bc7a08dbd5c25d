"""A plugin package as a ZIP from a stranger.

Its directory is judged as a whole before anything is read; nothing is extracted to disk; and what is read is read up to
a limit, whatever size the directory claims.
"""

import stat
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from pipeline_builder.core.plugins.files import MAXIMUM_ENTRIES, MAXIMUM_TEXT_BYTES, UnusablePackage, bounded

if TYPE_CHECKING:
    from types import TracebackType
    from zipfile import ZipFile, ZipInfo

MAXIMUM_BYTES = 4 * 2**30
"""Of the ZIP itself."""
MAXIMUM_UNPACKED_BYTES = 8 * 2**30
"""Of all its files together."""
MAXIMUM_RATIO = 200
"""Unpacked to packed, of a file that unpacks to more than `RATIO_FREE_BYTES`. Programs and texts stay below 20."""
RATIO_FREE_BYTES = 2**20
MAXIMUM_DIRECTORY_BYTES = 2 * 2**20
"""Of the central directory; the allowed number of entries fits, and no more memory can be made to be used."""
MAXIMUM_NAME_LENGTH = 512
MAXIMUM_DEPTH = 32
SHOWN_FAULTS = 20
"""Of a ZIP with thousands of bad entries."""
SHOWN_CHARACTERS = 100

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x1


class ArchiveFiles:
    """The files of a ZIP. Close it after use."""

    def __init__(self, source: bytes | Path) -> None:
        """Open a ZIP and judge it.

        Raises:
            UnusablePackage: it cannot or must not be read.
        """
        try:
            self._file: BinaryIO = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        except OSError as error:
            raise UnusablePackage(f"The ZIP cannot be read: {error.strerror}.") from error
        try:
            self._zip = _opened(self._file)
            self._entries = _judged(self._zip.infolist(), self._file.seek(0, 2))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._file.close()

    def names(self) -> Sequence[str]:
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        with _DamageNamed(f"'{name}' in the ZIP is damaged"), self._zip.open(self._entries[name]) as file:
            return bounded(name, file.read(MAXIMUM_TEXT_BYTES + 1))


class _BoundedReader:
    """Refuses to hold more than a directory's worth of a file at once.

    `zipfile` reads the whole central directory in one go, as large as the ZIP says it is.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(MAXIMUM_DIRECTORY_BYTES + 1 if size < 0 else min(size, MAXIMUM_DIRECTORY_BYTES + 1))
        if len(data) > MAXIMUM_DIRECTORY_BYTES:
            raise UnusablePackage(f"The directory of the ZIP is larger than {MAXIMUM_DIRECTORY_BYTES // 2**20} MiB.")
        return data


class _DamageNamed:
    """Turns whatever `zipfile` and `zlib` raise on bad bytes into the one error of packages."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        import struct  # noqa: PLC0415 -- with zipfile: costly, and only ZIPs need them
        import zlib  # noqa: PLC0415
        from zipfile import BadZipFile  # noqa: PLC0415

        damages = (BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError)
        if isinstance(error, damages):
            raise UnusablePackage(f"{self._what}: {_shown(str(error).rstrip('.'))}.") from error


def _opened(file: BinaryIO) -> "ZipFile":
    from zipfile import ZipFile  # noqa: PLC0415 -- costly, and only ZIPs need it

    with _DamageNamed("This is not a ZIP that can be read"):
        return ZipFile(_BoundedReader(file))


def _judged(entries: "Sequence[ZipInfo]", size: int) -> "dict[str, ZipInfo]":
    """The files by name.

    Raises:
        UnusablePackage: with everything that is wrong about them.
    """
    faults = list(islice(_faults(entries, size), SHOWN_FAULTS))
    if faults:
        raise UnusablePackage(*faults)
    return {entry.filename: entry for entry in entries if not _is_folder(entry)}


def _faults(entries: "Sequence[ZipInfo]", size: int) -> Iterator[str]:
    yield from _faults_of_the_whole(entries, size)
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for entry in entries:
        name = entry.orig_filename
        yield from (f"'{_shown(name)}' in the ZIP {fault}." for fault in _faults_of_entry(entry))
        key = _collision_key(name)
        other = files.get(key) if _is_folder(entry) else files.get(key) or folders.get(key)
        if other is not None:
            yield f"'{_shown(name)}' and '{_shown(other)}' in the ZIP would be one file on some systems."
        (folders if _is_folder(entry) else files).setdefault(key, name)
    yield from (
        f"'{_shown(name)}' in the ZIP lies below '{_shown(files[parent])}', which is a file."
        for key, name in files.items()
        for parent in _parents(key)
        if parent in files
    )


def _faults_of_the_whole(entries: "Sequence[ZipInfo]", size: int) -> Iterator[str]:
    if size > MAXIMUM_BYTES:
        yield f"The ZIP is larger than {MAXIMUM_BYTES // 2**30} GiB."
    if len(entries) > MAXIMUM_ENTRIES:
        yield f"The ZIP has {len(entries)} entries; at most {MAXIMUM_ENTRIES} are allowed."
    if sum(entry.file_size for entry in entries) > MAXIMUM_UNPACKED_BYTES:
        yield f"The ZIP would unpack to more than {MAXIMUM_UNPACKED_BYTES // 2**30} GiB."
    if sum(entry.compress_size for entry in entries) > size:
        yield "Entries of the ZIP overlap: together they claim more bytes than it has."


def _faults_of_entry(entry: "ZipInfo") -> Iterator[str]:
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if not _is_safe_name(name.removesuffix("/")):
        yield "has a name that could lead out of the package"
    if len(name) > MAXIMUM_NAME_LENGTH:
        yield f"has a name of more than {MAXIMUM_NAME_LENGTH} characters"
    if name.count("/") > MAXIMUM_DEPTH:
        yield f"lies more than {MAXIMUM_DEPTH} folders deep"
    if stat.S_ISLNK(kind):
        yield "is a link; a package holds the files themselves"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is neither a file nor a folder"
    if _is_folder(entry) and entry.file_size:
        yield "is a folder with content of its own"
    if entry.flag_bits & _ENCRYPTED:
        yield "is encrypted"
    if entry.compress_type not in (_STORED, _DEFLATED):
        yield "is packed in a way other than deflate"
    if entry.file_size > max(RATIO_FREE_BYTES, MAXIMUM_RATIO * entry.compress_size):
        yield f"would unpack to more than {MAXIMUM_RATIO} times its size"


def _is_folder(entry: "ZipInfo") -> bool:
    return entry.orig_filename.endswith("/")


def _is_safe_name(name: str) -> bool:
    parts = name.split("/")
    return (
        not any(part in ("", ".", "..") for part in parts)
        and not any(character in "\\:" for character in name)
        and name.isprintable()
    )


def _collision_key(name: str) -> str:
    """The same for names that a file system may take for one: case and Unicode composition aside."""
    return unicodedata.normalize("NFC", name.removesuffix("/")).casefold()


def _parents(key: str) -> Iterator[str]:
    while "/" in key:
        key = key.rpartition("/")[0]
        yield key


def _shown(name: str) -> str:
    """Text from a stranger, fit for a line of a report."""
    readable = "".join(character if character.isprintable() else "?" for character in name)
    return readable if len(readable) <= SHOWN_CHARACTERS else f"{readable[:SHOWN_CHARACTERS]}…"
