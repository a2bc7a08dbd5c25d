"""Versions as SemVer 2.0.0 orders them, and ranges of them as npm reads them.

Written here because the libraries were measured and found wanting: `semantic-version` lets `<2` admit `2.0.0-rc.1` and
refuses `>= 1.2`, `node-semver` takes garbage for a range that admits nothing, and either import costs more than a tenth
of what the whole command may take. The tests hold this module against the answers of npm's own `semver`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pipeline_builder.core.errors import PipelineBuilderError

MAXIMUM_LENGTH = 256
"""Characters of a version or a range; nothing real comes near."""

Precedence = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]
"""What versions are compared by."""

_NUMBER = r"(?:0|[1-9]\d*)"
_IDENTIFIER = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_PRERELEASE = rf"(?:-(?P<prerelease>{_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
_BUILD = r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
_OPEN = rf"{_NUMBER}|[xX*]"

PUBLISHED = re.compile(rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER}){_PRERELEASE}", re.ASCII)
"""A version as plugins are published under: without `+build`, which has no order and cannot stand in an image's tag."""
_PARTIAL = re.compile(
    rf"v?(?P<major>{_OPEN})(?:\.(?P<minor>{_OPEN})(?:\.(?P<patch>{_OPEN}){_PRERELEASE}{_BUILD})?)?", re.ASCII
)
_HYPHEN = re.compile(r"(?P<low>\S+)\s+-\s+(?P<high>\S+)")
_OPERATOR = re.compile(r"(?P<operator>>=|<=|>|<|=|~>|~|\^|)\s*(?P<version>[^\s<>=~^]+)(?:\s+|$)")


class InvalidVersion(PipelineBuilderError, ValueError):
    """A text that is no semantic version."""

    code = "invalid-version"

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"'{text}' is not a semantic version such as 1.2.0.")


class InvalidVersionRange(PipelineBuilderError, ValueError):
    """A text that is no range of versions."""

    code = "invalid-version-range"
    hint = "Write an exact version (1.2.0) or a range: ^1.2, ~1.2, 1.x, >=1.2 <2, 1.2 - 1.4, ^1 || ^2."

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"'{text}' is neither a version nor a range of versions.")


@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version. Build metadata, which has no part in the order, is not kept."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[int | str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read a whole version, such as `1.2.0` or `2.0.0-rc.1`.

        Raises:
            InvalidVersion: it is something else.
        """
        found = PUBLISHED.fullmatch(text) if len(text) <= MAXIMUM_LENGTH else None
        if found is None:
            raise InvalidVersion(text)
        return cls(int(found["major"]), int(found["minor"]), int(found["patch"]), _identifiers(found["prerelease"]))

    @property
    def core(self) -> tuple[int, int, int]:
        return (self.major, self.minor, self.patch)

    @property
    def precedence(self) -> Precedence:
        """What versions are sorted by: a prerelease comes before its release, numbers before words."""
        identifiers = tuple((False, part, "") if isinstance(part, int) else (True, 0, part) for part in self.prerelease)
        return (*self.core, not self.prerelease, identifiers)

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += "-" + ".".join(map(str, self.prerelease))
        return text


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Which versions someone accepts.

    Attributes:
        text: as written.
        alternatives: joined by *or*; in each, bounds joined by *and*.
    """

    text: str
    alternatives: tuple[tuple["Bound", ...], ...]

    @classmethod
    def parse(cls, text: str) -> "VersionRange":
        """Read a range as npm does: `^1.2`, `~1.2`, `1.x`, `>=1.2 <2`, `1.2 - 1.4`, `||` between any of them.

        Raises:
            InvalidVersionRange: it is something else.
        """
        if len(text) > MAXIMUM_LENGTH:
            raise InvalidVersionRange(text[:MAXIMUM_LENGTH] + "…")
        try:
            return cls(text, tuple(tuple(_bounds(part.strip())) for part in text.split("||")))
        except InvalidVersion:
            raise InvalidVersionRange(text) from None

    def allows(self, version: Version) -> bool:
        """Whether the version is in the range. A prerelease is only when a bound names one of the same release."""
        return any(
            all(bound.holds(version) for bound in bounds)
            and (not version.prerelease or any(bound.asks_for_prereleases_of(version) for bound in bounds))
            for bounds in self.alternatives
        )


class Bound(NamedTuple):
    """One side of an interval, such as `>= version`."""

    operator: str
    version: Version

    def holds(self, version: Version) -> bool:
        return _COMPARISONS[self.operator](version.precedence, self.version.precedence)

    def asks_for_prereleases_of(self, version: Version) -> bool:
        return bool(self.version.prerelease) and self.version.core == version.core


_COMPARISONS: dict[str, Callable[[Precedence, Precedence], bool]] = {
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    "=": lambda left, right: left == right,
}

_PLACES = 3
_LOWEST = Version(0, 0, 0, (0,))
_NOTHING = (Bound("<", _LOWEST),)


class _Partial(NamedTuple):
    """A version whose last numbers may be open: `1.2`, `1.x`, `*`."""

    numbers: tuple[int, ...]
    prerelease: tuple[int | str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return len(self.numbers) == _PLACES

    @property
    def lowest(self) -> Version:
        return _filled(self.numbers, self.prerelease)

    def below_next(self, place: int) -> Bound:
        """Everything before the number at this place is raised, its prereleases excluded as well."""
        return Bound("<", _filled((*self.numbers[:place], self.numbers[place] + 1), (0,)))

    @property
    def last(self) -> int:
        return len(self.numbers) - 1


def _filled(numbers: tuple[int, ...], prerelease: tuple[int | str, ...]) -> Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:_PLACES]
    return Version(major, minor, patch, prerelease)


def _identifiers(prerelease: str | None) -> tuple[int | str, ...]:
    parts = prerelease.split(".") if prerelease else ()
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _partial(text: str) -> _Partial:
    found = _PARTIAL.fullmatch(text)
    if found is None:
        raise InvalidVersion(text)
    written = [part for part in (found["major"], found["minor"], found["patch"]) if part is not None]
    numbers = tuple(int(part) for part in written if part.isdigit())
    if any(part.isdigit() for part in written[len(numbers) :]) or (found["prerelease"] and len(numbers) < _PLACES):
        raise InvalidVersion(text)
    return _Partial(numbers, _identifiers(found["prerelease"]))


def _bounds(text: str) -> Iterable[Bound]:
    """The bounds that one alternative stands for."""
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        yield from _at_least(_partial(hyphen["low"]))
        yield from _at_most(_partial(hyphen["high"]))
        return
    end = 0
    while end < len(text):
        found = _OPERATOR.match(text, end)
        if found is None:
            raise InvalidVersion(text)
        yield from _MEANINGS[found["operator"]](_partial(found["version"]))
        end = found.end()


def _equal(given: _Partial) -> Iterable[Bound]:
    if given.is_whole:
        return (Bound("=", given.lowest),)
    return _same_up_to(given, given.last)


def _same_up_to(given: _Partial, place: int) -> Iterable[Bound]:
    if not given.numbers:
        return ()
    return (Bound(">=", given.lowest), given.below_next(place))


def _tilde(given: _Partial) -> Iterable[Bound]:
    return _same_up_to(given, min(given.last, 1))


def _caret(given: _Partial) -> Iterable[Bound]:
    """The first number that is not zero stays; where all written ones are zero, the last of them does."""
    significant = (place for place, number in enumerate(given.numbers) if number)
    return _same_up_to(given, next(significant, given.last))


def _at_least(given: _Partial) -> Iterable[Bound]:
    return (Bound(">=", given.lowest),) if given.numbers else ()


def _at_most(given: _Partial) -> Iterable[Bound]:
    if given.is_whole:
        return (Bound("<=", given.lowest),)
    return (given.below_next(given.last),) if given.numbers else ()


def _above(given: _Partial) -> Iterable[Bound]:
    if given.is_whole:
        return (Bound(">", given.lowest),)
    if not given.numbers:
        return _NOTHING
    following = given.below_next(given.last).version
    return (Bound(">=", Version(*following.core)),)


def _below(given: _Partial) -> Iterable[Bound]:
    if given.is_whole:
        return (Bound("<", given.lowest),)
    return (Bound("<", Version(*given.lowest.core, (0,))),) if given.numbers else _NOTHING


_MEANINGS: dict[str, Callable[[_Partial], Iterable[Bound]]] = {
    "": _equal,
    "=": _equal,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
    ">=": _at_least,
    "<=": _at_most,
    ">": _above,
    "<": _below,
}
