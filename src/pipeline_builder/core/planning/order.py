"""Which steps of a stage run together: the run order of CodePipeline.

Actions of one run order run in parallel; the next one begins when all of them succeeded. Approvals are barriers: they
cut the list of steps into sections, and a section begins when the approval before it was given. Within a section a
step runs as early as its band (`pre` before unmarked before `post`) and its `needs` allow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline_builder.core.definition.model import StepPosition

_BANDS = {StepPosition.PRE: 0, None: 1, StepPosition.POST: 2}


@dataclass(frozen=True, slots=True)
class Orderable:
    """What ordering has to know of a step."""

    name: str
    position: StepPosition | None = None
    needs: tuple[str, ...] = ()
    is_approval: bool = False


def run_orders(steps: Sequence[Orderable]) -> dict[str, int] | None:
    """Give each step its run order, from 1 without gaps; None where `needs`, bands and approvals contradict each other.

    An approval marked `pre` stands before, one marked `post` behind all other steps of the stage.
    """
    orders: dict[str, int] = {}
    for section in _sections(_approvals_in_place(steps)):
        for band in range(len(_BANDS)):
            members = [step for step in section if _BANDS[step.position] == band]
            if not _place(members, orders, first=1 + max(orders.values(), default=0)):
                return None
    return {step.name: orders[step.name] for step in steps}


def _approvals_in_place(steps: Sequence[Orderable]) -> list[Orderable]:
    def place(step: Orderable) -> int:
        return _BANDS[step.position] if step.is_approval else _BANDS[None]

    return sorted(steps, key=place)


def _sections(steps: Iterable[Orderable]) -> list[list[Orderable]]:
    """Each approval alone, and the steps between two approvals together."""
    sections: list[list[Orderable]] = [[]]
    for step in steps:
        if step.is_approval:
            sections += [[step], []]
        else:
            sections[-1].append(step)
    return sections


def _place(members: Sequence[Orderable], orders: dict[str, int], first: int) -> bool:
    """Enter the members of one band of one section, none before `first`; False where one waits for what comes later."""
    waiting = {step.name: set(step.needs) - orders.keys() for step in members}
    order = first
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs]
        if not ready:
            return False
        for name in ready:
            orders[name] = order
            del waiting[name]
        for needs in waiting.values():
            needs.difference_update(ready)
        order += 1
    return True
