"""A step of a shipped plugin, executed with fake tools."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline_builder.catalog.loader import shipped_catalog
from pipeline_builder.core.definition.model import FailureBehavior
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.core.planning.script import ShellStep, step_script
from pipeline_builder.core.plugins.inputs import variable_of

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is in the plugin images, not everywhere else")


@dataclass(frozen=True)
class Ended:
    """What is left of a step: its exit code, its log, the calls of its tools, and its workspace."""

    code: int
    log: str
    calls: list[list[str]]
    work: Path

    def results(self) -> list[dict[str, Any]]:
        (report,) = (self.work / "reports").glob("*.sarif")
        return json.loads(report.read_text(encoding="utf-8"))["runs"][0]["results"]

    @property
    def goes_on(self) -> bool:
        """Whether what the author wants to be done afterwards was done."""
        return (self.work / "afterwards").exists()


class Step:
    """A step of a shipped plugin in a workspace, with tools that say what they are told to."""

    def __init__(self, name: str, folder: Path) -> None:
        self.spec = shipped_catalog().versions_of(name, Report())[0].spec
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        (folder / "tools").mkdir()

    def tool(self, name: str, script: str = "") -> "Step":
        path = self.folder / "tools" / name
        log = f'{{ printf "%s\\037" "${{0##*/}}" "$@"; echo; }} >> "{self.folder}/calls"'
        path.write_text(f"#!/bin/sh\n{log}\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return self

    def file(self, name: str, content: str = "") -> "Step":
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755 if content.startswith("#!") else 0o644)
        return self

    def run(self, **env: str) -> Ended:
        step = ShellStep(
            name=self.spec.name,
            failure_behavior=FailureBehavior.FAIL,
            install=self.spec.install_commands,
            build=(*self.spec.commands, "touch afterwards"),
        )
        inputs = {variable_of(key, one): one.default or "" for key, one in self.spec.inputs.items()}
        inputs = {key: "" if "{{" in value else value for key, value in inputs.items()}
        done = subprocess.run(
            ["sh", "-c", step_script(step)],
            cwd=self.work,
            env={
                "PATH": f"{self.folder}/tools:{os.environ['PATH']}",
                "TMPDIR": str(self.folder),
                "AWS_REGION": "eu-west-1",
                "PIPELINE_NAME": "web",
                "PIPELINE_STAGE": "Test",
                **self.spec.env,
                **inputs,
                **env,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        calls = self.folder / "calls"
        lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        return Ended(done.returncode, done.stdout + done.stderr, [line.split("\037")[:-1] for line in lines], self.work)
