"""What compliance adds to a process."""

from collections.abc import Sequence

from pipeline_builder.domains.compliance.contract import Compliance, Subject, Violation
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.domain import Domain


class _NoRules:
    async def violations(self, subject: Subject) -> Sequence[Violation]:  # noqa: ARG002 -- there are no rules yet
        return ()

    async def enforce(self, subject: Subject) -> Sequence[Violation]:  # noqa: ARG002 -- there are no rules yet
        return ()


def wire(contracts: Contracts) -> Domain:
    """Provide the rules."""
    contracts.provide(Compliance, lambda _contracts, _tx, _scope: _NoRules())
    return Domain("compliance")
