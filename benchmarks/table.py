"""How every benchmark reports: the figure beside its target, and an exit code that says whether all were met."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing measured.

    Attributes:
        target: the worst value that is good enough.
        is_minimum: more is better, as of a ratio.
    """

    what: str
    value: float
    target: float
    unit: str
    is_minimum: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it is as good as its target."""
        return self.value >= self.target if self.is_minimum else self.value <= self.target

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The figure as it stands in the table."""
        bound = "at least" if self.is_minimum else "at most"
        return (
            self.what,
            f"{self.value:.1f} {self.unit}",
            f"{bound} {self.target:g} {self.unit}",
            "met" if self.is_met else "MISSED",
        )


def report(figures: Sequence[Figure]) -> int:
    """Print the table. The exit code is 1 when a target was missed."""
    rows = [figure.row for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    return 0 if all(figure.is_met for figure in figures) else 1
