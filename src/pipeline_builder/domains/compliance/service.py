"""The rules that hold for one organization. Implements `contract.Compliance`.

Rules are compiled once for each set of them and kept in the process; which of them hold is looked up every time.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from uuid import UUID  # noqa: TC003 -- in annotations of attributes

from pipeline_builder.core.compliance.evaluation import CompiledRules, Evaluation, RuleUnevaluable
from pipeline_builder.core.compliance.evaluation import Violation as Broken
from pipeline_builder.core.compliance.facts import PipelineFacts, PluginFacts
from pipeline_builder.core.compliance.rules import Rule, read_rule
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.domains.compliance.contract import ComplianceUnavailable, RulesViolated, Violation
from pipeline_builder.domains.compliance.repository import EffectiveRow, ExemptionRepository, RuleRepository
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.database import Transaction
from pipeline_builder.kit.scope import OrgScope

_KEPT_SETS = 200
_KEPT_RULES = 5_000


class RuleCache:
    """Rules and sets of rules that this process has read. A revision of a rule never changes."""

    def __init__(self) -> None:
        self._rules: OrderedDict[tuple[UUID, int], Rule] = OrderedDict()
        self._sets: OrderedDict[tuple[tuple[UUID, int], ...], CompiledRules] = OrderedDict()

    def compiled(self, rows: Sequence[EffectiveRow]) -> CompiledRules:
        """The rules, ready to be evaluated.

        Raises:
            ComplianceUnavailable: one of them cannot be read by this version; it must not be passed over.
        """
        key = tuple((row.id, row.revision) for row in rows)
        if key not in self._sets:
            self._sets[key] = CompiledRules([self._rule(row) for row in rows])
            while len(self._sets) > _KEPT_SETS:
                self._sets.popitem(last=False)
        self._sets.move_to_end(key)
        return self._sets[key]

    def _rule(self, row: EffectiveRow) -> Rule:
        key = (row.id, row.revision)
        rule = self._rules.get(key)
        if rule is None:
            rule = read_rule(row.document, Report())
            if rule is None:
                raise ComplianceUnavailable(str(row.document.get("name")))
            self._rules[key] = rule
            while len(self._rules) > _KEPT_RULES:
                self._rules.popitem(last=False)
        return rule


class ComplianceService:
    """The rules of one organization, in one transaction."""

    def __init__(self, tx: Transaction, scope: OrgScope, cache: RuleCache, clock: Clock) -> None:
        self._rules = RuleRepository(tx, scope)
        self._exemptions = ExemptionRepository(tx, scope)
        self._cache = cache
        self._clock = clock

    async def of_pipeline(self, facts: PipelineFacts) -> Sequence[Violation]:
        rules = self._cache.compiled(await self._rules.effective())
        if not rules.rules:
            return ()
        exempt = await self._exemptions.holding_for(facts.plan.name, self._clock())
        return await self._evaluated(lambda: rules.evaluate_pipeline(facts, self._clock(), exempt.__contains__))

    async def enforce_pipeline(self, facts: PipelineFacts) -> Sequence[Violation]:
        return _enforced(await self.of_pipeline(facts))

    async def enforce_plugin(self, facts: PluginFacts) -> Sequence[Violation]:
        rules = self._cache.compiled(await self._rules.effective())
        if not rules.rules:
            return ()
        exempt = await self._exemptions.holding_for(facts.spec.name, self._clock())
        found = await self._evaluated(lambda: rules.evaluate_plugin(facts, self._clock(), exempt.__contains__))
        return _enforced(found)

    @staticmethod
    async def _evaluated(evaluate: Callable[[], Evaluation]) -> Sequence[Violation]:
        try:
            evaluation = await asyncio.to_thread(evaluate)
        except RuleUnevaluable as error:
            raise ComplianceUnavailable(error.rule) from error
        return [told(one) for one in evaluation.violations]


def told(broken: Broken) -> Violation:
    """A violation as the API tells it."""
    return Violation(
        rule=broken.rule.name,
        severity=broken.rule.severity,
        attribute=broken.attribute,
        expected=broken.expected,
        actual=broken.actual[:500],
        step=broken.step,
        message=broken.message[:1000],
        hint=broken.rule.hint,
        is_exempt=broken.is_exempt,
    )


def _enforced(violations: Sequence[Violation]) -> Sequence[Violation]:
    if any(one.is_blocking for one in violations):
        raise RulesViolated(violations)
    return violations
