"""What a path means: which value, and where it stands."""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline_builder.core.templating.values import Data, Keys, child, children, is_container

_LOOKED_AT = 200
"""Names compared with a wrong one; a document with more cannot make a suggestion slow."""


class Found(NamedTuple):
    """The value that a path means."""

    keys: Keys
    data: Data


class Places:
    """Which place of a document an expression's path means.

    Args:
        root: the document, or a mapping of roots.
        prefixes: the longest prefix of a path that is listed says where the rest of the path begins, in order of
            preference: `{("vars",): (("vars",),), ("pipeline", "vars"): (("vars",),)}`.
    """

    def __init__(self, root: Data, prefixes: Mapping[tuple[str, ...], tuple[Keys, ...]]) -> None:
        self._root = root
        self._prefixes = prefixes
        self._longest = max(map(len, prefixes), default=0)
        self._known = {prefix[0] for prefix in prefixes}

    def knows(self, root: str) -> bool:
        """Whether paths that begin so have a meaning here."""
        return root in self._known

    def find(self, path: tuple[str, ...]) -> Found | None:
        """The value that a path means; None where nothing stands there."""
        starts, rest = self._starts(path)
        for start in starts:
            found, unmatched = self._walk((*start, *rest))
            if not unmatched:
                return found
        return None

    def hint(self, path: tuple[str, ...]) -> str | None:
        """Why nothing stands at a path, seen from the first place where it could."""
        starts, rest = self._starts(path)
        for start in starts:
            nearest, unmatched = self._walk((*start, *rest))
            if len(unmatched) <= len(rest):
                known = ".".join(path[: len(path) - len(unmatched)])
                hint = _hint(known, nearest.data, path[len(path) - len(unmatched)]) if unmatched else None
                if hint is not None:
                    return hint
        return None

    def _starts(self, path: tuple[str, ...]) -> tuple[tuple[Keys, ...], tuple[str, ...]]:
        """Where the path may begin, and what of it is left from there."""
        for length in range(min(self._longest, len(path)), 0, -1):
            starts = self._prefixes.get(path[:length])
            if starts is not None:
                return starts, path[length:]
        return (), path

    def _walk(self, keys: Keys) -> tuple[Found, Keys]:
        """As far as there is something, and the keys that are left."""
        data = self._root
        passed: list[str | int] = []
        for index, key in enumerate(keys):
            below = child(data, key)
            if below is None:
                return Found(tuple(passed), data), keys[index:]
            passed.append(below[0])
            data = below[1]
        return Found(tuple(passed), data), ()


def _hint(known: str, data: Data, missing: str) -> str | None:
    if not is_container(data):
        return f"'{known}' is a single value and has nothing below it."
    names = [name for name, _ in children(data)][:_LOOKED_AT]
    if names and isinstance(names[0], int):
        return f"'{known}' is a list; its items are numbered from 0 to {len(names) - 1}."
    from difflib import get_close_matches  # noqa: PLC0415 -- only once something is wrong

    close = get_close_matches(missing, [str(name) for name in names], n=1)
    return f"Did you mean '{known}.{close[0]}'?" if close else None
