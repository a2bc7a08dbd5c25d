"""Which steps of a stage run together: the run order of CodePipeline.

Actions of one run order run in parallel; the next one begins when all of them succeeded. Approvals are barriers: they
cut the list of steps into sections, and a section begins when the approval before it was given. Within a section a
step runs as early as its band (`pre` before unmarked before `post`) and its `needs` allow.
"""

from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Steps of which each waits for the next one, and the last for one that runs later; or for the first again."""

    names: tuple[str, ...]


def run_orders(steps: Sequence[Orderable]) -> dict[str, int] | Contradiction:
    """Give each step its run order, from 1 without gaps, unless `needs`, bands and approvals contradict each other.

    An approval marked `pre` stands before, one marked `post` behind all other steps of the stage.
    """
    orders: dict[str, int] = {}
    for section in _sections(_approvals_in_place(steps)):
        for band in range(len(_BANDS)):
            members = [step for step in section if _BANDS[step.position] == band]
            stuck = _place(members, orders, first=1 + max(orders.values(), default=0))
            if stuck:
                return _contradiction(stuck)
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


def _place(members: Sequence[Orderable], orders: dict[str, int], first: int) -> dict[str, list[str]]:
    """Enter the members of one band of one section, none before `first`.

    Returns:
        What could not be entered, with what each of those still waits for.
    """
    waiting = {step.name: [need for need in step.needs if need not in orders] for step in members}
    order = first
    while ready := [name for name, needs in waiting.items() if not needs]:
        for name in ready:
            orders[name] = order
            del waiting[name]
        waiting = {name: [need for need in needs if need not in orders] for name, needs in waiting.items()}
        order += 1
    return waiting


def _contradiction(stuck: Mapping[str, Sequence[str]]) -> Contradiction:
    """Follow what waits until it leaves those that are stuck, or comes round."""
    path: list[str] = []
    name = next(iter(stuck))
    while name in stuck and name not in path:
        path.append(name)
        name = stuck[name][0]
    return Contradiction((*path[path.index(name) if name in path else 0 :], name))
