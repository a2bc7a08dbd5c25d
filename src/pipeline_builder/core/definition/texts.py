"""Texts that no pipeline can carry, wherever in a definition they stand."""

from collections.abc import Iterator

from pipeline_builder.core.diagnostics import Diagnostic, Location
from pipeline_builder.core.documents import Mapping, Node, Scalar

_DYNAMIC = "{{resolve:"
_NUL = "\0"


def unusable_texts(root: Node) -> Iterator[Diagnostic]:
    """Every value and key that CloudFormation would resolve, or that no shell could be given."""
    waiting: list[tuple[tuple[str | int, ...], Node]] = [((), root)]
    while waiting:
        keys, node = waiting.pop()
        match node:
            case Scalar():
                yield from _faults_in(node.text, keys) if _is_unusable(node.text) else ()
            case Mapping():
                for key, below in node.entries.items():
                    yield from _faults_in(key, (*keys, key)) if _is_unusable(key) else ()
                    waiting.append(((*keys, key), below))
            case _:
                waiting += [((*keys, index), below) for index, below in enumerate(node.items)]


def _is_unusable(text: str) -> bool:
    return _DYNAMIC in text or _NUL in text


def _faults_in(text: str, keys: tuple[str | int, ...]) -> Iterator[Diagnostic]:
    if _DYNAMIC in text:
        yield dynamic_reference(Location(keys))
    if _NUL in text:
        yield nul_character(Location(keys))


def dynamic_reference(at: Location) -> Diagnostic:
    """The finding for a text that CloudFormation would resolve by itself.

    It would fetch the secret that such a text names and put it in the text's place, after everything else is resolved
    and wherever the text stands, for everybody to read.
    """
    return Diagnostic(
        code="dynamic-reference",
        message="CloudFormation would replace '{{resolve:…}}' by the value it names, readable for everybody.",
        at=at,
        hint="Bind the secret under `secrets` of the step.",
    )


def nul_character(at: Location) -> Diagnostic:
    """The finding for a text with the one character that ends a text for a shell and its environment."""
    return Diagnostic(
        code="nul-character",
        message="The text holds the character NUL, which neither a variable nor a command can hold.",
        at=at,
        hint="Remove it.",
    )
