"""Rendering a document whose texts refer to values of the same document."""

from collections.abc import Callable, Mapping
from functools import partial

from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.documents import Mapping as MappingNode
from pipeline_builder.core.documents import Node, Scalar, position_in
from pipeline_builder.core.documents import Sequence as SequenceNode
from pipeline_builder.core.documents.scalars import plain_value
from pipeline_builder.core.templating.findings import expression_in_key, faults_of, too_many_expressions
from pipeline_builder.core.templating.grammar import parse
from pipeline_builder.core.templating.places import Places
from pipeline_builder.core.templating.rendering import Field, Rendering
from pipeline_builder.core.templating.values import Keys

MAXIMUM_RESULTS = 1_048_576
"""Characters of all rendered texts of a document: as many as a whole CloudFormation template may have."""
MAXIMUM_EXPRESSIONS = 10_000
"""A definition of a hundred steps comes nowhere near; a made one could keep the machine busy."""


def render_document(root: Node, places: Places, *, deferred: Callable[[Keys], bool], report: Report) -> Node:
    """Render every text of the document, each after those it refers to.

    A text that is one expression and nothing else becomes what its value is: a number stays a number.

    Args:
        deferred: places of texts that are rendered later, in a richer scope; they stay as they are.
        report: gets what cannot be rendered; such texts stay as they are.
    """
    scalars: dict[Keys, Scalar] = {}
    fields: dict[Keys, Field] = {}
    later: list[Keys] = []
    count = 0
    tree = _Tree(root, report)
    for keys, scalar in tree.texts:
        template = parse(scalar.text)
        is_literal = template.is_literal(scalar.text)
        if deferred(keys):
            later += [] if is_literal else [keys]
            continue
        report.extend(faults_of(template, Location(keys), partial(position_in, scalar)))
        if is_literal:
            continue
        count += len(template.expressions)
        if count > MAXIMUM_EXPRESSIONS:
            report.add(too_many_expressions(MAXIMUM_EXPRESSIONS, Location(keys), scalar.position))
            return root
        scalars[keys] = scalar
        fields[keys] = Field(template, Location(keys), partial(position_in, scalar))
    rendered = Rendering(places, fields, report, room=MAXIMUM_RESULTS, later=later).run()
    changes: dict[Keys, Node] = {}
    for keys, (text, is_plain) in rendered.items():
        value = plain_value(text) if is_plain else text
        changes[keys] = Scalar(value, text, not is_plain, scalars[keys].position, None)
    return tree.changed(changes)


class _Tree:
    """A document taken apart: its lists and mappings, and the few texts that may hold an expression."""

    def __init__(self, root: Node, report: Report) -> None:
        self._root = root
        self._containers: dict[Keys, MappingNode | SequenceNode] = {}
        self.texts: list[tuple[Keys, Scalar]] = []
        waiting: list[tuple[Keys, Node]] = [((), root)]
        while waiting:
            keys, node = waiting.pop()
            if isinstance(node, Scalar):
                if "{{" in node.text:
                    self.texts.append((keys, node))
                continue
            self._containers[keys] = node
            if isinstance(node, SequenceNode):
                waiting += [((*keys, index), below) for index, below in enumerate(node.items)]
                continue
            for key, below in node.entries.items():
                waiting.append(((*keys, key), below))
                if "{{" in key and parse(key).expressions:
                    report.add(expression_in_key(Location((*keys, key)), node.key_positions.get(key)))

    def changed(self, changes: Mapping[Keys, Node]) -> Node:
        """The document with other nodes in some places, made from the leaves up; all else stays the same object."""
        levels: list[dict[Keys, Node]] = [{} for _ in range(max(map(len, changes), default=0) + 1)]
        for keys, node in changes.items():
            levels[len(keys)][keys] = node
        while len(levels) > 1:
            by_parent: dict[Keys, dict[str | int, Node]] = {}
            for keys, node in levels.pop().items():
                by_parent.setdefault(keys[:-1], {})[keys[-1]] = node
            for keys, children in by_parent.items():
                levels[-1][keys] = _with_children(self._containers[keys], children)
        return levels[0].get((), self._root)


def _with_children(node: MappingNode | SequenceNode, children: Mapping[str | int, Node]) -> Node:
    if isinstance(node, SequenceNode):
        return SequenceNode(tuple(children.get(index, item) for index, item in enumerate(node.items)), node.position)
    entries = {key: children.get(key, below) for key, below in node.entries.items()}
    return MappingNode(entries, node.position, node.key_positions)
