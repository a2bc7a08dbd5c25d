"""What can be wrong with a document that is not of its shape, said the same way wherever it is found."""

from collections import Counter
from collections.abc import Iterable, Iterator

from pipeline_builder.core.diagnostics import Diagnostic, Location, Position, Report, Severity
from pipeline_builder.core.documents import Mapping, Node, Scalar, Sequence
from pipeline_builder.core.documents.limits import MAXIMUM_FINDINGS

Keys = tuple[str | int, ...]

SHOWN_CHARACTERS = 60
"""How much of an author's text a finding repeats."""

_SUGGESTIONS = 50
"""How many findings of one report come with the nearest name. Looking for it takes milliseconds each time."""
_COMPARED_NAMES = 200
"""How many names are looked at to find the nearest; a document may hold thousands."""
_LISTED_NAMES = 20
"""How many names a finding lists."""
_TOLD = MAXIMUM_FINDINGS - 1
"""How many findings of one severity are told, beside the one that says how many more there are."""


class Findings(Report):
    """What one reading finds: of each severity the first ones, and how many more there are."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[Severity] = Counter()

    def tell(
        self,
        code: str,
        message: str,
        at: Keys,
        position: Position | None,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding; beyond the first ones, count it."""
        self._counts[severity] += 1
        if self._counts[severity] <= _TOLD:
            self.add(Diagnostic(code, message, Location(at), severity, hint, position=position))

    def untold(self, at: Keys, position: Position) -> Iterator[Diagnostic]:
        """How many more there are of each severity, said about the whole that was read."""
        for severity, count in self._counts.items():
            if count > _TOLD:
                says = f"Only the first {_TOLD} of {count:,} {severity}s are told, not the other {count - _TOLD:,}."
                hint = "Mend these first and look again: most have one cause."
                yield Diagnostic("too-many-findings", says, Location(at), severity, hint, position=position)


def nearest(word: str, known: Iterable[str], report: Report) -> str | None:
    """The known name nearest to a wrong one, where one is near; none once the report is long."""
    if len(report) >= _SUGGESTIONS:
        return None
    from difflib import get_close_matches  # noqa: PLC0415 -- only once something is wrong

    candidates: dict[str, str] = {}
    for name in known:
        candidates.setdefault(name.lower(), name)
        if len(candidates) == _COMPARED_NAMES:
            break
    close = get_close_matches(word[:SHOWN_CHARACTERS].lower(), candidates, n=1)
    return candidates[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], report: Report) -> str | None:
    """The hint that goes with an unknown name."""
    near = nearest(word, known, report)
    return f"Did you mean '{near}'?" if near is not None else None


def listed(names: Iterable[str]) -> str:
    """The names one after the other; only the first ones where there are many."""
    all_names = list(names)
    more = len(all_names) - _LISTED_NAMES
    return ", ".join(all_names[:_LISTED_NAMES]) + (f" and {more} more" if more > 0 else "")


def shown(text: str) -> str:
    """An author's text, cut where it is long."""
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def named(at: Keys) -> str:
    """The place as the subject of a sentence."""
    return f"'{Location(at)}'" if at else "The document"


def kind_of(node: Node) -> str:
    """What stands there, as the end of a sentence."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool()):
            return node.text
        case Scalar(value=int()):
            return f"the number {shown(node.text)}"
        case _:
            return f"the text '{shown(node.text)}'"
