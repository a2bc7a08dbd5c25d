"""What an expression's value becomes: looked up in data, then text, number, truth or JSON."""

import json
import re
from collections.abc import Mapping, Sequence

from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Scalar
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.templating.grammar import Coercion, Expression

Data = object
"""`str`, `int`, `bool`, `None`, mappings and sequences of these, or nodes of a document."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TRUTHS = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}


class NotRendered(Exception):
    """An expression has no value, or not of the kind it must have."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def child(data: Data, key: str) -> Data:
    """What stands under a key or an index; None where nothing does. Only data is looked into, never an object's attributes."""
    match data:
        case MappingNode():
            return data.entries.get(key)
        case SequenceNode():
            return _item(data.items, key)
        case Scalar():
            return None
        case Mapping():
            return data.get(key)
        case tuple() | list():
            return _item(data, key)
        case _:
            return None


def _item(items: Sequence[Data], key: str) -> Data:
    return items[int(key)] if key.isdecimal() and int(key) < len(items) else None


def keys_of(data: Data) -> list[str]:
    """What could have been asked for here, in order."""
    match data:
        case MappingNode():
            return list(data.entries)
        case Mapping():
            return [str(key) for key in data]
        case _:
            return []


def finished(expression: Expression, value: Data) -> str:
    """The text an expression renders to, default and coercion applied.

    Raises:
        NotRendered: there is no value and no default, or the value is not of the asked kind.
    """
    text = _text(expression, value)
    match expression.coercion:
        case None:
            return text
        case Coercion.NUMBER:
            if not _NUMBER.fullmatch(text):
                raise NotRendered("template-number", f"The value of '{expression}' is no number.")
            return text
        case Coercion.BOOL:
            truth = _TRUTHS.get(text.lower())
            if truth is None:
                raise NotRendered("template-bool", f"The value of '{expression}' is neither true nor false.")
            return truth
        case Coercion.JSON:
            return _json(expression, text)


def _text(expression: Expression, value: Data) -> str:
    if isinstance(value, Scalar):
        value = None if value.value is None else value.text
    if value is None or value == "":
        if expression.default is None:
            raise NotRendered("template-unknown-path", f"'{expression}' has no value.")
        return expression.default
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value)
    if expression.coercion is Coercion.JSON:
        return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    raise NotRendered(
        "template-not-text",
        f"'{expression}' is a list or a mapping, which is no text.",
        "Name one of its values, or add `| json` for its JSON text.",
    )


def _plain(value: Data) -> object:
    match value:
        case Scalar():
            return value.value
        case MappingNode():
            return {key: _plain(node) for key, node in value.entries.items()}
        case SequenceNode():
            return [_plain(node) for node in value.items]
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
        case _:
            return value


def _json(expression: Expression, text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise NotRendered("template-json", f"The value of '{expression}' is not JSON.") from None
    return text

