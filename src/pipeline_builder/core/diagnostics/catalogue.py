"""What findings mean: one entry for each code, kept as data in `codes.toml` beside this."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipeline_builder.core.diagnostics.model import Severity
from pipeline_builder.core.records import frozen


@frozen()
class Entry:
    """One code.

    Attributes:
        title: what is the case, in a few words.
        explanation: why that is a finding.
        fix: what to do about it.
    """

    code: str
    severity: Severity
    title: str
    explanation: str
    fix: str


@cache
def entries() -> Mapping[str, Entry]:
    """Every entry, by code, in order of code."""
    import tomllib  # noqa: PLC0415 -- only where findings are explained

    content = tomllib.loads((Path(__file__).with_name("codes.toml")).read_text(encoding="utf-8"))
    return {
        code: Entry(code, Severity(entry["severity"]), entry["title"], entry["explanation"], entry["fix"])
        for code, entry in sorted(content.items())
    }


def explain(code: str) -> Entry | None:
    """The entry of a code; None where there is no such code."""
    return entries().get(code)


def explanation(entry: Entry) -> str:
    """The entry as text for a terminal."""
    return f"{entry.code} ({entry.severity})\n{entry.title}\n\n{entry.explanation}\n\nWhat to do: {entry.fix}\n"


_INTRODUCTION = """\
# Findings

Every finding has a code that never changes. `pipeline-manager explain CODE` shows the same text. Errors stop a plan;
warnings and notes do not.

With `--format json` findings are printed as `{"findings": [...]}`. Each has `code`, `severity` (`error`, `warning`,
`note`), `message` and `path` (such as `stages[0].steps[1].timeout`); and `file`, `line`, `column` (both from 1, columns
are characters) and `hint`, which are `null` where there is none. Keys may be added, and are never removed or renamed.
With `--format sarif` they are a SARIF 2.1.0 log, as code scanning services read it.
"""


def reference() -> str:
    """The reference of all codes, as Markdown."""
    parts = [_INTRODUCTION]
    for entry in entries().values():
        parts.append(f"## {entry.code}\n")
        parts.append(f"*{entry.severity}* · {entry.title}\n\n{entry.explanation}\n\n**What to do.** {entry.fix}\n")
    return "\n".join(parts)
