"""What the README shows is what happens."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.project import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND = [str(Path(sys.executable).with_name("pipeline-manager"))]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


(DEFINITION,) = _blocks("yaml")
LIBRARY, CONSTRUCT = _blocks("python")


@pytest.fixture
def run_there(tmp_path):
    """Runs a program of Python, or arguments of it, in a folder that has the README's definition."""
    (tmp_path / "pipeline.yaml").write_text(DEFINITION, encoding="utf-8")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*arguments], cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_definition_is_fine(run_there):
    run_there(*COMMAND, "check", "pipeline.yaml")


def test_the_definition_becomes_a_template(run_there):
    template = json.loads(run_there(*COMMAND, "synth", "pipeline.yaml", "--template"))

    stages = next(
        resource["Properties"]["Stages"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CodePipeline::Pipeline"
    )
    assert [stage["Name"] for stage in stages] == ["Source", "Synth", "SelfMutation", "Test", "Deploy"]


def test_the_library_does_as_shown(run_there):
    run_there(sys.executable, "-c", LIBRARY)


@pytest.mark.oracle
def test_the_construct_does_as_shown(run_there):
    run_there(sys.executable, "-c", CONSTRUCT)


def test_every_command_that_is_shown_exists(run_there):
    shown = set(re.findall(r"`pipeline-manager ([a-z]+)", README))

    helps = run_there(*COMMAND, "--help")

    assert shown
    assert {name for name in shown if not re.search(rf"\b{name}\b", helps)} == set()
