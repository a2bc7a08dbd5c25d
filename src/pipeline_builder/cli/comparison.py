"""`diff`: what changes between two definitions or templates."""

import json
from collections.abc import Mapping, Sequence
from os import fspath
from pathlib import Path
from typing import Any

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import plan_or_show, read_input, sources_of
from pipeline_builder.cli.options import Format
from pipeline_builder.cli.output import show_findings, write, write_data
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.errors import PipelineBuilderError
from pipeline_builder.core.schema.reader import as_data
from pipeline_builder.synth.differences import Change, differences


class NotATemplate(PipelineBuilderError):
    """A file has `Resources` as a template has them, and they are none."""

    code = "not-a-template"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"'{path}' is no CloudFormation template: `Resources` maps names to resources with a `Type`.")


def diff(old: Path, new: Path, plugins: Sequence[Path], form: Format, *, exit_code: bool) -> Exit:
    """Compare as templates: what is not deployed does not count as a change."""
    before, after = _template(old, plugins), _template(new, plugins)
    if before is None or after is None:
        return Exit.FINDINGS
    changes = differences(before, after)
    if form is Format.TEXT:
        write("\n".join(_told(changes)))
    else:
        write_data([{"area": one.area.value, "says": one.says, "detail": list(one.detail)} for one in changes], form)
    return Exit.FINDINGS if changes and exit_code else Exit.FINE


def _template(file: Path, plugins: Sequence[Path]) -> Mapping[str, Any] | None:
    report = Report()
    content = read_input(file)
    document = read_document(content, fspath(file), report)
    if document is None:
        show_findings(report.diagnostics, sources=sources_of([file]))
        return None
    data = _as_json(content) or _lists(as_data(document.root))
    if isinstance(data, dict) and "Resources" in data:
        if not _is_template(data):
            raise NotATemplate(fspath(file))
        return data
    done = plan_or_show(file, plugins, None, locked=False, counts_unpinned=False)
    return None if done is None else json.loads(done.template.as_json())


def _is_template(data: Mapping[str, Any]) -> bool:
    resources = data["Resources"]
    return (
        isinstance(resources, dict)
        and bool(resources)
        and all(
            isinstance(one, dict) and isinstance(one.get("Type"), str) and isinstance(one.get("Properties", {}), dict)
            for one in resources.values()
        )
    )


def _as_json(content: bytes) -> object:
    """The content with its numbers as numbers, where it is JSON: a template has some that are no integers."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _lists(data: object) -> object:
    """Data as JSON has it, so that what was read and what is rendered compare."""
    match data:
        case dict():
            return {key: _lists(below) for key, below in data.items()}
        case tuple():
            return [_lists(item) for item in data]
        case _:
            return data


def _told(changes: Sequence[Change]) -> list[str]:
    if not changes:
        return ["Nothing changes."]
    lines: list[str] = []
    for change in changes:
        lines.append(f"{change.area}: {change.says}")
        lines += [f"    {line}" for line in change.detail]
    return lines
