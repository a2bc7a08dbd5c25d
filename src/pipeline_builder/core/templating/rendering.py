"""Rendering texts that refer to one another: each once, and what a text needs before the text itself."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.templating import findings
from pipeline_builder.core.templating.filters import FILTERS
from pipeline_builder.core.templating.findings import PositionOf
from pipeline_builder.core.templating.grammar import Coercion, Expression, Template
from pipeline_builder.core.templating.places import Found, Places
from pipeline_builder.core.templating.values import (
    Data,
    Keys,
    Value,
    children,
    is_container,
    is_list,
    json_of,
    value_of,
)

MAXIMUM_RESULT = 65_536
"""Characters of one rendered text."""

_MAXIMUM_HINTS = 100
"""Searches for what an author may have meant: each costs more than the finding it helps."""
_MAXIMUM_CYCLES = 100
"""Cycles that are told: where there are more, they are one tangle."""


@dataclass(frozen=True, slots=True)
class Field:
    """A text with expressions, and where findings about it belong."""

    template: Template
    at: Location
    position_of: PositionOf


class _Later(NamedTuple):
    """What stands in place of a text that is rendered later."""

    keys: Keys


_Result = Value | _Later | None
"""None where rendering failed, which has been reported."""


_References = tuple[tuple[Expression, Found | None], ...]
"""The expressions of a text and what they mean."""


@dataclass(slots=True)
class _Visit:
    """A place on the way from one to the next that it needs.

    Attributes:
        needs: places that must be done first, each with the offset of the expression that says so.
        offset: of the expression that is being followed.
    """

    keys: Keys
    data: Data
    needs: Iterator[tuple[Found, int]]
    references: _References = ()
    offset: int = 0
    is_in_cycle: bool = False


class Rendering:
    """One rendering of the texts of one tree.

    The graph that is walked has two kinds of places: texts with expressions, and lists and mappings whose JSON is asked
    for, which need what is in them. The walk keeps its own path instead of recursing, so no chain is too long, and it
    comes to each place once.

    Args:
        fields: texts to render, by the place where they stand.
        room: how many characters all rendered texts may have together.
        later: places of texts that this rendering cannot read.
        partly_known: roots that may have more than is known here: what is missing there is not reported.
    """

    def __init__(
        self,
        places: Places,
        fields: Mapping[Keys, Field],
        report: Report,
        *,
        room: int,
        later: Collection[Keys] = (),
        partly_known: Collection[str] = (),
    ) -> None:
        self._places = places
        self._fields = fields
        self._report = report
        self._maximum = self._room = room
        self._done: dict[Keys, _Result] = {keys: _Later(keys) for keys in later}
        self._partly_known = partly_known
        self._hints_left = _MAXIMUM_HINTS
        self._cycles_left = _MAXIMUM_CYCLES

    def run(self) -> dict[Keys, Value]:
        """The texts that could be rendered; the report says why others could not.

        Texts are taken by name, so that findings do not depend on the order in which they are written.
        """
        for keys in sorted(self._fields, key=_name):
            if keys not in self._done:
                self._finish(Found(keys, None))
        finished = ((keys, self._done[keys]) for keys in self._fields)
        return {keys: result for keys, result in finished if isinstance(result, Value)}

    def _finish(self, start: Found) -> None:
        path = {start.keys: self._visit(start)}
        while path:
            visit = path[next(reversed(path))]
            for need, offset in visit.needs:
                visit.offset = offset
                if need.keys in path:
                    visit.is_in_cycle = True
                    self._tell_cycle(list(path.values()), need.keys)
                elif need.keys not in self._done:
                    path[need.keys] = self._visit(need)
                    break
            else:
                del path[visit.keys]
                self._done[visit.keys] = self._result(visit)

    def _visit(self, place: Found) -> _Visit:
        field = self._fields.get(place.keys)
        if field is None:
            return _Visit(place.keys, place.data, self._needs_of_container(place))
        expressions = field.template.expressions
        references = tuple((expression, self._places.find(expression.path)) for expression in expressions)
        return _Visit(place.keys, place.data, self._needs_of_text(references), references)

    def _needs_of_text(self, references: _References) -> Iterator[tuple[Found, int]]:
        seen: set[Keys] = set()
        for expression, found in references:
            if found is not None and found.keys not in seen and self._must_be_done(found, expression.coercion):
                seen.add(found.keys)
                yield found, expression.offset

    def _must_be_done(self, found: Found, coercion: Coercion | None) -> bool:
        return found.keys in self._fields or (coercion is Coercion.JSON and is_container(found.data))

    def _needs_of_container(self, place: Found) -> Iterator[tuple[Found, int]]:
        for key, below in sorted(children(place.data), key=lambda entry: str(entry[0])):
            found = Found((*place.keys, key), below)
            if self._must_be_done(found, Coercion.JSON):
                yield found, 0

    def _tell_cycle(self, path: list[_Visit], need: Keys) -> None:
        """Told from the text whose name comes first, wherever the walk came in."""
        if not self._cycles_left:
            return
        self._cycles_left -= 1
        cycle = path[next(index for index, visit in enumerate(path) if visit.keys == need) :]
        ranks = [(visit.keys not in self._fields, _name(visit.keys)) for visit in cycle]
        first = ranks.index(min(ranks))
        cycle = cycle[first:] + cycle[:first]
        field = self._fields[cycle[0].keys]
        position = field.position_of(cycle[0].offset)
        self._report.add(findings.cycle_found([Location(visit.keys) for visit in cycle], position, field.at))

    def _result(self, visit: _Visit) -> _Result:
        if visit.is_in_cycle:
            return None
        field = self._fields.get(visit.keys)
        return self._json(visit) if field is None else self._text(field, visit.references)

    # --- lists and mappings ---

    def _json(self, visit: _Visit) -> _Result:
        items: list[str] = []
        for key, below in children(visit.data):
            place = (*visit.keys, key)
            result = self._done[place] if place in self._done else Value(json_of(value_of(below)), is_plain=False)
            if not isinstance(result, Value):
                return result
            text = json_of(result) if place in self._fields else result.text
            items.append(text if isinstance(key, int) else f"{json.dumps(key, ensure_ascii=False)}:{text}")
        joined = ",".join(items)
        return Value(f"[{joined}]" if is_list(visit.data) else f"{{{joined}}}", is_plain=False)

    # --- texts ---

    def _text(self, field: Field, references: _References) -> Value | None:
        template = field.template
        values = [self._value(expression, found, field) for expression, found in references]
        if None in values or not template.is_readable:
            return None
        known = iter([value for value in values if value is not None])
        pieces = [Value(part, is_plain=False) if isinstance(part, str) else next(known) for part in template.parts]
        if references and not self._has_room(sum(len(piece.text) for piece in pieces), field):
            return None
        return pieces[0] if len(pieces) == 1 else Value("".join(piece.text for piece in pieces), is_plain=False)

    def _has_room(self, length: int, field: Field) -> bool:
        """Expressions can repeat a text and that one another, so without a bound a page becomes a terabyte."""
        if length > MAXIMUM_RESULT:
            self._report.add(findings.result_too_long(MAXIMUM_RESULT, field.at, field.position_of))
            return False
        had_room = self._room >= 0
        self._room -= length
        if had_room and self._room < 0:
            self._report.add(findings.results_too_long(self._maximum, field.at, field.position_of))
        return self._room >= 0

    def _value(self, expression: Expression, found: Found | None, field: Field) -> Value | None:
        """What an expression becomes; None where it cannot, which is reported here or was where the fault lies."""
        refusal = self._refusal(expression, found, field)
        if refusal is not None:
            self._report.add(refusal)
            return None
        value = None if found is None else value_of(found.data)
        if found is not None and found.keys in self._done:
            result = self._done[found.keys]
            if not isinstance(result, Value):
                return None
            if is_container(found.data):
                return result
            value = result
        if value is None or not value.text:
            value = expression.default
        if value is None and expression.path[0] in self._partly_known:
            return None
        if value is None:
            self._report.add(findings.no_value(expression, self._hint(expression), field.at, field.position_of))
            return None
        return self._of_kind(expression, value, field)

    def _refusal(self, expression: Expression, found: Found | None, field: Field) -> Diagnostic | None:
        """Why the value may not be used here, whatever it is."""
        root = expression.path[0]
        if root == "secrets":
            return findings.secret_used(expression, field.at, field.position_of)
        if not self._places.knows(root):
            return findings.out_of_scope(expression, field.at, field.position_of)
        if found is None:
            return None
        if is_container(found.data) and expression.coercion is not Coercion.JSON:
            return findings.not_text(expression, field.at, field.position_of)
        result = self._done.get(found.keys)
        if isinstance(result, _Later):
            return findings.known_later(expression, Location(result.keys), field.at, field.position_of)
        return None

    def _hint(self, expression: Expression) -> str | None:
        self._hints_left -= 1
        return self._places.hint(expression.path) if self._hints_left >= 0 else None

    def _of_kind(self, expression: Expression, value: Value, field: Field) -> Value | None:
        if expression.coercion is None:
            return value
        wanted = FILTERS[expression.coercion]
        converted = wanted.convert(value.text)
        if converted is None:
            self._report.add(findings.wrong_kind(expression, wanted, field.at, field.position_of))
        return converted


def _name(keys: Keys) -> str:
    return ".".join(map(str, keys))
