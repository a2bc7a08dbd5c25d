"""The grammar of template expressions, and reading a text by it.

    text       = { literal | escape | expression } ;
    escape     = "{{{{" ;                                    (* stands for "{{" *)
    expression = "{{" path { "|" filter } "}}" ;             (* spaces and tabs may stand between the parts *)
    path       = root { "." ( name | index ) } ;
    filter     = "default" ":" ( quoted | number | "true" | "false" ) | "number" | "bool" | "json" ;
    name       = ( letter | "_" ) { letter | digit | "_" | "-" } ;
    index      = digit { digit } ;
    quoted     = "'" { character } "'" | '"' { character } '"' ;    (* a backslash before itself or the quote *)

Braces that open none of our expressions belong to another tool and stay as they are: `{{.Names}}`, `${{ vars.x }}`,
`{{{ x }}}`, `{{ foo }}` where `foo` is no root. So does a `}}` that closes nothing of ours.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pipeline_builder.core.diagnostics import Severity
from pipeline_builder.core.documents.scalars import NUMBER
from pipeline_builder.core.templating.values import Value

ROOTS = ("vars", "metadata", "pipeline", "env", "inputs", "plugin", "secrets")
"""The first names of our expressions. `secrets` is one only so that its use can be refused."""

MAXIMUM_BYTES = 4096
"""Of a text with an expression of ours, in UTF-8."""
MAXIMUM_SEGMENTS = 8
MAXIMUM_NAME = 64

_ESCAPE = "{{{{"
_LITERAL_BRACES = "To mean the braces themselves, write {{{{."

_BLANKS = re.compile(r"[ \t]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]+")
_FIRST_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_-]*)(\.)?")
_QUOTED = re.compile(r"""'((?:[^'\\\r\n]|\\['\\])*)'|"((?:[^"\\\r\n]|\\["\\])*)\"""")
_BARE = re.compile(rf"{NUMBER.pattern}|true|false")
_BACKSLASHED = re.compile(r"\\(.)")


class Coercion(StrEnum):
    """What an expression's value must be: the filters that judge it."""

    NUMBER = "number"
    BOOL = "bool"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{{ … }}` of ours.

    Attributes:
        path: names and indexes, the root first.
        default: what stands for a value that is missing or empty.
        offset: of its first brace in the text.
    """

    path: tuple[str, ...]
    default: Value | None
    coercion: Coercion | None
    offset: int

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a text, and at which offset."""

    code: str
    message: str
    offset: int
    hint: str | None = None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read: literals, with escapes undone, and expressions, as far as it could be read."""

    parts: tuple[str | Expression, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def is_readable(self) -> bool:
        """Whether it can be rendered: warnings do not hinder that."""
        return all(fault.severity is not Severity.ERROR for fault in self.faults)

    def is_literal(self, text: str) -> bool:
        """Whether the text it was read from renders to itself."""
        return self.parts == (text,) and self.is_readable


def escape(text: str) -> str:
    """The text that renders to this one, whatever it holds."""
    return text.replace("{{", _ESCAPE)


def parse(text: str) -> Template:
    """Read a text. Never raises: what is wrong with it are its faults."""
    if "{{" not in text:
        return Template((text,))
    return _remembered(text) if len(text) <= MAXIMUM_BYTES else _read(text)


class _SyntaxFault(Exception):
    """Carries a fault out of the reading of one expression."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@lru_cache(maxsize=512)
def _remembered(text: str) -> Template:
    """The texts of a plugin are read again for each step that uses it; long texts would fill the memory of a server."""
    return _read(text)


def _read(text: str) -> Template:
    parts: list[str | Expression] = []
    faults: list[Fault] = []
    literal = ""
    literal_from = position = 0
    while (opening := text.find("{{", position)) >= 0:
        if text.startswith(_ESCAPE, opening):
            literal += text[literal_from:opening] + "{{"
            literal_from = position = opening + len(_ESCAPE)
            continue
        first = _FIRST_NAME.match(text, opening + 2)
        if first is None or first.group(1) not in ROOTS or text[opening - 1 : opening] == "$":
            position = opening + (3 if text.startswith("{{{", opening) else 2)
            faults += _near_miss(first, opening) if first and first.group(2) else ()
            continue
        if len(text.encode(errors="surrogatepass")) > MAXIMUM_BYTES:
            return Template((text,), (_too_long(opening),))
        try:
            expression, end = _expression(text, opening)
        except _SyntaxFault as wrong:
            faults.append(wrong.fault)
            position = max(opening + 2, wrong.fault.offset)
            continue
        literal += text[literal_from:opening]
        parts += [literal, expression] if literal else [expression]
        literal = ""
        literal_from = position = end
    literal += text[literal_from:]
    if literal or not parts:
        parts.append(literal)
    return Template(tuple(parts), tuple(faults))


def _too_long(opening: int) -> Fault:
    return Fault(
        "template-too-long",
        f"A text with an expression in it may have at most {MAXIMUM_BYTES} bytes.",
        opening,
        "Put the value into an environment variable, and read that in the long text.",
    )


# --- another tool's braces ---


def _near_miss(first: re.Match[str], opening: int) -> list[Fault]:
    """A path whose first name is one edit away from a root: more likely a slip than another tool's."""
    name = first.group(1)
    meant = next((root for root in ROOTS if name.lower() == root or _is_one_edit_away(name, root)), None)
    if meant is None or name in ROOTS or first.string[opening - 1 : opening] == "$":
        return []
    message = f"'{name}' is no root of our expressions, so this text stays as it is written."
    hint = f"Did you mean '{meant}'? {_LITERAL_BRACES}"
    return [Fault("template-near-root", message, opening, hint, Severity.WARNING)]


def _is_one_edit_away(one: str, other: str) -> bool:
    """One character put in, left out, changed, or swapped with its neighbour."""
    same = 0
    while one[same : same + 1] == other[same : same + 1] != "":
        same += 1
    left, right = one[same:], other[same:]
    is_swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return is_swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]


# --- one expression ---


class _Cursor:
    """A place in a text that moves over what it recognizes."""

    def __init__(self, text: str, position: int) -> None:
        self.text = text
        self.position = position

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def takes(self, literal: str) -> bool:
        is_there = self.text.startswith(literal, self.position)
        self.position += len(literal) if is_there else 0
        return is_there

    def wrong(self, message: str, hint: str, *, offset: int | None = None) -> _SyntaxFault:
        return _SyntaxFault(Fault("template-syntax", message, self.position if offset is None else offset, hint))

    def unexpected(self, expected: str) -> _SyntaxFault:
        """What stands here instead, and for frequent habits how it is written with us."""
        here = self.text[self.position : self.position + 1]
        if not here:
            return self.wrong(f"The text ends where {expected} should stand.", f"Close it: }}}}. {_LITERAL_BRACES}")
        if here in "\r\n":
            return self.wrong("An expression must stand on one line.", f"Join its lines. {_LITERAL_BRACES}")
        hint = "Write paths with dots and without spaces: vars.regions.0." if here in "[." else _LITERAL_BRACES
        return self.wrong(f"Here stands {here!r} where {expected} should stand.", hint)


def _expression(text: str, opening: int) -> tuple[Expression, int]:
    """The expression that opens here, and where it ends."""
    at = _Cursor(text, opening + 2)
    path = _path(at)
    default: Value | None = None
    coercion: Coercion | None = None
    at.take(_BLANKS)
    while at.takes("|"):
        at.take(_BLANKS)
        offset = at.position
        name = at.take(_NAME)
        match name.group() if name else None:
            case "default":
                if default is not None:
                    raise at.wrong("The filter 'default' stands twice.", "Remove one.", offset=offset)
                default = _default(at)
            case Coercion.NUMBER | Coercion.BOOL | Coercion.JSON as kind:
                if coercion is not None:
                    message = f"'{coercion}' and '{kind}' stand together, and a value has one kind."
                    raise at.wrong(message, "Remove one.", offset=offset)
                coercion = Coercion(kind)
            case None:
                raise at.unexpected("the name of a filter")
            case unknown:
                hint = "There are default: '…', number, bool and json."
                raise at.wrong(f"There is no filter '{unknown}'.", hint, offset=offset)
        at.take(_BLANKS)
    if not at.takes("}}"):
        raise at.unexpected(
            "a filter or the end of the expression" if coercion is None else "the end of the expression"
        )
    return Expression(path, default, coercion, opening), at.position


def _path(at: _Cursor) -> tuple[str, ...]:
    """The path; the caller has seen that it begins with a root."""
    at.take(_BLANKS)
    path: list[str] = []
    while not path or at.takes("."):
        offset = at.position
        segment = at.take(_SEGMENT)
        if segment is None:
            raise at.unexpected("a name or an index")
        path.append(segment.group())
        if len(path[-1]) > MAXIMUM_NAME:
            raise at.wrong(
                f"A name in a path has at most {MAXIMUM_NAME} characters.", "Use a shorter one.", offset=offset
            )
        if len(path) > MAXIMUM_SEGMENTS:
            message = f"A path has at most {MAXIMUM_SEGMENTS} parts."
            raise at.wrong(message, "Keep the value at a place nearer to the root.", offset=offset)
    return tuple(path)


def _default(at: _Cursor) -> Value:
    at.take(_BLANKS)
    if not at.takes(":"):
        raise at.unexpected("the colon after 'default'")
    at.take(_BLANKS)
    if (bare := at.take(_BARE)) is not None:
        return Value(bare.group(), is_plain=True)
    if (quoted := at.take(_QUOTED)) is not None:
        return Value(_BACKSLASHED.sub(r"\1", quoted.group(quoted.lastindex or 1)), is_plain=False)
    if at.text[at.position : at.position + 1] in {"'", '"'}:
        hint = r"Close it on its line; in it, write \\ for a backslash, and \ before a quote of its own kind."
        raise at.wrong("The quoted text of 'default' cannot be read.", hint)
    raise at.unexpected("a quoted text, a number, true or false")
