"""Which plain text is more than text: only what every reader agrees on."""

import re

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
"""Canonical, and small enough to be the same number everywhere."""

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def plain_value(text: str) -> str | int | bool | None:
    """The value of a plain scalar: true, false, nothing, a canonical integer, or else the text itself.

    `no`, `012345678901`, `1e3`, `3.10` and dates stay text: what they mean depends on who reads them.
    """
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text
