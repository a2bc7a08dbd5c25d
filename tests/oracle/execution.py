"""What the commands of a build do, seen from outside: which tools they call, with what, where, and how it ends."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_TOOL = """#!/bin/sh
printf '%s %s @%s: %s\\n' "${0##*/}" "$*" "${PWD#"$WORKSPACE"}" "$(ls | tr '\\n' ' ')" >> "$CALLS"
case " $FAILING " in *" ${0##*/} "*) exit 3 ;; esac
"""


def executed(
    commands: Sequence[str],
    directory: Path,
    tools: Sequence[str],
    *,
    variables: Mapping[str, str],
    artifacts: Sequence[str],
    failing: Sequence[str] = (),
) -> tuple[list[str], int]:
    """Run the commands as CodeBuild does: in one shell, up to the first that fails.

    Args:
        directory: an empty folder, for the workspace and the tools.
        tools: what stands on the PATH and writes down how it is called.
        variables: what the build finds in its environment.
        artifacts: names of artifacts that it may read.
        failing: those of the tools that exit with 3.

    Returns:
        The calls, each with the folder and what was in it, and the exit code.
    """
    workspace, binaries, calls = directory / "workspace", directory / "bin", directory / "calls"
    inputs = {f"CODEBUILD_SRC_DIR_{name}": directory / "inputs" / name for name in artifacts}
    for folder in (workspace / "web", binaries, directory / "tmp", *inputs.values()):
        folder.mkdir(parents=True)
    calls.touch()
    for tool in tools:
        (binaries / tool).write_text(_TOOL)
        (binaries / tool).chmod(0o755)
    script = directory / "commands.sh"
    script.write_text(
        "".join(f"{command.rstrip()}\nstatus=$?; [ $status -eq 0 ] || exit $status\n" for command in commands)
    )
    done = subprocess.run(
        ["sh", str(script)],
        cwd=workspace,
        env={
            **variables,
            **{name: str(folder) for name, folder in inputs.items()},
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(calls),
            "WORKSPACE": str(workspace),
            "FAILING": " ".join(failing),
            "TMPDIR": str(directory / "tmp"),
        },
        check=False,
        capture_output=True,
        timeout=60,
    )
    return calls.read_text().splitlines(), done.returncode
