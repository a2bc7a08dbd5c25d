"""The build specification of a project: YAML that a person can read in the console.

The structure is fixed and flat, so it is written directly: names and values as JSON strings (which are YAML), and the
script as a literal block, line by line as the shell gets it.

Source: "Build specification reference for CodeBuild", version 0.2.
"""

import json
import re
from collections.abc import Iterator, Sequence

from pipeline_builder.core.planning.model import BuildSpec, OutputArtifact

_SHELL = "/bin/sh"
"""CodeBuild offers `bash` and `/bin/sh`; every image that can run a step at all has the latter."""

_ESCAPED = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters that are no YAML, or that YAML takes for the end of a line or for the mark at the beginning of a file."""

_NOT_IN_A_BLOCK = re.compile(_ESCAPED.pattern.replace(r"[^", r"[^\n\t"))

_INDENT = " " * 8
"""Of a command."""
_EMPTY_LINE = re.compile(rf"\n{_INDENT}(?=\n|\Z)")

_quoted = json.JSONEncoder(ensure_ascii=False).encode


def build_spec(spec: BuildSpec) -> str:
    """The build specification as YAML text."""
    return "\n".join([*_document(spec), ""])


def _document(spec: BuildSpec) -> Iterator[str]:
    yield "version: 0.2"
    yield "env:"
    yield f"  shell: {_SHELL}"
    if spec.exported:
        yield "  exported-variables:"
        yield from _items(spec.exported, "    ")
    yield "phases:"
    yield "  build:"
    yield "    commands:"
    yield f"      - {_script(spec.script)}"
    if spec.reports:
        yield "reports:"
        for report in spec.reports:
            yield f"  {_scalar(report.name)}:"
            yield f"    file-format: {report.format}"
            yield from _files(report.files, "    ")
    if spec.outputs:
        yield "artifacts:"
        yield from _artifacts(spec.outputs)
    if spec.cache_paths:
        yield "cache:"
        yield "  paths:"
        yield from _items(spec.cache_paths, "    ")


def _artifacts(outputs: Sequence[OutputArtifact]) -> Iterator[str]:
    """One output stands at the top; of several, each goes by its artifact's name."""
    if len(outputs) == 1:
        yield from _artifact(outputs[0], "  ")
        return
    yield "  secondary-artifacts:"
    for output in outputs:
        yield f"    {_scalar(output.name)}:"
        yield from _artifact(output, "      ")


def _artifact(output: OutputArtifact, indent: str) -> Iterator[str]:
    if output.base_directory is not None:
        yield f"{indent}base-directory: {_scalar(output.base_directory)}"
    yield from _files(output.files, indent)


def _files(files: Sequence[str], indent: str) -> Iterator[str]:
    yield f"{indent}files:"
    yield from _items(files, indent + "  ")


def _items(values: Sequence[str], indent: str) -> Iterator[str]:
    for value in values:
        yield f"{indent}- {_scalar(value)}"


def _scalar(value: str) -> str:
    return _ESCAPED.sub(_escape, _quoted(value))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _is_plain(script: str) -> bool:
    """Whether it needs no closer look, as scripts mostly do not: a quick look, since they are most of a template."""
    return script.isascii() and not script.encode("ascii").translate(None, _PLAIN)


_PLAIN = b"\n\t" + bytes(range(ord(" "), ord("~") + 1))


def _script(script: str) -> str:
    """A literal block, which keeps every character; a quoted string where the text has what a block cannot carry."""
    body = script.rstrip("\n")
    if not body.strip(" \t") or (not _is_plain(script) and _NOT_IN_A_BLOCK.search(script)):
        return _scalar(script)
    # Without the indicator, YAML would take the spaces before the first line for indentation.
    indicator = "2" if body[0] in " \t\n" else ""
    chomping = {len(body): "-", len(body) + 1: ""}.get(len(script), "+")
    lines = f"\n{script}".removesuffix("\n").replace("\n", f"\n{_INDENT}")
    return f"|{indicator}{chomping}" + _EMPTY_LINE.sub("\n", lines)
