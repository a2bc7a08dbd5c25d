"""`pipeline.lock`: every plugin a definition resolved to, whole, so that it synthesizes the same bytes anywhere.

It is a text for version control: sorted, and the same bytes for the same plugins. Each entry carries a hash of its
content. That finds edits and merge accidents; an attacker could write the hash as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Location
from pipeline_builder.core.plugins.model import Plugin, Request

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Lock:
    """What was resolved, and by which version of pipeline-manager."""

    made_by: str
    plugins: Mapping[Request, Plugin]

    @classmethod
    def of(
        cls, references: Mapping[Location, PluginReference], resolved: Mapping[Location, Plugin], made_by: str
    ) -> "Lock":
        """The lock of a definition whose references were resolved."""
        return cls(made_by, {Request.of(references[at]): plugin for at, plugin in resolved.items()})


def write_lock(lock: Lock) -> str:
    """The text of `pipeline.lock`."""
    entries = {}
    for request, plugin in lock.plugins.items():
        entry = {
            "name": plugin.spec.name,
            "version": plugin.spec.version,
            "owner": plugin.owner,
            "buildType": plugin.build_type.value,
            "spec": _as_document(plugin.spec),
        }
        if plugin.digest is not None:
            entry["digest"] = plugin.digest
        entries[str(request)] = {**entry, "contentHash": content_hash(str(request), entry)}
    data = {"schemaVersion": SCHEMA_VERSION, "madeBy": lock.made_by, "plugins": entries}
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def content_hash(request: str, entry: Mapping[str, object]) -> str:
    """The hash of one entry and of what it answers, over its data and not its text."""
    from hashlib import sha256  # noqa: PLC0415 -- only where there is a lock

    canonical = json.dumps([request, entry], ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return f"sha256:{sha256(canonical.encode('ascii')).hexdigest()}"


def _as_document(value: object) -> object:
    """A value in the words of documents.

    Defaults are written out, so that a later version with other defaults reads the same plugin; what is empty is not.
    """
    if is_dataclass(value):
        written = {_camel_case(one.name): _as_document(getattr(value, one.name)) for one in fields(value)}
        return {key: one for key, one in written.items() if one not in (None, [], {})}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _as_document(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_as_document(one) for one in value]
    return value


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
