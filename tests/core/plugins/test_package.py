"""A package's three files, read and held against one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_builder.core.definition.model import ComputeType, FailureBehavior
from pipeline_builder.core.diagnostics import Report, Severity
from pipeline_builder.core.plugins.files import UnusablePackage
from pipeline_builder.core.plugins.model import (
    BuildType,
    InputType,
    OutputKind,
    PluginInput,
    PluginOutput,
    PluginSecret,
    PluginType,
    ValueKind,
)
from pipeline_builder.core.plugins.package import Dockerfile, read_archive, read_folder, read_package
from tests.core.plugins.packages import SPEC, a_package, write_folder, zipped

COMPLETE = """\
name: eslint
version: 1.2.0
description: Lints.
keywords: [javascript, linter]
category: quality
pluginType: CodeBuildStep
computeType: MEDIUM
timeout: 10
failureBehavior: warn
aliases: [nodejs-eslint]
privileged: true
secrets:
  - {name: TOKEN, required: true, description: A token.}
primaryOutputDirectory: dist
metadata: {KEY: value, "aws:cdk:x": true}
inputs:
  failOn: {type: string, enum: [low, high], default: high, description: When it fails., env: FAIL_ON}
  count: {type: number, default: 3, description: How many.}
  dry: {type: boolean, default: false, description: Whether., required: true}
env: {CI: "true"}
installCommands: npm ci
commands:
  - |
    eslint .
outputs:
  - {kind: sarif, path: reports/eslint.sarif}
cache: [/var/cache/pipeline/npm/**/*]
permissions:
  - {actions: "s3:GetObject", resources: "*"}
buildArgs: {NODE: "22"}
dockerfile: Dockerfile
requiredMetadata: [KEY]
requiredVars: [team]
metadataTypes: {KEY: boolean}
varsTypes: {team: string}
smokeTest: eslint --version
"""


def read(files, label="jest"):
    report = Report()
    return read_archive(zipped(files), label, report), report


def found(files):
    package, report = read(files)
    assert (package is None) is report.has_errors
    return [(one.code, one.file, one.position and (one.position.line, one.position.column)) for one in report]


def test_every_field_of_a_specification_is_read():
    package, report = read(a_package(spec=COMPLETE))

    assert list(report) == []
    spec = package.spec
    assert (spec.name, spec.version, spec.category, spec.timeout) == ("eslint", "1.2.0", "quality", 10)
    assert (spec.compute_type, spec.failure_behavior) == (ComputeType.MEDIUM, FailureBehavior.WARN)
    assert (spec.plugin_type, spec.privileged) == (PluginType.CODE_BUILD, True)
    assert spec.secrets == (PluginSecret(name="TOKEN", required=True, description="A token."),)
    assert spec.inputs == {
        "failOn": PluginInput(
            type=InputType.STRING, enum=("low", "high"), default="high", description="When it fails.", env="FAIL_ON"
        ),
        "count": PluginInput(type=InputType.NUMBER, default="3", description="How many."),
        "dry": PluginInput(type=InputType.BOOLEAN, default="false", description="Whether.", required=True),
    }
    assert (spec.install_commands, spec.commands) == (("npm ci",), ("eslint .\n",))
    assert spec.outputs == (PluginOutput(kind=OutputKind.SARIF, path="reports/eslint.sarif"),)
    assert spec.metadata == {"KEY": "value", "aws:cdk:x": True}
    assert (spec.metadata_types, spec.vars_types) == ({"KEY": ValueKind.BOOLEAN}, {"team": ValueKind.STRING})
    assert spec.permissions[0].actions == ("s3:GetObject",)


def test_a_package_is_the_same_from_a_folder_and_a_zip(tmp_path):
    files = a_package(**{"scripts/run.sh": "true"})
    report = Report()

    from_folder = read_folder(write_folder(tmp_path, files), report)

    assert from_folder == read(files)[0]
    assert from_folder.dockerfile == Dockerfile("Dockerfile", "FROM scratch\n")
    assert from_folder.files == ("Dockerfile", "config.yaml", "plugin-spec.yaml", "scripts/run.sh")
    assert list(report) == []


def test_a_package_becomes_a_plugin_of_its_owner():
    package, _ = read(a_package())

    plugin = package.published("org-1", "sha256:1")

    assert (plugin.spec, plugin.build_type, plugin.owner, plugin.digest) == (
        package.spec,
        BuildType.BUILD_IMAGE,
        "org-1",
        "sha256:1",
    )


def test_faults_of_all_files_are_told_at_once_with_their_places():
    files = a_package(
        spec="""\
            name: jest
            version: one
            comands: [x]
            """,
        config="""\
            buildType: docker
            dockerFile: x
            """,
        dockerfile=None,
    )

    assert found(files) == [
        ("not-one-of", "jest/config.yaml", (1, 12)),
        ("unknown-key", "jest/config.yaml", (2, 1)),
        ("wrong-pattern", "jest/plugin-spec.yaml", (2, 10)),
        ("unknown-key", "jest/plugin-spec.yaml", (3, 1)),
    ]


def test_faults_beyond_the_shape_have_places_too():
    files = a_package(spec=SPEC + "inputs:\n  dry: {type: boolean, default: maybe, description: x}\n")

    assert found(files) == [("invalid-input-value", "jest/plugin-spec.yaml", (7, 33))]


def test_without_a_configuration_an_image_is_built():
    assert read(a_package(config=None))[0].config.build_type is BuildType.BUILD_IMAGE


def test_the_configuration_may_have_the_longer_ending_but_not_both():
    assert found({**a_package(config=None), "config.yml": "buildType: metadata_only\n"}) == []
    assert found(a_package(**{"config.yml": "buildType: metadata_only\n"})) == [("ambiguous-config", "jest", None)]


def test_the_specification_and_the_dockerfile_may_stand_elsewhere():
    files = a_package(
        spec=None,
        dockerfile=None,
        config="{pluginSpec: ./spec/jest.yaml, dockerfile: ./docker/Dockerfile}",
        **{"spec/jest.yaml": SPEC, "docker/Dockerfile": "FROM a"},
    )

    package, report = read(files)

    assert list(report) == []
    assert package.dockerfile == Dockerfile("docker/Dockerfile", "FROM a")


def test_the_specification_may_name_the_dockerfile():
    files = a_package(spec=SPEC + "dockerfile: other\n", dockerfile=None, other="FROM a")

    assert read(files)[0].dockerfile == Dockerfile("other", "FROM a")


@pytest.mark.parametrize("path", ["../spec.yaml", "/etc/passwd", "a/../../b"])
def test_no_path_leads_out_of_the_package(path):
    assert found(a_package(config=f"pluginSpec: {path}\n")) == [("path-outside", "jest/config.yaml", (1, 13))]
    assert found(a_package(config=f"dockerfile: {path}\n")) == [("path-outside", "jest/config.yaml", (1, 13))]
    assert found(a_package(spec=SPEC + f"dockerfile: {path}\n")) == [("path-outside", "jest/plugin-spec.yaml", (6, 13))]


def test_a_missing_file_says_where_it_may_be():
    package, report = read({f"jest-main/{name}": text for name, text in a_package().items()})
    (finding,) = report

    assert package is None
    assert (finding.code, finding.file) == ("missing-file", "jest")
    assert finding.message == "'plugin-spec.yaml' is missing: the plugin's specification."
    assert finding.hint == "Pack the contents of 'jest-main' and not the folder itself."


def test_an_image_is_built_from_a_dockerfile():
    assert found(a_package(dockerfile=None)) == [("missing-file", "jest", None)]
    assert found(a_package(dockerfile=b"\xff\xfe")) == [("not-utf-8", "jest/Dockerfile", None)]


def test_an_approval_needs_no_image():
    spec = "{name: approve, version: 1.0.0, pluginType: ManualApprovalStep}"

    package, report = read(a_package(spec=spec, dockerfile=None))

    assert list(report) == []
    assert package.dockerfile is None
    assert found(a_package(spec=spec, dockerfile=None, config="buildType: prebuilt\n")) == []


@pytest.mark.parametrize("build_type", ["prebuilt", "metadata_only"])
def test_only_a_package_that_builds_an_image_names_a_dockerfile(build_type):
    more = {"image.tar": b"x"}

    assert found(a_package(config=f"buildType: {build_type}\n", **more)) == []
    assert found(a_package(config=f"buildType: {build_type}\ndockerfile: Dockerfile\n", **more)) == [
        ("unused-dockerfile", "jest/config.yaml", (1, 12))
    ]
    assert found(a_package(config=f"buildType: {build_type}\n", spec=SPEC + "dockerfile: D\n", **more)) == [
        ("unused-dockerfile", "jest/config.yaml", (1, 12))
    ]


def test_a_prebuilt_package_brings_its_image():
    assert found(a_package(config="buildType: prebuilt\n")) == [("missing-file", "jest/config.yaml", (1, 12))]


def test_only_a_package_without_an_image_names_one():
    spec = SPEC + "image: aws/codebuild/standard:7.0\n"

    assert found(a_package(spec=spec, config="buildType: metadata_only\n")) == []
    assert found(a_package(spec=spec)) == [("unused-image", "jest/config.yaml", (1, 12))]
    assert found(a_package(spec=spec, config=None)) == [("unused-image", "jest/plugin-spec.yaml", (1, 1))]


def test_build_arguments_without_a_build_are_a_warning():
    package, report = read(a_package(spec=SPEC + "buildArgs: {A: b}\n", config="buildType: metadata_only\n"))
    (finding,) = report

    assert package is not None
    assert (finding.code, finding.severity) == ("unused-build-arguments", Severity.WARNING)


def test_a_zip_that_is_none_is_a_finding():
    report = Report()

    assert read_archive(b"no", "jest.zip", report) is None
    assert [(one.code, one.file) for one in report] == [("unusable-package", "jest.zip")]


def test_a_folder_that_is_not_there_is_a_finding(tmp_path):
    report = Report()

    assert read_folder(tmp_path / "no", report) is None
    assert [(one.code, one.file) for one in report] == [("unusable-package", str(tmp_path / "no"))]


def test_a_file_that_cannot_be_read_is_a_finding():
    class Unreadable:
        def names(self):
            return ["plugin-spec.yaml"]

        def read(self, name):
            raise UnusablePackage(f"'{name}' is gone.")

    report = Report()

    assert read_package(Unreadable(), "jest", report) is None
    assert [one.message for one in report] == ["'plugin-spec.yaml' is gone."]


@pytest.mark.parametrize(
    "text", ["", "- a\n", "a: [", "name: jest\nname: jest\nversion: 1.0.0\ncommands: x\n", "&a [*a]", "\x00"]
)
def test_a_specification_that_is_no_document_is_a_finding_and_not_a_crash(text):
    package, report = read(a_package(spec=text))

    assert package is None
    assert {one.file for one in report} == {"jest/plugin-spec.yaml"}


@given(spec=st.binary(max_size=60), config=st.binary(max_size=60))
def test_any_files_are_a_package_or_have_findings(spec, config):
    package, report = read({"plugin-spec.yaml": spec, "config.yaml": config})

    assert package is not None or report.has_errors
