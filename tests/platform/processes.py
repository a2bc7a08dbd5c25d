"""Processes of the platform, as a person starts them and as a machine kills them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline_builder

PROGRAM = (sys.executable, "-c", "from pipeline_builder.cli.main import main; main()")
ADDRESS = re.compile(r"http://\S+:\d+")
PASSWORD = re.compile(r"password (\S+)")

Done = subprocess.CompletedProcess[str]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of the person who runs the tests."""
    source = Path(pipeline_builder.__file__).parents[1]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(source), "HOME": str(home), **more}


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that the account of the database can reach."""
    with TemporaryDirectory(prefix="pb-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@dataclass
class Started:
    """A platform that `up` started: where it is, and what it said."""

    process: subprocess.Popen[str]
    url: str
    said: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def password(self) -> str | None:
        found = PASSWORD.search(self.said)
        return found and found.group(1)

    def interrupt(self) -> int:
        """Ctrl-C, and how it ended."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def up(data: Path, port: int = 0, **more: str) -> Iterator[Started]:
    """A platform on any free port, its data in a folder; what it is told beside stands in `more`."""
    environ = environment(data, DATA_DIR=str(data), LOG_LEVEL="error", **more)
    with subprocess.Popen(
        [*PROGRAM, "up", "--port", str(port)], env=environ, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        said = ""
        assert process.stderr is not None
        try:
            for line in process.stderr:
                said += line
                if "Ctrl-C" in line:
                    break
            address = ADDRESS.search(said)
            assert address, said
            yield Started(process, address.group(), said)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(30)
