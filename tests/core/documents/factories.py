"""Documents made of text, and trees told as plain data."""

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents import Document, Mapping, Node, Scalar, read_document


def read(content: str | bytes, name: str = "pipeline.yaml") -> tuple[Document | None, list[Diagnostic]]:
    """The document, and what was found, in the order of the file."""
    report = Report()
    data = content if isinstance(content, bytes) else content.encode()
    return read_document(data, name, report), list(report.diagnostics)


def root_of(content: str | bytes, name: str = "pipeline.yaml") -> Node:
    """The tree of a document without findings."""
    document, found = read(content, name)
    assert found == []
    assert document is not None
    return document.root


def data_of(node: Node) -> object:
    """The values alone."""
    match node:
        case Scalar():
            return node.value
        case Mapping():
            return {key: data_of(value) for key, value in node.entries.items()}
        case _:
            return [data_of(item) for item in node.items]


def the_finding(content: str | bytes, name: str = "pipeline.yaml") -> Diagnostic:
    """The only one."""
    _, found = read(content, name)
    assert len(found) == 1, found
    return found[0]


def at(line: int, column: int) -> Position:
    return Position(line, column)
