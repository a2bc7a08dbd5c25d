"""The database at the start of a process: where it is, and that it has the schema this version needs."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from pipeline_builder.adapters.postgres.embedded import EmbeddedPostgres, embedded_postgres
from pipeline_builder.core.errors import ErrorKind, PipelineBuilderError
from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.kit.errors import DatabaseUnavailable
from pipeline_builder.server.settings import Settings

_MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = "pipeline_builder"


class MigrationFailed(PipelineBuilderError):
    """The schema could not be brought to this version; each step that had ended stays."""

    code = "migration-failed"
    kind = ErrorKind.UNAVAILABLE

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The database could not be brought to this version: {reason}")


@dataclass(frozen=True, slots=True)
class Where:
    """The database, as its owner and as the platform reach it.

    Attributes:
        embedded: the server that this process started, if it did.
    """

    owner_url: str
    url: str
    embedded: EmbeddedPostgres | None


@contextlib.contextmanager
def located(settings: Settings) -> Iterator[Where]:
    """The database of the settings while the block runs; the embedded PostgreSQL where they name none.

    Raises:
        EmbeddedPostgresFailed: it could not be started.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        owner = settings.database_owner_url
        yield Where(url if owner is None else owner.get_secret_value(), url, None)
        return
    with embedded_postgres(settings.data_dir) as postgres:
        asyncio.run(_create(postgres.url()))
        url = postgres.url(_NAME)
        # Its socket is in a folder that nobody else may enter, so the role needs no password.
        yield Where(url, url.replace("//postgres@", f"//{APPLICATION_ROLE}@", 1), postgres)


async def _create(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("select true from pg_database where datname = $1", _NAME):
            await connection.execute(f"create database {_NAME}")
    finally:
        await connection.close()


def newest_revision() -> str:
    """The schema that this version needs: the last of the steps."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


async def revision_of(url: str) -> str | None:
    """The schema that a database has; None when it has none of ours.

    Raises:
        DatabaseUnavailable: nobody answers there.
    """
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable from error
    try:
        found: str | None = await connection.fetchval("select version_num from alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    else:
        return found
    finally:
        await connection.close()


def migrate(url: str) -> bool:
    """Bring the schema of a database to this version. Whether there was anything to do.

    The steps run in a process of their own: what they stand on is large, and nothing else needs it.

    Args:
        url: of the database, as a role that may create tables and roles.

    Raises:
        DatabaseUnavailable: nobody answers there.
        MigrationFailed: a step failed.
    """
    if asyncio.run(revision_of(url)) == newest_revision():
        return False
    command = [sys.executable, "-m", "pipeline_builder.server.migrations"]
    ended = subprocess.run(  # noqa: S603 -- this very program
        command, env={**os.environ, "DATABASE_OWNER_URL": url}, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise MigrationFailed(ended.stderr.strip().rpartition("\n")[2])
    return True
