"""`lookup: deploy`: what stays planned, what waits for the deployment, and who may do what for it."""

import json

import pytest

from pipeline_builder.core.definition.load import load_definition
from pipeline_builder.core.diagnostics import Report, Severity
from pipeline_builder.core.planning.limits import LIMITS
from pipeline_builder.core.planning.lookup import LOOKUP_FOLDER, question_text
from pipeline_builder.core.planning.model import Image, Sub
from pipeline_builder.core.planning.plan import make_plan
from pipeline_builder.core.plugins.catalog import InMemoryCatalog
from tests.factories.definitions import PLUGINS, a_plugin, a_stage, made_from


def made_at_deployment(*steps, **more):
    return made_from(a_stage("Test", *steps), lookup="deploy", **more)


def question(made, step):
    return json.loads(question_text(made.step(step).lookup.question))


def statements(role):
    return {statement.sid: statement for policy in role.policies for statement in policy.statements}


def lookup_role(made):
    return next(role for role in made.plan.roles if role.id == "PluginLookupRole")


def test_image_compute_and_privilege_are_attributes_of_the_lookup():
    project = made_at_deployment("test").step("test")

    attributes = (project.image.uri, project.compute_type, project.is_privileged)

    assert attributes == tuple(
        Sub(f"${{{project.lookup.id}.{name}}}") for name in ("Image", "ComputeType", "PrivilegedMode")
    )
    assert project.build_spec.script == ""


def test_what_the_author_says_of_them_is_not_left_to_the_platform():
    image = {"aws:cdk:codebuild:buildenvironment:buildimage": "public.ecr.aws/docker/library/node:22"}
    made = made_at_deployment({"plugin": "test", "computeType": "LARGE", "privileged": False, "metadata": image})

    project = made.step("test")

    assert (project.compute_type, project.is_privileged) == ("BUILD_GENERAL1_LARGE", False)
    assert project.image == Image(uri="public.ecr.aws/docker/library/node:22", is_curated=False)
    assert not project.lookup.binds_image
    assert not question(made, "test")["hasImage"]


def test_the_synth_step_stays_pinned_and_approvals_ask_for_nothing():
    made = made_at_deployment("test", "approve")

    assert [project.step for project in made.plan.projects if project.lookup] == ["test"]
    assert made.step("synth").image.digest is not None


def test_a_plan_of_approvals_alone_needs_no_function():
    made = made_at_deployment("approve")

    assert made.plan.lookup_function is None
    assert "PlatformUrl" not in {parameter.name for parameter in made.plan.parameters}


def test_nothing_of_it_is_there_when_plugins_are_pinned():
    made = made_from(a_stage("Test", "test"))

    assert made.plan.lookup_function is None
    assert made.plan.artifact_store.expiring == ("",)


def test_the_question_holds_the_authors_commands_around_the_place_of_the_plugins():
    step = {"plugin": "test", "preInstallCommands": ["a"], "postInstallCommands": ["b"], "preCommands": ["c"]}

    asked = question(made_at_deployment({**step, "postCommands": ["d"]}), "test")

    assert (asked["install"], asked["build"]) == (["a", None, "b"], ["c", None, "d"])


def test_commands_that_replace_those_of_the_plugin_leave_it_no_place():
    asked = question(made_at_deployment({"plugin": "test", "commands": ["mine"], "installCommands": []}), "test")

    assert (asked["install"], asked["build"]) == ([], ["mine"])


def test_the_question_says_what_expressions_of_the_plugin_may_name():
    step = {"plugin": {"name": "test", "version": "^1", "metadata": {"A": "1"}}, "metadata": {"B": "{{ vars.x }}"}}

    asked = question(made_at_deployment({**step, "env": {"C": "3"}}, vars={"x": "2"}, **{"global": {"G": "0"}}), "test")

    assert (asked["plugin"], asked["version"]) == ("test", "^1")
    assert asked["context"]["pipeline"]["metadata"] == {"G": "0", "A": "1", "B": "2"}
    assert asked["context"]["pipeline"]["vars"] == {"x": "2"}
    assert asked["context"]["env"]["C"] == "3"


def test_a_default_of_an_input_waits_for_the_platform_and_a_given_one_does_not():
    open_one = made_at_deployment("tuned")
    given = made_at_deployment({"plugin": "tuned", "inputs": {"level": "high"}})

    assert "LEVEL" not in open_one.env("tuned")
    assert question(open_one, "tuned")["context"]["inputs"] == {}
    assert given.env("tuned")["LEVEL"] == "high"
    assert question(given, "tuned")["context"]["inputs"] == {"level": "high"}


def test_what_a_failure_means_and_what_is_kept_and_read_is_planned_from_the_plugin_as_it_is_known():
    made = made_at_deployment("lenient", "scan", "secretive")

    assert question(made, "lenient")["script"]["failure_behavior"] == "warn"
    assert made.step("lenient").build_spec.cache_paths == ("/var/cache/pipeline/**/*",)
    assert question(made, "scan")["script"]["sarif"] == ["reports/scan.sarif"]
    assert [output.holds_evidence for output in made.step("scan").build_spec.outputs] == [True]
    assert question(made, "secretive")["secrets"] == ["TOKEN"]


def test_variables_of_the_known_plugin_are_not_taken_over():
    made = made_at_deployment("test", plugins=(a_plugin("test", env={"OLD": "1"}, metadata={"ALSO": "2"}),))

    assert {"OLD", "ALSO"}.isdisjoint(made.env("test"))


def test_a_plugin_that_is_not_known_is_noted_and_used_as_the_step_says():
    step = {"plugin": "strange@^2", "inputs": {"failOn": "high"}, "secrets": {"TOKEN": "my-secret"}, "timeout": 7}

    made = made_at_deployment(step)

    (found,) = made.found
    assert (found.code, found.severity) == ("plugin-known-at-deployment", Severity.NOTE)
    assert found.at.keys == ("stages", 0, "steps", 0, "plugin")
    assert made.env("strange")["FAIL_ON"] == "high"
    assert made.env("strange")["TOKEN"] == "my-secret"
    assert made.step("strange").timeout_minutes == 7
    assert made.step("strange").plugin.version == "^2"


def test_a_version_that_is_not_known_is_no_error_either():
    assert [one.code for one in made_at_deployment("test@^9").found] == ["plugin-known-at-deployment"]


def test_the_synth_plugin_must_be_known():
    assert made_at_deployment("test", synth={"source": {"repo": "a/b"}, "plugin": "strange"}).errors == [
        "unknown-plugin"
    ]


def test_a_range_that_is_none_is_still_an_error():
    made = made_at_deployment({"plugin": {"name": "test", "version": ">>1"}})

    assert len(made.errors) == 1


def test_the_contract_of_a_known_plugin_is_held():
    assert made_at_deployment({"plugin": "tuned", "inputs": {"colour": "red"}}).errors == ["unknown-input"]


def test_a_locked_plan_refuses_what_is_chosen_later():
    report = Report()
    definition = {
        "project": "web",
        "organization": "acme",
        "lookup": "deploy",
        "synth": {"source": {"repo": "acme/web"}, "plugin": "synth"},
        "stages": [a_stage("Test", "test")],
    }
    loaded = load_definition(json.dumps(definition).encode(), "pipeline.json", report)

    plan = make_plan(loaded, InMemoryCatalog(PLUGINS), report, locked=True)

    assert plan is None
    assert [one.code for one in report.diagnostics] == ["lookup-not-locked"]


# --- permissions


def test_a_step_reads_the_build_specifications_in_its_own_folder_alone():
    made = made_at_deployment("test", "compile")

    for step in ("test", "compile"):
        lookup = made.step(step).lookup
        allowed = statements(made.role(step))["ReadBuildSpecification"]
        assert lookup.folder == f"{LOOKUP_FOLDER}/{lookup.id}"
        assert allowed.actions == ("s3:GetObject",)
        assert allowed.resources == (Sub(f"${{ArtifactBucket.Arn}}/{lookup.folder}/*"),)


def test_a_step_pulls_what_is_called_like_its_plugin_whoever_owns_it():
    pulled = statements(made_at_deployment("test").role("test"))["PullImage"]

    assert pulled.resources == (Sub("arn:${AWS::Partition}:ecr:*:*:repository/**/test"),)


def test_a_role_from_outside_is_left_as_it_is():
    arn = "arn:aws:iam::111122223333:role/mine"

    made = made_at_deployment({"plugin": "test", "role": arn})

    assert made.step("test").role.arn == arn
    assert made.step("test").lookup is not None


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, {"WriteLog", "ReadPlatformToken", "KeepBuildSpecifications"}),
        (
            {"artifacts": {"ownKey": True}},
            {"WriteLog", "ReadPlatformToken", "KeepBuildSpecifications", "UseArtifactKey"},
        ),
    ],
)
def test_the_function_reads_one_secret_and_writes_to_one_folder_and_its_log(more, expected):
    allowed = statements(lookup_role(made_at_deployment("test", **more)))

    assert allowed.keys() == expected
    assert allowed["ReadPlatformToken"].resources == (Sub("${PlatformTokenSecretArn}"),)
    assert allowed["KeepBuildSpecifications"].resources == (Sub(f"${{ArtifactBucket.Arn}}/{LOOKUP_FOLDER}/*"),)


def test_the_function_is_called_after_the_pipeline_within_the_64_characters_of_lambda():
    long = "p" * 90
    made = made_at_deployment("test", pipelineName=long)

    name = made.plan.lookup_function.name

    assert len(name) <= 64
    assert made.plan.lookup_function.log_group.name == f"/aws/lambda/{name}"
    assert name != made_at_deployment("test", pipelineName=long[:-1] + "q").plan.lookup_function.name


def test_the_boundary_lets_the_function_do_its_work_and_the_update_role_renew_it():
    made = made_at_deployment("test")
    name = made.plan.lookup_function.name

    bounds = made.plan.boundary.statements
    update = statements(next(role for role in made.plan.roles if role.id == "UpdateRole"))

    assert lookup_role(made).boundary == Sub("${Boundary}")
    assert any(Sub("${PlatformTokenSecretArn}") in one.resources for one in bounds)
    assert any(f"/aws/lambda/{name}*" in str(resource) for one in bounds for resource in one.resources)
    (function,) = update["KeepPluginLookup"].resources
    assert function.text.endswith(f":function:{name}")
    assert "lambda:InvokeFunction" in update["KeepPluginLookup"].actions
    assert any(f"/aws/lambda/{name}*" in str(resource) for resource in update["KeepLogGroups"].resources)


def test_pinned_pipelines_get_no_rights_over_functions():
    made = made_from(a_stage("Test", "test"))

    update = statements(next(role for role in made.plan.roles if role.id == "UpdateRole"))

    assert "KeepPluginLookup" not in update


# --- the bucket, and limits


def test_only_artifacts_and_caches_expire():
    made = made_at_deployment("test", pipelineName="plugin-build-specifications")

    assert made.plan.artifact_store.expiring == ("plugin-build-specifi/", "kept-between-executions/")
    assert not f"{LOOKUP_FOLDER}/".startswith(made.plan.artifact_store.expiring)


@pytest.mark.parametrize(("over", "errors"), [(0, []), (1, ["limit-exceeded"])])
def test_a_question_is_as_long_as_a_function_may_be_asked(over, errors):
    def made(length):
        command = "x" * 25_000
        return made_at_deployment({"plugin": "test", "commands": [command] * 9 + ["y" * length]})

    empty = len(question_text(made(1).step("test").lookup.question)) - 1

    assert made(LIMITS["lookup-question-size"].value - empty + over).errors == errors
