r"""Regular expressions that plugin authors write, matched in time linear in the value.

Python's `re` backtracks: `(a|a)*b` or `a*a*a*a*c` would let one plugin hang everybody who uses it, and no simple rule
about nested quantifiers finds all such patterns. So patterns are kept to the regular core, which automata match without
ever going back: RFC 9485 (I-Regexp) without Unicode categories, plus `\d`, `\w`, `\s` (ASCII), `(?:…)`, and a `^` and a
`$` around the whole, which change nothing because the whole value must match anyway. The subset means the same in
browsers and in JSON Schema. RE2 would do this too, but is a compiled dependency of several megabytes, too much for the
kernel.
"""

from typing import NamedTuple, assert_never

from pipeline_builder.core.errors import PipelineBuilderError

MAXIMUM_LENGTH = 200
"""Characters of a pattern."""
MAXIMUM_SIZE = 500
"""Parts of a pattern after `{n,m}` is written out."""
MAXIMUM_VALUE_LENGTH = 1024
"""Characters of a value that is matched; with the size of the pattern this bounds the time of any match."""


class UnsupportedPattern(PipelineBuilderError, ValueError):
    """A regular expression outside the subset."""

    code = "unsupported-pattern"

    def __init__(self, pattern: str, column: int, reason: str) -> None:
        self.pattern = pattern
        self.column = column
        self.reason = reason
        super().__init__(f"The pattern '{pattern}' cannot be used: {reason} (at character {column}).")


class _Characters(NamedTuple):
    """One character of these ranges, or none of them."""

    ranges: tuple[tuple[str, str], ...]
    is_negated: bool = False

    def has(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) is not self.is_negated


class _Sequence(NamedTuple):
    parts: tuple["_Node", ...]


class _Choice(NamedTuple):
    options: tuple["_Node", ...]


class _Repetition(NamedTuple):
    part: "_Node"
    least: int
    most: int | None


_Node = _Characters | _Sequence | _Choice | _Repetition

_ANY = _Characters((("\n", "\n"), ("\r", "\r")), is_negated=True)
_WORD = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE = (("\t", "\r"), (" ", " "))
_DIGIT = (("0", "9"),)
_NAMED_CLASSES = {
    "d": _Characters(_DIGIT),
    "D": _Characters(_DIGIT, is_negated=True),
    "w": _Characters(_WORD),
    "W": _Characters(_WORD, is_negated=True),
    "s": _Characters(_SPACE),
    "S": _Characters(_SPACE, is_negated=True),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class TextPattern:
    """A pattern that whole values are held against."""

    def __init__(self, text: str) -> None:
        """Read a pattern.

        Raises:
            UnsupportedPattern: it is malformed, too large, or uses what cannot be matched in linear time.
        """
        self.text = text
        self._automaton = _Automaton(_Parser(text).whole(), text)

    def matches(self, value: str) -> bool:
        """Whether the whole value is of this form. A value longer than any that makes sense is not."""
        return len(value) <= MAXIMUM_VALUE_LENGTH and self._automaton.accepts(value)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> _Node:
        if len(self._text) > MAXIMUM_LENGTH:
            raise self._error(f"it is longer than {MAXIMUM_LENGTH} characters")
        self._take("^")
        node = self._choice()
        if self._text[self._at :] not in ("", "$"):
            raise self._error(self._why_not())
        return node

    def _choice(self) -> _Node:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")", "$"):
            parts.append(self._quantified(self._atom()))
        return _Sequence(tuple(parts))

    def _quantified(self, part: _Node) -> _Node:
        quantifier = self._peek()
        if quantifier in _QUANTIFIERS:
            self._at += 1
            least, most = _QUANTIFIERS[quantifier]
        elif self._take("{"):
            least, most = self._counts()
        else:
            return part
        if self._peek() in ("*", "+", "?", "{"):
            raise self._error("a quantifier cannot follow a quantifier")
        return _Repetition(part, least, most)

    def _counts(self) -> tuple[int, int | None]:
        least = self._number()
        most: int | None = least
        if self._take(","):
            most = None if self._peek() == "}" else self._number()
        if not self._take("}"):
            raise self._error("a count is written {2}, {2,} or {2,5}")
        if most is not None and most < least:
            raise self._error(f"{{{least},{most}}} counts backwards")
        return least, most

    def _number(self) -> int:
        start = self._at
        while self._peek() in tuple("0123456789"):
            self._at += 1
        if start == self._at:
            raise self._error("a count is written {2}, {2,} or {2,5}")
        return int(self._text[start : self._at])

    def _atom(self) -> _Node:
        character = self._peek()
        if character in ("*", "+", "?", "{", "}", "]", "^"):
            raise self._error(self._why_not())
        self._at += 1
        if character == ".":
            return _ANY
        if character == "[":
            return self._class()
        if character == "(":
            return self._group()
        if character == "\\":
            return self._escape()
        return _only(character)

    def _group(self) -> _Node:
        if self._take("?") and not self._take(":"):
            raise self._error("groups are written (…) or (?:…), without look-around, names or flags")
        node = self._choice()
        if not self._take(")"):
            raise self._error(self._why_not() if self._peek() else "a group is not closed")
        return node

    def _escape(self) -> _Characters:
        character = self._peek()
        self._at += 1
        if character in _NAMED_CLASSES:
            return _NAMED_CLASSES[character]
        if character in _CONTROLS:
            return _only(_CONTROLS[character])
        if not character or character.isalnum():
            self._at -= 1
            raise self._error(f"\\{character} is not known here" if character else "a \\ ends it")
        return _only(character)

    def _class(self) -> _Characters:
        is_negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not (self._peek() == "]" and ranges):
            first = self._class_item()
            if len(first) == 1 and first[0][0] == first[0][1] and self._peek() == "-" and self._peek(1) != "]":
                self._at += 1
                last = self._class_item()
                if len(last) > 1 or last[0][0] != last[0][1] or last[0][0] < first[0][0]:
                    raise self._error("a range in [ ] must run upwards between two characters")
                ranges.append((first[0][0], last[0][0]))
            else:
                ranges.extend(first)
        self._at += 1
        return _Characters(tuple(ranges), is_negated)

    def _class_item(self) -> tuple[tuple[str, str], ...]:
        character = self._peek()
        if character in ("", "[", "]"):
            raise self._error("a [ ] is not closed" if not character else f"write \\{character} inside [ ]")
        self._at += 1
        if character != "\\":
            return ((character, character),)
        escaped = self._escape()
        if escaped.is_negated:
            raise self._error("\\D, \\W and \\S cannot stand inside [ ]")
        return escaped.ranges

    def _peek(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _take(self, character: str) -> bool:
        found = self._peek() == character
        self._at += found
        return found

    def _why_not(self) -> str:
        character = self._peek()
        if character in ("^", "$"):
            return f"'{character}' may only stand at the very {'beginning' if character == '^' else 'end'}"
        return f"write \\{character} for the character itself"

    def _error(self, reason: str) -> UnsupportedPattern:
        return UnsupportedPattern(self._text, self._at + 1, reason)


class _Automaton:
    """Thompson's construction: states that test a character, and empty moves between them.

    State 0 accepts. It is built from the end, so that each part knows what follows it.
    """

    def __init__(self, node: _Node, pattern: str) -> None:
        self._pattern = pattern
        self._size = 0
        self._states = 0
        self._tests: dict[int, tuple[_Characters, int]] = {}
        self._moves: dict[int, tuple[int, ...]] = {}
        self._reached: dict[int, frozenset[int]] = {}
        self._start = self._build(node, 0)

    def accepts(self, value: str) -> bool:
        states = self._reach(self._start)
        for character in value:
            following: set[int] = set()
            for state in states:
                if state in self._tests and self._tests[state][0].has(character):
                    following |= self._reach(self._tests[state][1])
            states = frozenset(following)
        return 0 in states

    def _build(self, node: _Node, following: int) -> int:
        """The state in which `node` and then what `following` begins is still to come."""
        self._size += 1
        if self._size > MAXIMUM_SIZE:
            raise UnsupportedPattern(
                self._pattern, 1, f"it has more than {MAXIMUM_SIZE} parts when its counts are written out"
            )
        match node:
            case _Characters():
                self._tests[state := self._new_state()] = (node, following)
                return state
            case _Sequence(parts):
                for part in reversed(parts):
                    following = self._build(part, following)
                return following
            case _Choice(options):
                state = self._new_state()
                self._moves[state] = tuple(self._build(option, following) for option in options)
                return state
            case _Repetition(part, least, most):
                state = self._optional(part, following, None if most is None else most - least)
                for _ in range(least):
                    state = self._build(part, state)
                return state
            case _:
                assert_never(node)

    def _optional(self, part: _Node, following: int, times: int | None) -> int:
        """`part` up to so many times, or for ever."""
        if times is None:
            loop = self._new_state()
            self._moves[loop] = (self._build(part, loop), following)
            return loop
        state = following
        for _ in range(times):
            before = self._new_state()
            self._moves[before] = (self._build(part, state), following)
            state = before
        return state

    def _new_state(self) -> int:
        self._states += 1
        return self._states

    def _reach(self, start: int) -> frozenset[int]:
        """The states that empty moves lead to."""
        known = self._reached.get(start)
        if known is None:
            seen: dict[int, None] = {}
            waiting = [start]
            while waiting:
                state = waiting.pop()
                if state not in seen:
                    seen[state] = None
                    waiting.extend(self._moves.get(state, ()))
            known = frozenset(state for state in seen if state == 0 or state in self._tests)
            self._reached[start] = known
        return known


def _only(character: str) -> _Characters:
    return _Characters(((character, character),))
