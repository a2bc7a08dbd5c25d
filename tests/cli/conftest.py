"""Running commands as a person does: the real program, its two outputs and its exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline_builder

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(pipeline_builder.__file__).parents[1])}
"""Nothing of the person who runs the tests; and the program is the one that they import, wherever it is installed."""

SAMPLES = Path(__file__).parents[2] / "src/pipeline_builder/catalog/samples"

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `pipeline-manager` in an empty folder."""

    def run_command(*arguments: str | Path, env: dict[str, str] | None = None, stdin: str | None = None) -> Done:
        return subprocess.run(
            [sys.executable, "-c", "from pipeline_builder.cli.main import main; main()", *map(str, arguments)],
            cwd=tmp_path,
            env=ENVIRONMENT | {"HOME": str(tmp_path)} | (env or {}),
            capture_output=True,
            text=True,
            input=stdin,
            timeout=60,
            check=False,
        )

    return run_command


@pytest.fixture
def first() -> Path:
    return SAMPLES / "first.json"
