"""The kernel's steps over files: what the command line, the construct and the Python interface have in common.

The core knows neither files nor the shipped catalogue; here both are put together.
"""

from collections.abc import Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.load import LoadedDefinition, load_definition
from pipeline_builder.core.diagnostics import Diagnostic, Report
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.planning.model import Plan
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.plugins.catalog import Catalog, LayeredCatalog
from pipeline_builder.core.plugins.folder_catalog import FolderCatalog
from pipeline_builder.core.plugins.lock import Lock
from pipeline_builder.core.plugins.model import OWN


class FileUnreadable(PipelineBuilderError):
    """A file that was named is not there, is a folder, or may not be read."""

    code = "file-unreadable"
    kind = ErrorKind.ABSENT

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"'{path}' cannot be read: {reason}.")


class InvalidDefinition(PipelineBuilderError):
    """A definition has errors.

    Attributes:
        diagnostics: everything found, errors and others, in reading order.
    """

    code = "invalid-definition"

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        errors = [found for found in diagnostics if found.severity == "error"]
        lines = [
            f"{found.file}:{found.position.line}: {found.message}" if found.position else found.message
            for found in errors
        ]
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__("\n".join([f"The definition has {count}.", *lines]))


def read_file(path: str | PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        FileUnreadable: there is none, or it may not be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileUnreadable(fspath(path), error.strerror or "it cannot be opened") from error


def catalog_of(folders: Iterable[str | PathLike[str]] = ()) -> Catalog:
    """The shipped plugins, behind those of the folders, which belong to the definition's own organization.

    Raises:
        PluginFolderUnreadable: a folder is not there.
    """
    own = [FolderCatalog(Path(folder), OWN) for folder in folders]
    return LayeredCatalog(*own, shipped_catalog())


def load(source: str | PathLike[str] | Mapping[str, object]) -> LoadedDefinition:
    """See `pipeline_builder.load`."""
    report = Report()
    if isinstance(source, str | PathLike):
        loaded = load_definition(read_file(source), fspath(source), report)
    else:
        loaded = load_definition(source, "definition.json", report)
    if loaded is None or loaded.has_errors:
        raise InvalidDefinition(report.diagnostics)
    return loaded


def plan(
    definition: LoadedDefinition | str | PathLike[str] | Mapping[str, object],
    *,
    plugins: Iterable[str | PathLike[str]] = (),
    catalog: Catalog | None = None,
    lock: Lock | None = None,
    locked: bool = False,
) -> Plan:
    """See `pipeline_builder.plan`."""
    report = Report()
    loaded = definition if isinstance(definition, LoadedDefinition) else load(definition)
    made = make_plan(loaded, catalog or catalog_of(plugins), report, lock=lock, locked=locked)
    if made is None:
        raise InvalidDefinition(report.diagnostics)
    return made
