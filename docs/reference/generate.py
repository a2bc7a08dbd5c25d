"""Writes the pages of the reference that are made from the source: `make docs`.

With `--check` nothing is written, and the exit code is 1 when a page is not what it should be.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from inspect import getdoc
from itertools import groupby
from pathlib import Path
from typing import assert_never

from prometheus_client import CollectorRegistry

from pipeline_builder.catalog.loader import shipped_rules
from pipeline_builder.core.compliance.attributes import KINDS, Target, sentences
from pipeline_builder.core.compliance.conditions import FUNCTIONS
from pipeline_builder.core.compliance.operators import OPERATORS
from pipeline_builder.core.compliance.rules import read_rules
from pipeline_builder.core.definition.metadata import KEYS, Reach
from pipeline_builder.core.definition.model import Definition
from pipeline_builder.core.diagnostics import Report, catalogue
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.schema import shape as shapes
from pipeline_builder.core.schema.annotations import Length
from pipeline_builder.kit.permissions import CATALOGUE
from pipeline_builder.server.observation import Figures
from pipeline_builder.server.problems import CODES, STATUS
from pipeline_builder.server.settings import FROM_FILES, Settings

HERE = Path(__file__).parent

NAMES = {
    "arn": "ARN",
    "code build": "CodeBuild",
    "code commit": "CodeCommit",
    "ecr": "ECR",
    "git hub": "GitHub",
    "vpc": "VPC",
}
"""How names are written that headings are made of."""


def main() -> int:
    """Write the pages, or say which of them are outdated."""
    outdated = [name for name, text in pages().items() if not _is_current(HERE / name, text)]
    if "--check" in sys.argv:
        for name in outdated:
            print(f"docs/reference/{name} is outdated; `make docs` renews it.", file=sys.stderr)
        return 1 if outdated else 0
    for name in outdated:
        (HERE / name).write_text(pages()[name], encoding="utf-8")
        print(f"docs/reference/{name}")
    return 0


def pages() -> dict[str, str]:
    """Every page by its name."""
    return {
        "definition.md": definition(),
        "diagnostics.md": catalogue.reference(),
        "limits.md": limits(),
        "metadata.md": metadata(),
        "metrics.md": metrics(),
        "permissions.md": permissions(),
        "problems.md": problems(),
        "rules.md": rules(),
        "settings.md": settings(),
    }


def _is_current(page: Path, text: str) -> bool:
    return page.exists() and page.read_text(encoding="utf-8") == text


# --- limits ----------------------------------------------------------------------------------------------------------


def limits() -> str:
    """The limits of AWS, by the document that states them."""
    lines = [
        "# Limits of AWS",
        "",
        "A plan is held against these before anything is rendered. What is over one of them is refused by name, with",
        "the value and what to do. AWS can raise an adjustable one for an account; the value here is every account's.",
    ]
    by_source = sorted(LIMITS.values(), key=lambda limit: limit.source)
    for source, stated in groupby(by_source, key=lambda limit: limit.source):
        lines += ["", f"## {source}", "", "| limit | value | counts | API type |", "| --- | ---: | --- | --- |"]
        for limit in stated:
            value = f"{'at least ' if limit.is_minimum else ''}{limit.value:,}"
            counts = limit.counts + (" (adjustable)" if limit.is_adjustable else "")
            lines.append(f"| `{limit.name}` | {value} | {counts} | {f'`{limit.shape}`' if limit.shape else ''} |")
    return "\n".join(lines) + "\n"


# --- metadata --------------------------------------------------------------------------------------------------------


def metadata() -> str:
    """Every `aws:cdk:*` key: what it does, or why it does nothing, or what to write instead."""
    lines = [
        "# Metadata",
        "",
        "`metadata` stands in a step, in its plugin's reference, in `synth` and in `defaults`; `global` is that of",
        "every step. A key that does not begin with `aws:cdk:` is an environment variable. The others are settings",
        "that older definitions carry; fields of [the definition](definition.md) say the same in fewer words, and win",
        "over them. Case does not count in these keys, and a value may be data or JSON in a text.",
        "",
        "```yaml",
        "global:",
        "  NODE_ENV: production",
        "  aws:cdk:pipelines:codepipeline:selfmutation: false",
        "stages:",
        "  - stageName: Test",
        "    steps:",
        "      - plugin: jest",
        "        metadata:",
        '          aws:cdk:pipelines:codebuildstep:timeout: "30"',
        "          aws:cdk:codebuild:buildenvironment:computetype: BUILD_GENERAL1_MEDIUM",
        "```",
    ]
    keys = KEYS.items()
    for title, about, reach in (
        ("Of the pipeline", "These stand in `global`, in `defaults.metadata` or in `synth.metadata`.", Reach.PIPELINE),
        ("Of steps", "These stand in the metadata of a step, or in `global` for every step.", Reach.STEP),
    ):
        rows = [f"| `{name}` | {key.kind} | {key.does} |" for name, key in keys if key.setting and key.reach is reach]
        lines += ["", f"## {title}", "", about, "", "| key | value | what it does |", "| --- | --- | --- |", *rows]
    for title, about, reasons in (
        ("Without effect", "These are let pass with a note.", {name: key.moot for name, key in keys}),
        ("Refused", "What these ask for cannot be had in a definition.", {name: key.refused for name, key in keys}),
    ):
        rows = [f"| `{name}` | {why[0].upper()}{why[1:]}. |" for name, why in reasons.items() if why]
        lines += ["", f"## {title}", "", about, "", "| key | why |", "| --- | --- |", *rows]
    return "\n".join(lines) + "\n"


# --- rules -----------------------------------------------------------------------------------------------------------


def rules() -> str:
    """What rules are made of, and the shipped sets."""
    lines = [
        "# Rules",
        "",
        "A rule names what it is about (`target`), and a condition that has to be true: one test (`attribute`,",
        "`operator`, `value`), or `then` with tests put together by `all`, `any` and `not`; `when` says where it",
        "counts at all. Rules stand in a file under `rules`; [the platform](../platform.md) tells how organizations",
        "use them, and `pipeline-manager check FILE --rules FILE` holds a definition against them on one's own",
        "machine. `pipeline-manager schema rules` writes the JSON Schema for editors.",
        "",
        "```yaml",
        "rules:",
        "  - name: quick-tests",
        "    description: Tests are over in ten minutes.",
        "    target: step",
        "    when: {attribute: category, operator: eq, value: testing}",
        "    then: {attribute: timeout, operator: lte, value: 10}",
        "    severity: error",
        "    hint: Split the tests.",
        "```",
        "",
        "*Warnings* are told, *errors* and *critical* ones block. What is not known is absent, and has one meaning: a",
        "test of it is neither true nor false; `not` leaves that as it is, `all` is true only when everything is,",
        "`any` when anything is. Only what is true keeps a rule, and only what is true meets its `when`.",
        "",
        "## Operators",
        "",
        "| operator | on | value | what it says |",
        "| --- | --- | --- | --- |",
    ]
    for operator in OPERATORS.values():
        kinds = ", ".join(sorted(operator.kinds))
        lines.append(f"| `{operator.name}` | {kinds} | {operator.expected} | {operator.sentence} |")
    lines += ["", "## Functions", "", "Around an attribute, as `count(stages)`.", ""]
    lines += ["| function | of | gives | what |", "| --- | --- | --- | --- |"]
    for function in FUNCTIONS.values():
        kinds = ", ".join(sorted(function.kinds))
        lines.append(f"| `{function.name}` | {kinds} | {function.gives} | {function.sentence} |")
    for target in Target:
        lines += ["", f"## Attributes of a {target}", "", "| attribute | kind | what |", "| --- | --- | --- |"]
        told = sentences(target)
        lines += [f"| `{name}` | {kind} | {told[name]} |" for name, kind in KINDS[target].items()]
    for name, path in shipped_rules().items():
        lines += ["", f"## The set `{name}`", "", "| rule | target | severity | what |", "| --- | --- | --- | --- |"]
        found = read_rules(path.read_bytes(), path.name, Report())
        if found is None:
            raise LookupError(f"{path} has errors")
        lines += [f"| `{one.name}` | {one.target} | {one.severity} | {one.description} |" for one in found.rules]
        policies = [policy for policy in found.policies if policy != name]
        if policies:
            lines += ["", f"Policies: {', '.join(f'`{policy}`' for policy in policies)}."]
    return "\n".join(lines) + "\n"


# --- the platform ----------------------------------------------------------------------------------------------------


def problems() -> str:
    """Every error by its code, as `type` of a problem document points to it."""
    lines = [
        "# Problems",
        "",
        "Every error of the API is a problem document (RFC 9457, `application/problem+json`): `code` is for programs",
        "and stays as it is, `detail` is a sentence for people, `errors` says what is wrong with the values of a",
        "request, and `requestId` names the request in the log. Other fields are facts of the code. The command line",
        "ends with the same errors. After a problem nothing has changed; only of `database-unavailable` this is not",
        "known, when the connection broke while it was committed.",
    ]
    for code, (status, about) in sorted(_problems().items()):
        lines += ["", f"## {code}", "", status, "", about]
    return "\n".join(lines) + "\n"


def _problems() -> dict[str, tuple[str, str]]:
    found = {
        code: (_status(status), "The framework refuses the request before it is read.")
        for status, code in CODES.items()
    }
    found["invalid-request"] = (
        _status(HTTPStatus.UNPROCESSABLE_ENTITY),
        "Values of the request are not valid; `errors` has each.",
    )
    found["internal-error"] = (
        _status(HTTPStatus.INTERNAL_SERVER_ERROR),
        "A mistake of ours. The log has it, under the request's id.",
    )
    for error in _errors():
        limited = " Without `retryAfter`, where waiting does not help, 403." if error.kind is ErrorKind.LIMITED else ""
        found[error.code] = (_status(STATUS[error.kind]) + limited, _paragraphs(error))
    return found


def _status(status: HTTPStatus) -> str:
    return f"Status {status.value}, {status.phrase}."


def _paragraphs(thing: object) -> str:
    """What a docstring says before it lists attributes."""
    return (getdoc(thing) or "").partition("\n\nAttributes:")[0]


def _errors() -> Iterator[type[PipelineBuilderError]]:
    """Every error that has a code of its own, of all modules."""
    for part in ("adapters", "catalog", "cli", "core", "domains", "kit", "server"):
        package = importlib.import_module(f"pipeline_builder.{part}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    waiting = [PipelineBuilderError]
    for kind in waiting:
        waiting += kind.__subclasses__()
        if "code" in vars(kind) and kind is not PipelineBuilderError:
            yield kind


def permissions() -> str:
    """Every permission, with the weakest built-in role that has it."""
    lines = [
        "# Permissions",
        "",
        "A role of an organization's own, and a token for a program, is a list of these. Of the built-in roles",
        "`owner`, `admin`, `member` and `viewer` each has everything that those after it have. Admins of an",
        "organization are admins of its teams. Nobody gives or takes what they do not have themselves.",
        "",
        "| permission | from role on | allows |",
        "| --- | --- | --- |",
    ]
    for permission, meaning in CATALOGUE.items():
        where = ", of the system organization" if meaning.only_system else ""
        lines.append(f"| `{permission}` | `{meaning.least}`{where} | {meaning.sentence} |")
    return "\n".join(lines) + "\n"


def settings() -> str:
    """Every setting of the platform's processes."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read once when a process starts. What is marked with * may stand in a file instead,",
        "whose path is in the variable with `_FILE` added.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        variable = f"`{name.upper()}`" + ("*" if name.upper() in FROM_FILES else "")
        default = "" if field.default in (None, "") else f"`{str(field.default).lower()}`"
        lines.append(f"| {variable} | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def metrics() -> str:
    """Every figure that `/metrics` shows."""
    lines = [
        "# Metrics",
        "",
        "`GET /metrics` shows them to Prometheus, for each process.",
        "",
        "| name | kind | meaning |",
        "| --- | --- | --- |",
    ]
    registry = CollectorRegistry()
    Figures(registry)
    for figure in registry.collect():
        suffix = "_total" if figure.type == "counter" else ""
        lines.append(f"| `{figure.name}{suffix}` | {figure.type} | {figure.documentation} |")
    return "\n".join(lines) + "\n"


# --- the definition --------------------------------------------------------------------------------------------------


def definition() -> str:
    """Every field of a definition, record by record, in the order in which a reader meets them; required ones first."""
    lines = [
        "# The definition",
        "",
        "A definition is a YAML or JSON document. `pipeline-manager schema definition` prints the same as a JSON",
        "Schema, for editors. Keys in **bold** are required; keys that are not listed here are errors. Texts may hold",
        "[expressions](templates.md). How all of this is used is shown in [writing a definition](../definition.md).",
    ]
    for record in _records():
        lines += [
            "",
            f"## {_heading(record)}",
            "",
            *_about(record),
            "",
            "| key | holds | meaning |",
            "| --- | --- | --- |",
        ]
        shown = [entry for entry in shapes.entries_of(record) if not entry.ignored]
        lines += [_row(entry) for entry in sorted(shown, key=lambda entry: not entry.is_required)]
    return "\n".join(lines) + "\n"


def _records() -> list[type]:
    found: dict[type, None] = {Definition: None}
    queue: list[type] = [Definition]
    for record in queue:
        for entry in shapes.entries_of(record):
            fresh = [member for member in _members(entry.shape) if member not in found]
            found |= dict.fromkeys(fresh)
            queue += fresh
    return list(found)


def _members(shape: shapes.Shape) -> Iterator[type]:
    match shape:
        case shapes.Record():
            yield shape.type
        case shapes.OneOf():
            yield from shape.members
        case shapes.Items() | shapes.Entries():
            yield from _members(shape.of)
        case _:
            return


def _heading(record: type) -> str:
    """`ConnectionSource` as `Connection source`."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in record.__name__).strip()
    for plain, name in NAMES.items():
        words = re.sub(rf"\b{plain}\b", name, words)
    return words[0].upper() + words[1:]


def _about(record: type) -> list[str]:
    kind = _kind(record)
    return [getdoc(record) or "", *([f"\nIts `type` is `{kind}`."] if kind else [])]


def _kind(record: type) -> str:
    """The tag of a record that is one of several; the others have none."""
    return getattr(record, "kind", "")


def _row(entry: shapes.Entry) -> str:
    key = f"**`{entry.key}`**" if entry.is_required else f"`{entry.key}`"
    meaning = entry.doc.text if entry.doc else ""
    if entry.outdated:
        meaning += f" Outdated: write {entry.outdated.instead}."
    if entry.aliases:
        meaning += f" Also {_listed([f'`{alias}`' for alias in entry.aliases], 'and')}."
    return f"| {key} | {_holds(entry.shape)} | {meaning.strip()} |"


def _holds(shape: shapes.Shape) -> str:  # noqa: PLR0911 -- one answer for each kind
    match shape:
        case shapes.Text():
            return shape.pattern.says if shape.pattern else f"text{_bounds(shape.length, 'characters')}"
        case shapes.Integer():
            return f"number, {shape.range.minimum} to {shape.range.maximum}" if shape.range else "number"
        case shapes.Truth():
            return "`true` or `false`"
        case shapes.Choice():
            return _listed([f"`{member.value}`" for member in shape.enum], "or")
        case shapes.Items():
            alone = " (or one alone)" if shape.may_be_one else ""
            return f"list of {_holds(shape.of)}{_bounds(shape.length, 'items')}{alone}"
        case shapes.Entries():
            return f"map to {_holds(shape.of)}{_bounds(shape.length, 'entries')}"
        case shapes.Anything():
            return "any value"
        case shapes.Record():
            heading = _heading(shape.type)
            return _link(heading[0].lower() + heading[1:], shape.type)
        case shapes.OneOf():
            return _listed([_link(f"`{_kind(member)}`", member) for member in shape.members], "or")
        case _:
            assert_never(shape)


def _bounds(length: Length | None, unit: str) -> str:
    if length is None or (length.minimum == 0 and length.maximum is None):
        return ""
    if length.maximum is None:
        return f", at least {length.minimum}"
    return f", at most {length.maximum} {unit}"


def _link(words: str, record: type) -> str:
    return f"[{words}](#{_heading(record).lower().replace(' ', '-')})"


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


if __name__ == "__main__":
    sys.exit(main())
