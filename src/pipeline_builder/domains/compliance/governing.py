"""The use cases of rules, subscriptions, policies and exemptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pipeline_builder.core.compliance.rules import Rule, read_rule
from pipeline_builder.core.diagnostics import Report
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.compliance.contract import AlreadyReviewed, OwnRequest, RuleRefused
from pipeline_builder.domains.compliance.repository import (
    ExemptionRepository,
    ExemptionRow,
    PolicyRow,
    RuleRepository,
    RuleRow,
)
from pipeline_builder.kit.clock import Clock
from pipeline_builder.kit.errors import InvalidValue, NotFound, Outdated
from pipeline_builder.kit.findings import findings_of
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.scope import OrgScope

LONGEST_EXEMPTION_DAYS = 366


def read_document(document: Mapping[str, Any]) -> Rule:
    """Read a rule.

    Raises:
        RuleRefused: something is wrong with it.
    """
    report = Report()
    rule = read_rule(document, report)
    if rule is None:
        raise RuleRefused(findings_of(report.diagnostics))
    return rule


class Governing:
    """The use cases, in one organization."""

    def __init__(
        self, rules: RuleRepository, exemptions: ExemptionRepository, scope: OrgScope, *, audit: Audit, clock: Clock
    ) -> None:
        self._rules = rules
        self._exemptions = exemptions
        self._scope = scope
        self._audit = audit
        self._clock = clock

    async def put_rule(
        self,
        document: Mapping[str, Any],
        before: RuleRow | None,
        *,
        is_active: bool,
        is_imposed: bool,
        sets: list[str] | None = None,
    ) -> RuleRow:
        """Add a rule, or change one, as a new revision.

        Raises:
            RuleRefused: something is wrong with it.
            RuleExists: there is another one of its name.
        """
        rule = read_document(document)
        now = self._clock()
        author = self._scope.actor.name
        after = RuleRow(
            id=before.id if before else new_id(),
            org_id=self._scope.org_id,
            name=rule.name,
            target=rule.target.value,
            severity=rule.severity,
            description=rule.description,
            document=dict(document),
            is_active=is_active,
            is_imposed=is_imposed,
            sets=sets if sets is not None else before.sets if before else [],
            revision=before.revision + 1 if before else 1,
            created_at=before.created_at if before else now,
            created_by=before.created_by if before else author,
            updated_at=now,
            updated_by=author,
        )
        await self._rules.put(after)
        action = "rules.changed" if before else "rules.created"
        told = None if before is None else _told(before)
        await self._audit.record(Change(action, "rule", after.id, after.name, before=told, after=_told(after)))
        return after

    async def remove_rule(self, rule_id: UUID, expected: int) -> None:
        """Remove a rule.

        Raises:
            NotFound, Outdated: there is no such rule of the organization's own, or not any more.
        """
        rule = await self.rule_for_change(rule_id, expected)
        await self._rules.remove(rule_id)
        await self._audit.record(Change("rules.removed", "rule", rule_id, rule.name, before=_told(rule)))

    async def rule_for_change(self, rule_id: UUID, expected: int) -> RuleRow:
        """A rule of the organization's own that nobody else changed.

        Raises:
            NotFound, Outdated: as they say.
        """
        rule = await self._rules.own(rule_id)
        if rule is None:
            raise NotFound("rule", rule_id)
        if rule.revision != expected:
            raise Outdated("rule", rule.revision)
        return rule

    async def subscribe(self, rule_id: UUID, pinned: int | None, *, is_imposed: bool) -> None:
        """Make a published rule one's own.

        Raises:
            NotFound: there is no such published rule, or it had no such revision.
        """
        if not await self._rules.subscribe(rule_id, pinned, self._clock(), is_imposed=is_imposed):
            raise NotFound("published rule", rule_id)
        after = {"pinned": pinned, "isImposed": is_imposed}
        await self._audit.record(Change("rules.subscribed", "rule", rule_id, after=after))

    async def subscribe_to_set(self, name: str, *, is_imposed: bool) -> int:
        """Make all published rules of a set or policy one's own. How many.

        Raises:
            NotFound: there is no such set or policy.
        """
        rules = await self._rules.published_of(name)
        if not rules:
            raise NotFound("published set", name)
        for rule in rules:
            await self._rules.subscribe(rule, None, self._clock(), is_imposed=is_imposed)
        after = {"rules": len(rules), "isImposed": is_imposed}
        await self._audit.record(Change("rules.set-subscribed", "rule-set", name, name, after=after))
        return len(rules)

    async def unsubscribe(self, rule_id: UUID) -> None:
        """Let a published rule be nobody's business here any more.

        Raises:
            NotFound: there is no such subscription.
        """
        if not await self._rules.unsubscribe(rule_id):
            raise NotFound("subscription", rule_id)
        await self._audit.record(Change("rules.unsubscribed", "rule", rule_id))

    async def put_policy(self, policy: PolicyRow, before: PolicyRow | None) -> None:
        """Add a policy, or change one.

        Raises:
            PolicyNameTaken: there is another one of its name.
        """
        await self._rules.put_policy(policy)
        action = "policies.changed" if before else "policies.created"
        told = None if before is None else {"rules": before.rules}
        change = Change(action, "policy", policy.id, policy.name, before=told, after={"rules": policy.rules})
        await self._audit.record(change)

    async def request_exemption(self, rule: str, subject: str, reason: str, expires_at: datetime) -> ExemptionRow:
        """Ask for leave to break a rule. By name, so that it can be asked for before there is anything.

        Raises:
            InvalidValue: it would end in the past, or too late.
        """
        now = self._clock()
        if not now < expires_at or (expires_at - now).days > LONGEST_EXEMPTION_DAYS:
            raise InvalidValue("expiresAt", f"An exemption ends within {LONGEST_EXEMPTION_DAYS} days from now.")
        exemption = ExemptionRow(
            id=new_id(),
            rule=rule,
            subject=subject,
            reason=reason,
            state="requested",
            expires_at=expires_at,
            requested_at=now,
            requested_by=self._scope.actor.name,
            requester_id=self._scope.actor.id,
            reviewed_at=None,
            reviewed_by=None,
            review="",
        )
        await self._exemptions.add(exemption)
        after = {"rule": rule, "subject": subject, "expiresAt": expires_at}
        await self._audit.record(Change("exemptions.requested", "exemption", exemption.id, rule, after=after))
        return exemption

    async def review_exemption(self, exemption_id: UUID, state: str, review: str) -> ExemptionRow:
        """Approve or reject a request, or revoke what was approved.

        Raises:
            NotFound: there is no such request.
            OwnRequest: who reviews asked for it.
            AlreadyReviewed: it was approved or rejected before.
        """
        before = await self._exemptions.one(exemption_id)
        if before is None:
            raise NotFound("exemption", exemption_id)
        if before.requester_id == self._scope.actor.id and state == "approved":
            raise OwnRequest
        allowed = {"requested": {"approved", "rejected"}, "approved": {"revoked"}}.get(before.state, set())
        if state not in allowed:
            raise AlreadyReviewed(before.state)
        now, by = self._clock(), self._scope.actor.name
        await self._exemptions.review(exemption_id, state, by, now, review)
        change = Change(
            f"exemptions.{state}",
            "exemption",
            exemption_id,
            before.rule,
            before={"state": before.state},
            after={"state": state, "subject": before.subject},
        )
        await self._audit.record(change)
        return msgspec.structs.replace(before, state=state, reviewed_by=by, reviewed_at=now, review=review)


def _told(rule: RuleRow) -> dict[str, object]:
    return {"document": rule.document, "isActive": rule.is_active, "isImposed": rule.is_imposed}
