"""From bytes to a definition: each fault is told once, at the place where its author wrote it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline_builder
from pipeline_builder.catalog.loader import samples
from pipeline_builder.core.definition.load import load_definition, scope_of
from pipeline_builder.core.definition.metadata_keys import KEYS
from pipeline_builder.core.definition.model import (
    ConnectionSource,
    Defaults,
    Definition,
    PushFilter,
    Stage,
    Step,
    SubnetNetwork,
    Synth,
    Trigger,
)
from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity
from pipeline_builder.core.schema.shape import entries_of

FIRST = """\
project: my-app
organization: acme
synth: {source: {repo: acme/web}, plugin: cdk-synth}
"""


def read(text, name="pipeline.yaml"):
    report = Report()
    data = text if isinstance(text, bytes) else text.encode()
    definition = load_definition(data, name, report)
    return None if definition is None or definition.has_errors else definition, report.diagnostics


def loaded(more=""):
    definition, found = read(FIRST + more)
    assert found == ()
    return definition


def the_finding(more, first=FIRST):
    definition, found = read(first + more)
    assert len(found) == 1, found
    assert (definition is None) == (found[0].severity is Severity.ERROR)
    return found[0]


def test_a_definition_knows_its_document_and_the_place_of_every_value():
    definition = loaded("stages:\n  - stageName: Test\n    steps: [{plugin: jest}]\n")

    (told,) = definition.worth_telling([Diagnostic("x", "y", Location(("stages", 0, "steps", 0, "plugin")))])

    assert definition.definition.stages[0].steps[0].plugin.name == "jest"
    assert (told.file, told.position) == ("pipeline.yaml", Position(6, 22))


def test_the_same_is_read_from_json():
    text = json.dumps({"project": "a", "organization": "b", "synth": {"source": {"repo": "a/b"}, "plugin": "p"}})

    definition, found = read(text, "pipeline.json")

    assert found == ()
    assert definition.definition.name == "b-a-pipeline"


# --- what stands around a definition ---

INDENTED = "".join(f"  {line}\n" for line in FIRST.splitlines())


def test_an_exported_pipeline_holds_its_definition_under_props():
    definition, found = read(f"pipelineName: x\nkeywords: [a]\nprops:\n{INDENTED}  tags: {{aws:x: y}}\n")

    assert definition is None
    assert [(one.code, str(one.at), one.position) for one in found] == [
        ("invalid-tag", "props.tags.aws:x", Position(7, 17))
    ]


def test_a_finding_of_planning_is_placed_in_an_exported_pipeline_too():
    definition, found = read(f"props:\n{INDENTED}")

    assert found == ()
    (told,) = definition.worth_telling([Diagnostic("x", "y", Location(("synth", "plugin")))])
    assert (str(told.at), told.position) == ("props.synth.plugin", Position(4, 45))


def test_an_exported_pipeline_has_no_other_keys_beside_its_definition():
    found = the_finding(f"props:\n{INDENTED}stages: []\n", first="")

    assert (found.code, str(found.at), found.position) == ("unknown-key", "stages", Position(5, 1))
    assert found.message == "An exported pipeline has no key 'stages' beside 'props'."


def test_props_that_is_no_mapping_is_an_unknown_key_like_any_other():
    assert the_finding("props: [a]\n").code == "unknown-key"


@pytest.mark.parametrize("text", ["[a]", "- a\n", "42", "'text'"])
def test_a_document_that_is_no_mapping_is_told_what_a_definition_is(text):
    found = the_finding(text, first="")

    assert (found.code, found.position) == ("not-a-mapping", Position(1, 1))


# --- whose faults count ---


def test_faults_of_other_files_in_the_same_report_refuse_nothing():
    report = Report()
    report.add(Diagnostic("too-large", "Another file is too large.", file="other.yaml"))

    assert load_definition(FIRST.encode(), "pipeline.yaml", report) is not None
    assert len(report) == 1


def test_a_fault_that_leaves_the_document_readable_still_refuses_it():
    found = the_finding("project: again\n")

    assert (found.code, found.position) == ("duplicate-key", Position(4, 1))


def test_errors_of_reading_shape_and_expressions_are_told_together():
    _, found = read(f"{FIRST}project: again\nstage: []\ndescription: '{{{{ vars.x }}}}'\ntags: 5\n")

    assert [one.code for one in found] == ["duplicate-key", "unknown-key", "template-unknown-path", "wrong-type"]


def test_of_a_file_with_hundreds_of_errors_a_hundred_are_told():
    tags = ", ".join(f"aws:{number}: x" for number in range(50))
    stages = ", ".join(f"{{stageName: S{number}, steps: [{{plugin: p, needs: [a, b]}}]}}" for number in range(100))
    _, found = read(f"{FIRST}tags: {{{tags}}}\nstages: [{stages}]\n")

    assert [one.code for one in found].count("too-many-findings") == 1
    assert len(found) == 101


# --- one fault, one finding ---


def test_a_text_that_could_not_be_rendered_is_not_judged_as_well():
    found = the_finding("pipelineName: '{{ vars.name }}'\n")

    assert (found.code, found.position) == ("template-unknown-path", Position(4, 16))


def test_neither_is_a_text_that_needs_it():
    found = the_finding("vars: {a: '{{ vars.b }}'}\npipelineName: '{{ vars.a }}'\nschedule: '{{ vars.a }}'\n")

    assert (found.code, str(found.at)) == ("template-unknown-path", "vars.a")


def test_what_stands_beside_it_is_judged():
    _, found = read(f"{FIRST}pipelineName: '{{{{ vars.name }}}}'\nexecutionMode: often\n")

    assert [one.code for one in found] == ["template-unknown-path", "not-one-of"]


def test_a_name_is_judged_though_its_value_is_rendered_later():
    found = the_finding("stages: [{stageName: T, steps: [{plugin: jest, env: {a-b: '{{ env.X }}'}}]}]\n")

    assert (found.code, str(found.at)) == ("invalid-variable-name", "stages[0].steps[0].env.a-b")


def test_a_text_of_another_tools_braces_is_judged_as_it_is():
    assert the_finding("pipelineName: '{{.Names}}'\n").code == "wrong-pattern"


def test_an_expression_without_quotes_is_one_fault():
    found = the_finding("description: {{ vars.x }}\n")

    assert (found.code, found.position) == ("key-not-text", Position(4, 14))
    assert "Quote" in found.hint


def test_a_value_that_the_document_has_wrong_is_not_judged_as_well():
    assert the_finding("artifacts: {retentionDays: .nan}\n").code == "not-a-number"
    assert the_finding("artifacts: {retentionDays: !int 5}\n").code == "tag-not-supported"


# --- values for expressions ---


@pytest.mark.parametrize("name", ["", "pipelineName: null\n"])
def test_a_pipeline_without_a_name_has_its_usual_one_in_expressions(name):
    definition = loaded(f"{name}description: Builds {{{{ pipeline.pipelineName }}}}\n").definition

    assert definition.description == "Builds acme-my_app-pipeline" == f"Builds {definition.name}"


def test_a_name_that_is_given_counts_in_expressions():
    assert loaded("pipelineName: web\ndescription: '{{ pipeline.pipelineName }}'\n").definition.description == "web"


def test_a_usual_name_made_of_expressions_is_told_to_be_written():
    found = the_finding(
        "vars: {a: x}\ndescription: '{{ pipeline.pipelineName }}'\n", FIRST.replace("my-app", "'{{ vars.a }}'")
    )

    assert found.code == "template-unknown-path"


@pytest.mark.parametrize("root", ["vars", "pipeline.vars", "pipeline.metadata", "metadata"])
def test_a_number_stays_one_in_the_json_that_a_step_is_given(root):
    definition = loaded(
        "vars: {ratio: 1.50, count: 3}\nglobal: {ratio: 1.50}\n"
        f"stages: [{{stageName: T, steps: [{{plugin: shell, commands: \"echo '{{{{ {root} | json }}}}'\"}}]}}]\n"
    )

    template = pipeline_builder.render(pipeline_builder.plan(definition)).as_json().decode().replace("\\", "")

    assert '{"ratio":1.50' in template


def test_a_step_may_name_what_the_pipeline_is():
    scope = scope_of(loaded("vars: {a: b}\nglobal: {A: x}\ndefaults: {metadata: {A: y, B: z}}\norgId: o\n").definition)

    assert scope["vars"] == scope["pipeline"]["vars"] == {"a": "b"}
    assert scope["metadata"] == scope["pipeline"]["metadata"] == {"A": "x", "B": "z"}
    assert {key: scope["pipeline"][key] for key in ("orgId", "organization", "projectName", "pipelineName")} == {
        "orgId": "o",
        "organization": "acme",
        "projectName": "my-app",
        "pipelineName": "acme-my_app-pipeline",
    }


# --- stages that are known by their alias ---


def stage(name, alias, more=""):
    return f"stages:\n  - stageName: {name}\n    alias: {alias}\n    steps: [{{plugin: nodejs}}]\n{more}"


def test_a_stage_whose_name_does_not_fit_is_called_after_its_alias():
    definition, (found,) = read(FIRST + stage("Build & Test", "BuildTest"))

    assert (found.code, found.severity, str(found.at), found.position) == (
        "stage-called-by-alias",
        Severity.WARNING,
        "stages[0].stageName",
        Position(5, 16),
    )
    assert "BuildTest" in found.hint
    assert definition.definition.stages[0].stage_name == "BuildTest"


@pytest.mark.parametrize(
    "key",
    [
        "{stageName: Build & Test, stageAlias: BuildTest, pluginName: nodejs, pluginAlias: nodejs}",
        "Build & Test/nodejs",
        "BuildTest/nodejs",
        "nodejs",
    ],
)
def test_other_stages_find_its_artifacts_by_every_name_it_has(key):
    use = "  - stageName: Deploy\n    steps:\n      - plugin: shell\n        commands: ls\n"
    use += f"        inputArtifact: {key}\n        additionalInputArtifacts: {{artifact: {key}, directory: further}}\n"
    definition, _ = read(FIRST + stage("Build & Test", "BuildTest", use))

    plan = pipeline_builder.plan(definition)

    assert [one.name for one in plan.stages][-2:] == ["BuildTest", "Deploy"]


def test_a_stage_whose_alias_does_not_fit_either_is_told_a_name_that_does():
    found = the_finding(stage("Build & Test", "also wrong"))

    assert (found.code, found.hint) == ("invalid-stage-name", "Write 'Build-Test'.")


def test_an_alias_beside_a_name_that_fits_changes_nothing():
    assert loaded(stage("Test", "Other")).definition.stages[0].stage_name == "Test"


# --- anything at all ---


def is_well_told(definition, found):
    assert (definition is None) == any(one.severity is Severity.ERROR for one in found)
    assert all(one.file == "pipeline.yaml" and one.position is not None for one in found)
    assert len(set(found)) == len(found)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_definition_or_findings(data):
    is_well_told(*read(data))


RECORDS = (Definition, Synth, Stage, Step, ConnectionSource, SubnetNetwork, Trigger, PushFilter, Defaults)
WORDS = sorted({entry.key for record in RECORDS for entry in entries_of(record)} | {"type", "options"})
SAMPLE = next(path for path in samples() if path.name == "first.json").read_text(encoding="utf-8")

texts = st.sampled_from(["", "a", "x/y", "{{ vars.a }}", "{{ pipeline.name | json }}", "rate(1 day)", "jest@1", "\0"])
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = st.sampled_from([*WORDS, *KEYS])
trees = st.recursive(
    leaves, lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=6), max_leaves=25
)


@given(st.dictionaries(keys, trees, max_size=8))
def test_any_tree_of_known_keys_is_a_definition_or_findings(tree):
    is_well_told(*read(json.dumps({"project": "a", "organization": "b", **tree})))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_sample_with_anything_in_any_place_is_a_definition_or_findings(data):
    sample = json.loads(SAMPLE)
    place, key = sample, data.draw(st.sampled_from(sorted(sample)))
    while data.draw(st.booleans()) and isinstance(place[key], dict | list) and place[key]:
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(trees)

    is_well_told(*read(json.dumps(sample)))
