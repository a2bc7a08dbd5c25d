"""`schema` and `explain`: what documents look like and what findings mean."""

import json

import click

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.options import Format
from pipeline_builder.cli.output import say, write, write_data
from pipeline_builder.core.diagnostics.catalogue import Entry, entries, explanation
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

DOCUMENTS = ("definition", "plugin-spec", "plugin-config")


class CodeUnknown(PipelineBuilderError):
    """No finding has this code."""

    code = "code-unknown"
    kind = ErrorKind.ABSENT

    def __init__(self, name: str, nearest: str | None) -> None:
        self.name = name
        hint = f" Did you mean '{nearest}'?" if nearest else " `pipeline-manager explain` lists them all."
        super().__init__(f"No finding has the code '{name}'.{hint}")


def schema(document: str) -> Exit:
    """Write the JSON Schema of a document."""
    from pipeline_builder.core.compliance.json_schema import rules_schema
    from pipeline_builder.core.definition.model import Definition
    from pipeline_builder.core.plugins.model import PluginConfig, PluginSpec
    from pipeline_builder.core.schema.json_schema import json_schema

    types = dict(zip(DOCUMENTS, (Definition, PluginSpec, PluginConfig), strict=True))
    found = rules_schema() if document == "rules" else json_schema(types[document])
    write(json.dumps(found, indent=2, ensure_ascii=False))
    return Exit.FINE


def explain(code: str | None, form: Format) -> Exit:
    """Write what a finding means; without a code, all codes with their titles."""
    known = entries()
    if code is not None and code not in known:
        from difflib import get_close_matches

        raise CodeUnknown(code, next(iter(get_close_matches(code.lower(), known, n=1)), None))
    if form is not Format.TEXT:
        write_data([_data(entry) for entry in known.values()] if code is None else _data(known[code]), form)
    elif code is None:
        write("\n".join(f"{entry.code}  ({entry.severity}) {entry.title}" for entry in known.values()))
    else:
        write(explanation(known[code]))
        say(f"All codes: pipeline-manager explain ({len(known)})")
    return Exit.FINE


def _data(entry: Entry) -> dict[str, str]:
    return {
        "code": entry.code,
        "severity": entry.severity.value,
        "title": entry.title,
        "explanation": entry.explanation,
        "fix": entry.fix,
    }


def completion(command: click.Command, shell: str) -> Exit:
    """Write the script that makes a shell complete this command's words."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise AssertionError(f"click knows no {shell}")
    write(kind(command, {}, "pipeline-manager", "_PIPELINE_MANAGER_COMPLETE").source())
    return Exit.FINE
