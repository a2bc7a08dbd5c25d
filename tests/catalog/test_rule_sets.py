"""The shipped rule sets: each rule holds for something, and is broken by something."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline_builder.catalog.loader import samples, shipped_catalog, shipped_rules
from pipeline_builder.core.compliance.attributes import Target
from pipeline_builder.core.compliance.evaluation import CompiledRules, Evaluation
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.compliance.rules import Rule, RuleSet, read_rules
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.planning.preparation import references_of
from pipeline_builder.core.plugins.package import read_folder
from pipeline_builder.core.plugins.resolution import resolve
from pipeline_builder.domains.plugins.packages import read_texts
from pipeline_builder.synth import render


def read_set(path: Path) -> RuleSet:
    report = Report()
    found = read_rules(path.read_bytes(), path.name, report)
    assert found is not None, [(one.message, one.position) for one in report]
    return found


SETS = {name: read_set(path) for name, path in shipped_rules().items()}
RULES = {rule.name: rule for one in SETS.values() for rule in one.rules}
CASES = yaml.safe_load((Path(__file__).parent / "rules" / "cases.yaml").read_text())
EACH = [(RULES[name], case["keeps"], case["breaks"]) for case in CASES for name in case["rules"]]
NOW = datetime(2026, 6, 1, tzinfo=UTC)

DEFINITION = {
    "project": "web",
    "organization": "acme",
    "orgId": "acme-1",
    "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
    "stages": [{"stageName": "Test", "steps": [{"plugin": "jest"}]}],
}
SPEC = {"name": "greet", "version": "1.0.0", "commands": ["echo hello"]}


def pipeline(differs: Mapping[str, Any]) -> PipelineFacts:
    definition = {**DEFINITION, **differs}
    if isinstance(definition["stages"], int):
        count = definition["stages"]
        definition["stages"] = [{"stageName": f"S{place}", "steps": [{"plugin": "jest"}]} for place in range(count)]
    return facts_of(json.dumps(definition).encode(), "pipeline.json")


def facts_of(content: bytes, name: str) -> PipelineFacts:
    report = Report()
    loaded = load_definition(content, name, report)
    assert loaded is not None, [one.message for one in report]
    plan = make_plan(loaded, shipped_catalog(), report)
    assert plan is not None, [one.message for one in report]
    found = resolve(references_of(loaded.definition), shipped_catalog(), Report()).values()
    used = {(one.spec.name, one.spec.version): one for one in found}
    return PipelineFacts(loaded.definition, plan, used, render(plan).as_dict())


def plugin(differs: Mapping[str, Any]) -> PluginFacts:
    spec = {**SPEC, **differs}
    dockerfile = spec.pop("dockerfile", None)
    visibility = spec.pop("visibility", "private")
    if packages := spec.pop("packages", 0):
        named = " ".join(f"package-{place}" for place in range(packages))
        dockerfile = f"FROM debian:12\nRUN apt-get install --yes {named}\n"
    files = {"plugin-spec.yaml": yaml.safe_dump(spec), "config.yaml": "buildType: metadata_only"}
    if dockerfile is not None:
        files |= {"config.yaml": "buildType: build_image", "Dockerfile": dockerfile}
    package = read_texts(files)
    return PluginFacts(package.spec, package.config, visibility, None, dockerfile)


def evaluated(rule: Rule, differs: Mapping[str, Any]) -> Evaluation:
    compiled = CompiledRules([rule])
    if rule.target is Target.PLUGIN:
        return compiled.evaluate_plugin(plugin(differs), NOW)
    return compiled.evaluate_pipeline(pipeline(differs), NOW)


@pytest.mark.parametrize(("rule", "keeps", "breaks"), EACH, ids=lambda one: getattr(one, "name", ""))
def test_each_rule_is_kept_by_something_and_broken_by_something(rule: Rule, keeps: Any, breaks: Any):
    kept, broken = evaluated(rule, keeps), evaluated(rule, breaks)

    assert (kept.violations, kept.evaluated) == ((), 1)
    assert {one.rule.name for one in broken.violations} == {rule.name}
    assert broken.is_blocked == (rule.severity != "warning")


def test_every_rule_has_such_a_case():
    assert {rule.name for rule, _, _ in EACH} == RULES.keys()


def test_the_sets_hold_what_they_are_known_for():
    counts = {name: (len(one.rules), sorted(one.policies)) for name, one in SETS.items()}

    assert counts == {
        "cis": (25, ["cis"]),
        "pci-dss": (25, ["pci-dss"]),
        "soc2": (25, ["soc2"]),
        "standard": (
            10,
            [
                "cost-optimization",
                "naming-conventions",
                "production-readiness",
                "quality-standards",
                "security-baseline",
            ],
        ),
    }
    assert len(RULES) == 85, "no name is used twice"
    for name in ("cis", "pci-dss", "soc2"):
        assert set(SETS[name].policies[name]) == {rule.name for rule in SETS[name].rules}


def test_every_rule_says_what_to_do():
    assert [rule.name for rule in RULES.values() if not rule.hint or not rule.description.endswith(".")] == []


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.stem)
def test_every_set_can_be_evaluated_over_every_sample(sample: Path):
    facts = facts_of(sample.read_bytes(), sample.name)
    for one in SETS.values():
        assert CompiledRules(one.rules).evaluate_pipeline(facts, NOW).evaluated > 0


@pytest.mark.parametrize("place", shipped_catalog().places, ids=lambda path: path.name)
def test_the_shipped_plugins_keep_the_standard_set(place: Path):
    package = read_folder(place, Report())
    dockerfile = package.dockerfile.text if package.dockerfile else None
    facts = PluginFacts(package.spec, package.config, "private", None, dockerfile)

    assert CompiledRules(SETS["standard"].rules).evaluate_plugin(facts, NOW).violations == ()
