"""`--rules`: files of rules and shipped sets, held against definitions and plugins on this machine."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from os import fspath
from pathlib import Path

from pipeline_builder.catalog.loader import shipped_rules
from pipeline_builder.cli.loading import Planned
from pipeline_builder.core.compliance.evaluation import CompiledRules
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.compliance.rules import Rule, read_rules
from pipeline_builder.core.diagnostics import Diagnostic, Report
from pipeline_builder.core.planning.preparation import references_of
from pipeline_builder.core.plugins.package import PluginPackage
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.kernel import catalog_of, read_file

_VISIBILITY = "private"
"""Of a plugin that is not published yet."""


def place_of(named: str) -> Path:
    """The file of a shipped set, or the file that is named."""
    return shipped_rules().get(named, Path(named))


def rules_of(named: Sequence[str], report: Report) -> CompiledRules | None:
    """The rules of files and sets; None when something is wrong with any of them, which is in the report.

    Raises:
        FileUnreadable: one of them is not there.
    """
    rules: list[Rule] = []
    for name in named:
        path = place_of(name)
        found = read_rules(read_file(path), fspath(path), report)
        rules += found.rules if found else ()
    return None if report.has_errors else CompiledRules(rules)


def broken_by_pipeline(rules: CompiledRules, done: Planned, plugins: Sequence[Path]) -> Iterator[Diagnostic]:
    """What a definition breaks, as findings at the places of the definition."""
    references = references_of(done.loaded.definition)
    resolved = resolve(references, catalog_of(plugins), Report(), lock=done.lock)
    used = {(one.spec.name, one.spec.version): one for one in resolved.values()}
    facts = PipelineFacts(done.loaded.definition, done.plan, used, done.template.as_dict())
    broken = rules.evaluate_pipeline(facts, datetime.now(UTC)).violations
    yield from done.loaded.worth_telling(one.as_diagnostic() for one in broken)


def broken_by_plugin(rules: CompiledRules, package: PluginPackage, label: str) -> Iterator[Diagnostic]:
    """What a package breaks, as findings about it as a whole."""
    dockerfile = package.dockerfile.text if package.dockerfile else None
    facts = PluginFacts(package.spec, package.config, _VISIBILITY, None, dockerfile)
    for one in rules.evaluate_plugin(facts, datetime.now(UTC)).violations:
        told = one.as_diagnostic()
        yield Diagnostic(told.code, told.message, told.at, told.severity, told.hint, file=label)
