"""What is decided for a definition: each decision by a case that needs it."""

import pytest

from pipeline_builder.core.definition.model import ConditionResult, FailureBehavior
from pipeline_builder.core.planning.ids import CACHE_FOLDER
from pipeline_builder.core.planning.model import (
    ApprovalAction,
    EnvironmentVariable,
    MountedArtifact,
    StackUpdateAction,
    Sub,
    VariableKind,
)
from tests.factories.definitions import a_plugin, a_stage, made_from

# --- stages and order


def test_source_synth_and_self_mutation_come_before_the_authors_stages():
    made = made_from(a_stage("Test", "test"))
    assert [stage.name for stage in made.plan.stages] == ["Source", "Synth", "SelfMutation", "Test"]


def test_an_approval_is_a_barrier_for_everything_behind_it():
    made = made_from(a_stage("Deploy", "test", {"plugin": "approve", "name": "ok"}, {"plugin": "test", "name": "go"}))
    assert [(one.name, one.run_order) for one in made.stage("Deploy").actions] == [("test", 1), ("ok", 2), ("go", 3)]


def test_pre_comes_before_and_post_after_the_unmarked_steps():
    steps = (
        {"plugin": "test", "name": "last", "position": "post"},
        {"plugin": "test", "name": "middle"},
        {"plugin": "test", "name": "first", "position": "pre"},
    )
    made = made_from(a_stage("Test", *steps))
    assert [one.name for one in made.stage("Test").actions] == ["first", "middle", "last"]


def test_a_step_waits_for_what_it_needs():
    made = made_from(a_stage("Test", {"plugin": "test", "needs": "compile"}, "compile"))
    assert (made.action("compile").run_order, made.action("test").run_order) == (1, 2)


def test_steps_that_wait_for_one_another_are_refused():
    steps = ({"plugin": "test", "needs": "compile"}, {"plugin": "compile", "needs": "test"})
    assert made_from(a_stage("Test", *steps)).errors == ["contradictory-order"]


def test_conditions_and_environments_stay_with_their_stage():
    made = made_from(a_stage("Deploy", "test", onFailure="rollback", environment="production"))
    assert made.stage("Deploy").on_failure is not None
    assert made.stage("Deploy").on_failure.result is ConditionResult.ROLLBACK
    assert made.stage("Deploy").environment == "production"
    assert made.plan.tags["pb.deploys"] == "Deploy:production"


def test_the_environment_of_the_whole_pipeline_is_that_of_its_last_stage():
    made = made_from(a_stage("Test", "test"), a_stage("Deploy", "test"), environment="production")
    assert made.plan.tags["pb.deploys"] == "Deploy:production"


# --- approvals


def test_an_approval_says_what_it_asks_and_whom_it_tells():
    topic = "arn:aws:sns:eu-west-1:111122223333:ask"
    inputs = {"comment": "Go?", "topicArn": topic, "timeout": "60"}
    made = made_from(a_stage("Deploy", {"plugin": "approve", "inputs": inputs}))
    (action,) = made.stage("Deploy").actions
    assert action == ApprovalAction(name="approve", run_order=1, comment="Go?", topic_arn=topic, timeout_minutes=60)
    (pipeline,) = (role for role in made.plan.roles if role.id == "PipelineRole")
    allowed = {statement.sid: statement for policy in pipeline.policies for statement in policy.statements}
    assert allowed["AskForApproval"].resources == (topic,)


def test_what_is_said_of_running_has_no_effect_on_an_approval_and_its_timeout_has():
    made = made_from(a_stage("Deploy", {"plugin": "approve", "failureBehavior": "warn", "timeout": 60}, "test"))
    (action, _) = made.stage("Deploy").actions
    assert [(one.code, str(one.at)) for one in made.found] == [("ignored", "stages[0].steps[0].failureBehavior")]
    assert action.timeout_minutes == 60


@pytest.mark.parametrize("inputs", [{"topicArn": "arn:aws:sns:eu-west-1:111122223333:*"}, {"timeout": "soon"}])
def test_an_approval_that_is_told_nonsense_is_refused(inputs: dict[str, str]):
    made = made_from(a_stage("Deploy", {"plugin": "approve", "inputs": inputs}, "test"))
    assert made.errors == ["approval-value"]


# --- artifacts


def test_a_step_works_on_the_source_unless_it_says_otherwise():
    made = made_from(a_stage("Build", "compile"), a_stage("Test", {"plugin": "test", "inputArtifact": "compile"}))
    source = made.stage("Source").actions[0]
    assert made.action("compile").inputs == (source.output.name,)
    assert made.action("test").inputs == made.action("compile").outputs


def test_an_output_that_nobody_reads_is_not_kept():
    assert made_from(a_stage("Build", "compile")).action("compile").outputs == ()


def test_an_artifact_appears_in_a_folder():
    further = {"artifact": "Build/compile", "directory": "app"}
    made = made_from(
        a_stage("Build", "compile"), a_stage("Test", {"plugin": "test", "additionalInputArtifacts": further})
    )
    (name,) = made.action("compile").outputs
    assert made.step("test").mounted == (MountedArtifact(name=name, directory="app"),)
    assert f'"${{CODEBUILD_SRC_DIR_{name}:?}}/."' in made.step("test").build_spec.script


def test_without_a_folder_an_artifact_appears_under_its_name():
    further = {"artifact": "Build/compile"}
    made = made_from(
        a_stage("Build", "compile"), a_stage("Test", {"plugin": "test", "additionalInputArtifacts": further})
    )
    assert made.step("test").mounted[0].directory == "compile"


def test_two_artifacts_in_one_folder_are_told():
    first, second = {"artifact": "a", "directory": "x"}, {"artifact": "b", "directory": "./x"}
    build = a_stage("Build", *({"plugin": "compile", "name": name} for name in ("a", "b")))
    made = made_from(build, a_stage("Test", {"plugin": "test", "additionalInputArtifacts": [first, second]}))
    assert [(one.code, str(one.at)) for one in made.found] == [
        ("folder-taken", "stages[1].steps[0].additionalInputArtifacts[1]")
    ]
    same = made_from(build, a_stage("Test", {"plugin": "test", "additionalInputArtifacts": [first, first]}))
    assert [mounted.directory for mounted in same.step("test").mounted] == ["x"]


@pytest.mark.parametrize("workdir", ["/src", "../src", "#{variables.DIR}"])
def test_commands_run_in_the_workspace(workdir: str):
    made = made_from(a_stage("Test", {"plugin": "test", "env": {"WORKDIR": workdir}}), variables=[{"name": "DIR"}])
    assert [(one.code, str(one.at)) for one in made.found] == [("path-outside", "stages[0].steps[0].env.WORKDIR")]


@pytest.mark.parametrize("path", ["/out", "../out", "a/../../b", "#{variables.DIR}", " "])
def test_what_is_handed_on_lies_in_the_workspace(path: str):
    further = {"artifact": "compile", "directory": path}
    steps = ({"plugin": "compile"}, {"plugin": "test", "outputDirectory": path, "additionalInputArtifacts": further})
    assert made_from(a_stage("Test", *steps)).errors == ["wrong-pattern", "wrong-pattern"]


@pytest.mark.parametrize("key", ["test", "Test/test", "Next/later", "nothing"])
def test_only_what_comes_before_can_be_read(key: str):
    made = made_from(
        a_stage("Test", {"plugin": "test", "inputArtifact": key}),
        a_stage("Next", {"plugin": "compile", "name": "later"}),
    )
    assert made.errors == ["artifact-unknown"]


def test_an_artifact_is_found_by_the_alias_of_its_stage():
    made = made_from(
        a_stage("Build", "compile", alias="B2"), a_stage("Test", {"plugin": "test", "inputArtifact": "B2/compile"})
    )
    assert made.action("test").inputs == made.action("compile").outputs


def test_an_artifact_that_two_steps_may_mean_is_refused():
    made = made_from(
        a_stage("A", "compile"), a_stage("B", "compile"), a_stage("C", {"plugin": "test", "inputArtifact": "compile"})
    )
    assert made.errors == ["artifact-ambiguous"]


def test_a_step_without_an_output_folder_hands_nothing_on():
    made = made_from(a_stage("A", "test"), a_stage("B", {"plugin": "compile", "inputArtifact": "A/test"}))
    assert made.errors == ["artifact-not-produced"]


def test_the_older_key_of_an_artifact_is_understood():
    key = {
        "stageName": "Build",
        "stageAlias": "Build-alias",
        "pluginName": "compile",
        "pluginAlias": "compile",
        "outputDirectory": "bin",
    }
    made = made_from(a_stage("Build", "compile"), a_stage("Test", {"plugin": "test", "inputArtifact": key}))
    assert made.action("test").inputs == made.action("compile").outputs


def test_a_whole_workspace_can_be_handed_on():
    made = made_from(a_stage("A", "everything"), a_stage("B", {"plugin": "test", "inputArtifact": "everything"}))
    (output,) = made.step("everything").build_spec.outputs
    assert (output.base_directory, output.files) == (".", ("**/*",))


def test_folders_are_seen_from_the_folder_commands_run_in():
    step = {"plugin": "compile", "env": {"WORKDIR": "services/web"}}
    made = made_from(a_stage("A", step), a_stage("B", {"plugin": "test", "inputArtifact": "compile"}))
    assert made.step("compile").build_spec.outputs[0].base_directory == "services/web/bin"


def test_rules_of_conditions_read_artifacts():
    rule = {"name": "check", "provider": "Commands", "commands": "test -f bin/app", "inputArtifacts": "compile"}
    made = made_from(a_stage("Build", "compile"), a_stage("Go", "test", beforeEntry={"result": "FAIL", "rules": rule}))
    condition = made.stage("Go").before_entry
    assert condition is not None
    assert condition.rules[0].inputs == made.action("compile").outputs


def test_rules_of_conditions_read_only_what_there_is():
    rule = {"name": "check", "provider": "Commands", "commands": "true", "inputArtifacts": "nothing"}
    made = made_from(a_stage("Go", "test", beforeEntry={"result": "FAIL", "rules": rule}))
    assert made.errors == ["artifact-unknown"]


# --- evidence


def test_findings_are_kept_and_shown_as_tests():
    made = made_from(a_stage("Scan", "scan"))
    spec = made.step("scan").build_spec
    (artifact,) = spec.outputs
    assert artifact.holds_evidence
    assert artifact.files == ("reports/scan.sarif", ".pipeline-evidence")
    assert [(one.name, one.format, one.files) for one in spec.reports] == [
        ("findings", "JUNITXML", ("reports/scan.sarif.junit.xml",))
    ]
    assert made.step("scan").evidence[0].artifact == artifact.name


def test_tests_and_coverage_are_reported():
    spec = made_from(a_stage("Test", "report")).step("report").build_spec
    assert [(one.name, one.format) for one in spec.reports] == [("tests", "JUNITXML"), ("coverage", "COBERTURAXML")]
    assert spec.outputs == ()


# --- environment


def test_what_stands_nearest_to_the_step_wins():
    made = made_from(
        a_stage(
            "Test",
            {"plugin": {"name": "test", "metadata": {"C": "use"}}, "metadata": {"D": "step"}, "env": {"E": "env"}},
        ),
        plugins=(a_plugin("test", env={"A": "plugin"} | dict.fromkeys("BCDE", "plugin"), metadata={"F": "plugin"}),),
        **{"global": dict.fromkeys("BCDE", "global")},
    )
    env = made.env("test")
    assert [env[name] for name in "ABCDEF"] == ["plugin", "global", "use", "step", "env", "plugin"]


def test_synth_metadata_reaches_no_other_step():
    synth = {"source": {"repo": "acme/web"}, "plugin": "synth", "metadata": {"ONLY": "synth"}}
    made = made_from(a_stage("Test", "test"), synth=synth)
    assert made.env("synth")["ONLY"] == "synth"
    assert "ONLY" not in made.env("test")


def test_inputs_are_variables_by_name_by_variable_and_by_default():
    made = made_from(
        a_stage(
            "Test",
            {"plugin": "tuned", "name": "a"},
            {"plugin": "tuned", "name": "b", "inputs": {"level": "high"}},
            {"plugin": "tuned", "name": "c", "env": {"LEVEL": "mid"}},
        )
    )
    assert [made.env(name)["LEVEL"] for name in "abc"] == ["low", "high", "mid"]


def test_expressions_see_the_steps_own_environment_inputs_and_plugin():
    step = {
        "plugin": "tuned",
        "env": {"URL": "https://{{ env.HOST }}/", "HOST": "{{ vars.host }}"},
        "preCommands": ["echo {{ inputs.level }} {{ plugin.version }} {{ pipeline.pipelineName }}"],
    }
    made = made_from(a_stage("Test", step), vars={"host": "example.org"})
    assert made.env("tuned")["URL"] == "https://example.org/"
    assert "echo low 1.0.0 acme-web-pipeline" in made.step("tuned").build_spec.script


def test_expressions_of_a_plugin_see_the_metadata_of_the_step():
    plugin = a_plugin("deploy", env={"NAMESPACE": "{{ pipeline.metadata.namespace | default: 'default' }}"})
    stage = a_stage("Go", "deploy", {"plugin": "deploy", "name": "other", "metadata": {"namespace": "blue"}})
    made = made_from(stage, plugins=(plugin,))
    assert (made.env("deploy")["NAMESPACE"], made.env("other")["NAMESPACE"]) == ("default", "blue")


def test_values_that_codepipeline_completes_go_with_the_action():
    made = made_from(
        a_stage("Test", {"plugin": "test", "env": {"R": "#{variables.RELEASE}"}}),
        variables=[{"name": "RELEASE", "default": "1"}],
    )
    assert EnvironmentVariable("R", "#{variables.RELEASE}") in made.action("test").environment
    assert "R" not in made.env("test")


def test_exported_variables_reach_later_steps():
    made = made_from(
        a_stage("Build", {"plugin": "compile", "exports": "VERSION"}),
        a_stage("Test", {"plugin": "test", "env": {"V": "#{compile.VERSION}"}}),
    )
    namespace = made.action("compile").namespace
    assert EnvironmentVariable("V", f"#{{{namespace}.VERSION}}") in made.action("test").environment
    assert made.step("compile").build_spec.exported == ("VERSION",)


@pytest.mark.parametrize("text", ["#{compile.OTHER}", "#{nothing.X}", "#{variables.X}", "#{later.V}"])
def test_a_variable_that_nothing_has_by_then_is_refused(text: str):
    made = made_from(
        a_stage("Build", {"plugin": "compile", "exports": "VERSION"}),
        a_stage("Test", {"plugin": "test", "env": {"V": text}}),
        a_stage("Later", {"plugin": "test", "name": "later", "exports": "V"}),
    )
    assert made.errors == ["variable-unknown"]


@pytest.mark.parametrize(
    "text", ["#{codepipeline.PipelineExecutionId}", "#{SourceVariables.CommitId}", "#{docs.CommitId}"]
)
def test_variables_of_the_pipeline_and_of_sources_are_known(text: str):
    made = made_from(a_stage("Test", {"plugin": "test", "env": {"V": text}}), sources={"docs": {"repo": "acme/docs"}})
    assert made.errors == []


def test_a_step_that_does_nothing_is_refused():
    assert made_from(a_stage("Test", "silent")).errors == ["no-commands"]


def test_a_dynamic_reference_of_a_plugin_is_refused():
    plugin = a_plugin("leaky", env={"A": "{{resolve:secretsmanager:x}}"})
    assert made_from(a_stage("Test", "leaky"), plugins=(plugin,)).errors == ["dynamic-reference"]


# --- secrets


def test_a_required_secret_comes_from_its_default_place():
    made = made_from(a_stage("Scan", "secretive"))
    secret = EnvironmentVariable("TOKEN", "pipeline-builder/acme-1/TOKEN", VariableKind.SECRET)
    assert secret in made.step("secretive").environment
    (statement,) = (one for one in made.role("secretive").policies[0].statements if one.sid == "ReadSecrets")
    assert statement.resources[0].text.endswith(":secret:pipeline-builder/acme-1/TOKEN-??????")


def test_without_an_organization_the_place_is_completed_by_a_parameter():
    made = made_from(a_stage("Scan", "secretive"), orgId=None)
    assert EnvironmentVariable("TOKEN", Sub("pipeline-builder/${OrgId}/TOKEN"), VariableKind.SECRET) in (
        made.step("secretive").environment
    )
    assert "OrgId" in [parameter.name for parameter in made.plan.parameters]


@pytest.mark.parametrize(
    ("reference", "value", "kind"),
    [
        ("other", "other", VariableKind.SECRET),
        ({"secret": "other", "key": "k"}, "other:k", VariableKind.SECRET),
        ({"secret": "other", "versionStage": "S"}, "other::S", VariableKind.SECRET),
        ({"parameter": "/a/b"}, "/a/b", VariableKind.PARAMETER),
    ],
)
def test_a_secret_may_lie_elsewhere(reference: object, value: str, kind: VariableKind):
    made = made_from(a_stage("Scan", {"plugin": "secretive", "secrets": {"TOKEN": reference}}))
    assert EnvironmentVariable("TOKEN", value, kind) in made.step("secretive").environment


def test_a_secret_as_plain_text_is_refused():
    assert made_from(a_stage("Scan", {"plugin": "secretive", "env": {"TOKEN": "x"}})).errors == ["secret-in-plain-text"]


# --- images, machines, network, roles


def test_a_pinned_image_is_named_by_its_digest():
    image = made_from(a_stage("Test", "test")).step("test").image
    assert isinstance(image.uri, Sub)
    assert image.uri.text.startswith("${ImageRegistry}/system/test@sha256:")


def test_a_plugin_of_ones_own_has_its_image_under_the_organization():
    image = made_from(a_stage("Test", "ours")).step("ours").image
    assert image.uri == Sub("${ImageRegistry}/org-acme-1/ours:1.0.0")


def test_a_plugin_without_an_image_runs_in_codebuilds_own():
    image = made_from(a_stage("Test", "plain")).step("plain").image
    assert (image.uri, image.is_curated) == ("aws/codebuild/standard:7.0", True)


def test_the_authors_word_on_machine_time_and_failure_counts():
    step = {
        "plugin": "test",
        "computeType": "LARGE",
        "timeout": 7,
        "queuedTimeout": 9,
        "privileged": True,
        "failureBehavior": "ignore",
    }
    project = made_from(a_stage("Test", step)).step("test")
    assert project.compute_type == "BUILD_GENERAL1_LARGE"
    assert (project.timeout_minutes, project.queued_timeout_minutes, project.is_privileged) == (7, 9, True)
    assert project.failure_behavior is FailureBehavior.IGNORE


def test_the_plugins_word_counts_where_the_author_has_none():
    made = made_from(a_stage("Test", "lenient"))
    assert made.step("lenient").failure_behavior is FailureBehavior.WARN
    assert made.step("lenient").cache_location == Sub(f"${{ArtifactBucket}}/{CACHE_FOLDER}/{made.step('lenient').name}")


def test_a_step_may_have_a_role_of_its_own():
    role = "arn:aws:iam::111122223333:role/deploy"
    made = made_from(a_stage("Go", {"plugin": "test", "role": role}))
    assert made.step("test").role.arn == role
    assert not [one for one in made.plan.roles if "Go" in one.description]


def test_a_network_by_ids_needs_no_look_up():
    network = {"vpcId": "vpc-1", "subnetIds": ["subnet-1"]}
    made = made_from(
        a_stage("Test", "test", {"plugin": "test", "name": "own", "network": {**network, "securityGroupIds": "sg-9"}}),
        defaults={"network": network},
    )
    assert made.step("test").network.own_group is not None
    assert made.step("own").network.security_group_ids == ("sg-9",)


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        ({"roleArn": "arn:aws:iam::111122223333:role/p"}, "arn:aws:iam::111122223333:role/p"),
        ({"type": "roleName", "roleName": "p"}, Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/p")),
    ],
)
def test_the_pipeline_may_have_a_role_from_outside(role: dict[str, str], arn: object):
    assert made_from(a_stage("Test", "test"), role=role).plan.pipeline_role.arn == arn


@pytest.mark.parametrize(
    ("metadata", "arn"),
    [
        ({"rolearn": "arn:aws:iam::111122223333:role/p"}, "arn:aws:iam::111122223333:role/p"),
        ({"rolename": "/ci/p"}, Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/ci/p")),
        ({"rolearn": "arn:aws:iam::111122223333:role/p", "rolename": "q"}, "arn:aws:iam::111122223333:role/p"),
    ],
)
def test_metadata_may_name_the_pipelines_role(metadata: dict[str, str], arn: object):
    keys = {f"aws:cdk:iam:role:{key}": value for key, value in metadata.items()}
    assert made_from(a_stage("Test", "test"), **{"global": keys}).plan.pipeline_role.arn == arn


@pytest.mark.parametrize(
    ("name", "tag"), [("C# & R", "C- - R"), ("größe", "größe"), ("東京 1", "東京 1"), ("a\u0301", "a-")]
)
def test_names_become_tags_that_aws_takes(name: str, tag: str):
    made = made_from(a_stage("Test", "test"), project=name, organization=name)
    assert (made.plan.tags["project"], made.plan.tags["organization"]) == (tag, tag)


def test_a_name_that_loses_letters_is_told_unless_the_pipeline_has_one():
    made = made_from(a_stage("Test", "test"), project="größe")
    assert [(one.code, str(one.at)) for one in made.found] == [("pipeline-name-loses-letters", "project")]
    assert made_from(a_stage("Test", "test"), project="größe", pipelineName="size").found == ()
    named = {"aws:cdk:pipelines:codepipeline:pipelineName": "size"}
    assert made_from(a_stage("Test", "test"), project="größe", **{"global": named}).found == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [("project", " "), ("organization", "a\nb"), ("pipelineId", "a/b"), ("registry", {"pullHost": "https://x"})],
)
def test_a_name_that_says_nothing_or_fits_nowhere_is_refused(key: str, value: object):
    assert made_from(a_stage("Test", "test"), **{key: value}).errors == ["wrong-pattern"]


NOWHERE = {"aws:cdk:operations:executionevents": True}


@pytest.mark.parametrize(
    ("at", "setting"),
    [
        ("global", {"global": NOWHERE}),
        ("global", {"global": {"aws:cdk:notifications:events": "FAILED"}}),
        ("artifacts", {"artifacts": {"ownKey": True, "kmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/1"}}),
        ("defaults.securityGroups", {"defaults": {"securityGroups": {"securityGroupIds": ["sg-1"]}}}),
    ],
)
def test_what_has_no_effect_is_told(at: str, setting: dict[str, object]):
    made = made_from(a_stage("Test", "test"), **setting)
    assert made.plan
    assert [(one.code, one.severity, str(one.at)) for one in made.found] == [("no-effect", "warning", at)]


# --- self-mutation


def test_the_pipeline_updates_itself_from_its_own_template_within_a_boundary():
    made = made_from(a_stage("Test", "test"))
    (action,) = made.stage("SelfMutation").actions
    assert isinstance(action, StackUpdateAction)
    assert (action.input,) == made.action("synth").outputs
    assert made.plan.boundary is not None
    assert {role.boundary for role in made.plan.roles if role.id != "UpdateRole"} == {Sub("${Boundary}")}


def test_without_self_mutation_there_is_neither_stage_nor_boundary():
    made = made_from(a_stage("Test", "test"), selfMutation=False)
    assert "SelfMutation" not in [stage.name for stage in made.plan.stages]
    assert made.plan.boundary is None


def test_a_role_from_outside_updates_the_stack():
    role = "arn:aws:iam::111122223333:role/update"
    made = made_from(a_stage("Test", "test"), selfMutation={"roleArn": role})
    assert made.stage("SelfMutation").actions[0].role.arn == role
    assert made.plan.boundary is None


def test_a_boundary_from_outside_is_used_for_every_role():
    boundary = "arn:aws:iam::111122223333:policy/fence"
    made = made_from(a_stage("Test", "test"), defaults={"permissionsBoundary": boundary})
    assert made.plan.boundary is None
    assert {role.boundary for role in made.plan.roles} == {boundary}


def test_the_boundary_names_the_secrets_that_are_not_in_the_default_place():
    secrets = {"OWN": "pipeline-builder/acme/OWN", "OTHER": "acme/db"}
    made = made_from(a_stage("Test", {"plugin": "test", "secrets": secrets}), orgId="acme")
    further = [one for one in made.plan.boundary.statements if one.sid.startswith("Further")]
    named = [resource for one in further for resource in one.resources if ":secret:" in str(resource)]
    assert named == [Sub("arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:acme/db-??????")]


def test_self_mutation_needs_an_assembly():
    synth = {"source": {"repo": "acme/web"}, "plugin": "test"}
    made = made_from(a_stage("Test", "compile"), synth=synth, selfMutation=True)
    assert "self-mutation-without-assembly" in [one.code for one in made.found]
    assert "SelfMutation" not in [stage.name for stage in made.plan.stages]


def test_the_synth_step_learns_the_stacks_name_and_parameters():
    env = made_from(a_stage("Test", "test"), orgId=None).env("synth")
    assert env["PIPELINE_STACK_NAME"] == Sub("${AWS::StackName}")
    assert '"SourceConnectionArn": "${SourceConnectionArn}"' in env["PIPELINE_STACK_PARAMETERS"].text


# --- around


@pytest.mark.parametrize(
    ("source", "provider"),
    [
        ({"repo": "acme/web", "trigger": "AUTO"}, "CodeStarSourceConnection"),
        ({"type": "codecommit", "options": {"repositoryName": "web", "trigger": "AUTO"}}, "CodeCommit"),
        ({"type": "s3", "options": {"bucketName": "acme-src", "trigger": "AUTO"}}, "S3"),
        ({"type": "ecr", "options": {"repositoryName": "acme/web", "trigger": "AUTO"}}, "ECR"),
        ({"type": "github", "options": {"repo": "acme/web", "trigger": "AUTO"}}, "GitHub"),
    ],
)
def test_each_source_starts_the_pipeline_in_its_own_way(source: dict[str, object], provider: str):
    made = made_from(a_stage("Test", "test"), synth={"source": source, "plugin": "synth"})
    action = made.stage("Source").actions[0]
    assert action.provider == provider
    detects = {"CodeStarSourceConnection": "DetectChanges", "GitHub": "PollForSourceChanges"}.get(provider)
    if detects:
        assert action.configuration[detects] == "true"
        assert made.plan.start_rules == ()
    else:
        assert len(made.plan.start_rules) == 1
        assert made.plan.start_role is not None


def test_cloudformation_may_read_the_token_of_an_older_source_when_it_updates_the_pipeline():
    source = {"type": "github", "repo": "acme/web", "token": "secretsmanager:ci/github"}
    made = made_from(a_stage("Test", "test"), synth={"source": source, "plugin": "synth"})
    (role,) = (one for one in made.plan.roles if one.id == "UpdateRole")
    (statement,) = (one for policy in role.policies for one in policy.statements if one.sid == "ReadTokens")
    assert statement.resources[0].text.endswith(":secret:ci/github-??????")


def test_a_clone_lets_the_steps_that_read_it_fetch_too():
    source = {"repo": "acme/web", "codeBuildCloneOutput": True}
    made = made_from(a_stage("Test", "test"), synth={"source": source, "plugin": "synth"})
    assert "UseConnection" in [one.sid for one in made.role("test").policies[0].statements]


def test_a_codecommit_clone_lets_steps_pull():
    source = {"type": "codecommit", "options": {"repositoryName": "web", "codeBuildCloneOutput": True}}
    made = made_from(a_stage("Test", "test"), synth={"source": source, "plugin": "synth"})
    assert "CloneSource" in [one.sid for one in made.role("test").policies[0].statements]


def test_triggers_decide_instead_of_the_source():
    trigger = {"push": [{"branches": "main", "paths": ["src/**"]}], "pullRequest": {"branches": "main"}}
    source = {"repo": "acme/web", "trigger": "AUTO"}
    synth = {"source": source, "plugin": "synth"}
    made = made_from(a_stage("Test", "test"), synth=synth, triggers=trigger, selfMutation=False)
    assert made.stage("Source").actions[0].configuration["DetectChanges"] == "false"
    assert made.plan.triggers[0].push[0].paths.includes == ("src/**",)
    assert len(made.plan.triggers[0].pull_request[0].events) == 3


@pytest.mark.parametrize(
    ("trigger", "codes"),
    [
        ({"push": {"branches": "main", "paths": "src/**"}}, []),
        ({"push": {"branches": ["main", "release/**"]}}, ["self-mutation-by-others"]),
        ({"push": {"tags": "v*"}}, ["self-mutation-by-others"]),
        ({"pullRequest": {"branches": "main"}}, ["self-mutation-by-others"]),
        ({"source": "docs", "pullRequest": {"branches": "main"}}, []),
    ],
)
def test_a_pipeline_that_updates_itself_is_started_by_its_own_branch_alone(
    trigger: dict[str, object], codes: list[str]
):
    sources = {"docs": {"repo": "acme/docs"}}
    assert made_from(a_stage("Test", "test"), triggers=trigger, sources=sources).errors == codes
    assert made_from(a_stage("Test", "test"), triggers=trigger, sources=sources, selfMutation=False).errors == []


def test_parallel_executions_cannot_all_update_the_pipeline():
    made = made_from(a_stage("Test", "test"), executionMode="PARALLEL")
    assert [one.code for one in made.found] == ["self-mutation-in-parallel"]
    assert made_from(a_stage("Test", "test"), executionMode="PARALLEL", selfMutation=False).found == ()


def test_an_image_in_ecr_is_pulled_by_the_steps_role():
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/tools:1"
    key = "aws:cdk:codebuild:buildenvironment:buildimage"
    made = made_from(a_stage("Test", {"plugin": "test", "metadata": {key: image}}))
    statements = {one.sid: one for policy in made.role("test").policies for one in policy.statements}
    assert statements["PullGivenImage"].resources == (
        Sub("arn:${AWS::Partition}:ecr:eu-west-1:123456789012:repository/team/tools"),
    )
    assert "SignInToRegistry" in statements


def test_schedules_of_the_definition_and_of_a_source():
    assert made_from(a_stage("T", "test"), schedule="rate(1 day)").plan.start_rules[0].schedule == "rate(1 day)"
    synth = {"source": {"repo": "acme/web", "trigger": "SCHEDULE", "schedule": "rate(2 hours)"}, "plugin": "synth"}
    assert made_from(a_stage("T", "test"), synth=synth).plan.start_rules[0].schedule == "rate(2 hours)"
    synth = {"source": {"repo": "acme/web", "trigger": "SCHEDULE"}, "plugin": "synth"}
    assert made_from(a_stage("T", "test"), synth=synth).plan.start_rules[0].schedule == "rate(1 day)"


def test_notifications_alarms_and_events():
    topic = "arn:aws:sns:eu-west-1:111122223333:told"
    made = made_from(
        a_stage("T", "test"),
        notifications={"topicArn": topic, "events": "STARTED", "approvals": True, "failureAlarm": True},
        **{"global": {"aws:cdk:operations:executionevents": "true"}},
    )
    rule = made.plan.notification_rule
    assert rule is not None
    assert rule.event_ids == (
        "codepipeline-pipeline-pipeline-execution-started",
        "codepipeline-pipeline-manual-approval-needed",
    )
    assert made.plan.failure_alarm is not None
    assert made.plan.execution_events.topic_arn == topic


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("arn:aws:sns:eu-west-1:111122223333:told", "SNS"),
        ("arn:aws:chatbot::111122223333:chat-configuration/slack-channel/builds", "AWSChatbotSlack"),
        ("arn:aws:chatbot::111122223333:chat-configuration/microsoft-teams-channel/b", "AWSChatbotMicrosoftTeams"),
    ],
)
def test_a_topic_or_a_chat_channel_is_told(address: str, kind: str):
    rule = made_from(a_stage("T", "test"), notifications={"topicArn": address}).plan.notification_rule
    assert rule is not None
    assert (rule.target, rule.target_type) == (address, kind)


def test_alarms_and_events_need_a_topic():
    chat = "arn:aws:chatbot::111122223333:chat-configuration/slack-channel/builds"
    alarmed = made_from(a_stage("T", "test"), notifications={"topicArn": chat, "failureAlarm": True})
    watched = made_from(
        a_stage("T", "test"),
        **{"global": {"aws:cdk:notifications:topic:arn": chat, "aws:cdk:operations:executionevents": "true"}},
    )
    assert [str(one.at) for one in (*alarmed.found, *watched.found)] == ["notifications.topicArn", "global"]
    assert alarmed.errors == watched.errors == ["topic-needed"]
    assert alarmed.planned is None


def test_without_a_word_on_events_a_topic_is_told_of_ends_alone():
    topic = "arn:aws:sns:eu-west-1:111122223333:told"
    rule = made_from(a_stage("T", "test"), notifications={"topicArn": topic}).plan.notification_rule
    assert rule is not None
    assert [one.rsplit("-", 1)[1] for one in rule.event_ids] == ["failed", "succeeded"]


def test_two_sources_of_one_connection_are_one_permission():
    connection = "arn:aws:codeconnections:eu-west-1:111122223333:connection/1"
    source = {"repo": "acme/web", "connectionArn": connection}
    made = made_from(
        a_stage("T", "test"),
        synth={"source": source, "plugin": "synth"},
        sources={"docs": {**source, "repo": "acme/docs"}},
    )
    (role,) = (one for one in made.plan.roles if one.id == "PipelineRole")
    used = [one for policy in role.policies for one in policy.statements if one.sid.startswith("UseConnection")]
    assert [one.resources for one in used] == [(connection,)]


def test_a_key_of_ones_own_or_an_existing_one():
    own = made_from(a_stage("T", "test"), artifacts={"ownKey": True, "retentionDays": 3}).plan.artifact_store
    assert (own.key_id, own.retention_days) == ("ArtifactKey", 3)
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"
    assert made_from(a_stage("T", "test"), artifacts={"kmsKeyArn": key}).plan.artifact_store.key_arn == key


@pytest.mark.parametrize(
    ("registry", "default"),
    [
        ({"pullHost": "registry.example.org"}, "registry.example.org"),
        ({"pullHost": "registry.example.org", "pullPort": 5000}, "registry.example.org:5000"),
        ({"pullHost": "registry.example.org", "pullPort": 443}, "registry.example.org"),
        ({"pullHost": "registry.example.org/plugins", "pullPort": 5000}, "registry.example.org:5000/plugins"),
    ],
)
def test_the_registry_is_a_parameter_with_the_definitions_default(registry: dict[str, object], default: str):
    made = made_from(a_stage("T", "test"), registry=registry)
    (parameter,) = (one for one in made.plan.parameters if one.name == "ImageRegistry")
    assert parameter.default == default


@pytest.mark.parametrize(
    ("rule", "sid"),
    [
        ({"provider": "CloudWatchAlarm", "configuration": {"AlarmName": "a"}}, "ReadAlarms"),
        ({"provider": "LambdaInvoke", "configuration": {"FunctionName": "f"}}, "AskFunction"),
        ({"provider": "CodeBuild", "configuration": {"ProjectName": "pp"}}, "CheckByBuild"),
        ({"provider": "Commands", "commands": "true"}, "LogChecks"),
        ({"provider": "DeploymentWindow", "configuration": {"Cron": "* * * ? * * *"}}, None),
        ({"provider": "Commands", "commands": "true", "roleArn": "arn:aws:iam::111122223333:role/r"}, None),
    ],
)
def test_the_pipeline_may_do_what_rules_need(rule: dict[str, object], sid: str | None):
    condition = {"result": "FAIL", "rules": {"name": "r", **rule}}
    made = made_from(a_stage("T", "test", beforeEntry=condition))
    (role,) = (one for one in made.plan.roles if one.id == "PipelineRole")
    sids = {statement.sid for policy in role.policies for statement in policy.statements}
    assert {"ReadAlarms", "AskFunction", "CheckByBuild", "LogChecks"} & sids == ({sid} if sid else set())


# --- ids


def test_a_step_that_comes_goes_or_moves_changes_no_other_steps_resources():
    def ids(*steps: str) -> dict[str, tuple[str, str, str | None]]:
        made = made_from(a_stage("Test", *steps))
        return {one.step: (one.id, one.name, one.role.id) for one in made.plan.projects}

    before = ids("test", "scan", "compile")
    for after in (ids("scan", "compile"), ids("compile", "report", "test", "scan"), ids("scan", "test", "compile")):
        assert {step: after[step] for step in before if step in after} == {
            step: before[step] for step in before if step in after
        }


# --- limits


def test_a_hundred_steps_are_planned_and_five_hundred_refused():
    def steps(count: int) -> list[dict[str, object]]:
        return [
            a_stage(
                f"S{start}",
                *({"plugin": "test", "name": f"s{index}"} for index in range(start, min(start + 50, count))),
            )
            for start in range(0, count, 50)
        ]

    assert len(made_from(*steps(100)).plan.projects) == 101
    refused = made_from(*steps(500))
    assert refused.planned is None
    assert "AWS allows at most 500 (template-resources)" in refused.messages


def test_a_time_out_below_five_minutes_is_refused():
    refused = made_from(a_stage("Test", {"plugin": "test", "timeout": 3}))
    assert refused.errors == ["limit-exceeded"]
    assert "build-timeout-minimum" in refused.messages
