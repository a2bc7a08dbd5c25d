"""`pipeline.lock`: every plugin a definition resolved to, whole, so that it synthesizes the same bytes anywhere.

It is a text for version control: sorted, and the same bytes for the same plugins. Each entry carries a hash of its
content. That finds edits and merge accidents; an attacker could write the hash as well.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.documents import Document, read_document
from pipeline_builder.core.plugins.hints import RENEW_THE_LOCK
from pipeline_builder.core.plugins.model import BuildType, Plugin, PluginSpec, Request
from pipeline_builder.core.plugins.specification import faults_of_spec
from pipeline_builder.core.plugins.versions import InvalidVersionRange, Version, VersionRange
from pipeline_builder.core.schema.annotations import Doc, Length, Pattern
from pipeline_builder.core.schema.reader import as_data, read
from pipeline_builder.core.schema.writer import as_document

SCHEMA_VERSION = 1
NAME = "pipeline.lock"

_SHA256 = Pattern(re.compile(r"sha256:[0-9a-f]{64}"), "sha256: and 64 hexadecimal digits")
_OWNER = Pattern(re.compile(r"system|own|org-[A-Za-z0-9_-]{1,128}"), "system, own or org-<orgId>")


@dataclass(frozen=True, slots=True)
class Lock:
    """What was resolved.

    Attributes:
        made_by: version of pipeline-manager.
        plugins: by what was asked for.
    """

    made_by: str
    plugins: Mapping[Request, Plugin]

    @classmethod
    def of(
        cls, references: Mapping[Location, PluginReference], resolved: Mapping[Location, Plugin], made_by: str
    ) -> "Lock":
        """The lock of a definition whose references were resolved."""
        return cls(made_by, {Request.of(references[at]): plugin for at, plugin in resolved.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One plugin, as it is written."""

    name: Annotated[str, Doc("Its name.")]
    version: Annotated[str, Doc("Its version.")]
    owner: Annotated[str, _OWNER, Doc("Whose it is.")]
    build_type: Annotated[BuildType, Doc("Where its image comes from.")]
    digest: Annotated[str | None, _SHA256, Doc("Its image.")] = None
    spec: Annotated[PluginSpec, Doc("All of its specification.")]
    content_hash: Annotated[str, _SHA256, Doc("Hash of the rest of the entry, and of what was asked for.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """The whole lock, as it is written."""

    schema_version: Annotated[int, Doc("Version of the format.")]
    made_by: Annotated[str, Length(1, 100), Doc("Version of pipeline-manager that wrote it.")]
    plugins: Annotated[Mapping[str, _Entry], Doc("By what was asked for: `name@range`.")]


def write_lock(lock: Lock) -> str:
    """The text of `pipeline.lock`."""
    entries = {}
    for request, plugin in lock.plugins.items():
        entry = {
            "name": plugin.spec.name,
            "version": plugin.spec.version,
            "owner": plugin.owner,
            "buildType": plugin.build_type.value,
            "spec": as_document(plugin.spec),
            **({} if plugin.digest is None else {"digest": plugin.digest}),
        }
        entries[str(request)] = {**entry, "contentHash": _content_hash(str(request), entry)}
    data = {"schemaVersion": SCHEMA_VERSION, "madeBy": lock.made_by, "plugins": entries}
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def read_lock(content: bytes, report: Report, *, name: str = NAME) -> Lock | None:
    """Read a lock.

    Args:
        content: of the file.
        report: gets everything that is wrong with it.
        name: of the file, as its author knows it.

    Returns:
        The lock, or None when any of it cannot be relied upon.
    """
    document = read_document(content, name, report)
    if document is None:
        return None
    found = Report()
    lock = _read(document, found)
    report.extend(map(document.located, found))
    return None if found.has_errors else lock


def _read(document: Document, report: Report) -> Lock | None:
    data = as_data(document.root)
    version = data.get("schemaVersion") if isinstance(data, dict) else None
    if isinstance(version, int) and version != SCHEMA_VERSION:
        report.add(
            Diagnostic(
                code="lock-unsupported",
                message=f"The lock has format {version}; this pipeline-manager reads format {SCHEMA_VERSION}.",
                at=Location() / "schemaVersion",
                hint="Use the version of pipeline-manager that wrote it, or write the lock anew.",
            )
        )
        return None
    file = read(_File, document.root, Location(), report)
    if file is None:
        return None
    plugins = {}
    for text, entry in file.plugins.items():
        at = Location() / "plugins" / text
        report.extend(_tampered(text, entry, data["plugins"][text], at))
        report.extend(
            replace(fault, at=Location((*at.keys, "spec", *fault.at.keys))) for fault in faults_of_spec(entry.spec)
        )
        plugins[_request(text)] = Plugin(entry.spec, entry.build_type, entry.owner, entry.digest)
    return Lock(file.made_by, plugins)


def _request(text: str) -> Request:
    name, _, version = text.rpartition("@")
    return Request(name, version)


def _tampered(text: str, entry: _Entry, data: Mapping[str, object], at: Location) -> Iterator[Diagnostic]:
    """In what an entry is not what was written, or no answer to what was asked for."""
    request = _request(text)
    if _content_hash(text, {key: value for key, value in data.items() if key != "contentHash"}) != entry.content_hash:
        yield _broken(f"The entry '{text}' of the lock was changed after it was written.", at)
    elif (entry.name, entry.version) != (entry.spec.name, entry.spec.version):
        yield _broken(f"The entry '{text}' of the lock holds the specification of another plugin.", at)
    elif request.name not in (entry.name, *entry.spec.aliases) or not _allows(request.version, entry.version):
        yield _broken(
            f"The entry '{text}' of the lock holds {entry.name} {entry.version}, which is no answer to it.", at
        )


def _broken(message: str, at: Location) -> Diagnostic:
    return Diagnostic(code="lock-tampered", message=message, at=at, hint=RENEW_THE_LOCK)


def _allows(wanted: str, version: str) -> bool:
    try:
        return VersionRange.parse(wanted).allows(Version.parse(version))
    except InvalidVersionRange:
        return False


def _content_hash(request: str, entry: Mapping[str, object]) -> str:
    """The hash of one entry and of what it answers, over its data and not its text."""
    from hashlib import sha256  # noqa: PLC0415 -- only where there is a lock

    canonical = json.dumps([request, entry], ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return f"sha256:{sha256(canonical.encode('ascii')).hexdigest()}"
