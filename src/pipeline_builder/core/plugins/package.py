"""A plugin package: its three text files read, and held against one another."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.documents import Document, read_document
from pipeline_builder.core.plugins.files import FolderFiles, PackageFiles, UnusablePackage
from pipeline_builder.core.plugins.model import BuildType, Plugin, PluginConfig, PluginSpec, PluginType
from pipeline_builder.core.plugins.specification import faults_of_spec, is_inside
from pipeline_builder.core.schema.reader import read

CONFIG_NAMES = ("config.yaml", "config.yml")
SPEC_NAME = "plugin-spec.yaml"
DOCKERFILE_NAME = "Dockerfile"
IMAGE_NAME = "image.tar"

_Record = TypeVar("_Record", PluginSpec, PluginConfig)


class Dockerfile(NamedTuple):
    """How the image is built.

    Attributes:
        path: in the package.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class PluginPackage:
    """A package in which everything is right.

    Attributes:
        dockerfile: None where no image is built.
        files: paths of all files.
    """

    spec: PluginSpec
    config: PluginConfig
    dockerfile: Dockerfile | None
    files: tuple[str, ...]

    def published(self, owner: str, digest: str | None = None) -> Plugin:
        """The plugin of this package, as a catalog hands it out."""
        return Plugin(self.spec, self.config.build_type, owner, digest)


def read_folder(folder: Path, report: Report, label: str | None = None) -> PluginPackage | None:
    """Read a package from a folder; see `read_package`."""
    return read_package(FolderFiles(folder), label or str(folder), report)


def read_archive(source: bytes | Path, label: str, report: Report) -> PluginPackage | None:
    """Read a package from a ZIP, or from the bytes of one; see `read_package`."""
    from pipeline_builder.core.plugins.archive import ArchiveFiles  # noqa: PLC0415 -- most packages are folders

    try:
        with ArchiveFiles(source) as files:
            return read_package(files, label, report)
    except UnusablePackage as error:
        report.extend(_findings(error, label))
        return None


def read_package(files: PackageFiles, label: str, report: Report) -> PluginPackage | None:
    """Read the files of a package and hold them against one another.

    Args:
        label: the package as people know it; findings name its files `<label>/<file>`.
        report: gets everything that is wrong in any of the files.

    Returns:
        The package, or None when anything is wrong with it.
    """
    found = Report()
    package = _Reading(files, label, found).package()
    report.extend(found)
    return None if found.has_errors else package


class _Reading:
    """One package being read. Goes on after a fault as long as anything more can be said."""

    def __init__(self, files: PackageFiles, label: str, report: Report) -> None:
        self._files = files
        self._label = label
        self._report = report
        self._names: tuple[str, ...] = ()

    def package(self) -> PluginPackage | None:
        try:
            self._names = tuple(self._files.names())
        except UnusablePackage as error:
            self._report.extend(_findings(error, self._label))
            return None
        config_document = self._config_document()
        config = self._record(PluginConfig, config_document) if config_document else PluginConfig()
        spec_document = self._document(self._spec_path(config, config_document), "the plugin's specification")
        spec = self._record(PluginSpec, spec_document)
        if spec is not None and spec_document is not None:
            self._report.extend(spec_document.located(fault) for fault in faults_of_spec(spec))
        if config is None or spec is None or spec_document is None:
            return None
        self._report.extend(
            (config_document or spec_document).located(fault) for fault in self._contradictions(spec, config)
        )
        named_in = config_document if config.dockerfile and config_document else spec_document
        return PluginPackage(spec, config, self._dockerfile(spec, config, named_in), self._names)

    def _config_document(self) -> Document | None:
        present = [name for name in CONFIG_NAMES if name in self._names]
        if len(present) > 1:
            self._add("ambiguous-config", f"There are both {' and '.join(present)}.", "Remove one of them.")
        return self._document(present[0], "") if present else None

    def _spec_path(self, config: PluginConfig | None, document: Document | None) -> str:
        path = config.plugin_spec if config else SPEC_NAME
        if document is not None and not is_inside(path):
            self._report.add(document.located(_outside(path, Location() / "pluginSpec")))
            return SPEC_NAME
        return path.removeprefix("./")

    def _contradictions(self, spec: PluginSpec, config: PluginConfig) -> Iterator[Diagnostic]:
        """What the build type asks for and the rest of the package does not give."""
        at = Location() / "buildType"
        builds = config.build_type is BuildType.BUILD_IMAGE
        needs_image = spec.plugin_type is not PluginType.MANUAL_APPROVAL
        if not builds and (config.dockerfile or spec.dockerfile):
            yield Diagnostic(
                code="unused-dockerfile",
                message=f"A package of build type '{config.build_type}' builds no image, but names a Dockerfile.",
                at=at,
                hint="Remove `dockerfile`, or use the build type 'build_image'.",
            )
        if config.build_type is BuildType.PREBUILT and needs_image and IMAGE_NAME not in self._names:
            yield Diagnostic(
                code="missing-file",
                message=f"A package of build type 'prebuilt' must hold its image as '{IMAGE_NAME}'.",
                at=at,
                hint=f"Write it with `docker save --output {IMAGE_NAME} IMAGE`.",
            )
        if spec.image is not None and config.build_type is not BuildType.METADATA_ONLY:
            yield Diagnostic(
                code="unused-image",
                message=f"A package of build type '{config.build_type}' brings an image, but names '{spec.image}'.",
                at=at,
                hint="Remove `image` from the specification, or use the build type 'metadata_only'.",
            )
        if spec.build_args and not builds:
            yield Diagnostic(
                code="unused-build-arguments",
                message=f"A package of build type '{config.build_type}' builds no image, so `buildArgs` has no effect.",
                at=at,
                severity=Severity.WARNING,
                hint="Remove `buildArgs` from the specification.",
            )

    def _dockerfile(self, spec: PluginSpec, config: PluginConfig, named_in: Document) -> Dockerfile | None:
        if config.build_type is not BuildType.BUILD_IMAGE or spec.plugin_type is PluginType.MANUAL_APPROVAL:
            return None
        path = config.dockerfile or spec.dockerfile or DOCKERFILE_NAME
        if not is_inside(path):
            self._report.add(named_in.located(_outside(path, Location() / "dockerfile")))
            return None
        path = path.removeprefix("./")
        content = self._content(path, "the Dockerfile that builds its image")
        if content is None:
            return None
        try:
            return Dockerfile(path, content.decode())
        except UnicodeDecodeError:
            self._add("not-utf-8", f"'{path}' is not UTF-8.", "Save the file as UTF-8.", path)
            return None

    def _record(self, shape: type[_Record], document: Document | None) -> _Record | None:
        if document is None:
            return None
        found = Report()
        record = read(shape, document.root, Location(), found)
        self._report.extend(map(document.located, found))
        return record

    def _document(self, name: str, what: str) -> Document | None:
        content = self._content(name, what)
        return None if content is None else read_document(content, f"{self._label}/{name}", self._report)

    def _content(self, name: str, what: str) -> bytes | None:
        if name not in self._names:
            self._add("missing-file", f"'{name}' is missing: {what}.", self._where_it_may_be(name))
            return None
        try:
            return self._files.read(name)
        except UnusablePackage as error:
            self._report.extend(_findings(error, self._label))
            return None

    def _where_it_may_be(self, name: str) -> str:
        deeper = next((one for one in self._names if one.endswith(f"/{name}")), None)
        if deeper:
            return f"Pack the contents of '{deeper.removesuffix(f'/{name}')}' and not the folder itself."
        return "Put it into the package; paths begin at the package's own folder."

    def _add(self, code: str, message: str, hint: str, name: str = "") -> None:
        file = f"{self._label}/{name}" if name else self._label
        self._report.add(Diagnostic(code=code, message=message, hint=hint, file=file))


def _findings(error: UnusablePackage, label: str) -> Iterator[Diagnostic]:
    for fault in error.faults:
        yield Diagnostic(
            code=error.code, message=fault, file=label, hint="Name a package's folder, or make its ZIP anew."
        )


def _outside(path: str, at: Location) -> Diagnostic:
    return Diagnostic(
        code="path-outside",
        message=f"'{path}' is not a path inside the package.",
        at=at,
        hint="Write it relative to the package, with / between its parts and without `..`.",
    )
