"""Findings for people, for programs, and for the places where code is reviewed (SARIF)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline_builder.core.diagnostics.catalogue import explain
from pipeline_builder.core.diagnostics.model import Diagnostic, Severity

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_WIDEST_SOURCE_LINE = 160


def as_text(diagnostics: Iterable[Diagnostic], *, color: bool = False, sources: Mapping[str, str] | None = None) -> str:
    """Findings as compilers show them: place, severity, code, sentence; the line itself; what to do; a count.

    Args:
        sources: texts of the files, by the names findings have; where one is at hand its line is shown.
    """
    found = tuple(diagnostics)
    lines_of = {name: text.splitlines() for name, text in (sources or {}).items()}
    parts = [_told(one, lines_of.get(one.file or "", ()), color=color) for one in found]
    return "".join(part + "\n" for part in (*parts, _summary(found)))


def _told(one: Diagnostic, lines: Sequence[str], *, color: bool) -> str:
    severity = f"\x1b[1;{_COLORS[one.severity]}m{one.severity}\x1b[0m" if color else str(one.severity)
    told = [f"{_place(one)}{severity} {one.code}: {_printable(one.message)}"]
    if one.position is not None and 0 < one.position.line <= len(lines):
        line = lines[one.position.line - 1]
        if len(line) <= _WIDEST_SOURCE_LINE:
            number = str(one.position.line)
            told.append(f"  {number} | {_printable(line)}")
            told.append(f"  {' ' * len(number)} | {' ' * (one.position.column - 1)}^")
    if one.hint:
        told.append(f"  hint: {_printable(one.hint)}")
    return "\n".join(told)


def _place(one: Diagnostic) -> str:
    if one.file is None:
        return ""
    if one.position is None:
        return f"{_printable(one.file)}: "
    return f"{_printable(one.file)}:{one.position.line}:{one.position.column}: "


def _summary(found: Sequence[Diagnostic]) -> str:
    counts = [(severity, sum(one.severity is severity for one in found)) for severity in Severity]
    told = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts if count]
    return ", ".join(told) or "nothing found"


def _printable(text: str) -> str:
    """An author's text must not move the cursor or colour the terminal of whoever reads the finding."""
    return "".join(one if one.isprintable() or one == " " else _visible(one) for one in text)


def _visible(character: str) -> str:
    return " " if character in "\t\n\r" else f"\\u{ord(character):04x}"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON document `{"findings": [...]}`; each has code, severity, message, path, and file, line, column, hint or null."""
    findings = [
        {
            "code": one.code,
            "severity": one.severity.value,
            "message": one.message,
            "path": str(one.at),
            "file": one.file,
            "line": one.position.line if one.position else None,
            "column": one.position.column if one.position else None,
            "hint": one.hint,
        }
        for one in diagnostics
    ]
    return json.dumps({"findings": findings}, indent=2, ensure_ascii=False)


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A SARIF 2.1.0 log with one run. Source: the OASIS standard "Static Analysis Results Interchange Format"."""
    found = tuple(diagnostics)
    codes = sorted({one.code for one in found})
    run = {
        "tool": {"driver": {"name": "pipeline-manager", "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code)) for one in found],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    entry = explain(code)
    if entry is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.explanation},
        "help": {"text": entry.fix},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def _result(one: Diagnostic, rule_index: int) -> dict[str, Any]:
    text = one.message if one.hint is None else f"{one.message} {one.hint}"
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[one.severity],
        "message": {"text": text},
    }
    location: dict[str, Any] = {}
    if one.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(one.file)}}
        if one.position is not None:
            physical["region"] = {"startLine": one.position.line, "startColumn": one.position.column}
        location["physicalLocation"] = physical
    if str(one.at):
        location["logicalLocations"] = [{"fullyQualifiedName": str(one.at)}]
    return result | ({"locations": [location]} if location else {})


def _uri(name: str) -> str:
    """A relative reference (RFC 3986) of a path: everything but unreserved characters and `/` is escaped."""
    unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
    path = name.replace("\\", "/").encode(errors="replace")
    return "".join(chr(byte) if chr(byte) in unreserved else f"%{byte:02X}" for byte in path)
