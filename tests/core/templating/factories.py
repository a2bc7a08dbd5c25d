"""Documents to render, and what comes out of it as plain data."""

import json
from typing import Any

from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.documents import Mapping, Node, Scalar, Sequence, read_document
from pipeline_builder.core.templating import Places, render_document

PREFIXES = {
    ("vars",): (("vars",),),
    ("metadata",): (("global",), ("defaults", "metadata")),
    ("pipeline",): ((),),
    ("pipeline", "vars"): (("vars",),),
    ("pipeline", "metadata"): (("global",), ("defaults", "metadata")),
    ("pipeline", "projectName"): (("project",),),
}


def a_document(written: Any) -> Node:
    """Text is read as YAML, anything else as JSON."""
    report = Report()
    text = written if isinstance(written, str) else json.dumps(written)
    document = read_document(text.encode(errors="surrogatepass"), "pipeline.yaml", report)
    assert document is not None, report.diagnostics
    return document.root


def rendered(written: Any, *, deferred=lambda _keys: False) -> tuple[Node, Report]:
    root = a_document(written)
    report = Report()
    return render_document(root, Places(root, PREFIXES), deferred=deferred, report=report), report


def plain(node: Node) -> Any:
    """What the reader of a definition would see."""
    match node:
        case Mapping():
            return {key: plain(below) for key, below in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value


def values(written: Any) -> Any:
    """The rendered document, which must be without a finding."""
    root, report = rendered(written)
    assert report.diagnostics == ()
    return plain(root)


def value_of(text: str, **variables: Any) -> Any:
    """What one text becomes, in a document with these vars."""
    return values({"project": text, "vars": variables})["project"]


def findings(written: Any, **options: Any) -> list[tuple[str, str]]:
    """Code and place of everything found."""
    _, report = rendered(written, **options)
    return [(found.code, str(found.at)) for found in report.diagnostics]


def finding(text: str, **variables: Any) -> Any:
    """The only finding about one text."""
    _, report = rendered({"project": text, "vars": variables})
    (found,) = report.diagnostics
    return found
