"""What stands at the other end of stdout and stderr is no command's concern: it may be full, closed, or gone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ENVIRONMENT, SAMPLES

FIRST = SAMPLES / "first.json"
WRITING = [
    "--version",
    "--help",
    "check --help",
    f"check -f json {FIRST}",
    f"plan {FIRST}",
    f"synth --template {FIRST}",
    f"lock {FIRST} -o -",
    f"diff {FIRST} {FIRST}",
    "schema",
    "explain",
    "explain unknown-key",
    "completion bash",
    "plugin list",
    "plugin show jest",
    "demo",
]
ENDINGS = {
    f"check {FIRST}": 0,
    "check broken.json": 1,
    "check -f json broken.json": 1,
    "check": 2,
    "frobnicate": 2,
    "check absent.json": 3,
    "plugin show nosuch": 3,
    "plugin validate .": 1,
    f"synth {FIRST}": 0,
    f"lock {FIRST} -o some.lock": 0,
}


def ended(folder: Path, command: str, outputs: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command run by a shell; its exit code is that of the command, whatever it is piped into."""
    program = f"{sys.executable} -c 'from pipeline_builder.cli.main import main; main()'"
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {program} {command} {outputs}"],
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def assert_quiet(done: "subprocess.CompletedProcess[str]") -> None:
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("command", WRITING)
def test_a_reader_that_has_left_is_no_error(tmp_path: Path, command: str) -> None:
    done = ended(tmp_path, command, "| true")
    assert done.returncode == 0
    assert_quiet(done)


@pytest.mark.parametrize(
    "outputs", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full", "2>&1 | true", "2>/dev/null | head -c 1"]
)
def test_outputs_that_nobody_reads_are_no_error(tmp_path: Path, outputs: str) -> None:
    done = ended(tmp_path, f"plan {FIRST}", outputs)
    assert done.returncode == 0
    assert_quiet(done)
    if ">&-" in outputs.split():
        assert done.stdout == ""


@pytest.mark.parametrize("command", ENDINGS)
def test_a_command_ends_as_it_would_whether_or_not_it_is_heard(tmp_path: Path, command: str) -> None:
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")
    assert ended(tmp_path, command, "2>&1 | true").returncode == ENDINGS[command]


@pytest.mark.parametrize("command", ["--help", f"plan {FIRST}", "schema", "demo"])
def test_a_full_disk_is_said_once(tmp_path: Path, command: str) -> None:
    done = ended(tmp_path, command, ">/dev/full")
    assert done.returncode == 3
    assert done.stderr.endswith("error: 'stdout' cannot be written: No space left on device.\n")
    assert_quiet(done)


def test_data_is_utf_8_whatever_the_environment_asks_for(tmp_path: Path) -> None:
    done = ended(tmp_path, "schema", "", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert not done.stdout.isascii()
    assert json.loads(done.stdout)["$defs"]


def test_stdin_that_is_closed_cannot_be_read(tmp_path: Path) -> None:
    done = ended(tmp_path, "check -", "<&-")
    assert done.returncode == 3
    assert done.stderr == "error: '-' cannot be read: stdin is closed.\n"


def test_stdin_that_is_for_writing_cannot_be_read(tmp_path: Path) -> None:
    done = ended(tmp_path, "check -", "0>written")
    assert done.returncode == 3
    assert done.stderr == "error: '-' cannot be read: Bad file descriptor.\n"
