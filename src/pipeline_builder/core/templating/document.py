"""Rendering a document whose texts refer to values of the same document."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar, position_in
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.documents.scalars import plain_value
from pipeline_builder.core.templating.findings import (
    PositionOf,
    cycle_found,
    faults_of,
    not_rendered,
    out_of_scope,
    secret_used,
)
from pipeline_builder.core.templating.grammar import Coercion, Expression, Template, parse
from pipeline_builder.core.templating.ordering import in_dependency_order
from pipeline_builder.core.templating.values import NotRendered, child, finished

Keys = tuple[str | int, ...]
"""Keys of a `Location`: where a value stands in the document."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A text with expressions.

    Attributes:
        targets: for each expression the place it refers to, None where that does not exist.
    """

    scalar: Scalar
    template: Template
    targets: tuple[Keys | None, ...]

    def position_of(self) -> PositionOf:
        return lambda offset: position_in(self.scalar, offset)


class Places:
    """Which place of a document an expression's path means.

    Args:
        prefixes: the longest prefix of a path that is listed says where the rest of the path begins, in order of
            preference: `{("vars",): (("vars",),), ("pipeline", "vars"): (("vars",),)}`.
    """

    def __init__(self, root: Node, prefixes: Mapping[tuple[str, ...], tuple[Keys, ...]]) -> None:
        self._root = root
        self._prefixes = prefixes
        self._longest = max(map(len, prefixes), default=0)

    def knows(self, expression: Expression) -> bool:
        """Whether the path begins with a root that has a meaning here."""
        return any(path[0] == expression.path[0] for path in self._prefixes)

    def of(self, expression: Expression) -> Keys | None:
        path = expression.path
        for length in range(min(self._longest, len(path)), 0, -1):
            for start in self._prefixes.get(path[:length], ()):
                keys = self._existing(start, path[length:])
                if keys is not None:
                    return keys
        return None

    def _existing(self, start: Keys, rest: tuple[str, ...]) -> Keys | None:
        node: object = self._root
        keys: list[str | int] = []
        for key in (*start, *rest):
            below = child(node, str(key))
            if below is None:
                return None
            keys.append(int(key) if isinstance(node, SequenceNode) else key)
            node = below
        return tuple(keys)


def render_document(root: Node, places: Places, *, deferred: Callable[[Keys], bool], report: Report) -> Node:
    """Render every text of the document, each after those it refers to.

    Args:
        deferred: places that are rendered later, in a richer scope; they stay as they are.
        report: gets what cannot be rendered; such texts stay as they are.
    """
    fields: dict[Keys, _Field] = {}
    for keys, scalar in _texts(root):
        if "{{" not in scalar.text or deferred(keys):
            continue
        template = parse(scalar.text)
        targets = tuple(places.of(expression) for expression in template.expressions)
        field = _Field(scalar, template, targets)
        report.extend(faults_of(template, Location(keys), field.position_of()))
        fields[keys] = field
    if not fields:
        return root
    rendered = _Rendering(root, fields, places, report).render()
    return _replaced(root, (), rendered)


def _texts(root: Node) -> Iterator[tuple[Keys, Scalar]]:
    """Every text with its place, in the author's order, without recursion."""
    waiting: list[tuple[Keys, Node]] = [((), root)]
    while waiting:
        keys, node = waiting.pop()
        match node:
            case Scalar(value=str()):
                yield keys, node
            case MappingNode():
                waiting += reversed([((*keys, key), below) for key, below in node.entries.items()])
            case SequenceNode():
                waiting += reversed([((*keys, index), below) for index, below in enumerate(node.items)])
            case _:
                pass


class _Rendering:
    """One document being rendered."""

    def __init__(self, root: Node, fields: Mapping[Keys, _Field], places: Places, report: Report) -> None:
        self._root = root
        self._fields = fields
        self._places = places
        self._report = report
        self._rendered: dict[Keys, Scalar] = {}

    def render(self) -> dict[Keys, Scalar]:
        needs = {keys: [need for target in field.targets for need in self._below(target)] for keys, field in self._fields.items()}
        order, cycles = in_dependency_order(needs)
        for cycle in cycles:
            first = self._fields[cycle[0]]
            names = [str(Location(keys)) for keys in cycle]
            self._report.add(cycle_found(names, Location(cycle[0]), first.scalar.position))
        for keys in order:
            self._field(keys, self._fields[keys])
        return self._rendered

    def _below(self, target: Keys | None) -> list[Keys]:
        """The fields whose values a reference to this place needs: the one there, or all below it."""
        if target is None:
            return []
        if target in self._fields:
            return [target]
        if isinstance(self._node(target), Scalar):
            return []
        return [keys for keys in self._fields if keys[: len(target)] == target]

    def _node(self, target: Keys) -> Node:
        node: Node = self._root
        for key in target:
            below = child(node, str(key))
            if not isinstance(below, Scalar | MappingNode | SequenceNode):
                raise AssertionError("a place that was found has gone")
            node = below
        return node

    def _field(self, keys: Keys, field: _Field) -> None:
        at = Location(keys)
        position_of = field.position_of()
        texts: list[str] = []
        targets = iter(field.targets)
        origin: Node | None = None
        is_whole = True
        for part in field.template.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            target = next(targets)
            if part.path[0] == "secrets":
                self._report.add(secret_used(part, at, position_of))
            elif not self._places.knows(part):
                self._report.add(out_of_scope(part, at, position_of))
            else:
                origin = None if target is None else _replaced(self._node(target), target, self._rendered)
                try:
                    texts.append(finished(part, origin))
                    continue
                except NotRendered as problem:
                    self._report.add(not_rendered(problem, part, self._root, at, position_of))
            is_whole = False
        if is_whole:
            self._rendered[keys] = _scalar(field, "".join(texts), origin)


def _scalar(field: _Field, text: str, origin: Node | None) -> Scalar:
    """A single expression keeps the kind of its value, or gets the one it asks for; everything else is text."""
    is_typed = False
    if field.template.is_one_expression:
        coercion = field.template.expressions[0].coercion
        was_typed = isinstance(origin, Scalar) and not isinstance(origin.value, str)
        is_typed = coercion in {Coercion.NUMBER, Coercion.BOOL} or (coercion is None and was_typed)
    value = plain_value(text) if is_typed else text
    return Scalar(value, text, not is_typed, field.scalar.position, None)


def _replaced(node: Node, keys: Keys, rendered: Mapping[Keys, Scalar]) -> Node:
    """The tree with the rendered texts in it; what has none below it stays the same object. Documents are not deep."""
    match node:
        case Scalar():
            return rendered.get(keys, node)
        case MappingNode():
            entries = {key: _replaced(below, (*keys, key), rendered) for key, below in node.entries.items()}
            if all(entries[key] is below for key, below in node.entries.items()):
                return node
            return MappingNode(entries, node.position, node.key_positions)
        case SequenceNode():
            items = tuple(_replaced(below, (*keys, index), rendered) for index, below in enumerate(node.items))
            return node if all(map(_is, items, node.items)) else SequenceNode(items, node.position)


def _is(one: object, other: object) -> bool:
    return one is other
