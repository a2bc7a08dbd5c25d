"""Whatever is given, a command says what is wrong and where, ends with the documented code, and leaves nothing."""

import os
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_commands import a_definition, a_plugin

UNREADABLE = {
    "absent": "No such file or directory",
    "folder": "Is a directory",
    "loop": "Too many levels of symbolic links",
    "file/below": "Not a directory",
    "x" * 300: "File name too long",
    ".": "Is a directory",
    "": "Is a directory",
    "/": "Is a directory",
}
READING = ["check", "plan", "synth", "lock", "diff file", "check file --lock"]


@pytest.fixture(autouse=True)
def _places(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    for device in ("full", "null"):
        # By a link, so that no test can harm the device itself.
        (tmp_path / device).symlink_to(f"/dev/{device}")
    a_definition(tmp_path, name="file")


def left_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# --- what is read


@pytest.mark.parametrize(
    ("command", "path"),
    [("check", path) for path in UNREADABLE]
    + [("lock", path) for path in (".", "", "/")]
    + [(command, "absent") for command in READING[1:]],
)
def test_what_cannot_be_read_is_said_with_the_reason(run: Run, tmp_path: Path, command: str, path: str) -> None:
    before = left_in(tmp_path)
    done = run(*command.split(), path)
    assert done.returncode == 3
    assert done.stderr == f"error: '{path or '.'}' cannot be read: {UNREADABLE[path]}.\n"
    assert left_in(tmp_path) == before


@pytest.mark.parametrize("command", ["check", "check file --lock", "plugin validate"])
def test_a_file_that_may_not_be_read_is_absent_and_not_wrong_usage(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "secret").touch(mode=0)
    if os.access(tmp_path / "secret", os.R_OK):
        pytest.skip("for whoever may read everything no file is unreadable")
    done = run(*command.split(), "secret")
    assert done.returncode == 3
    assert done.stderr == "error: 'secret' cannot be read: Permission denied.\n"


def test_the_name_of_a_file_moves_no_cursor(run: Run) -> None:
    done = run("check", "two\nlines\x1b[31m")
    assert done.stderr == "error: 'two lines\\u001b[31m' cannot be read: No such file or directory.\n"


def test_what_comes_in_by_stdin_is_quoted_and_may_be_compared(run: Run, tmp_path: Path) -> None:
    assert "  1 | {unknown: 1}\n" in run("check", "-", stdin="{unknown: 1}").stderr
    definition = (tmp_path / "file").read_text(encoding="utf-8")
    assert run("diff", "file", "-", stdin=definition).stdout == "Nothing changes.\n"
    assert run("diff", "-", "-", stdin=definition).stdout == "Nothing changes.\n"


def test_parameters_nested_without_end_are_refused(run: Run) -> None:
    done = run("synth", "file", env={"PIPELINE_STACK_PARAMETERS": "[" * 100_000})
    assert done.returncode == 1
    assert done.stderr.endswith("PIPELINE_STACK_PARAMETERS must hold a JSON object from names to texts.\n")


# --- options


def test_a_stack_name_that_cannot_be_is_said_with_where_it_was_given(run: Run) -> None:
    given = run("synth", "file", "--stack-name", "a b")
    assert given.returncode == 2
    assert "Error: --stack-name: 'a b' cannot be a stack's name" in given.stderr
    inherited = run("synth", "file", env={"PIPELINE_STACK_NAME": "a b"})
    assert inherited.returncode == 2
    assert "Error: PIPELINE_STACK_NAME: 'a b' cannot be a stack's name" in inherited.stderr


@pytest.mark.parametrize("command", ["check", "plan", "synth"])
def test_locked_and_no_lock_contradict_each_other(run: Run, command: str) -> None:
    done = run(command, "file", "--locked", "--no-lock")
    assert done.returncode == 2
    assert "--locked uses nothing but the lock, and --no-lock uses none." in done.stderr


def test_an_unknown_category_is_absent_and_the_known_ones_are_named(run: Run) -> None:
    done = run("plugin", "list", "--category", "tests", "-f", "json")
    assert (done.returncode, done.stdout) == (3, "")
    assert "error: No plugin is of the category 'tests'. There are: artifact, deploy," in done.stderr


def test_a_code_is_found_whatever_its_case(run: Run) -> None:
    assert "Did you mean 'unknown-key'?" in run("explain", "UNKNOWN-KEY").stderr


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("absent", "it is not there"),
        ("file", "it is a file; name the folder that it lies in"),
        ("x" * 300, "File name too long"),
        (".", "Too many levels of symbolic links, './loop'"),
    ],
)
def test_a_folder_that_gives_no_plugins_is_said_with_the_reason(run: Run, path: str, reason: str) -> None:
    done = run("plugin", "list", "--plugins", path)
    assert done.returncode == 3
    assert done.stderr == f"error: No plugins can be taken from the folder '{path}': {reason}.\n"


def test_a_package_may_be_named_by_its_specification(run: Run, tmp_path: Path) -> None:
    a_plugin(tmp_path / "own", "greet")
    done = run("plugin", "validate", "own/greet/plugin-spec.yaml")
    assert done.returncode == 0
    assert done.stderr == "1 package is fine.\n"


# --- counts


def test_one_is_no_plural(run: Run) -> None:
    assert run("synth", "file").stderr.splitlines()[-1].startswith("acme-web-pipeline: 1 step. ")
    assert run("check", "file").stderr.endswith("\n1 warning\n1 definition is fine.\n")
    assert run("plan", "file").stderr.startswith("1 image is not pinned")
    assert run("lock", "file").stderr.endswith("\n1 use of plugins locked in pipeline.lock\n")
    assert run("check", "file", "file").stderr.endswith("\n2 definitions are fine.\n")


# --- what is written


@pytest.mark.parametrize("output", ["file", "./file", "link"])
def test_a_lock_never_replaces_its_definition(run: Run, tmp_path: Path, output: str) -> None:
    (tmp_path / "link").symlink_to("file")
    before = (tmp_path / "file").read_bytes()
    done = run("lock", "file", "-o", output)
    assert done.returncode == 2
    assert "is the definition itself, and a lock would replace it." in done.stderr
    assert (tmp_path / "file").read_bytes() == before


@pytest.mark.parametrize("output", ["folder", "folder/pipeline.lock"])
def test_a_lock_goes_into_a_folder_that_is_named(run: Run, tmp_path: Path, output: str) -> None:
    assert run("lock", "file", "-o", output).returncode == 0
    assert left_in(tmp_path / "folder") == {"pipeline.lock"}


def test_a_lock_can_be_written_to_stdout(run: Run, tmp_path: Path) -> None:
    before = left_in(tmp_path)
    done = run("lock", "file", "-o", "-")
    assert left_in(tmp_path) == before
    assert run("lock", "file").returncode == 0
    assert (tmp_path / "pipeline.lock").read_text(encoding="utf-8") == done.stdout


def test_a_device_is_written_to_and_not_replaced(run: Run, tmp_path: Path) -> None:
    assert run("lock", "file", "-o", "null").returncode == 0
    assert stat.S_ISCHR((tmp_path / "null").stat().st_mode)


def test_a_cloud_assembly_is_no_stream(run: Run, tmp_path: Path) -> None:
    before = left_in(tmp_path)
    done = run("synth", "file", "-o", "-")
    assert done.returncode == 2
    assert "--template writes the template to stdout" in done.stderr
    assert left_in(tmp_path) == before


@pytest.mark.parametrize(
    ("command", "output", "code", "says"),
    [
        ("lock", "folder/none/x", 3, "'folder/none/x' cannot be written: No such file or directory."),
        ("lock", "file/x", 3, "'file/x' cannot be written: Not a directory."),
        ("lock", "full", 3, "'full' cannot be written: No space left on device."),
        ("lock", "x" * 300, 3, "' cannot be written: File name too long."),
        ("synth", "file", 4, "'file' is neither a cloud assembly nor an empty folder. Name one, or a new folder."),
        ("synth", "loop", 3, "'loop' cannot be written: Too many levels of symbolic links."),
        ("synth", "null", 4, "'null' is neither a cloud assembly nor an empty folder."),
    ],
)
def test_a_place_that_cannot_be_written_is_named_as_it_was_given(
    run: Run, tmp_path: Path, command: str, output: str, code: int, says: str
) -> None:
    before = left_in(tmp_path)
    done = run(command, "file", "-o", output)
    assert done.returncode == code
    assert says in done.stderr.splitlines()[-1]
    assert left_in(tmp_path) == before
