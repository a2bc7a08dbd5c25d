"""What steps read of one another, and what they wait for because of that."""

import pytest

from pipeline_builder.core.planning.model import EnvironmentVariable
from tests.factories.definitions import a_stage, made_from


def reading(name: str, **more: object) -> dict[str, object]:
    return {"plugin": "test", "name": name, **more}


def exporting(name: str = "compile") -> dict[str, object]:
    return {"plugin": "compile", "name": name, "exports": "VERSION"}


def test_who_reads_an_artifact_of_its_own_stage_runs_after_it():
    made = made_from(a_stage("Test", reading("test", inputArtifact="later"), {"plugin": "compile", "name": "later"}))
    assert (made.action("later").run_order, made.action("test").run_order) == (1, 2)


def test_who_reads_a_variable_of_its_own_stage_runs_after_it():
    made = made_from(a_stage("Test", reading("test", env={"V": "#{compile.VERSION}"}), exporting()))
    assert (made.action("compile").run_order, made.action("test").run_order) == (1, 2)


def test_who_reads_from_an_earlier_stage_waits_for_nothing_of_its_own():
    made = made_from(
        a_stage("Build", exporting()), a_stage("Test", "test", reading("other", env={"V": "#{compile.VERSION}"}))
    )
    assert made.action("other").run_order == 1


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (
            (reading("a", inputArtifact="b", outputDirectory="."), reading("b", needs="a", outputDirectory=".")),
            "Step 'a' of stage 'Test' waits for 'b', which waits for 'a'.",
        ),
        (
            (reading("a", position="pre", env={"V": "#{compile.VERSION}"}), exporting()),
            "Step 'a' of stage 'Test' waits for 'compile', which runs later.",
        ),
    ],
)
def test_what_leaves_no_order_is_told_with_the_way_round(steps: tuple[dict[str, object], ...], says: str):
    made = made_from(a_stage("Test", *steps))
    (finding,) = made.found
    assert (finding.code, finding.message) == ("contradictory-order", says)


def test_a_step_and_a_source_of_one_name_keep_their_variables_apart():
    sources = {"compile": {"repo": "acme/other"}}
    env = {"A": "#{Build/compile.VERSION}", "B": "#{compile.CommitId}"}
    made = made_from(a_stage("Build", exporting()), a_stage("Test", reading("test", env=env)), sources=sources)
    namespace = made.stage("Build").actions[0].namespace
    told = {variable.name: variable.value for variable in made.action("test").environment}
    assert (told["A"], told["B"]) == (f"#{{{namespace}.VERSION}}", "#{compile.CommitId}")

    unclear = {"A": "#{compile.VERSION}"}
    made = made_from(a_stage("Build", exporting()), a_stage("Test", reading("test", env=unclear)), sources=sources)
    (finding,) = made.found
    assert finding.code == "variable-ambiguous"
    assert "a source, or the execution, step 'Build/compile'" in finding.message


def test_two_steps_of_one_name_keep_their_variables_apart():
    made = made_from(
        a_stage("A", exporting()),
        a_stage("B", exporting()),
        a_stage("C", reading("test", env={"A": "#{A/compile.VERSION}", "B": "v#{B/compile.VERSION}."})),
    )
    namespaces = [made.stage(name).actions[0].namespace for name in ("A", "B")]
    assert len(set(namespaces)) == 2
    assert {
        EnvironmentVariable("A", f"#{{{namespaces[0]}.VERSION}}"),
        EnvironmentVariable("B", f"v#{{{namespaces[1]}.VERSION}}."),
    } < set(made.action("test").environment)


def test_a_variable_that_two_steps_may_mean_is_refused():
    made = made_from(
        a_stage("A", exporting()),
        a_stage("B", exporting()),
        a_stage("C", reading("test", env={"V": "#{compile.VERSION}"})),
    )
    (finding,) = made.found
    assert (finding.code, str(finding.at)) == ("variable-ambiguous", "stages[2].steps[0].env.V")
    assert "step 'A/compile', step 'B/compile'" in finding.message


def test_a_condition_reads_what_can_have_run_by_then():
    condition = {
        "result": "FAIL",
        "rules": {
            "name": "r",
            "provider": "VariableCheck",
            "configuration": {"Variable": "#{compile.VERSION}", "Value": "1", "Operator": "EQ"},
        },
    }
    after = made_from(a_stage("Build", exporting(), onSuccess=condition))
    before = made_from(a_stage("Build", exporting(), beforeEntry=condition))

    (rule,) = after.stage("Build").on_success.rules
    assert rule.configuration["Variable"] == f"#{{{after.action('compile').namespace}.VERSION}}"
    assert before.errors == ["variable-unknown"]


def test_what_can_be_read_is_told_where_a_variable_is_unknown():
    made = made_from(
        a_stage("Build", exporting()),
        a_stage("Test", reading("test", env={"V": "#{compil.VERSION}"})),
        variables=[{"name": "RELEASE", "default": "1"}],
    )
    (finding,) = made.found
    assert finding.hint == "There are: #{variables.RELEASE}, #{SourceVariables.…}, #{Build/compile.VERSION}."


def test_a_step_by_the_name_of_a_source_hides_it_from_nobody():
    made = made_from(
        a_stage("Build", {"plugin": "compile", "name": "docs"}),
        a_stage("Test", reading("test", inputArtifact="docs"), reading("other", inputArtifact="Build/docs")),
        sources={"docs": {"repo": "acme/docs"}},
    )
    source, step = (made.stage(name).actions for name in ("Source", "Build"))
    assert made.action("test").inputs == (source[1].output.name,)
    assert made.action("other").inputs == step[0].outputs


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("echo #{codepipeline.PipelineExecutionId}", ["variable-in-command"]),
        ("echo #{compile.VERSION}", ["variable-in-command"]),
        ("ruby -e 'puts \"#{user.name}\"'", []),
        ("# {compile.VERSION}", []),
    ],
)
def test_a_variable_in_a_command_is_noticed_and_other_languages_are_left_alone(command: str, found: list[str]):
    made = made_from(a_stage("Build", exporting()), a_stage("Test", reading("test", commands=[command])))
    assert [one.code for one in made.found] == found
    assert made.planned is not None
