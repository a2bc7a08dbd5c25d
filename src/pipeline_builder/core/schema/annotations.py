"""What a field of a document says about itself, beside its type.

A document's shape is written once, as frozen dataclasses whose fields are `Annotated` with these. The reader
(`core.schema.reader`) checks documents against it and the JSON Schema (`core.schema.json_schema`) is made from it, so
that the two can never differ. Fields are `snake_case` in Python and `camelCase` in documents.

A record that may be written shorter has a class method `from_text`, `from_bool` or `from_items`, whose argument is
annotated like a field.
"""

import re

from pipeline_builder.core.records import frozen


@frozen()
class Doc:
    """What the field means, for people: shown by editors, the dashboard and the reference."""

    text: str
    examples: tuple[object, ...] = ()


@frozen()
class Key:
    """The name in documents, where camelCase of the field's name is not it; further names that mean the same."""

    name: str
    aliases: tuple[str, ...] = ()


@frozen()
class Pattern:
    """The whole text must match; `says` finishes the sentence "… must be" in the finding."""

    regex: re.Pattern[str]
    says: str


@frozen()
class Length:
    """Characters of a text, items of a list, entries of a map."""

    minimum: int = 0
    maximum: int | None = None

    def allows(self, count: int) -> bool:
        """Whether so many are neither too few nor too many."""
        return self.minimum <= count and (self.maximum is None or count <= self.maximum)


@frozen()
class Range:
    """Bounds of a number, both included."""

    minimum: int
    maximum: int


@frozen()
class OneOrMany:
    """A list that may be written as its only item."""


@frozen()
class Outdated:
    """Still read; a warning says what to write instead."""

    instead: str


@frozen()
class Ignored:
    """Read because documents in the world have it; it has no effect here, and a note says why."""

    because: str


@frozen()
class Tagged:
    """On a union of dataclasses: which key tells them apart, and where the rest stands.

    Each member has a class variable `kind` (its tag) and may have `kind_aliases` (tags that it had once).
    With `nested` the member's fields stand in the mapping of that name, or beside the tag when it is absent.
    """

    key: str = "type"
    nested: str | None = "options"
    default: str | None = None
