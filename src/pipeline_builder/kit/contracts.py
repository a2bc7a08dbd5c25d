"""Where domains meet: who implements a contract. Filled at the start by the domains' `wiring.py`."""

from collections.abc import Callable
from typing import Any, TypeVar

from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope

T = TypeVar("T")

Maker = Callable[["Contracts", Transaction, OrgScope], T]
"""Makes an implementation for one transaction in one organization."""


class Contracts:
    """The implementations of the contracts, by contract."""

    def __init__(self) -> None:
        self._makers: dict[object, Maker[Any]] = {}
        self._parts: dict[object, Any] = {}

    def provide(self, contract: type[T], make: Maker[T]) -> None:
        """Say who implements a contract within a transaction. A class that does not fit fails type checking."""
        self._makers[contract] = make

    def of(self, contract: type[T], tx: Transaction, scope: OrgScope) -> T:
        """An implementation, in the same transaction and organization."""
        made: T = self._makers[contract](self, tx, scope)
        return made

    def keep(self, contract: type[T], part: T) -> None:
        """Say which object serves the whole process: an adapter, a setting, a cache."""
        self._parts[contract] = part

    def part(self, contract: type[T]) -> T:
        """The object that was kept."""
        found: T = self._parts[contract]
        return found
