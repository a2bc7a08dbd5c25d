"""How long `pipeline-manager synth` of a pipeline with four steps takes, from the shell's point of view.

    python -m benchmarks.synth_cold [RUNS]

Each run is a new process; the CDK program for the same pipeline runs in between, so that both meet the same machine.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import Figure, report

HERE = Path(__file__).parent
BINARIES = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class Run:
    """One process, from start to end."""

    seconds: float
    megabytes: float


def run(*command: str) -> Run:
    """Run a command and wait for it.

    Raises:
        CalledProcessError: it failed.
    """
    environment = os.environ | {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1"}
    environment["PATH"] = f"{BINARIES}{os.pathsep}{environment['PATH']}"
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)  # noqa: S603 -- commands of ours
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, usage.ru_maxrss / 1024)


def main(runs: int) -> int:
    """Measure, and say whether the targets were met."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as directory:
        for number in range(runs):
            ours.append(
                run(
                    str(BINARIES / "pipeline-manager"),
                    "synth",
                    str(HERE / "four_steps.yaml"),
                    "-o",
                    f"{directory}/ours{number}",
                )
            )
            theirs.append(run(sys.executable, str(HERE / "cdk_program.py"), f"{directory}/theirs{number}"))
    median = statistics.median(one.seconds for one in ours)
    yardstick = statistics.median(one.seconds for one in theirs)
    sys.stdout.write(f"{runs} runs each; the CDK program takes {yardstick:.1f} s.\n")
    return report(
        [
            Figure(what="pipeline-manager synth, median", value=median * 1000, target=400, unit="ms"),
            Figure(
                what="times faster than the CDK", value=yardstick / median, target=10, unit="times", is_minimum=True
            ),
            Figure(what="peak memory", value=max(one.megabytes for one in ours), target=80, unit="MB"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
