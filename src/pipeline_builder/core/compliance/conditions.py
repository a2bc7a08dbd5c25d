"""Conditions: tests of attributes, alone and put together.

What is absent has one meaning: a test of it is neither true nor false. `not` leaves that as it is, `all` is true only
when everything is, `any` when anything is. A rule is kept only by what is true, and its `when` is met only by that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from pipeline_builder.core.compliance.operators import OPERATORS, Expected, PatternUnusable, Test, checked_pattern
from pipeline_builder.core.compliance.values import Kind, shown
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report
from pipeline_builder.core.plugins.hints import did_you_mean

MAXIMUM_DEPTH = 10
MAXIMUM_TESTS = 100
MAXIMUM_LIST = 500

Found = Mapping[str, Any]
"""The attributes of something, by name; what is absent has no entry."""

Results = Sequence[bool | None]
"""Whether a condition holds, for one thing after the other."""


class Columns:
    """One attribute of many things at a time. Many have the same few values, so a test is made once for each value.

    Args:
        columns: by attribute, its value of each thing; None where it is absent.
    """

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._columns = columns
        self._distinct = {name: frozenset(column) for name, column in columns.items()}
        self._known: dict[str, Results] = {}

    def row(self, place: int) -> Found:
        """The attributes of one thing."""
        return {name: column[place] for name, column in self._columns.items() if column[place] is not None}

    def each(self, single: "Single") -> Results:
        """What a test says of each thing. Rules of several sets often want the same, which is answered once."""
        results = self._known.get(single.says)
        if results is None:
            results = self._known[single.says] = self._asked(single)
        return results

    def _asked(self, single: "Single") -> Results:
        column, test, of_absent = self._columns[single.attribute], single.test, single.is_about_presence
        distinct = self._distinct[single.attribute]
        of_values = {value: of_absent if value is None else test(value) for value in distinct}
        answers = set(of_values.values())
        if len(answers) == 1:
            return (answers.pop(),) * len(column)
        return [of_values[value] for value in column]


@dataclass(frozen=True)
class Function:
    """Something computed of an attribute."""

    name: str
    kinds: frozenset[Kind]
    gives: Kind
    compute: Callable[[Any], Any]
    sentence: str


def _size(value: Any) -> float:  # noqa: ANN401 -- of any kind that has one
    return float(len(value))


def _lines(text: str) -> float:
    return float(len(text.splitlines()))


_FUNCTIONS = (
    Function("count", frozenset({Kind.LIST, Kind.MAP}), Kind.NUMBER, _size, "Members of a list or map."),
    Function("length", frozenset({Kind.TEXT}), Kind.NUMBER, _size, "Characters of a text."),
    Function("keys", frozenset({Kind.MAP}), Kind.LIST, tuple, "Keys of a map, as a list."),
    Function("lines", frozenset({Kind.TEXT}), Kind.NUMBER, _lines, "Lines of a text."),
)

FUNCTIONS: Mapping[str, Function] = {one.name: one for one in _FUNCTIONS}
"""What can be computed, by name; rules in the world write it with a `$` too."""


@dataclass(frozen=True)
class Single:
    """One test.

    Attributes:
        looks_at: attribute with functions, as `count(stages)`.
        test: of the attribute itself; what the functions compute is in it.
        is_about_presence: it is true or false of what is absent too: which of them.
        says: attribute, operator and value; the same for the same test.
    """

    attribute: str
    functions: tuple[Function, ...]
    looks_at: str
    wants: str
    test: Test
    is_about_presence: bool | None
    says: str

    def holds(self, found: Found) -> bool | None:
        value = found.get(self.attribute)
        return self.is_about_presence if value is None else self.test(value)

    def over(self, columns: Columns) -> Results:
        return columns.each(self)

    def value(self, found: Found) -> str:
        """What it is, as sentences name it."""
        value = found.get(self.attribute)
        if value is None:
            return "not known"
        for function in self.functions:
            value = function.compute(value)
        return shown(value)


@dataclass(frozen=True)
class AllOf:
    """Every one of the parts."""

    parts: tuple["Condition", ...]

    def holds(self, found: Found) -> bool | None:
        return _all([part.holds(found) for part in self.parts])

    def over(self, columns: Columns) -> Results:
        return [_all(results) for results in zip(*(part.over(columns) for part in self.parts), strict=True)]


@dataclass(frozen=True)
class AnyOf:
    """At least one of the parts."""

    parts: tuple["Condition", ...]

    def holds(self, found: Found) -> bool | None:
        return _any([part.holds(found) for part in self.parts])

    def over(self, columns: Columns) -> Results:
        return [_any(results) for results in zip(*(part.over(columns) for part in self.parts), strict=True)]


@dataclass(frozen=True)
class Not:
    """The other way round."""

    part: "Condition"

    def holds(self, found: Found) -> bool | None:
        return _not(self.part.holds(found))

    def over(self, columns: Columns) -> Results:
        return [_not(result) for result in self.part.over(columns)]


Condition = Single | AllOf | AnyOf | Not


def _computed(functions: Sequence[Function], test: Test) -> Test:
    """A test of what functions compute, as a test of what they compute it of."""
    for function in reversed(functions):
        test = _of(function.compute, test)
    return test


def _of(compute: Callable[[Any], Any], test: Test) -> Test:
    return lambda value: test(compute(value))


def _all(results: Results) -> bool | None:
    return False if False in results else None if None in results else True


def _any(results: Results) -> bool | None:
    return True if True in results else None if None in results else False


def _not(result: bool | None) -> bool | None:  # noqa: FBT001 -- a truth value
    return None if result is None else not result


def singles(condition: Condition) -> Iterator[Single]:
    """The tests that a condition is made of."""
    match condition:
        case Single():
            yield condition
        case Not(part):
            yield from singles(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from singles(part)
        case _:
            assert_never(condition)


_PARTS = ("all", "any", "not")
_KEYS = ("attribute", "operator", "value")


class ConditionReader:
    """Reads the conditions of one rule. Everything that is wrong goes to the report, with its place."""

    def __init__(self, kinds: Mapping[str, Kind], report: Report) -> None:
        self._kinds = kinds
        self._report = report
        self._tests = 0

    def read(self, data: object, at: Location, depth: int = 1) -> Condition | None:
        """The condition that data stand for; None where something is wrong with them."""
        if not isinstance(data, Mapping):
            says = "A condition is a mapping: `attribute` and `operator`, or `all`, `any` or `not`."
            self._wrong("condition-unclear", says, at)
            return None
        if depth > MAXIMUM_DEPTH:
            self._wrong("condition-too-large", f"Conditions stand at most {MAXIMUM_DEPTH} deep.", at)
            return None
        chosen = next((key for key in _PARTS if key in data), None)
        if chosen is None:
            return self._single(data, at)
        others = [str(key) for key in data if key != chosen]
        if others:
            says = f"'{chosen}' stands alone, and beside it there is '{others[0]}'."
            self._wrong("condition-unclear", says, at, "Put them together with `all`.")
            return None
        return self._together(chosen, data[chosen], at / chosen, depth + 1)

    def _together(self, key: str, data: object, at: Location, depth: int) -> Condition | None:
        if key == "not":
            part = self.read(data, at, depth)
            return None if part is None else Not(part)
        if not isinstance(data, list | tuple) or not data:
            self._wrong("condition-unclear", f"'{key}' holds a list of conditions.", at)
            return None
        read = [self.read(part, at / place, depth) for place, part in enumerate(data)]
        kept = tuple(part for part in read if part is not None)
        if len(kept) < len(read):
            return None
        return AllOf(kept) if key == "all" else AnyOf(kept)

    def _single(self, data: Mapping[str, object], at: Location) -> Single | None:
        self._tests += 1
        if self._tests > MAXIMUM_TESTS:
            self._wrong("condition-too-large", f"A rule has at most {MAXIMUM_TESTS} tests.", at)
            return None
        strange = [str(key) for key in data if key not in (*_KEYS, "field")]
        for key in strange:
            self._wrong("unknown-key", f"A test has no key '{key}'.", at, did_you_mean(key, (*_KEYS, *_PARTS)))
        looks_at = data.get("attribute", data.get("field"))
        operator = OPERATORS.get(str(data.get("operator")))
        read = self._attribute(looks_at, at)
        if operator is None:
            given = str(data.get("operator", ""))
            says = f"There is no operator '{given}'." if given else "A test needs an `operator`."
            self._wrong("unknown-operator", says, at / "operator" if given else at, did_you_mean(given, OPERATORS))
        if read is None or operator is None or strange:
            return None
        attribute, functions, kind = read
        if kind not in operator.kinds:
            fitting = ", ".join(name for name, one in OPERATORS.items() if kind in one.kinds)
            says = f"'{operator.name}' cannot be used on '{looks_at}', which is a {kind.value}."
            self._wrong("operator-unfit", says, at / "operator", f"These can: {fitting}.")
            return None
        given, is_right = self._expected(operator.expected, kind, data, at)
        if not is_right:
            return None
        wants = operator.words if operator.expected is Expected.NOTHING else f"{operator.words} {shown(given)}"
        presence = {"exists": False, "notExists": True}.get(operator.name)
        says = f"{looks_at} {operator.name} {given!r}"
        return Single(
            attribute, functions, str(looks_at), wants, _computed(functions, operator.make(given)), presence, says
        )

    def _attribute(self, looks_at: object, at: Location) -> tuple[str, tuple[Function, ...], Kind] | None:
        """The attribute that a text names, the functions around it from the inside, and the kind of what comes out."""
        if not isinstance(looks_at, str):
            self._wrong("unknown-attribute", "A test needs an `attribute`.", at)
            return None
        inner, names = looks_at.strip(), []
        while inner.endswith(")") and "(" in inner:
            name, _, rest = inner.partition("(")
            names.append(name.strip().removeprefix("$"))
            inner = rest[:-1].strip()
        kind = self._kinds.get(inner)
        if kind is None:
            says = f"There is no attribute '{inner}' of what this rule is about."
            self._wrong("unknown-attribute", says, at / "attribute", did_you_mean(inner, self._kinds))
            return None
        functions = []
        for name in reversed(names):
            function = FUNCTIONS.get(name)
            if function is None:
                says = f"There is no function '{name}'."
                self._wrong("unknown-function", says, at / "attribute", did_you_mean(name, FUNCTIONS))
                return None
            if kind not in function.kinds:
                says = f"'{name}' cannot be computed of '{inner}', which is a {kind.value}."
                self._wrong("operator-unfit", says, at / "attribute")
                return None
            functions.append(function)
            kind = function.gives
        return inner, tuple(functions), kind

    def _expected(self, expected: Expected, kind: Kind, data: Mapping[str, object], at: Location) -> tuple[Any, bool]:
        """What the rule says beside the operator, as the operator takes it; and whether that is right."""
        has_value = data.get("value") is not None
        if expected is Expected.NOTHING:
            if has_value:
                self._wrong("value-unfit", "This operator takes no `value`.", at / "value", "Remove it.")
            return None, not has_value
        if not has_value:
            self._wrong("value-unfit", "This operator needs a `value`.", at)
            return None, False
        wanted = {Expected.NUMBER: Kind.NUMBER, Expected.TEXT: Kind.TEXT, Expected.PATTERN: Kind.TEXT}.get(
            expected, kind
        )
        given = data["value"]
        if expected is Expected.LIST:
            return self._list(given, wanted, at / "value")
        value = _as(wanted, given)
        if value is None:
            self._wrong(
                "value-unfit", f"The value has to be a {wanted.value}, and {shown(given)} is none.", at / "value"
            )
            return None, False
        if expected is Expected.PATTERN:
            try:
                checked_pattern(str(value))
            except PatternUnusable as error:
                self._wrong("pattern-unusable", f"The pattern cannot be used: {error}.", at / "value")
                return None, False
        return value, True

    def _list(self, given: object, kind: Kind, at: Location) -> tuple[Any, bool]:
        if not isinstance(given, list | tuple) or not given or len(given) > MAXIMUM_LIST:
            self._wrong("value-unfit", f"The value has to be a list of 1 to {MAXIMUM_LIST} members.", at)
            return None, False
        values = [_as(kind, one) for one in given]
        for place, value in enumerate(values):
            if value is None:
                self._wrong("value-unfit", f"{shown(given[place])} is no {kind.value}.", at / place)
        return values, None not in values

    def _wrong(self, code: str, message: str, at: Location, hint: str | None = None) -> None:
        self._report.add(Diagnostic(code=code, message=message, at=at, hint=hint))


def _as(kind: Kind, given: object) -> str | float | bool | None:
    """A value of a document as one of a kind; None where it is none. Documents have numbers as texts too."""
    if kind is Kind.BOOLEAN:
        return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given))
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    if kind is Kind.NUMBER:
        try:
            number = float(given)
        except ValueError:
            return None
        return number if number == number and abs(number) < float("inf") else None  # noqa: PLR0124 -- NaN is not itself
    return str(given)
