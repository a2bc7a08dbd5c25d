"""From bytes to a document: encoding, size and format decided before a value is read."""

from dataclasses import replace

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.document import Document
from pipeline_builder.core.documents.json_reader import read_json
from pipeline_builder.core.documents.limits import MAXIMUM_BYTES
from pipeline_builder.core.documents.nodes import Node
from pipeline_builder.core.documents.yaml_reader import read_yaml

_BYTE_ORDER_MARK = "\ufeff"


def read_document(data: bytes, name: str, report: Report) -> Document | None:
    """Read JSON or YAML.

    A name that ends in `.json` is read as JSON, every other as JSON where it is that and as YAML where not: YAML reads
    most of JSON too, but not its escapes.

    Args:
        name: how findings call the file.
        report: gets every finding, with file and position.

    Returns:
        The document, or None where nothing could be read. Findings such as a duplicate key leave it readable.
    """
    found = Report()
    root = _read(data, name, found)
    report.extend(replace(diagnostic, file=name) for diagnostic in found)
    return None if root is None else Document(name, root)


def _read(data: bytes, name: str, report: Report) -> Node | None:
    if len(data) > MAXIMUM_BYTES:
        message = f"The file has {len(data)} bytes; at most {MAXIMUM_BYTES} are read."
        report.add(Diagnostic(code="too-large", message=message, position=Position(1, 1)))
        return None
    text = _decoded(data, report)
    if text is None:
        return None
    if not text.strip():
        report.add(Diagnostic(code="empty-document", message="The file is empty.", position=Position(1, 1)))
        return None
    if name.lower().endswith(".json"):
        return read_json(text, report)
    if text.lstrip()[0] in "{[":
        attempt = Report()
        root = read_json(text, attempt)
        if root is not None:
            report.extend(attempt)
            return root
    root = read_yaml(text, report)
    if root is None and not report.has_errors:
        report.add(Diagnostic(code="empty-document", message="The file holds only comments.", position=Position(1, 1)))
    return root


def _decoded(data: bytes, report: Report) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _undecodable("The file is UTF-16.", Position(1, 1), report)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(errors="replace")
        position = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
        return _undecodable(f"Byte {error.start} of the file is not UTF-8.", position, report)
    return text.removeprefix(_BYTE_ORDER_MARK)


def _undecodable(message: str, position: Position, report: Report) -> None:
    report.add(Diagnostic(code="not-utf-8", message=message, position=position, hint="Save the file as UTF-8."))
