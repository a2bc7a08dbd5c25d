"""What holds for any definition: it is told what is wrong with it, or becomes a template that AWS takes."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import pipeline_builder
from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Diagnostic, Report, Severity
from pipeline_builder.core.planning.limit_checks import resource_count
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.model import BuildAction, Plan, SourceAction
from pipeline_builder.core.planning.plan import make_plan
from tests.factories.random_definitions import Json, definitions
from tests.synth.references import dangling
from tests.synth.service_models import faults

usual = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def planned(definition: Json) -> tuple[Plan | None, tuple[Diagnostic, ...]]:
    report = Report()
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    plan = None if loaded is None else make_plan(loaded, shipped_catalog(), report)
    return plan, report.diagnostics


@usual
@given(definitions())
def test_either_it_is_told_what_is_wrong_or_there_is_a_plan(definition: Json):
    plan, found = planned(definition)
    assert (plan is None) == any(one.severity is Severity.ERROR for one in found)
    assert all(one.message and one.position is not None for one in found)


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[bool]]:
    made: list[bool] = []
    yield made
    assert sum(made) > len(made) / 3, "too few of the definitions can become a template to prove anything"


@settings(usual, suppress_health_check=[*HealthCheck])
@given(definition=definitions())
def test_whatever_becomes_a_template_is_valid(definition: Json, outcomes: list[bool]):
    plan, _ = planned(definition)
    outcomes.append(plan is not None)
    assume(plan is not None)
    assert plan is not None
    template = pipeline_builder.render(plan)
    rendered = template.as_dict()
    assert faults(rendered) == []
    assert resource_count(plan) == len(template.resources)
    assert dangling(rendered) == set()
    assert [where for where, size in _policy_sizes(rendered) if size > LIMITS["inline-policies-size"].value] == []
    assert template.as_json() == pipeline_builder.render(planned(_reversed(definition))[0]).as_json()


@usual
@given(definitions())
def test_nothing_is_read_before_it_is_made(definition: Json):
    plan, _ = planned(definition)
    assume(plan is not None)
    assert plan is not None
    made: dict[str, tuple[int, int]] = {}
    for place, stage in enumerate(plan.stages):
        orders = sorted({action.run_order for action in stage.actions})
        assert orders == list(range(1, len(orders) + 1))
        for action in stage.actions:
            if isinstance(action, SourceAction):
                made[action.output.name] = (place, 0)
            elif isinstance(action, BuildAction):
                made |= dict.fromkeys(action.outputs, (place, action.run_order))
    for place, stage in enumerate(plan.stages):
        for action in stage.actions:
            if isinstance(action, BuildAction):
                assert all(made[name] < (place, action.run_order) for name in action.inputs)


@usual
@given(definitions(), st.data())
def test_a_step_that_comes_goes_or_moves_changes_no_other_steps_resources(definition: Json, data: st.DataObject):
    before, _ = planned(definition)
    assume(before is not None)
    stages = [{**stage, "steps": list(stage["steps"])} for stage in definition["stages"]]
    steps = data.draw(st.sampled_from(stages))["steps"]
    match data.draw(st.sampled_from(("comes", "goes", "moves"))):
        case "comes":
            place = data.draw(st.integers(0, len(steps)))
            steps.insert(place, {"name": "new", "plugin": "shell", "commands": ["true"], "exports": ["VERSION"]})
        case "goes":
            assume(len(steps) > 1)
            del steps[data.draw(st.integers(0, len(steps) - 1))]
        case "moves":
            steps.append(steps.pop(data.draw(st.integers(0, len(steps) - 1))))
    after, _ = planned({**definition, "stages": stages})
    assume(after is not None)
    assert before is not None
    assert after is not None
    old, new = _names(before), _names(after)
    assert {step: new[step] for step in old if step in new} == {step: old[step] for step in old if step in new}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(definitions())
def test_every_script_is_one_that_the_shell_can_read(definition: Json):
    plan, _ = planned(definition)
    assume(plan is not None)
    assert plan is not None
    shell = shutil.which("dash") or "/bin/sh"
    for project in plan.projects:
        script = project.build_spec.script
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def _names(plan: Plan) -> dict[tuple[str, str], list[Any]]:
    """By stage and step: everything that AWS knows it by."""
    names: dict[tuple[str, str], list[Any]] = {}
    for project in plan.projects:
        key = (project.stage, project.step)
        names[key] = [project.id, project.name, project.role, project.log_group.id]
    for stage in plan.stages:
        for action in stage.actions:
            if isinstance(action, BuildAction):
                names[stage.name, action.name].append(action.namespace)
    return names


def _reversed(value: Any) -> Any:
    """The same with the keys of every mapping the other way round, where their order says nothing."""
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [_reversed(one) for one in value]
    return value


def _policy_sizes(template: Json) -> Iterator[tuple[str, int]]:
    for name, resource in template["Resources"].items():
        for policy in resource["Properties"].get("Policies", []):
            yield name, len(json.dumps(policy["PolicyDocument"], separators=(",", ":")))
