"""The use cases of the audit trail."""

from dataclasses import dataclass

import msgspec

from pipeline_builder.domains.audit.contract import Change
from pipeline_builder.domains.audit.repository import AuditEvent, AuditRepository, Head
from pipeline_builder.domains.audit.seals import Sealer
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.origin import origin
from pipeline_builder.kit.scope import OrgScope


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a trail is whole.

    Attributes:
        lines: how many there are.
        fault: what is wrong with it, in a sentence; None when nothing is.
        at: the number of the line that is wrong.
        head: the newest seal, in hexadecimal: written down elsewhere, it shows later that nothing was cut off together
            with the head.
    """

    lines: int
    fault: str | None
    at: int | None
    head: str

    @property
    def is_whole(self) -> bool:
        return self.fault is None


class AuditService:
    """The trail of one organization, in one transaction. Implements `contract.Audit`."""

    def __init__(self, tx: Transaction, scope: OrgScope, sealer: Sealer, clock: Clock) -> None:
        self._tx = tx
        self._scope = scope
        self._lines = AuditRepository(tx, scope)
        self._sealer = sealer
        self._clock = clock

    async def record(self, change: Change) -> None:
        # Others of the organization wait from the first line to the commit, so it is written as late as possible.
        self._tx.before_commit(lambda: self._append(change))

    async def _append(self, change: Change) -> None:
        head = await self._lines.head(for_update=True)
        came_from = origin()
        event = AuditEvent(
            id=new_id(),
            number=head.number + 1 if head else 1,
            occurred_at=self._clock(),
            action=change.action,
            actor_kind=self._scope.actor.kind.value,
            actor_id=self._scope.actor.id,
            actor_name=self._scope.actor.name,
            subject_kind=change.subject_kind,
            subject_id=str(change.subject_id),
            subject_name=change.subject_name,
            address=came_from.address,
            request_id=came_from.request_id,
            before=_plain(change.before),
            after=_plain(change.after),
        )
        seal = self._sealer.seal(_facts(event), head.line_seal if head else None)
        head_seal = self._sealer.seal_of_head(self._scope.org_id, event.number, seal)
        await self._lines.append(event, seal, head_seal)

    async def verify(self, known_head: str | None = None) -> Verification:
        """Hold every line against its seal, and the last one against the head.

        Args:
            known_head: a head that was written down earlier; a trail that was cut before it is found even when its
                head was put back too.
        """
        previous: bytes | None = None
        number = 0
        seals = set()
        async for line in self._lines.lines():
            number += 1
            if line.number != number:
                return _faulty(number - 1, f"Line {number} is missing.", number)
            if self._sealer.seal(_facts(line), previous) != line.seal:
                return _faulty(number - 1, f"Line {number} was changed after it was written.", number)
            previous = line.seal
            seals.add(previous.hex())
        fault = self._fault_of_head(await self._lines.head(), number, previous)
        if fault is None and known_head is not None and known_head not in seals:
            fault = "The trail does not contain the head that was written down."
        if fault is not None:
            return _faulty(number, fault, None)
        return Verification(number, None, None, previous.hex() if previous else "")

    def _fault_of_head(self, head: Head | None, number: int, last: bytes | None) -> str | None:
        if head is None:
            return None if number == 0 else "The head of the trail is missing."
        if head.seal != self._sealer.seal_of_head(self._scope.org_id, head.number, head.line_seal):
            return "The head of the trail was changed."
        if (head.number, head.line_seal) != (number, last):
            return f"The trail ends at line {number} and not at {head.number}."
        return None


def _faulty(lines: int, fault: str, at: int | None) -> Verification:
    return Verification(lines, fault, at, "")


def _plain(value: object) -> dict[str, object] | None:
    """As JSON would give it back, so that what is sealed is what is read later."""
    if value is None:
        return None
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(value))
    return plain


def _facts(event: AuditEvent) -> dict[str, object]:
    return {name: getattr(event, name) for name in AuditEvent.__struct_fields__}
