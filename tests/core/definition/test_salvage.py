"""Everything that is wrong is told at once, each fault once, and nothing that only follows from one."""

import json

import pytest

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.definition.salvage import salvage
from pipeline_builder.core.diagnostics import Report, Severity
from pipeline_builder.core.documents import read_document
from pipeline_builder.core.planning.plan import make_plan


def errors_in(definition):
    """Code and path of each."""
    report = Report()
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)
    if loaded is not None:
        assert make_plan(loaded, shipped_catalog(), report) is None or not report.has_errors
    return [(one.code, str(one.at)) for one in report.diagnostics if one.severity is Severity.ERROR]


def a_pipeline(*steps, **more):
    return {
        "project": "web",
        "organization": "acme",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "cdk-synth"},
        "stages": [{"stageName": "Test", "steps": [{"plugin": "jest"}, *steps]}],
    } | more


def a_step(**more):
    return {"name": "faulty", "plugin": "shell", "commands": "make"} | more


FAULTS = {
    # shape
    ("unknown-key", "pipelineNam"): a_pipeline(pipelineNam="x"),
    ("not-one-of", "executionMode"): a_pipeline(executionMode="SOON"),
    ("wrong-pattern", "variables[0].name"): a_pipeline(variables=[{"name": "A B"}]),
    ("missing-key", "notifications"): a_pipeline(notifications={"failureAlarm": True}),
    ("out-of-range", "stages[0].steps[1].timeout"): a_pipeline(a_step(timeout=-1)),
    # the whole definition
    ("invalid-schedule", "schedule"): a_pipeline(schedule="at noon"),
    ("invalid-tag", "tags.aws:x"): a_pipeline(tags={"aws:x": "y"}),
    ("invalid-variable-name", "stages[0].steps[1].env.A-B"): a_pipeline(a_step(env={"A-B": "c"})),
    ("unknown-need", "stages[0].steps[1].needs"): a_pipeline(a_step(needs="nobody")),
    # expressions, in what is rendered first and in what its step renders
    ("template-unknown-path", "description"): a_pipeline(description="{{ vars.nope }}"),
    ("template-unknown-path", "stages[0].steps[1].commands"): a_pipeline(a_step(commands="make {{ vars.nope }}")),
    # plugins
    ("unknown-plugin", "stages[0].steps[1].plugin"): a_pipeline(a_step(plugin="shel")),
    # what is read
    ("artifact-unknown", "stages[0].steps[1].inputArtifact"): a_pipeline(a_step(inputArtifact="nowhere")),
    ("variable-unknown", "stages[0].steps[1].env.V"): a_pipeline(a_step(env={"V": "#{nobody.V}"})),
    ("contradictory-order", "stages[0].steps[1]"): a_pipeline(a_step(position="pre", needs="jest")),
}


@pytest.mark.parametrize("fault", FAULTS, ids=" at ".join)
def test_a_fault_is_told_alone(fault):
    found = errors_in(FAULTS[fault])
    assert [code for code, _ in found] == [fault[0]]


def test_the_faults_of_every_phase_are_told_together():
    everything = a_pipeline(
        a_step(
            timeout=-1,
            env={"A-B": "c", "V": "#{codepipelin.V}"},
            needs="nobody",
            commands="make {{ vars.nope }}",
            plugin="shel",
            inputArtifact="nowhere",
        ),
        pipelineNam="x",
        executionMode="SOON",
        notifications={"failureAlarm": True},
        schedule="at noon",
        tags={"aws:x": "y"},
        description="{{ vars.nope }}",
    )
    assert sorted(errors_in(everything)) == sorted(
        [
            ("artifact-unknown", "stages[0].steps[1].inputArtifact"),
            ("invalid-schedule", "schedule"),
            ("invalid-tag", "tags.aws:x"),
            ("invalid-variable-name", "stages[0].steps[1].env.A-B"),
            ("missing-key", "notifications"),
            ("not-one-of", "executionMode"),
            ("out-of-range", "stages[0].steps[1].timeout"),
            ("template-unknown-path", "description"),
            ("template-unknown-path", "stages[0].steps[1].commands"),
            ("unknown-key", "pipelineNam"),
            ("unknown-need", "stages[0].steps[1].needs"),
            ("unknown-plugin", "stages[0].steps[1].plugin"),
            ("variable-unknown", "stages[0].steps[1].env.V"),
        ]
    )


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        ({}, ["missing-key", "missing-key", "missing-key"]),
        ({"project": "web", "organization": "acme"}, ["missing-key"]),
        ({"project": "web", "organization": "acme", "synth": 3}, ["wrong-type"]),
        (a_pipeline(synth={"plugin": "cdk-synth"}, tags={"aws:x": "y"}), ["missing-key", "invalid-tag"]),
        (a_pipeline(synth={"source": {"repo": "web"}, "plugin": "cdk-synth"}), ["wrong-pattern"]),
        (a_pipeline(synth={"source": {"repo": "acme/web"}}, schedule="never"), ["invalid-schedule", "missing-key"]),
        (a_pipeline(a_step(plugin="shel"), project=[]), ["wrong-type", "unknown-plugin"]),
        (a_pipeline(project="{{ vars.nope }}", tags={"aws:x": "y"}), ["template-unknown-path", "invalid-tag"]),
        (a_pipeline(a_step(plugin="{{ vars.nope }}")), ["template-unknown-path"]),
    ],
)
def test_without_what_every_definition_has_the_rest_is_judged_all_the_same(definition, found):
    assert sorted(code for code, _ in errors_in(definition)) == sorted(found)


@pytest.mark.parametrize(
    "definition",
    [
        # The step that is waited for, read, or made the source of a trigger could not be read.
        a_pipeline({"name": "first", "plugin": []}, a_step(needs="first", inputArtifact="first")),
        a_pipeline({"name": "a b", "plugin": "jest"}, a_step(env={"V": "#{a b.V}"}, needs="a b")),
        a_pipeline({"name": "first", "plugin": "jest", "exports": [{}]}, a_step(env={"V": "#{first.VERSION}"})),
        a_pipeline(sources={"docs": {"repo": "docs"}}, triggers={"source": "docs", "push": {"branches": "main"}}),
        a_pipeline(a_step(env={"V": "#{variables.V}"}), variables=[{"name": "V", "default": []}]),
        a_pipeline(a_step(commands="make {{ vars.a }}"), vars="a: 1"),
        # What is said beside it has an effect only with it.
        a_pipeline(sources={"docs": {"repo": "acme/docs", "trigger": "AT", "schedule": "rate(1 day)"}}),
        a_pipeline(triggers={"push": {"branches": {"includes": [{}]}}}),
        a_pipeline(triggers={"pullRequest": {"branches": "main"}}, selfMutation="no"),
        a_pipeline(a_step(secrets={"TOKEN": {"secret": "a b"}})),
        a_pipeline(a_step(network={"type": "vpcId", "vpcId": "vpc-1", "subnetIds": "a b"})),
        a_pipeline(a_step(position="before"), {"plugin": "ruff", "position": "pre", "needs": "faulty"}),
        a_pipeline(a_step(plugin="nobodys-plugin"), lookup="deplo"),
        a_pipeline(a_step(commands="echo '{{resolve:ssm:x}}'")),
    ],
)
def test_nothing_is_told_that_only_follows_from_a_fault(definition):
    assert len(errors_in(definition)) == 1


@pytest.mark.parametrize("nothing", [[], ["x"], "x", None], ids=str)
def test_nothing_is_judged_of_what_is_no_mapping(nothing):
    assert errors_in(nothing) == [("not-a-mapping", "")]
    document = read_document(json.dumps(nothing).encode(), "pipeline.json", Report())
    assert document is not None
    assert salvage(document.root, ()).definition is None


def test_an_unknown_plugin_may_know_what_the_step_names():
    step = a_step(plugin="shel", env={"A": "{{ env.OF_THE_PLUGIN }} {{ vars.nope }}"})
    assert errors_in(a_pipeline(step)) == [
        ("unknown-plugin", "stages[0].steps[1].plugin"),
        ("template-unknown-path", "stages[0].steps[1].env.A"),
    ]


def test_places_are_those_of_the_file_though_what_stands_before_could_not_be_read():
    definition = a_pipeline({"plugin": []}, a_step(env={"A-B": "c"}, plugin="shel", commands="{{ vars.nope }}"))
    assert sorted(errors_in(definition)) == [
        ("invalid-variable-name", "stages[0].steps[2].env.A-B"),
        ("template-unknown-path", "stages[0].steps[2].commands"),
        ("unknown-plugin", "stages[0].steps[2].plugin"),
        ("wrong-type", "stages[0].steps[1].plugin"),
    ]
