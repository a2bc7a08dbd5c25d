"""What a plugin's input accepts, and the variable that carries it: the same for defaults, definitions and forms."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline_builder.core.plugins.model import InputType, PluginInput

if TYPE_CHECKING:
    from pipeline_builder.core.plugins.patterns import TextPattern

_WORD_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS = ("true", "false")
_RUN_TIME_REFERENCE = re.compile(r"#\{[^}]+\}")


def variable_of(name: str, declared: PluginInput) -> str:
    """The environment variable that carries an input: as the plugin says, or `failOn` as `FAIL_ON`."""
    return declared.env or _WORD_BOUNDARY.sub("_", name).upper()


def is_known_later(value: str) -> bool:
    """Whether CodePipeline completes the text when an execution runs, so that it cannot be checked before."""
    return _RUN_TIME_REFERENCE.search(value) is not None


def expectation_missed(value: str, declared: PluginInput) -> str | None:
    """What the value must be and is not, to follow "must be"; None where it fits. Empty text is no value, and fits.

    Raises:
        UnsupportedPattern: the plugin's own pattern cannot be used; `check_spec` reports that before.
    """
    if not value:
        return None
    if declared.enum and value not in declared.enum:
        return "one of " + ", ".join(declared.enum)
    if declared.type is InputType.NUMBER and not _NUMBER.fullmatch(value):
        return "a number such as 3 or 0.5"
    if declared.type is InputType.BOOLEAN and value not in _BOOLEANS:
        return "true or false"
    if declared.pattern is not None and not pattern_of(declared.pattern).matches(value):
        return f"of the form {declared.pattern}"
    return None


@lru_cache(maxsize=256)
def pattern_of(text: str) -> "TextPattern":
    """A pattern, read once.

    Raises:
        UnsupportedPattern: it cannot be used.
    """
    from pipeline_builder.core.plugins.patterns import TextPattern  # noqa: PLC0415 -- few inputs have one

    return TextPattern(text)
