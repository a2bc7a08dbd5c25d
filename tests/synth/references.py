"""Which names a template refers to."""

from collections.abc import Iterator
from typing import Any


def dangling(template: dict[str, Any]) -> set[str]:
    """Names that are neither a resource nor a parameter."""
    known = {*template["Resources"], *template.get("Parameters", {})}
    return {name for name in _references(template) if "::" not in name} - known


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), _]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (part.partition("}")[0].partition(".")[0] for part in text.split("${")[1:])
        case dict():
            for inner in value.values():
                yield from _references(inner)
        case list() | tuple():
            for inner in value:
                yield from _references(inner)
