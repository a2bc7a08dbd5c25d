"""Values of a program as a JSON document, which is then read like an author's."""

import json
from collections.abc import Mapping
from dataclasses import replace

from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.documents.document import Document
from pipeline_builder.core.documents.findings import Unreadable, shown
from pipeline_builder.core.documents.limits import MAXIMUM_DEPTH, MAXIMUM_NODES
from pipeline_builder.core.documents.reader import read_document

_HINT = "Give what JSON has: mappings with texts as keys, lists, texts, numbers, true, false and null."
_LONGEST_NUMBER = 1024
"""Bits, like those of the greatest number that others read."""


def read_data(data: object, name: str, report: Report) -> Document | None:
    """Read values as if they stood in a JSON document of the name; see `read_document`.

    NaN and halves of characters are written as they are, for who reads a document knows what to say of them.
    """
    try:
        text = json.dumps(_Plain().of(data, Location()), indent=1)
    except Unreadable as reason:
        report.add(replace(reason.finding, file=name))
        return None
    return read_document(text.encode("ascii"), name, report)


class _Plain:
    """Copies what can be written, and stops where it cannot: what holds itself is deeper than anything."""

    def __init__(self) -> None:
        self._values = 0

    def of(self, value: object, at: Location) -> object:
        self._values += 1
        if self._values > MAXIMUM_NODES:
            raise _unfit(Location(), f"The data has more than {MAXIMUM_NODES:,} values", code="too-many-values")
        if len(at.keys) > MAXIMUM_DEPTH:
            raise _unfit(at, f"The data nests deeper than {MAXIMUM_DEPTH} levels", code="too-deep")
        match value:
            case int() if value.bit_length() > _LONGEST_NUMBER:
                raise _unfit(at, "A number is too long")
            case None | str() | bool() | int() | float():
                return value
            case Mapping():
                return {self._key(key, at): self.of(below, at / key) for key, below in value.items()}
            case list() | tuple():
                return [self.of(below, at / index) for index, below in enumerate(value)]
            case _:
                raise _unfit(at, f"JSON has no {type(value).__name__}")

    def _key(self, key: object, at: Location) -> str:
        if isinstance(key, str):
            return key
        raise _unfit(at, f"'{shown(repr(key))}' is a key, and no text")


def _unfit(at: Location, says: str, code: str = "not-json") -> Unreadable:
    place = f" (in '{shown(str(at))}')" if at.keys else ""
    return Unreadable(Diagnostic(code, f"{says}{place}.", at, hint=_HINT))
