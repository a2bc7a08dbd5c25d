"""Runs the steps, on the database of DATABASE_OWNER_URL."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config


def main() -> None:
    """Bring the schema to this version."""
    config = Config(attributes={"url": os.environ["DATABASE_OWNER_URL"]})
    config.set_main_option("script_location", str(Path(__file__).parent))
    command.upgrade(config, "head")


if __name__ == "__main__":
    main()
