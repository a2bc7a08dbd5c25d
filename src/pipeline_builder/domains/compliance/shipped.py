"""Brings the shipped rule sets into the system organization. Implements `contract.ShippedRules`."""

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline_builder.catalog.loader import shipped_rules
from pipeline_builder.domains.audit.contract import Audit
from pipeline_builder.domains.compliance.governing import Governing
from pipeline_builder.domains.compliance.repository import ExemptionRepository, PolicyRow, RuleRepository
from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.contracts import Contracts
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION


class Shipped:
    """Publishes what is not published yet, and what changed as new revisions."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts

    async def load(self, tx: Transaction) -> int:
        scope = await self._contracts.part(Organizations).enter(tx, SYSTEM_ORGANIZATION)
        rules = RuleRepository(tx, scope)
        audit = self._contracts.of(Audit, tx, scope)
        governing = Governing(rules, ExemptionRepository(tx, scope), scope, audit=audit, clock=now)
        count = 0
        for name, path in shipped_rules().items():
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
            for document in found["rules"]:
                count += 1
                before = await rules.own_named(document["name"])
                if before is None or before.document != document:
                    await governing.put_rule(document, before, is_active=True, is_imposed=False, sets=[name])
            for policy, members in found.get("policies", {}).items():
                await self._policy(governing, rules, policy, members)
        return count

    @staticmethod
    async def _policy(governing: Governing, rules: RuleRepository, name: str, members: Mapping[str, Any]) -> None:
        before = await rules.policy_named(name)
        if before is not None and before.rules == list(members):
            return
        moment = now()
        policy = PolicyRow(
            id=before.id if before else new_id(),
            org_id=SYSTEM_ORGANIZATION,
            name=name,
            description="",
            rules=list(members),
            revision=before.revision + 1 if before else 1,
            created_at=before.created_at if before else moment,
            updated_at=moment,
        )
        await governing.put_policy(policy, before)
