"""Choices that commands offer."""

from enum import StrEnum


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
