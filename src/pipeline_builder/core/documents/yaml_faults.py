"""What the parser of YAML says of a fault, in words that name what the author sees."""

from collections.abc import Sequence
from typing import NamedTuple

import yaml

from pipeline_builder.core.diagnostics import Diagnostic, Position
from pipeline_builder.core.documents.findings import shown
from pipeline_builder.core.documents.positions import LINE_BREAK


class _Fault(NamedTuple):
    """One fault in our words.

    Attributes:
        says: the sentence; `{line}` is where the thing around the fault begins.
        is_told_late: the parser notices it long after the place that the author has to look at.
    """

    says: str
    hint: str | None = None
    is_told_late: bool = False


_INDENTATION = "Check the indentation of this line and of those above."
_NAME = "Quote the text if '*' or '&' belongs to it."
_TAB = _Fault("A tab indents this line.", "Indent with spaces; YAML allows nothing else.")
_BACKSLASH = "Write two backslashes where one is meant, or use single quotes."
_UNCLOSED_QUOTE = _Fault("The quote that opens here is never closed.", is_told_late=True)
_TAG = _Fault("This tag cannot be read.", "Quote the text if '!' belongs to it.")

_FAULTS = {
    "block sequence entries are not allowed in this context": _Fault("No list can begin here.", _INDENTATION),
    "mapping keys are not allowed in this context": _Fault("No key can stand here.", _INDENTATION),
    "mapping values are not allowed in this context": _Fault(
        "A ':' stands where no key can be.", "Quote the text if ':' belongs to it, or check the indentation."
    ),
    "could not find expected ':'": _Fault("This stands where a key belongs, and has no ':'.", is_told_late=True),
    "did not find expected key": _Fault(
        "The mapping that begins on line {line} goes on with something that is no key.",
        "Check the indentation, and that nothing follows a closing quote.",
    ),
    "did not find expected '-' indicator": _Fault(
        "The list that begins on line {line} goes on with something that is no '-'.", _INDENTATION
    ),
    "did not find expected ',' or ']'": _Fault("The '[' on line {line} needs a ',' or ']' before this."),
    "did not find expected ',' or '}'": _Fault("The '{' on line {line} needs a ',' or '}' before this."),
    "did not find expected node content": _Fault("A value is expected here."),
    "did not find expected <document start>": _Fault("Something follows the end of the document.", _INDENTATION),
    "did not find expected alphabetic or numeric character": _Fault("A name is expected after '*' or '&'.", _NAME),
    "did not find expected comment or line break": _Fault("Only a comment may stand here."),
    "found unexpected end of stream": _UNCLOSED_QUOTE,
    "found unexpected document indicator": _UNCLOSED_QUOTE,
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found unknown escape character": _Fault("YAML knows no such escape.", _BACKSLASH),
    "did not find expected hexdecimal number": _Fault("This escape needs more hexadecimal digits.", _BACKSLASH),
    "found invalid Unicode character escape code": _Fault(
        "This escape stands for no character, or for half of one.", "Write the character itself."
    ),
    "found undefined tag handle": _TAG,
    "did not find expected tag URI": _TAG,
    "did not find expected whitespace or line break": _TAG,
    "did not find the expected '>'": _TAG,
}
"""By what libyaml says. Source: the texts in its scanner.c and parser.c."""


def syntax_fault(error: yaml.MarkedYAMLError, text: str) -> Diagnostic:
    """Why a text is not YAML."""
    lines = LINE_BREAK.split(text)
    place = _position(error.problem_mark, lines)
    around = _position(error.context_mark or error.problem_mark, lines)
    problem = error.problem or "it cannot be read"
    if problem == "found character that cannot start any token":
        fault = _unexpected(lines[place.line - 1][place.column - 1 :][:1])
    else:
        fault = _FAULTS.get(problem) or _Fault(f"This is not YAML: {shown(problem)}.")
    return Diagnostic(
        code="invalid-yaml",
        message=fault.says.replace("{line}", str(around.line)),
        position=around if fault.is_told_late else place,
        hint=fault.hint,
    )


def _unexpected(character: str) -> _Fault:
    if character == "\t":
        return _TAB
    return _Fault(f"No value can begin with '{character}'.", "Quote the text.")


def _position(mark: yaml.Mark | None, lines: Sequence[str]) -> Position:
    """Within the text: to the parser every last line ends, so the end of the file is on the line after it."""
    if mark is None:
        return Position(1, 1)
    if mark.line >= len(lines):
        return Position(len(lines), len(lines[-1]) + 1)
    return Position(mark.line + 1, mark.column + 1)
