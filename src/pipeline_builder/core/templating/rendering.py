"""Rendering texts that refer to one another: each once, and what a text needs before the text itself."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report
from pipeline_builder.core.templating import findings
from pipeline_builder.core.templating.filters import FILTERS
from pipeline_builder.core.templating.findings import PositionOf
from pipeline_builder.core.templating.grammar import Coercion, Expression, Template
from pipeline_builder.core.templating.places import Found, Places
from pipeline_builder.core.templating.values import Data, Keys, Value, children, is_container, json_of, value_of

MAXIMUM_RESULT = 65_536
"""Characters of one rendered text."""

_MAXIMUM_HINTS = 100
"""Searches for what an author may have meant: each costs more than the finding it helps."""
_MAXIMUM_CYCLES = 100


@dataclass(frozen=True, slots=True)
class Field:
    """A text with expressions, and where findings about it belong."""

    template: Template
    at: Location
    position_of: PositionOf


class _Later(NamedTuple):
    """What a reference to a text that is rendered later finds in its place."""

    keys: Keys


@dataclass(slots=True)
class _Visit:
    """A place on the way from one to the next that it needs.

    Attributes:
        needs: places that must be done first, each with the offset of the expression that says so.
        offset: of the expression that is being followed.
    """

    keys: Keys
    data: Data
    needs: Iterator[tuple[Keys, Data, int]]
    references: tuple[Found | None, ...] = ()
    offset: int = 0
    is_in_cycle: bool = False


class Rendering:
    """One use of the texts of one tree.

    The graph that is walked has two kinds of places: texts with expressions, and lists and mappings whose JSON is asked
    for, which need everything in them. The walk keeps its own path instead of recursing, so no chain is too long.

    Args:
        fields: texts to render, by the place where they stand.
        later: places of texts that this rendering must not read.
        room: how many characters all rendered texts may have together.
    """

    def __init__(
        self, places: Places, fields: Mapping[Keys, Field], report: Report, *, room: int, later: Collection[Keys] = ()
    ) -> None:
        self._places = places
        self._fields = fields
        self._report = report
        self._maximum = self._room = room
        self._done: dict[Keys, Value | _Later | None] = {keys: _Later(keys) for keys in later}
        self._cycles: set[frozenset[Keys]] = set()
        self._hints = _MAXIMUM_HINTS

    def rendered(self) -> dict[Keys, Value]:
        """The texts that could be rendered; the report says why others could not.

        Texts are taken by name, so that findings do not depend on the order in which they are written.
        """
        for keys in sorted(self._fields, key=_name):
            self._finish_with_needs(keys)
        finished = ((keys, self._done[keys]) for keys in self._fields)
        return {keys: value for keys, value in finished if isinstance(value, Value)}

    def _finish_with_needs(self, keys: Keys) -> None:
        if keys in self._done:
            return
        path = {keys: self._visit(keys, None)}
        while path:
            visit = path[next(reversed(path))]
            for need, data, visit.offset in visit.needs:
                if need in path:
                    visit.is_in_cycle = True
                    self._tell_cycle(path, need)
                elif need not in self._done:
                    path[need] = self._visit(need, data)
                    break
            else:
                del path[visit.keys]
                self._done[visit.keys] = self._result(visit)

    def _visit(self, keys: Keys, data: Data) -> _Visit:
        if keys not in self._fields:
            return _Visit(keys, data, self._needs_of_container(keys, data))
        template = self._fields[keys].template
        references = tuple(self._places.find(expression.path) for expression in template.expressions)
        return _Visit(keys, data, self._needs_of_text(template, references), references)
