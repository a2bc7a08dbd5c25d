"""What a field of a document says about itself, beside its type.

A document's shape is written once, as frozen dataclasses whose fields are `Annotated` with these. The reader
(`core.schema.reader`) checks documents against it and the JSON Schema (`core.schema.json_schema`) is made from it, so
that the two can never differ. Fields are `snake_case` in Python and `camelCase` in documents.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doc:
    """What the field means, for people: shown by editors, the dashboard and the reference."""

    text: str
    examples: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The name in documents, where camelCase of the field's name is not it; further names that mean the same."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """The whole text must match; `says` finishes the sentence "… must be" in the finding."""

    regex: re.Pattern[str]
    says: str


@dataclass(frozen=True, slots=True)
class Length:
    """Characters of a text, items of a list, entries of a map."""

    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both included."""

    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """A list that may be written as its only item."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """Still read; a warning says what to write instead."""

    instead: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Read because documents in the world have it; it has no effect here, and a note says why."""

    because: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """On a union of dataclasses: which key tells them apart, and where the rest stands.

    Each member has a class variable `kind` (its tag) and may have `kind_aliases` (older tags, by why they are outdated).
    With `nested` the member's fields stand in the mapping of that name, or beside the tag when it is absent.
    """

    key: str = "type"
    nested: str | None = "options"
    default: str | None = None
