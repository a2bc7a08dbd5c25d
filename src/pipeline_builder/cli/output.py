"""Writing: data goes to stdout, talk to stderr, findings to wherever the format belongs."""

import json
import os
import sys
from collections.abc import Iterable, Mapping

from pipeline_builder.cli.options import FindingsFormat, Format
from pipeline_builder.core.diagnostics import Diagnostic
from pipeline_builder.core.diagnostics.formats import as_json, as_sarif, as_text, printable


def say(text: str) -> None:
    """Talk to the person, never part of the data. Names of files may hold anything, and must not move the cursor."""
    print(printable(text), file=sys.stderr, flush=True)


def counted(number: int, one: str, several: str) -> str:
    """How many there are, in the words for one or for several of them."""
    return f"{number} {one if number == 1 else several}"


def write(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def write_data(data: object, form: Format) -> None:
    """Write data as JSON or YAML; as text it is written as YAML, which people read more easily."""
    write(as_yaml(data) if form is not Format.JSON else json.dumps(data, indent=2, ensure_ascii=False))


def as_yaml(data: object) -> str:
    """YAML with texts of several lines as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)


def show_findings(
    findings: Iterable[Diagnostic], form: FindingsFormat = FindingsFormat.TEXT, sources: Mapping[str, str] | None = None
) -> None:
    """Text goes to stderr, for people; JSON and SARIF to stdout, for programs."""
    found = tuple(findings)
    match form:
        case FindingsFormat.TEXT:
            if found:
                sys.stderr.write(as_text(found, color=has_color(), sources=sources))
        case FindingsFormat.JSON:
            write(as_json(found))
        case FindingsFormat.YAML:
            write(as_yaml(json.loads(as_json(found))))
        case FindingsFormat.SARIF:
            write(as_sarif(found))


def has_color() -> bool:
    """Colour only where a person reads it. Source: no-color.org."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
