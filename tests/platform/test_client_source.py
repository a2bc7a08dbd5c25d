"""The client is what the generator makes of the API as it is."""

import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI

from pipeline_builder.client import operations
from pipeline_builder.server.client_source import client_source


def test_the_client_has_a_method_for_each_operation_as_it_is(app: FastAPI, tmp_path: Path):
    made = tmp_path / "operations.py"
    made.write_text(client_source(app.openapi()))
    for task in (("check", "--fix"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *task, "--quiet", "--config", "pyproject.toml", str(made)]
        subprocess.run(ruff, check=task[0] == "format", capture_output=True)

    assert made.read_text() == Path(operations.__file__).read_text(), "`make client` renews it."
