"""Findings for people, for programs, and for the places where code is reviewed (SARIF)."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from pipeline_builder.core.diagnostics.catalogue import explain
from pipeline_builder.core.diagnostics.model import Diagnostic, Position, Severity

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_LINE_BREAK = re.compile(r"\r\n?|\n")
_SHOWN_BEFORE = 100
_SHOWN_AFTER = 60
"""How much of a long line is shown on either side of the place that is meant."""


def as_text(diagnostics: Iterable[Diagnostic], *, color: bool = False, sources: Mapping[str, str] | None = None) -> str:
    """Findings as compilers show them: place, severity, code, sentence; the line itself; what to do; a count.

    Args:
        sources: texts of the files, by the names findings have; where one is at hand its line is shown.
    """
    found = tuple(diagnostics)
    private = {(one.file, one.position.line) for one in found if one.code in _PRIVATE and one.position is not None}
    lines_of = {name: _LINE_BREAK.split(text.removeprefix("\ufeff")) for name, text in (sources or {}).items()}
    parts = [_told(one, () if _is_on(one, private) else lines_of.get(one.file or "", ()), color=color) for one in found]
    return "".join(part + "\n" for part in (*parts, _summary(found)))


_PRIVATE = frozenset({"plain-text-credential", "plain-text-token", "secret-in-plain-text"})
"""Findings about a secret that is written down: no line that holds one is repeated, for whatever reason."""
TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(gh[opsur]_|github_pat_|glpat-|npm_|xox[abeprs]-|sk-|AKIA|ASIA)[A-Za-z0-9_-]{8,}"
    r"|-----BEGIN [A-Z ]+-----.*"
)
"""What secret scanners know, wherever it stands."""
_LONGEST_TOKEN = 300


def _is_on(one: Diagnostic, lines: Collection[tuple[str | None, int]]) -> bool:
    return one.position is not None and (one.file, one.position.line) in lines


def _told(one: Diagnostic, lines: Sequence[str], *, color: bool) -> str:
    severity = f"\x1b[1;{_COLORS[one.severity]}m{one.severity}\x1b[0m" if color else str(one.severity)
    told = [f"{_place(one)}{severity} {one.code}: {printable(one.message)}"]
    if one.position is not None and one.position.line <= len(lines):
        told += _pointed_at(lines[one.position.line - 1], one.position)
    if one.hint:
        told.append(f"  hint: {printable(one.hint)}")
    return "\n".join(told)


def _place(one: Diagnostic) -> str:
    if one.file is None:
        return ""
    if one.position is None:
        return f"{printable(one.file)}: "
    return f"{printable(one.file)}:{one.position.line}:{one.position.column}: "


def _pointed_at(line: str, position: Position) -> tuple[str, str]:
    """The line, and below it a caret under the place; of a long line, what stands around that."""
    column = position.column - 1
    begin = max(0, column - _SHOWN_BEFORE)
    end = column + _SHOWN_AFTER
    # A line may be a megabyte; a token is masked though it begins or ends outside of what is shown.
    outside = max(0, begin - _LONGEST_TOKEN)
    masked = TOKEN.sub(lambda token: "*" * len(token[0]), line[outside : end + _LONGEST_TOKEN])
    before = ("…" if begin else "") + printable(masked[begin - outside : column - outside])
    after = printable(masked[column - outside : end - outside]) + ("…" if len(line) > end else "")
    number = str(position.line)
    return f"  {number} | {before}{after}", f"  {' ' * len(number)} | {' ' * _width(before)}^"


def _width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in {"W", "F"} else 1 for one in text)


def _summary(found: Sequence[Diagnostic]) -> str:
    counts = Counter(one.severity for one in found)
    told = [f"{counts[one]} {one}{'' if counts[one] == 1 else 's'}" for one in Severity if counts[one]]
    return ", ".join(told) or "nothing found"


def printable(text: str) -> str:
    """An author's text must not move the cursor or colour the terminal of whoever reads the finding."""
    return text if text.isprintable() else "".join(one if one.isprintable() else _visible(one) for one in text)


def _visible(character: str) -> str:
    if character in "\t\n\r":
        return " "
    return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON document `{"findings": [...]}`, in the order given.

    Each finding has `code`, `severity` (error, warning, note), `message` and `path`; and `file`, `line`, `column` and
    `hint`, which are null where there is none. Keys may be added, and are never removed.
    """
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
    return _document({"findings": findings})


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A SARIF 2.1.0 log with one run. Source: the OASIS standard "Static Analysis Results Interchange Format"."""
    found = tuple(diagnostics)
    rules = {code: index for index, code in enumerate(sorted({one.code for one in found}))}
    run = {
        "tool": {"driver": {"name": "pipeline-manager", "rules": [_rule(code) for code in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules[one.code]) for one in found],
    }
    return _document({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


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
    if one.at.keys:
        location["logicalLocations"] = [{"fullyQualifiedName": str(one.at)}]
    return result | ({"locations": [location]} if location else {})


_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _uri(name: str) -> str:
    """A path as a URI (RFC 3986): relative as it is, or else with the scheme that makes it absolute."""
    path = name.replace("\\", "/").encode(errors="surrogatepass")
    escaped = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in path)
    return f"file://{escaped}" if escaped.startswith("/") else escaped


_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""What JSON allows in a string, and a terminal obeys, hides, or cannot be sent."""


def _document(value: object) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
