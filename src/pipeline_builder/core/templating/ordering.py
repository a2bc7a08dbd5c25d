"""In which order texts that refer to one another are rendered, and where they go round in a circle."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def in_dependency_order(needs: Mapping[K, Sequence[K]]) -> tuple[list[K], list[list[K]]]:
    """Sort keys behind what they need.

    Args:
        needs: for each key the keys it needs; those that are no key themselves do not count.

    Returns:
        Every key that is in no cycle and needs none, and the cycles: each once, beginning with its first key in the
        order of `needs`. Linear, and without recursion.
    """
    order: list[K] = []
    cycles: list[list[K]] = []
    state: dict[K, bool] = {}  # False while a key is on the path, True when it is done
    broken: set[K] = set()
    for start in needs:
        if start in state:
            continue
        path: list[K] = [start]
        pending = [iter(needs[start])]
        state[start] = False
        while path:
            key = path[-1]
            for other in pending[-1]:
                if other not in needs:
                    continue
                if other not in state:
                    state[other] = False
                    path.append(other)
                    pending.append(iter(needs[other]))
                    break
                if not state[other]:
                    cycle = path[path.index(other) :]
                    cycles.append(cycle)
                    broken.update(cycle)
                elif other in broken:
                    broken.add(key)
            else:
                state[key] = True
                path.pop()
                pending.pop()
                if any(other in broken for other in needs[key]):
                    broken.add(key)
                if key not in broken:
                    order.append(key)
    ranks = {key: rank for rank, key in enumerate(needs)}
    return order, [_from_first(cycle, ranks) for cycle in cycles]


def _from_first(cycle: list[K], ranks: Mapping[K, int]) -> list[K]:
    first = min(range(len(cycle)), key=lambda index: ranks[cycle[index]])
    return cycle[first:] + cycle[:first]
