"""What can be wrong with a document in either format, and the two ways a reader tells it."""

import re

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.limits import (
    MAXIMUM_DEPTH,
    MAXIMUM_FINDINGS,
    MAXIMUM_NODES,
    SHOWN_CHARACTERS,
)

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character: an escape can spell it, but no text can hold it."""


class Unreadable(Exception):
    """Reading cannot go on; the finding says why. Never leaves this package."""

    def __init__(self, finding: Diagnostic) -> None:
        super().__init__(finding.message)
        self.finding = finding


class BeyondLimit(Unreadable):
    """Reading cannot go on, and could not in the other format either: each sees at least what the other does."""


class Findings(Report):
    """The findings of one document. Reading ends when there are too many."""

    def add(self, diagnostic: Diagnostic) -> None:
        super().add(diagnostic)
        if len(self) == MAXIMUM_FINDINGS:
            message = f"The document is read no further than to its finding number {MAXIMUM_FINDINGS}."
            raise BeyondLimit(Diagnostic("too-many-findings", message, position=diagnostic.position))


def shown(text: str) -> str:
    """An author's text, cut to what a sentence can hold."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def duplicate_key(key: str, position: Position, first: Position, hint: str = "Remove one of them.") -> Diagnostic:
    """One of the two values would be lost without a word."""
    message = f"The key '{shown(key)}' stands here again; first on line {first.line}, column {first.column}."
    return Diagnostic("duplicate-key", message, position=position, hint=hint)


def not_a_number(text: str, position: Position) -> Diagnostic:
    """NaN and infinity, as either format spells them."""
    message = f"{text} is no number that JSON or CloudFormation could hold."
    return Diagnostic("not-a-number", message, position=position, hint="Quote it where it is meant as text.")


def too_deep(position: Position) -> Diagnostic:
    """Whoever walks the tree may rely on its depth."""
    message = f"The document nests deeper than {MAXIMUM_DEPTH} levels."
    return Diagnostic("too-deep", message, position=position)


def too_many_values(position: Position) -> Diagnostic:
    """A few lines of aliases can stand for billions of values."""
    message = f"The document has more than {MAXIMUM_NODES:,} values, everything that aliases repeat included."
    return Diagnostic("too-many-values", message, position=position)
