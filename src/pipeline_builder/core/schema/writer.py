"""A record in the words of documents: the other way round from `reader`."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum

from pipeline_builder.core.schema.shape import entries_of


def as_document(value: object) -> object:
    """A value in the words of documents.

    Defaults are written out, so that a later version with other defaults reads the same plugin; what is empty is not.
    """
    if is_dataclass(value) and not isinstance(value, type):
        written = {one.key: as_document(getattr(value, one.name)) for one in entries_of(type(value))}
        return {key: one for key, one in written.items() if one not in (None, [], {})}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: as_document(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [as_document(one) for one in value]
    return value
