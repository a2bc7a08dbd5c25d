"""Rules, and pipelines and plugins for them to look at."""

import json
from typing import Any

from pipeline_builder.core.compliance.evaluation import CompiledRules, Evaluation
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.compliance.rules import Rule, read_rule
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.planning.preparation import references_of
from pipeline_builder.core.plugins.catalog import InMemoryCatalog
from pipeline_builder.core.plugins.model import BuildType, Plugin, PluginConfig, PluginSpec
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.synth import render
from tests.factories.definitions import PLUGINS


def a_rule(**more: Any) -> Rule:
    """A rule of which only what matters is said."""
    report = Report()
    written = {"name": "rule", "description": "It is so.", "target": "pipeline", **more}
    rule = read_rule(written, report)
    assert rule is not None, [one.message for one in report]
    return rule


def findings_of(**more: Any) -> list[tuple[str, str]]:
    """Codes and places of what is wrong with a rule."""
    report = Report()
    assert read_rule({"name": "rule", "description": "It is so.", "target": "pipeline", **more}, report) is None
    return [(one.code, str(one.at)) for one in report.diagnostics]


def a_pipeline(*stages: dict[str, Any], plugins: tuple[Plugin, ...] = (), **more: Any) -> PipelineFacts:
    """A pipeline of these stages, with everything decided; further keys replace those of a small default one."""
    definition: dict[str, Any] = {
        "project": "web",
        "organization": "acme",
        "orgId": "acme-1",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "synth"},
        "stages": list(stages),
        **more,
    }
    report = Report()
    catalog = InMemoryCatalog((*plugins, *PLUGINS))
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    assert loaded is not None
    plan = make_plan(loaded, catalog, report)
    assert plan is not None, [one.message for one in report]
    resolved = resolve(references_of(loaded.definition), catalog, Report())
    used = {(one.spec.name, one.spec.version): one for one in resolved.values()}
    return PipelineFacts(loaded.definition, plan, used, render(plan).as_dict())


def a_published(dockerfile: str | None = None, visibility: str = "private", **spec: Any) -> PluginFacts:
    """A plugin that is about to be published."""
    values: dict[str, Any] = {"name": "greet", "version": "1.0.0", "commands": ("echo",), **spec}
    build = BuildType.METADATA_ONLY if dockerfile is None else BuildType.BUILD_IMAGE
    return PluginFacts(PluginSpec(**values), PluginConfig(build_type=build), visibility, None, dockerfile)


def evaluated(facts: PipelineFacts | PluginFacts, *rules: Rule, **more: Any) -> Evaluation:
    """What comes of rules, now."""
    from datetime import UTC, datetime  # noqa: PLC0415 -- for the one default

    moment = more.pop("moment", datetime(2026, 6, 1, tzinfo=UTC))
    compiled = CompiledRules(rules)
    if isinstance(facts, PluginFacts):
        return compiled.evaluate_plugin(facts, moment, **more)
    return compiled.evaluate_pipeline(facts, moment, **more)
