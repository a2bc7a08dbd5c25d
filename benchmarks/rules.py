"""How long it takes to hold a pipeline against rules: 100 rules over each of 25 steps.

    python -m benchmarks.rules

What creates a pipeline waits for this. The facts are read anew in every try, as for a new pipeline; the rules are
compiled once, as a process keeps them. Beside it, the same rules the plain way: rule after rule, step after step.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pipeline_builder
from benchmarks.in_process import best, definition
from benchmarks.table import Figure, report
from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.compliance.attributes import STEP
from pipeline_builder.core.compliance.evaluation import CompiledRules
from pipeline_builder.core.compliance.facts import PipelineFacts
from pipeline_builder.core.compliance.rules import Rule, read_rule
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.preparation import references_of
from pipeline_builder.core.plugins.resolution import resolve

_STEPS = 25
_RULES = 100
_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _conditions(place: int) -> Sequence[dict[str, Any]]:
    """Tests that differ from place to place, so that none is answered by another one's answer."""
    return (
        {"attribute": "timeout", "operator": "lte", "value": 120 + place},
        {"attribute": "computeType", "operator": "in", "value": ["BUILD_GENERAL1_SMALL", f"BUILD_{place}"]},
        {"attribute": "isPrivileged", "operator": "eq", "value": False},
        {"attribute": "plugin", "operator": "regex", "value": f"^([a-z][a-z0-9-]{{1,63}}|x{place})$"},
        {"attribute": "name", "operator": "lengthLt", "value": 60 + place},
        {"attribute": "category", "operator": "neq", "value": f"category-{place}"},
        {"attribute": "keywords", "operator": "notContains", "value": f"keyword-{place}"},
        {"attribute": "allowedOnEverything", "operator": "notContains", "value": f"iam:PassRole{place}"},
        {"attribute": "logRetention", "operator": "gte", "value": place / _RULES},
        {"attribute": "failureBehavior", "operator": "neq", "value": f"ignore-{place}"},
        {"attribute": "count(secrets)", "operator": "lt", "value": 20 + place},
        {"attribute": "script", "operator": "notContains", "value": f"--insecure{place}"},
        {"attribute": "ownCommands", "operator": "countLt", "value": 50 + place},
    )


def _rules() -> list[Rule]:
    rules = []
    for place in range(_RULES):
        conditions = _conditions(place)
        then = conditions[place % len(conditions)]
        written: dict[str, Any] = {"name": f"rule-{place}", "description": "So it is.", "target": "step", "then": then}
        if place % 4 == 0:
            written["when"] = {"attribute": "category", "operator": "in", "value": ["testing", "quality"]}
        rule = read_rule(written, Report())
        if rule is None:
            raise LookupError(f"The rule {written} is not right.")
        rules.append(rule)
    return rules


def _plainly(rules: Sequence[Rule], facts: PipelineFacts) -> int:
    """Rule after rule, step after step, each attribute found when it is asked for."""
    broken = 0
    for rule in rules:
        for step in facts.steps:
            found = {one.name: value for one in STEP if (value := one.of(step)) is not None}
            if rule.when is None or rule.when.holds(found) is True:
                broken += rule.then.holds(found) is not True
    return broken


def main() -> int:
    """Measure, and tell."""
    loaded = pipeline_builder.load(definition(_STEPS))
    plan = pipeline_builder.plan(loaded)
    template = pipeline_builder.render(plan).as_dict()
    resolved = resolve(references_of(loaded.definition), shipped_catalog(), Report())
    used = {(one.spec.name, one.spec.version): one for one in resolved.values()}

    def facts() -> PipelineFacts:
        return PipelineFacts(loaded.definition, plan, used, template)

    rules = _rules()
    compiled = CompiledRules(rules)
    broken = len(compiled.evaluate_pipeline(facts(), _NOW).violations)
    if len(facts().steps) != _STEPS or broken != _plainly(rules, facts()):
        raise LookupError("The two ways do not come to the same.")
    ours = best(lambda: compiled.evaluate_pipeline(facts(), _NOW))
    plain = best(lambda: _plainly(rules, facts()))
    what = f"{_RULES} rules x {_STEPS} steps"
    return report(
        [
            Figure(what=what, value=ours, target=1, unit="ms"),
            Figure(
                what="as many times faster than the plain way", value=plain / ours, target=10, unit="x", is_minimum=True
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
