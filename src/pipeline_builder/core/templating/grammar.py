"""The grammar of template expressions, and reading a text by it.

    text       = { literal | escape | expression } ;
    escape     = "{{{{" ;                                   (* stands for "{{" *)
    expression = "{{" path { "|" filter } "}}" ;            (* spaces and tabs between the parts *)
    path       = root { "." ( name | index ) } ;
    filter     = "default" ":" ( quoted | number | "true" | "false" ) | "number" | "bool" | "json" ;
    name       = ( letter | "_" ) { letter | digit | "_" | "-" } ;
    quoted     = "'" { character } "'" | '"' { character } '"' ;   (* \\\\ and \\ before the quote; no line break *)

Braces that do not open one of our expressions belong to another tool and stay as they are: `{{.Names}}`, `${{ x }}`,
`{{#each}}`, `{{ foo }}` where `foo` is no root. So does a `}}` that closes nothing of ours.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

ROOTS = frozenset({"vars", "metadata", "pipeline", "env", "inputs", "plugin", "secrets"})
"""The first names of our expressions. `secrets` is one only so that its use can be refused."""

MAXIMUM_BYTES = 4096
"""Of a text with an expression of ours."""
MAXIMUM_SEGMENTS = 8

_ESCAPE = "{{{{"
_SPACE = re.compile(r"[ \t]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_INDEX = re.compile(r"[0-9]{1,6}")
_ROOT_AHEAD = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_-]{0,63})(?=[ \t]*[.|}]|[ \t]*$)")
_QUOTED = re.compile(r"""'((?:[^'\\\n]|\\['\\])*)'|"((?:[^"\\\n]|\\["\\])*)\"""")
_BARE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|true|false")


class Coercion(StrEnum):
    """What an expression's value must be."""

    NUMBER = "number"
    BOOL = "bool"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Expression:
    """One `{{ … }}` of ours.

    Attributes:
        path: names and indexes, the root first.
        default: text used where there is no value.
        offset: of its first brace in the text.
    """

    path: tuple[str, ...]
    default: str | None
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


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read: literals and expressions in order."""

    parts: tuple[str | Expression, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def is_one_expression(self) -> bool:
        """The whole text is a single expression, so that its value keeps its type."""
        return len(self.parts) == 1 and isinstance(self.parts[0], Expression)


class _SyntaxFault(Exception):
    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def escape(text: str) -> str:
    """The text that renders to this one, whatever it holds."""
    return text.replace("{{", _ESCAPE)


def parse(text: str) -> Template:
    """Read a text. Never raises: what is wrong with it are its faults."""
    if "{{" not in text:
        return Template((text,))
    parts: list[str | Expression] = []
    faults: list[Fault] = []
    literal_from = position = 0
    while (opening := text.find("{{", position)) >= 0:
        if text.startswith(_ESCAPE, opening):
            parts += [text[literal_from:opening], "{{"]
            position = literal_from = opening + len(_ESCAPE)
            continue
        root = _ROOT_AHEAD.match(text, opening)
        if root is None or text[opening - 1 : opening] == "$" or root.group(1) not in ROOTS:
            if root is not None:
                faults += _near_miss(root.group(1), text, opening)
            position = opening + 2
            continue
        try:
            expression, end = _expression(text, opening)
        except _SyntaxFault as fault:
            faults.append(Fault("template-syntax", fault.message, fault.offset))
            position = opening + 2
            continue
        parts += [text[literal_from:opening], expression]
        position = literal_from = end
    parts.append(text[literal_from:])
    template = Template(tuple(_joined(parts)), tuple(faults))
    if template.expressions and len(text.encode(errors="replace")) > MAXIMUM_BYTES:
        message = f"A text with expressions may have at most {MAXIMUM_BYTES} bytes."
        return Template((text,), (*faults, Fault("template-too-long", message, 0)))
    return template


def _joined(parts: list[str | Expression]) -> list[str | Expression]:
    """Neighbouring literals as one, empty ones left out; an empty text is one empty literal."""
    joined: list[str | Expression] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return joined or [""]


def _near_miss(name: str, text: str, offset: int) -> list[Fault]:
    """A root with one character wrong, before a dot: more likely a slip than another tool's name."""
    if text[offset - 1 : offset] == "$" or "." not in text[offset : text.find("}}", offset)]:
        return []
    for root in sorted(ROOTS - {"secrets"}):
        if _is_one_edit_apart(name, root):
            message = f"'{name}' is no root of our expressions, so this stays as it is written."
            return [Fault("template-near-root", message, offset, f"Did you mean '{root}'?")]
    return []


def _is_one_edit_apart(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1 or one == other:
        return False
    same = next((index for index, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        return True
    if len(shorter) == len(longer):
        swapped = shorter[:same] + shorter[same : same + 2][::-1] + shorter[same + 2 :]
        return shorter[same + 1 :] == longer[same + 1 :] or swapped == longer
    return shorter[same:] == longer[same + 1 :]


def _expression(text: str, opening: int) -> tuple[Expression, int]:
    position = _skip(text, opening + 2)
    path, position = _path(text, position)
    default: str | None = None
    coercion: Coercion | None = None
    while True:
        position = _skip(text, position)
        if text.startswith("}}", position):
            return Expression(path, default, coercion, opening), position + 2
        if not text.startswith("|", position):
            raise _SyntaxFault(f"Expected '|' or '}}}}' after '{'.'.join(path)}'{_found(text, position)}.", position)
        position = _skip(text, position + 1)
        name = _NAME.match(text, position)
        filter_at = position
        if name is None:
            raise _SyntaxFault(f"Expected a filter after '|'{_found(text, position)}.", position)
        position = _skip(text, name.end())
        if name.group() == "default":
            if default is not None:
                raise _SyntaxFault("The filter 'default' stands twice.", filter_at)
            default, position = _default(text, position)
        elif name.group() in set(Coercion):
            if coercion is not None:
                raise _SyntaxFault(f"After '{coercion}' no other coercion can follow.", filter_at)
            coercion = Coercion(name.group())
        else:
            raise _SyntaxFault(
                f"There is no filter '{name.group()}'; there are default, number, bool and json.", filter_at
            )


def _path(text: str, position: int) -> tuple[tuple[str, ...], int]:
    first = _NAME.match(text, position)
    if first is None:  # the caller has seen a root here
        raise _SyntaxFault("Expected a name.", position)
    path = [first.group()]
    position = first.end()
    while text.startswith(".", position):
        segment = _NAME.match(text, position + 1) or _INDEX.match(text, position + 1)
        if segment is None:
            raise _SyntaxFault(f"Expected a name after '.'{_found(text, position + 1)}.", position + 1)
        path.append(segment.group())
        position = segment.end()
        if len(path) > MAXIMUM_SEGMENTS:
            raise _SyntaxFault(f"A path has at most {MAXIMUM_SEGMENTS} parts.", position)
    return tuple(path), position


def _default(text: str, position: int) -> tuple[str, int]:
    if not text.startswith(":", position):
        raise _SyntaxFault(f"Expected ':' and a value after 'default'{_found(text, position)}.", position)
    position = _skip(text, position + 1)
    quoted = _QUOTED.match(text, position)
    if quoted is not None:
        content = quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
        return re.sub(r"\\(.)", r"\1", content), quoted.end()
    bare = _BARE.match(text, position)
    if bare is None:
        raise _SyntaxFault(
            f"Expected a quoted text, a number, true or false after 'default:'{_found(text, position)}.", position
        )
    return bare.group(), bare.end()


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _found(text: str, position: int) -> str:
    if position >= len(text):
        return ", but the text ends"
    return f", found {text[position]!r}"
