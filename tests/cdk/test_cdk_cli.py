"""The stock CDK command reads the assemblies that we write: without a network, an account or credentials."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline_builder.core.planning.model import LogGroup, Plan
from pipeline_builder.synth import render
from pipeline_builder.synth.assembly import write_assembly
from tests.factories.plans import plan_with_everything

pytestmark = pytest.mark.oracle

CDK = Path(__file__).parents[1] / "cdk_cli" / "node_modules" / ".bin" / "cdk"
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
    "NO_COLOR": "1",
}


@pytest.fixture
def cdk(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(CDK), *arguments, "--no-notices"],
            env={"PATH": os.environ["PATH"], "HOME": str(home), **OFFLINE},
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert CDK.exists(), "`make test` installs the CDK's command"
    return run


def assembly(plan: Plan, directory: Path) -> str:
    write_assembly(render(plan), directory, "web", parameters={"OrgId": "acme"})
    return str(directory)


def test_it_lists_the_stack(cdk, tmp_path):
    assert cdk("ls", "--app", assembly(plan_with_everything(), tmp_path / "cdk.out")).split() == ["web"]


def test_it_finds_no_difference_to_the_template_itself(cdk, tmp_path):
    app = assembly(plan_with_everything(), tmp_path / "cdk.out")

    said = cdk("diff", "web", "--app", app, "--template", f"{app}/web.template.json", "--fail")

    assert "There were no differences" in said


def test_it_shows_what_changes(cdk, tmp_path):
    plan = plan_with_everything()
    old = tmp_path / "old.json"
    old.write_bytes(render(plan).as_json())
    first, *others, last = plan.projects
    log_group = LogGroup(id=first.log_group.id, name=first.log_group.name, retention_days=7)
    changed = replace(plan, projects=(replace(first, timeout_minutes=77, log_group=log_group), *others))

    said = cdk("diff", "web", "--app", assembly(changed, tmp_path / "cdk.out"), "--template", str(old))

    assert "[~] AWS::CodeBuild::Project SynthCdkSynthProject" in said
    assert "[~] AWS::Logs::LogGroup SynthCdkSynthLog" in said
    assert f"[-] AWS::CodeBuild::Project {last.id}" in said
    assert said.count("[~]") == 4  # two resources, and one property of each
