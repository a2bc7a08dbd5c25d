"""`plugin list | show | validate`."""

from collections.abc import Sequence
from os import fspath
from pathlib import Path
from typing import Any

from pipeline_builder.cli.exits import Exit
from pipeline_builder.cli.loading import sources_of
from pipeline_builder.cli.options import FindingsFormat, Format
from pipeline_builder.cli.output import counted, say, show_findings, write, write_data
from pipeline_builder.cli.ruling import broken_by_plugin, place_of, rules_of
from pipeline_builder.core.definition.model import PluginReference
from pipeline_builder.core.diagnostics import Diagnostic, Location, Report, Severity
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.core.plugins.model import Plugin
from pipeline_builder.core.plugins.package import CONFIG_NAMES, SPEC_NAME, read_archive, read_folder
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.kernel import catalog_of, read_file


class CategoryUnknown(PipelineBuilderError):
    """No plugin is of this category."""

    code = "category-unknown"
    kind = ErrorKind.ABSENT

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"No plugin is of the category '{name}'. There are: {', '.join(known)}.")


def list_plugins(category: str | None, plugins: Sequence[Path], form: Format) -> Exit:
    """One line, or one record, per plugin.

    Raises:
        CategoryUnknown: no plugin is of the category.
    """
    report = Report()
    found = sorted(
        catalog_of(plugins).everything(report), key=lambda one: (one.spec.category, one.spec.name, one.owner)
    )
    chosen = [plugin for plugin in found if category is None or plugin.spec.category == category]
    show_findings(report.diagnostics)
    if category is not None and not chosen:
        raise CategoryUnknown(category, sorted({plugin.spec.category for plugin in found}))
    if form is not Format.TEXT:
        write_data([_summary(plugin) for plugin in chosen], form)
        return Exit.FINE
    width = max((len(plugin.spec.name) for plugin in chosen), default=0)
    lines = [
        f"{one.spec.category:<15} {one.spec.name:<{width}}  {one.spec.version:<8} {_first_sentence(one)}"
        for one in chosen
    ]
    write("\n".join(lines))
    say(counted(len(chosen), "plugin", "plugins"))
    return Exit.FINE


def show(name: str, plugins: Sequence[Path], form: Format) -> Exit:
    """All that an author needs to use a plugin."""
    report = Report()
    at = Location()
    plugin = resolve({at: PluginReference.from_text(name)}, catalog_of(plugins), report).get(at)
    show_findings(found for found in report.diagnostics if found.code != "image-not-pinned")
    if plugin is None:
        return Exit.ABSENT if any(one.code in _ABSENT for one in report.diagnostics) else Exit.FINDINGS
    if form is Format.TEXT:
        write("\n".join(_told(plugin)))
    else:
        write_data(_details(plugin), form)
    return Exit.FINE


_ABSENT = ("no-matching-version", "unknown-plugin")


_FILES_OF_PACKAGES = (SPEC_NAME, *CONFIG_NAMES)
"""Whoever names one of them means the folder."""


def validate(paths: Sequence[Path], form: FindingsFormat, rules: Sequence[str] = ()) -> Exit:
    """Read each package as the platform would.

    Args:
        rules: files and shipped sets that the packages are held against too.

    Raises:
        FileUnreadable: a package or a file of rules cannot be read.
    """
    report = Report()
    compiled = rules_of(rules, report) if rules else None
    for path in paths:
        folder = path.parent if path.name in _FILES_OF_PACKAGES else path
        is_folder = folder.is_dir()
        package = read_folder(folder, report) if is_folder else read_archive(read_file(path), str(path), report)
        if package is not None and compiled is not None:
            report.extend(broken_by_plugin(compiled, package, fspath(folder)))
    found: tuple[Diagnostic, ...] = report.diagnostics
    show_findings(found, form, sources_of([place_of(name) for name in rules]))
    if any(one.severity is Severity.ERROR for one in found):
        return Exit.FINDINGS
    if form is FindingsFormat.TEXT:
        say(f"{counted(len(paths), 'package is', 'packages are')} fine.")
    return Exit.FINE


def _first_sentence(plugin: Plugin) -> str:
    return (plugin.spec.description or "").split(". ")[0].strip().removesuffix(".")


def _summary(plugin: Plugin) -> dict[str, Any]:
    spec = plugin.spec
    return {
        "name": spec.name,
        "version": spec.version,
        "owner": plugin.owner,
        "category": spec.category,
        "description": spec.description,
    }


def _details(plugin: Plugin) -> dict[str, Any]:
    spec = plugin.spec
    return _summary(plugin) | {
        "pluginType": spec.plugin_type.value,
        "failureBehavior": spec.failure_behavior.value,
        "computeType": spec.compute_type.value,
        "timeout": spec.timeout,
        "inputs": {
            name: {"type": one.type.value, "default": one.default, "required": one.required, "enum": list(one.enum)}
            | {"description": one.description}
            for name, one in spec.inputs.items()
        },
        "secrets": [
            {"name": one.name, "required": one.required, "description": one.description} for one in spec.secrets
        ],
        "outputs": [{"kind": one.kind.value, "path": one.path} for one in spec.outputs],
        "installCommands": list(spec.install_commands),
        "commands": list(spec.commands),
    }


def _told(plugin: Plugin) -> list[str]:
    spec = plugin.spec
    lines = [f"{spec.name} {spec.version} ({spec.category})", "", *(spec.description or "").splitlines(), ""]
    lines.append(f"on failure: {spec.failure_behavior}, {spec.compute_type}, {spec.timeout or 60} minutes")
    if spec.inputs:
        lines += ["", "inputs:"]
        for name, one in spec.inputs.items():
            choices = f" of {' | '.join(one.enum)}" if one.enum else ""
            default = " (required)" if one.required else f" = {one.default!r}"
            lines += [f"  {name}: {one.type}{choices}{default}", f"      {one.description}"]
    if spec.secrets:
        lines += ["", "secrets:"]
        lines += [
            f"  {one.name}{'' if one.required else ' (optional)'}: {one.description or ''}" for one in spec.secrets
        ]
    if spec.outputs:
        lines += ["", "outputs:", *(f"  {one.kind}: {one.path}" for one in spec.outputs)]
    example = f"- plugin: {{name: {spec.name}, version: ^{spec.version}}}"
    return [*lines, "", "example step:", f"  {example}"]
