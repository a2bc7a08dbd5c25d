"""From bytes to a document: encoding, size and format decided before a value is read."""

from dataclasses import replace

from pipeline_builder.core.diagnostics import Diagnostic, Position, Report
from pipeline_builder.core.documents.document import Document
from pipeline_builder.core.documents.findings import BeyondLimit, Findings, Unreadable
from pipeline_builder.core.documents.json_reader import read_json
from pipeline_builder.core.documents.limits import MAXIMUM_BYTES
from pipeline_builder.core.documents.nodes import Node, Scalar
from pipeline_builder.core.documents.positions import position_at

_UTF_16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_BYTE_ORDER_MARK = "\ufeff"
_BEGIN = Position(1, 1)


def read_document(data: bytes, name: str, report: Report) -> Document | None:
    """Read JSON or YAML.

    A name that ends in `.json` is read as JSON, every other as JSON where it is that and as YAML where not: YAML reads
    most of JSON too, but not its escapes.

    Args:
        name: how findings call the file.
        report: gets every finding, with file and position.

    Returns:
        The document, whatever its root is, or None where nothing could be read. Findings such as a duplicate key leave
        it readable.
    """
    found = Findings()
    try:
        root = _read(data, name, found)
    except Unreadable as reason:
        found.add(reason.finding)
        root = None
    report.extend(replace(finding, file=name, position=finding.position or _BEGIN) for finding in found)
    return None if root is None else Document(name, root)


def _read(data: bytes, name: str, report: Report) -> Node:
    if len(data) > MAXIMUM_BYTES:
        message = f"The file has {len(data):,} bytes; at most {MAXIMUM_BYTES:,} are read."
        raise Unreadable(Diagnostic("too-large", message))
    text = _decoded(data)
    if not text.strip():
        raise Unreadable(Diagnostic("empty-document", "The file is empty."))
    if name.lower().endswith(".json"):
        return read_json(text, report)
    if text.lstrip()[0] in "{[":
        return _json_or_yaml(text, report)
    return _yaml(text, report)


def _decoded(data: bytes) -> str:
    hint = "Save the file as UTF-8."
    if data.startswith(_UTF_16_OR_32):
        raise Unreadable(Diagnostic("not-utf-8", "The file is UTF-16 or UTF-32.", hint=hint))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"Byte {error.start:,} of the file (0x{data[error.start]:02x}) is not UTF-8."
        position = position_at(before, len(before))
        raise Unreadable(Diagnostic("not-utf-8", message, position=position, hint=hint)) from None
    return text.removeprefix(_BYTE_ORDER_MARK)


def _json_or_yaml(text: str, report: Report) -> Node:
    """Where it is neither, the format that made sense of more of it tells what is wrong."""
    found = Findings()
    try:
        root = read_json(text, found)
    except BeyondLimit:
        report.extend(found)
        raise
    except Unreadable as not_json:
        try:
            return _yaml(text, report)
        except Unreadable as not_yaml:
            raise max(not_yaml, not_json, key=_how_far) from None
    report.extend(found)
    return root


def _how_far(reason: Unreadable) -> Position:
    return reason.finding.position or _BEGIN


def _yaml(text: str, report: Report) -> Node:
    from pipeline_builder.core.documents.yaml_reader import read_yaml  # noqa: PLC0415 -- JSON is read without PyYAML

    root = read_yaml(text, report)
    if root is None or (isinstance(root, Scalar) and not root.text and not root.quoted):
        raise Unreadable(Diagnostic("empty-document", "The file has no content but comments."))
    return root
