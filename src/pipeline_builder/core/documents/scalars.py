"""Which plain text is more than text: only what every reader agrees on."""

import re

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
"""Canonical, and small enough to be the same number everywhere."""

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
"""What JSON calls a number."""

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def plain_value(text: str) -> str | int | bool | None:
    """The value of a plain scalar: true, false, nothing, a canonical integer, or else the text itself.

    `no`, `012345678901`, `1e3`, `3.10` and dates stay text: what they mean depends on who reads them.
    """
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


class Number(str):
    """A number that is no small integer, such as `1.50` or `1e3`: its text, which JSON holds without quotes."""

    __slots__ = ()
