"""The small parts of planning, where a whole definition would hide what is asked."""

import pytest

from pipeline_builder.core.definition.model import ArtifactKey, Effect, Permission, SecretReference
from pipeline_builder.core.planning import permissions
from pipeline_builder.core.planning.artifacts import ArtifactNames, Producer, Producers, Reader
from pipeline_builder.core.planning.ids import (
    artifact_name,
    digest,
    logical_id,
    own_prefix,
    parameter_name,
    project_name,
)
from pipeline_builder.core.planning.model import ArtifactStore, Statement, Sub
from pipeline_builder.core.planning.order import Contradiction, Orderable, run_orders
from pipeline_builder.core.planning.policies import document_size, role_policies, size
from pipeline_builder.core.planning.secrets import bind
from pipeline_builder.core.planning.text import joined

STORE = ArtifactStore(id="ArtifactBucket", retention_days=30)


@pytest.mark.parametrize(
    ("one", "other"), [(("a-b", "c"), ("a", "b-c")), (("ab", "c"), ("a", "bc")), (("a_b", "c"), ("a-b", "c"))]
)
def test_names_that_cleaning_makes_alike_stay_apart(one: tuple[str, str], other: tuple[str, str]):
    assert logical_id(*one, kind="Project") != logical_id(*other, kind="Project")
    assert project_name("p", *one) != project_name("p", *other)
    assert artifact_name(*one) != artifact_name(*other)
    assert digest(*one) != digest(*other)


def test_names_keep_the_limits_however_long_the_parts_are():
    assert len(project_name("p" * 100, "s" * 100, "t" * 100)) <= 100
    assert project_name("p" * 100, "s" * 100, "t" * 100).startswith(own_prefix("p" * 100))
    assert len(logical_id("s" * 100, "t" * 100, kind="Project")) <= 255
    assert len(artifact_name("Stage", "step")) == len(artifact_name("Stage", "-")) == 10


def test_projects_of_a_pipeline_whose_name_begins_alike_are_outside_the_prefix():
    assert not project_name("app-prod", "Test", "jest").startswith(own_prefix("app") + "-")


def test_a_parameters_name_is_what_people_type():
    assert parameter_name("Source", "ConnectionArn") == "SourceConnectionArn"
    assert parameter_name("my-docs", "ConnectionArn").startswith("MyDocs")


def test_artifact_names_that_would_meet_are_moved_apart(monkeypatch: pytest.MonkeyPatch):
    taken = iter(["same", "same", "same", "other", "other"])
    monkeypatch.setattr("pipeline_builder.core.planning.artifacts.artifact_name", lambda *_: next(taken))
    names = ArtifactNames()
    assert names.of("a") == "same"
    assert names.of("a") == "same"
    assert names.of("b") == "other"


def test_a_source_is_not_found_by_the_parts_of_a_steps_key():
    source = Producer(stage="", step="Source")
    step = Producer(stage="Build", step="compile", place=0, plugin="go-compile", directory="bin")
    producers = Producers([source, step])
    assert producers.keyed(ArtifactKey(plugin_name="go-compile"), Reader(1)) == [step]
    assert producers.keyed(ArtifactKey(name="Source"), Reader(1)) == [source]


def test_an_approval_in_the_wrong_place_contradicts():
    steps = [Orderable("a", needs=("b",)), Orderable("ok", is_approval=True), Orderable("b")]
    assert run_orders(steps) == Contradiction(("a", "b"))


def test_a_circle_is_told_from_where_it_begins():
    steps = [Orderable("a", needs=("b",)), Orderable("b", needs=("c",)), Orderable("c", needs=("b",))]
    assert run_orders(steps) == Contradiction(("b", "c", "b"))


@pytest.mark.parametrize(
    ("secret", "resources"),
    [
        ("arn:aws:secretsmanager:r:1:secret:db-AbCdEf", 2),
        ("arn:aws:secretsmanager:r:1:secret:my-secret", 2),
        ("arn:aws:secretsmanager:r:1:secret:db", 1),
    ],
)
def test_a_secret_by_arn_may_want_its_suffix(secret: str, resources: int):
    bound = bind("A", SecretReference(secret=secret), "")
    assert len(bound.resources) == resources
    assert str(bound.resources[-1]).endswith("-??????")


def test_a_parameter_by_arn_is_its_own_resource():
    bound = bind("A", SecretReference(parameter="arn:aws:ssm:r:1:parameter/a"), "")
    assert bound.resources == ("arn:aws:ssm:r:1:parameter/a",)


def test_nothing_is_granted_for_nothing():
    assert permissions.read_artifacts(STORE, "p", ()) == ()
    assert permissions.write_artifacts(STORE, "p", []) == []
    assert permissions.use_connections([]) == []
    assert permissions.start_projects([]) == []
    assert permissions.read_secrets([]) == []


def test_artifact_keys_are_cut_as_codepipeline_cuts_them():
    (statement,) = permissions.read_artifacts(STORE, "a-pipeline-with-a-long-name", ("artifact-with-a-long-name",))
    assert statement.resources == (Sub("${ArtifactBucket.Arn}/a-pipeline-with-a-lo/artifact-w/*"),)


def test_what_is_asked_for_names_the_deploying_account():
    (statement,) = permissions.asked_for(
        [
            Permission(
                actions=("s3:GetObject",),
                resources=("arn:${AWS::Partition}:s3:::a/${x}", "arn:aws:s3:::b"),
                effect=Effect.DENY,
                conditions={"StringEquals": {"a": "${AWS::AccountId}", "b": ("x", True)}, "odd": "ignored"},
            )
        ]
    )
    assert statement.effect is Effect.DENY
    assert statement.resources == (Sub("arn:${AWS::Partition}:s3:::a/${!x}"), "arn:aws:s3:::b")
    assert statement.conditions == {"StringEquals": {"a": (Sub("${AWS::AccountId}"),), "b": ("x", "true")}}


def test_literal_text_is_never_read_as_a_reference():
    assert joined("a", "b") == "ab"
    assert joined("$", "{A}", Sub("${B}")) == Sub("${!A}${B}")


def a_statement(sid: str, resources: int) -> Statement:
    arns = tuple(f"arn:aws:s3:::bucket-{number:06}/*" for number in range(resources))
    return Statement(sid=sid, actions=("s3:GetObject",), resources=arns)


def test_what_fits_stays_one_inline_policy():
    (policy,) = role_policies("RolePolicy", [a_statement("A", 10), a_statement("A", 10)])
    assert not policy.is_managed
    assert [statement.sid for statement in policy.statements] == ["A", "A2"]
    assert role_policies("RolePolicy", []) == ()


def test_what_does_not_fit_is_split_into_managed_policies_that_lose_nothing():
    statements = [a_statement("A", 200), a_statement("B", 300)]
    policies = role_policies("RolePolicy", statements)
    assert all(policy.is_managed and document_size(policy.statements) <= 6144 for policy in policies)
    assert len({policy.id for policy in policies}) == len(policies) > 1
    parts = [statement for policy in policies for statement in policy.statements]
    assert len({part.sid for part in parts}) == len(parts)
    assert sorted(arn for part in parts for arn in part.resources) == sorted(
        arn for statement in statements for arn in statement.resources
    )


def test_a_size_counts_references_at_their_longest_and_conditions():
    plain = size(Statement(sid="A", actions=("a",), resources=("x",)))
    reference = size(Statement(sid="A", actions=("a",), resources=(Sub("${AWS::AccountId}"),)))
    condition = size(Statement(sid="A", actions=("a",), resources=("x",), conditions={"Bool": {"k": ("true",)}}))
    assert reference == plain + 11
    assert condition > plain + len('"Bool":{"k":["true"]}')
