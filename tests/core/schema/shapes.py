"""A document of every shape there is, small enough to know by heart."""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.records import frozen
from pipeline_builder.core.schema.annotations import (
    Doc,
    Ignored,
    Key,
    Length,
    OneOrMany,
    Outdated,
    Pattern,
    Range,
    Tagged,
)
from pipeline_builder.core.schema.reader import read

LOWER_CASE = Pattern(re.compile("[a-z]+"), "lower-case letters")


class Size(StrEnum):
    SMALL = "SMALL"
    LARGE = "LARGE"


@frozen(kw_only=True)
class Tool:
    """What a step runs. The short form is its name."""

    name: Annotated[str, LOWER_CASE, Doc("Its name.", examples=("jest",))]
    version: str | None = None

    @classmethod
    def from_text(cls, text: Annotated[str, LOWER_CASE, Length(1, 10)]) -> "Tool":
        return cls(name=text)


@frozen(kw_only=True)
class Update:
    """Whether and how it is updated."""

    enabled: bool = True
    by: str | None = None

    @classmethod
    def from_bool(cls, enabled: bool) -> "Update":  # noqa: FBT001 -- the short form *is* the boolean
        return cls(enabled=enabled)


@frozen(kw_only=True)
class Globs:
    """Patterns: what to include, or both lists."""

    includes: Annotated[tuple[str, ...], OneOrMany()] = ()
    excludes: Annotated[tuple[str, ...], OneOrMany()] = ()

    @classmethod
    def from_text(cls, text: str) -> "Globs":
        return cls(includes=(text,))

    @classmethod
    def from_items(cls, items: Annotated[tuple[Annotated[str, Length(1)], ...], Length(1, 3)]) -> "Globs":
        return cls(includes=items)


@frozen(kw_only=True)
class Repository:
    """A repository."""

    kind: ClassVar[str] = "repository"
    kind_aliases: ClassVar[tuple[str, ...]] = ("repo",)
    path: Annotated[str, Key("path", ("repo",))]
    branch: str = "main"


@frozen(kw_only=True)
class Bucket:
    """A bucket."""

    kind: ClassVar[str] = "bucket"
    name: str


@frozen(kw_only=True)
class Circle:
    """A circle."""

    kind: ClassVar[str] = "circle"
    radius: int


@frozen(kw_only=True)
class Square:
    """A square."""

    kind: ClassVar[str] = "square"
    side: int


@frozen(kw_only=True)
class Thing:
    """A document with everything in it.

    Attributes:
        title: is not told to users of the schema.
    """

    title: Annotated[str, Length(1, 100), Doc("What it is called.")]
    step_name: Annotated[str | None, Key("stepName", ("name",)), LOWER_CASE] = None
    count: Annotated[int | None, Range(1, 9)] = None
    number: int = 0
    is_on: Annotated[bool, Key("on")] = False
    size: Size | None = None
    tags: Annotated[Mapping[str, Annotated[str, Length(0, 5)]], Length(0, 2)] = field(default_factory=dict)
    words: Annotated[tuple[str, ...], OneOrMany(), Length(0, 3)] = ()
    lines: tuple[str, ...] | None = None
    tool: Tool | None = None
    tools: tuple[Tool, ...] = ()
    update: Update | None = None
    globs: Globs | None = None
    source: Annotated[Repository | Bucket | None, Tagged(default="repository")] = None
    form: Annotated[Circle | Square | None, Tagged(key="shape", nested=None)] = None
    extra: Mapping[str, str | int | None] = field(default_factory=dict)
    old: Annotated[str | None, Outdated("`tool`")] = None
    gone: Annotated[bool | None, Ignored("nobody asks for it")] = None


def read_yaml(text: str, cls: type[Any] = Thing) -> tuple[Any, Report]:
    """What becomes of a document, and everything found."""
    report = Report()
    document = read_document(text.encode(), "thing.yaml", report)
    assert document is not None, list(report)
    return read(cls, document.root, Location(), report), report


def value_of(text: str, cls: type[Any] = Thing) -> Any:
    """The value of a document in which everything is right."""
    value, report = read_yaml(text, cls)
    assert list(report) == []
    return value


def the_finding(text: str, cls: type[Any] = Thing) -> Any:
    """The only finding about a document."""
    value, report = read_yaml(text, cls)
    (found,) = report
    assert (value is None) == report.has_errors
    return found
