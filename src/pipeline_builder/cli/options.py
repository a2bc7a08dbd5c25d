"""Choices that commands offer, and what stands for some of them."""

import os
from enum import StrEnum
from pathlib import Path

LOCK_NAME = "pipeline.lock"
NOWHERE = Path(os.devnull)
NO_LOCK = NOWHERE
"""Instead of a lock: not even the one beside the definition."""
STREAM = Path("-")
"""Instead of a file: stdin where one is read, stdout where one is written."""


class Format(StrEnum):
    """How data is written."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


class FindingsFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    SARIF = "sarif"
