"""What to do about a finding, where several say the same."""

from collections.abc import Iterable

RENEW_THE_LOCK = "Write the lock anew, look at what changed, and keep it with the definition."


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that gives the nearest known names; None where nothing is near."""
    from difflib import get_close_matches  # noqa: PLC0415 -- only once something is wrong

    by_folded = {one.casefold(): one for one in sorted(known)}
    near = [f"'{by_folded[one]}'" for one in get_close_matches(name.casefold(), by_folded)]
    if not near:
        return None
    return f"Did you mean {near[0]}?" if len(near) == 1 else f"Did you mean one of {', '.join(near)}?"
