"""The rendered script of a step, executed: what is promised about failure policies is what a shell does."""

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_builder.core.definition.model import FailureBehavior
from pipeline_builder.core.planning.script import ShellStep, step_script

SHELLS = [
    pytest.param(command, id=command[0])
    for command in (["dash"], ["bash", "--posix"], ["busybox", "sh"])
    if shutil.which(command[0])
]

FAIL, WARN, IGNORE = FailureBehavior.FAIL, FailureBehavior.WARN, FailureBehavior.IGNORE


def a_step(*build: str, install: tuple[str, ...] = (), policy: FailureBehavior = FAIL, **more: object) -> ShellStep:
    return ShellStep(name="unit tests", failure_behavior=policy, install=install, build=build, **more)  # type: ignore[arg-type] -- keyword arguments of one test


def execute(
    step: ShellStep,
    workspace: Path,
    *,
    shell: list[str] | None = None,
    then: str = "",
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the script as CodeBuild runs the one command of the build phase; `then` runs in the same shell after it."""
    script = step_script(step)
    temporary = workspace.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [*(shell or ["sh"]), "-c", script + then],
        cwd=workspace,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary), **(env or {})},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("policy", "code"), [(FAIL, 3), (WARN, 0), (IGNORE, 0)])
def test_the_policy_decides_what_a_failing_command_does(
    shell: list[str], policy: FailureBehavior, code: int, workspace: Path
) -> None:
    done = execute(a_step("exit 3", "echo never", policy=policy), workspace, shell=shell)
    assert done.returncode == code
    assert "never\n" not in done.stdout


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (FAIL, "exit code 3: build, command 1 of 1: sh -c 'exit 3'"),
        (WARN, "WARNING: unit tests ended with exit code 3"),
        (IGNORE, "unit tests ended with exit code 3, which is ignored"),
    ],
)
def test_the_log_says_what_failed_and_what_becomes_of_it(policy: FailureBehavior, says: str, workspace: Path) -> None:
    assert says in execute(a_step("sh -c 'exit 3'", policy=policy), workspace).stderr


@pytest.mark.parametrize("policy", list(FailureBehavior))
def test_a_step_that_succeeds_says_nothing_of_failure(policy: FailureBehavior, workspace: Path) -> None:
    done = execute(a_step("true", policy=policy), workspace)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("policy", "code"), [(FAIL, 7), (WARN, 0), (IGNORE, 0)])
def test_the_policy_covers_a_failing_install_and_nothing_is_built_after_it(
    shell: list[str], policy: FailureBehavior, code: int, workspace: Path
) -> None:
    done = execute(a_step("echo built", install=("sh -c 'exit 7'",), policy=policy), workspace, shell=shell)
    assert done.returncode == code
    assert "built\n" not in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_cd_and_export_carry_over_from_install_to_build(shell: list[str], workspace: Path) -> None:
    (workspace / "sub").mkdir()
    done = execute(a_step('echo "$PWD $A"', install=("cd sub", "export A=1")), workspace, shell=shell)
    assert f"{workspace}/sub 1\n" in done.stdout


@pytest.mark.parametrize("command", ["true", "exit 3"])
def test_nothing_of_the_script_is_left_behind(command: str, workspace: Path) -> None:
    execute(a_step(command, exported=("A",)), workspace)
    assert list((workspace.parent / "tmp").iterdir()) == []


def test_workdir_is_entered_once(workspace: Path) -> None:
    (workspace / "sub").mkdir()
    done = execute(a_step("pwd", install=("pwd",)), workspace, env={"WORKDIR": "sub"})
    assert done.stdout.count(f"{workspace}/sub\n") == 2


def test_a_missing_workdir_is_a_failure(workspace: Path) -> None:
    done = execute(a_step("echo never"), workspace, env={"WORKDIR": "absent"})
    assert done.returncode != 0
    assert "never\n" not in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_a_here_document_reaches_its_command(shell: list[str], workspace: Path) -> None:
    done = execute(a_step("cat <<EOF\nhello $NAME\nEOF"), workspace, shell=shell, env={"NAME": "you"})
    assert "hello you\n" in done.stdout


@pytest.mark.parametrize("policy", list(FailureBehavior))
@pytest.mark.parametrize("text", ["false\n", "false\n\n\n", "false # why", "false;"])
def test_trailing_newlines_and_comments_change_nothing(policy: FailureBehavior, text: str, workspace: Path) -> None:
    done = execute(a_step(text, "echo never", policy=policy), workspace)
    assert done.returncode == (1 if policy is FAIL else 0)
    assert "never\n" not in done.stdout


@pytest.mark.parametrize("text", ["echo 'open", "cat <<EOF\nopen", "if true; then", "echo \\"])
def test_a_command_that_does_not_end_cannot_swallow_the_next_one(text: str, workspace: Path) -> None:
    done = execute(a_step(text, "echo reached && exit 5"), workspace)
    assert done.returncode in {2, 5}
    assert ("reached\n" in done.stdout) == (done.returncode == 5)


def test_set_e_inside_a_command_stops_at_the_first_failure(workspace: Path) -> None:
    done = execute(a_step("set -e\nfalse\necho never"), workspace)
    assert done.returncode == 1
    assert "never" not in done.stdout.replace("command 1", "")


def test_shell_options_of_one_command_are_not_those_of_the_next(workspace: Path) -> None:
    done = execute(a_step('echo "<$NOT_SET>"; false; true', install=("set -eu",)), workspace)
    assert done.returncode == 0
    assert "<>" in done.stdout


def test_a_command_without_set_e_is_judged_by_its_last_line(workspace: Path) -> None:
    assert execute(a_step("false\ntrue"), workspace).returncode == 0


def test_an_early_exit_with_zero_is_a_success(workspace: Path) -> None:
    done = execute(a_step("exit 0", "echo never"), workspace)
    assert done.returncode == 0
    assert "never\n" not in done.stdout
    assert "ended early, and what follows did not run: build, command 1 of 2: exit 0" in done.stderr
    assert "ended early" not in execute(a_step("true", "exit 0"), workspace).stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_a_command_that_ends_under_set_e_is_named_with_its_code(shell: list[str], workspace: Path) -> None:
    done = execute(a_step("set -eu\n# a comment\nno-such-tool it\necho never", "echo second"), workspace, shell=shell)
    assert done.returncode == 127
    assert "[step] exit code 127: build, command 1 of 2: no-such-tool it ..." in done.stderr
    done = execute(a_step("set -eu\n(exit 3)\necho never"), workspace, shell=shell)
    assert (done.returncode, "never\n" in done.stdout) == (3, False)
    assert "[step] exit code 3: build, command 1 of 1: (exit 3) ..." in done.stderr


def test_windows_line_ends_do_not_reach_the_shell(workspace: Path) -> None:
    assert execute(a_step("true\r\ntest a = a\r\n"), workspace).returncode == 0


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("value", ["plain", "it's", 'two "words"', "back\\slash", "two\nlines", "$HOME `id`"])
def test_exported_variables_come_back_whole(shell: list[str], value: str, workspace: Path) -> None:
    step = a_step('export VERSION="$GIVEN"', exported=("VERSION",))
    done = execute(step, workspace, shell=shell, then='printf "<%s>" "$VERSION"\n', env={"GIVEN": value})
    assert f"<{value}>" in done.stdout


def test_exported_variables_come_back_from_a_step_that_ends_early(workspace: Path) -> None:
    step = a_step("V=early; exit 0", exported=("V",))
    assert "<early>" in execute(step, workspace, then='printf "<%s>" "$V"\n').stdout


def test_nothing_else_comes_back(workspace: Path) -> None:
    step = a_step("export A=1 V=2; cd /", exported=("V",))
    done = execute(step, workspace, then='printf "<%s %s>" "${A-unset}" "$PWD"\n')
    assert f"<unset {workspace}>" in done.stdout


def test_further_artifacts_appear_in_their_folders(workspace: Path, tmp_path: Path) -> None:
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    (artifact / "app.js").write_text("content")
    step = a_step("cat 'the app/app.js'", mounted=(("app_x", "the app"),))
    assert "content" in execute(step, workspace, env={"CODEBUILD_SRC_DIR_app_x": str(artifact)}).stdout


def test_a_missing_artifact_stops_the_step(workspace: Path) -> None:
    step = a_step("echo never", mounted=(("app_x", "app"),))
    done = execute(step, workspace, env={"CODEBUILD_SRC_DIR_app_x": str(workspace / "absent")})
    assert done.returncode != 0
    assert "never\n" not in done.stdout


def test_a_collected_folder_is_never_missing_or_empty(workspace: Path) -> None:
    execute(a_step("false", policy=WARN, kept=("dist",)), workspace)
    assert [path.name for path in (workspace / "dist").iterdir()] == [".empty"]


def test_a_collected_folder_with_content_is_left_alone(workspace: Path) -> None:
    execute(a_step("mkdir dist && echo x > dist/a", kept=("dist",)), workspace)
    assert [path.name for path in (workspace / "dist").iterdir()] == ["a"]


def test_evidence_is_marked_with_the_exit_code(workspace: Path) -> None:
    execute(a_step("exit 4", evidence_marker=".evidence"), workspace)
    assert (workspace / ".evidence").read_text() == "exit code 4\n"


SARIF = {
    "runs": [
        {
            "tool": {"driver": {"name": "lint <1>"}},
            "results": [
                {
                    "ruleId": "no-eval",
                    "level": "error",
                    "message": {"text": 'bad & "worse"\u0001'},
                    "locations": [
                        {"physicalLocation": {"artifactLocation": {"uri": "a.js"}, "region": {"startLine": 3}}}
                    ],
                },
                {"ruleId": "style", "level": "note", "message": {"text": "hm"}},
                {"message": {"text": "no level is a warning"}},
            ],
        },
        {"tool": {"driver": {"name": "clean"}}},
    ]
}


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is in the plugin images, not everywhere else")
def test_findings_are_also_written_as_tests(workspace: Path) -> None:
    (workspace / "lint.sarif").write_text(json.dumps(SARIF))
    execute(a_step("false", sarif=("*.sarif",)), workspace)
    lint, clean = ET.parse(workspace / "lint.sarif.junit.xml").getroot()  # noqa: S314 -- written by our own script
    assert (lint.get("name"), lint.get("tests"), lint.get("failures")) == ("lint <1>", "3", "2")
    assert (lint[0].get("classname"), lint[0].get("name")) == ("no-eval", "a.js:3")
    assert lint[0][0].get("message") == 'bad & "worse"'
    assert [len(case) for case in lint] == [1, 0, 1]
    assert [case.get("name") for case in clean] == ["no findings"]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is in the plugin images, not everywhere else")
@pytest.mark.parametrize("content", ["not json", '{"runs": 3}', ""])
def test_unreadable_findings_never_change_the_result(content: str, workspace: Path) -> None:
    (workspace / "lint.sarif").write_text(content)
    assert execute(a_step("true", sarif=("lint.sarif",)), workspace).returncode == 0


def test_without_jq_the_log_says_that_findings_are_not_shown(workspace: Path, tmp_path: Path) -> None:
    (workspace / "lint.sarif").write_text("{}")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "cat", "mkdir", "rm", "ls"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    done = execute(a_step("true", sarif=("lint.sarif",)), workspace, env={"PATH": str(tools)})
    assert done.returncode == 0
    assert "no jq in the image" in done.stdout


def test_control_characters_of_a_command_do_not_reach_the_terminal(workspace: Path) -> None:
    done = execute(a_step("true \x1b[2J"), workspace)
    assert "\x1b" not in done.stdout


text = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=60)


@settings(max_examples=60, deadline=None)
@given(st.lists(text, min_size=1, max_size=3))
def test_whatever_commands_hold_the_script_itself_parses(commands: list[str]) -> None:
    script = step_script(a_step(*commands, install=tuple(commands)))
    parsed = subprocess.run(["sh", "-n"], input=script.encode(), capture_output=True, check=False)
    assert parsed.returncode == 0, parsed.stderr


def test_a_command_may_hold_the_mark_that_ends_files(workspace: Path) -> None:
    done = execute(a_step("cat <<'END_OF_COMMAND'\ninside\nEND_OF_COMMAND\n"), workspace)
    assert done.returncode == 0
    assert "inside\n" in done.stdout
