"""Packages as they are published: the files of one, checked by the kernel, and read back into a plugin."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import msgspec

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.plugins.files import UnusablePackage
from pipeline_builder.core.plugins.model import BuildType, Plugin
from pipeline_builder.core.plugins.package import PluginPackage, read_package
from pipeline_builder.domains.plugins.contract import PackageRefused
from pipeline_builder.kit.findings import findings_of
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION

_PARSED_AT_MOST = 2_000


@dataclass(frozen=True)
class TextFiles:
    """The text files of a package. Implements `core.plugins.files.PackageFiles`."""

    texts: Mapping[str, str]

    def names(self) -> Sequence[str]:
        return sorted(self.texts)

    def read(self, name: str) -> bytes:
        if name not in self.texts:
            raise UnusablePackage(f"'{name}' is not in the package.")
        return self.texts[name].encode()


def read_texts(texts: Mapping[str, str], label: str = "package") -> PluginPackage:
    """Read and check a package.

    Raises:
        PackageRefused: something is wrong with it.
    """
    report = Report()
    package = read_package(TextFiles(texts), label, report)
    if package is None:
        raise PackageRefused(findings_of(report.diagnostics))
    return package


def as_text(texts: Mapping[str, str]) -> str:
    """A package's files as one text: the same for the same files."""
    return msgspec.json.encode(dict(texts), order="deterministic").decode()


def content_hash(files: str) -> bytes:
    """The hash of a package's files, as one text."""
    return hashlib.sha256(files.encode()).digest()


def owner_of(org_id: UUID) -> str:
    """The namespace of an organization's images."""
    return "system" if org_id == SYSTEM_ORGANIZATION else f"org-{org_id}"


@lru_cache(maxsize=_PARSED_AT_MOST)
def _parsed(_version_id: UUID, files: str) -> PluginPackage:
    return read_texts(msgspec.json.decode(files, type=dict[str, str]))


def plugin_of(version_id: UUID, files: str, org_id: UUID, digest: str | None) -> Plugin:
    """A published version as the kernel knows it. It never changes, so it is parsed once."""
    package = _parsed(version_id, files)
    return Plugin(package.spec, BuildType(package.config.build_type), owner_of(org_id), digest)
