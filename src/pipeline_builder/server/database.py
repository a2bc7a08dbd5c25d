"""The database at the start of a process: where it is, and that it has the schema this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def migrate(url: str) -> None:
    """Bring the schema of a database to this version. What is there already is left alone.

    Args:
        url: of the database, as a role that may create tables and roles.
    """
    command.upgrade(_config(url), "head")


def newest_revision() -> str:
    """The schema that this version needs."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    return head or ""
