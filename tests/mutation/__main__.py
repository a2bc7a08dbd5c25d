"""Is every decision held by a test?  `python -m tests.mutation` makes each of them wrong, one at a time.

Ends with 1 when a wrong decision passes its tests, or when a decision no longer stands in the source as it is told.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PACKAGE = _ROOT / "src" / "pipeline_builder"
_AT_ONCE = 2


class Decision(NamedTuple):
    """One decision, what would be wrong about it, and which tests should say so."""

    says: str
    file: str
    right: str
    wrong: str
    tests: list[str]


def decisions() -> list[Decision]:
    """All of the table."""
    return [Decision(**one) for one in tomllib.loads((_HERE / "decisions.toml").read_text())["decision"]]


def verdict(decision: Decision) -> str | None:
    """What is wrong with how the decision is held; None where a test fails as it should."""
    source = (_PACKAGE / decision.file).read_text()
    if source.count(decision.right) != 1:
        return f"stands {source.count(decision.right)} times in {decision.file}: the table is to be renewed"
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "pipeline_builder"
        shutil.copytree(_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / decision.file).write_text(source.replace(decision.right, decision.wrong))
        done = _tested(decision.tests, folder)
    # Any other code of pytest says that tests could not be run, which proves nothing.
    failed = {0: "passes its tests", 1: None}
    return failed.get(done.returncode, f"its tests cannot be run:\n{done.stdout[-2000:]}")


def _tested(tests: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-o", f"pythonpath={_ROOT} {folder}", *tests]
    environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)


def main() -> int:
    """Try all of them, and say how each went."""
    table = decisions()
    tests = sorted({test for decision in table for test in decision.tests})
    if _tested(tests, str(_PACKAGE.parent)).returncode:
        print("The tests fail as it is, so nothing can be told.", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        verdicts = list(pool.map(verdict, table))
    for decision, found in zip(table, verdicts, strict=True):
        print(f"{'NOT HELD' if found else 'held':9} {decision.says}{f': {found}' if found else ''}")
    held = verdicts.count(None)
    print(f"{held} of {len(table)} decisions are held by a test.")
    return 0 if held == len(table) else 1


if __name__ == "__main__":
    raise SystemExit(main())
