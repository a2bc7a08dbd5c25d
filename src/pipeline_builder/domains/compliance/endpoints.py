"""HTTP in, use case, HTTP out, for rules, subscriptions and policies."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Response

from pipeline_builder.core.compliance.attributes import KINDS, Target, sentences
from pipeline_builder.core.compliance.evaluation import CompiledRules
from pipeline_builder.core.compliance.operators import OPERATORS
from pipeline_builder.domains.audit.contract import Audit, Change
from pipeline_builder.domains.compliance.governing import Governing, read_document
from pipeline_builder.domains.compliance.repository import (
    ExemptionRepository,
    PolicyRow,
    RuleRepository,
    RuleRevision,
    RuleRow,
    SubscriptionRow,
)
from pipeline_builder.domains.compliance.schemas import (
    AttributeRead,
    PolicyRead,
    PolicyWrite,
    PreviewRead,
    RulePreview,
    RuleQuery,
    RuleRead,
    RuleRevisionRead,
    RuleWrite,
    SetSubscription,
    Subscribed,
    SubscriptionRead,
    SubscriptionWrite,
)
from pipeline_builder.domains.pipelines.contract import Pipelines
from pipeline_builder.kit.clock import now
from pipeline_builder.kit.errors import NotFound, Outdated
from pipeline_builder.kit.guard import Parts, Tx, allowed_to
from pipeline_builder.kit.ids import new_id
from pipeline_builder.kit.paging import order_of
from pipeline_builder.kit.permissions import Permission
from pipeline_builder.kit.revisions import ExpectedRevision, tag
from pipeline_builder.kit.routing import router
from pipeline_builder.kit.scope import OrgScope
from pipeline_builder.kit.wire import Json, PageRead, in_query

rules = router("/api/rules", "compliance")
subscriptions = router("/api/rule-subscriptions", "compliance")
sets = router("/api/rule-sets", "compliance")
policies = router("/api/policies", "compliance")
attributes = router("/api/rule-attributes", "compliance")

SORTS = {"createdAt": "created_at", "updatedAt": "updated_at", "name": "name"}
EXAMINED_AT_MOST = 50
"""Pipelines that a preview looks at; for all of them there are scans."""

CanRead = Annotated[OrgScope, Depends(allowed_to(Permission.COMPLIANCE_READ))]
CanWrite = Annotated[OrgScope, Depends(allowed_to(Permission.COMPLIANCE_WRITE))]
Wanted = Annotated[RuleQuery, Depends(in_query(RuleQuery))]
SetName = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9._-]+$", description="Name of a set or policy.")]


def governing(scope: OrgScope, tx: Tx, parts: Parts) -> Governing:
    """The use cases for one organization, in one transaction."""
    audit = parts.of(Audit, tx, scope)
    return Governing(RuleRepository(tx, scope), ExemptionRepository(tx, scope), scope, audit=audit, clock=now)


async def _writable(scope: CanWrite, tx: Tx, parts: Parts) -> Governing:
    return governing(scope, tx, parts)


Writable = Annotated[Governing, Depends(_writable)]


@attributes.get("", response_model=list[AttributeRead])
async def list_rule_attributes(scope: CanRead) -> list[AttributeRead]:  # noqa: ARG001 -- it is the permission
    """List everything that rules can look at, with the operators that can be used on it."""
    return [
        AttributeRead(
            target=target.value,
            name=name,
            kind=kind.value,
            sentence=sentences(target)[name],
            operators=[one.name for one in OPERATORS.values() if kind in one.kinds],
        )
        for target in Target
        for name, kind in KINDS[target].items()
    ]


@rules.get("", response_model=PageRead[RuleRead])
async def list_rules(scope: CanRead, tx: Tx, asked: Wanted) -> Json:
    """List rules: the organization's own, those that the organization above imposes, and published ones."""
    return Json(await RuleRepository(tx, scope).page(asked, order_of(asked, SORTS, "name")))


@rules.post("", status_code=201, response_model=RuleRead)
async def create_rule(body: RuleWrite, governing: Writable, response: Response) -> RuleRow:
    """Create a rule. One that names what does not exist is refused, with everything that is wrong."""
    rule = await governing.put_rule(body.rule, None, is_active=body.is_active, is_imposed=body.is_imposed)
    response.headers["location"] = f"/api/rules/{rule.id}"
    tag(response, rule.revision)
    return rule


@rules.post("/preview", response_model=PreviewRead)
async def preview_rule(body: RulePreview, scope: CanRead, tx: Tx, parts: Parts) -> dict[str, Any]:
    """Tell which of the existing pipelines would not keep a rule, before it is switched on."""
    compiled = CompiledRules([read_document(body.rule)])
    pipelines = parts.of(Pipelines, tx, scope)
    examined = await pipelines.ids(None, EXAMINED_AT_MOST)
    broken = []
    for pipeline_id, name in examined:
        evaluation = compiled.evaluate_pipeline(await pipelines.facts(pipeline_id), now())
        broken += [
            {"pipeline_id": pipeline_id, "pipeline_name": name, "step": one.step, "message": one.message}
            for one in evaluation.violations
        ]
    return {"examined": len(examined), "total": await pipelines.count(), "broken": broken}


@rules.get("/{rule}", response_model=RuleRead)
async def read_rule(rule: UUID, scope: CanRead, tx: Tx, response: Response) -> RuleRow:
    """Read a rule."""
    found = await RuleRepository(tx, scope).visible(rule)
    if found is None:
        raise NotFound("rule", rule)
    tag(response, found.revision)
    return found


@rules.put("/{rule}", response_model=RuleRead)
async def change_rule(
    rule: UUID, body: RuleWrite, expected: ExpectedRevision, governing: Writable, response: Response
) -> RuleRow:
    """Change a rule, as a new revision. It counts from the next request on."""
    before = await governing.rule_for_change(rule, expected)
    changed = await governing.put_rule(body.rule, before, is_active=body.is_active, is_imposed=body.is_imposed)
    tag(response, changed.revision)
    return changed


@rules.delete("/{rule}", status_code=204)
async def delete_rule(rule: UUID, expected: ExpectedRevision, governing: Writable) -> None:
    """Delete a rule."""
    await governing.remove_rule(rule, expected)


@rules.get("/{rule}/revisions", response_model=list[RuleRevisionRead])
async def list_rule_revisions(rule: UUID, scope: CanRead, tx: Tx) -> Sequence[RuleRevision]:
    """List what a rule has been, the newest first."""
    repository = RuleRepository(tx, scope)
    if await repository.visible(rule) is None:
        raise NotFound("rule", rule)
    return await repository.revisions(rule)


@subscriptions.get("", response_model=list[SubscriptionRead])
async def list_rule_subscriptions(scope: CanRead, tx: Tx) -> Sequence[SubscriptionRow]:
    """List the published rules that count in the organization."""
    return await RuleRepository(tx, scope).subscriptions()


@subscriptions.put("/{rule}", status_code=204)
async def subscribe_to_rule(rule: UUID, body: SubscriptionWrite, governing: Writable) -> None:
    """Let a published rule count in the organization."""
    await governing.subscribe(rule, body.pinned, is_imposed=body.is_imposed)


@subscriptions.delete("/{rule}", status_code=204)
async def unsubscribe_from_rule(rule: UUID, governing: Writable) -> None:
    """Let a published rule count no longer."""
    await governing.unsubscribe(rule)


@sets.put("/{name}/subscription", response_model=Subscribed)
async def subscribe_to_rule_set(name: SetName, body: SetSubscription, governing: Writable) -> Subscribed:
    """Let all rules of a published set or policy count in the organization."""
    return Subscribed(rules=await governing.subscribe_to_set(name, is_imposed=body.is_imposed))


@policies.get("", response_model=list[PolicyRead])
async def list_policies(scope: CanRead, tx: Tx) -> Sequence[PolicyRow]:
    """List the organization's policies and the published ones."""
    return await RuleRepository(tx, scope).policies()


@policies.post("", status_code=201, response_model=PolicyRead)
async def create_policy(body: PolicyWrite, scope: CanWrite, governing: Writable, response: Response) -> PolicyRow:
    """Create a policy: a named list of rules."""
    moment = now()
    policy = PolicyRow(
        id=new_id(),
        org_id=scope.org_id,
        name=body.name,
        description=body.description,
        rules=body.rules,
        revision=1,
        created_at=moment,
        updated_at=moment,
    )
    await governing.put_policy(policy, None)
    tag(response, policy.revision)
    return policy


@policies.put("/{policy}", response_model=PolicyRead)
async def change_policy(
    policy: UUID,
    body: PolicyWrite,
    expected: ExpectedRevision,
    scope: CanWrite,
    tx: Tx,
    governing: Writable,
    response: Response,
) -> PolicyRow:
    """Change a policy."""
    before = await _policy(RuleRepository(tx, scope), policy, expected)
    after = PolicyRow(
        id=before.id,
        org_id=before.org_id,
        name=body.name,
        description=body.description,
        rules=body.rules,
        revision=before.revision + 1,
        created_at=before.created_at,
        updated_at=now(),
    )
    await governing.put_policy(after, before)
    tag(response, after.revision)
    return after


@policies.delete("/{policy}", status_code=204)
async def delete_policy(policy: UUID, expected: ExpectedRevision, scope: CanWrite, tx: Tx, parts: Parts) -> None:
    """Delete a policy; its rules stay."""
    repository = RuleRepository(tx, scope)
    before = await _policy(repository, policy, expected)
    await repository.remove_policy(policy)
    await parts.of(Audit, tx, scope).record(Change("policies.deleted", "policy", policy, before.name))


async def _policy(repository: RuleRepository, policy: UUID, expected: int) -> PolicyRow:
    before = await repository.own_policy(policy)
    if before is None:
        raise NotFound("policy", policy)
    if before.revision != expected:
        raise Outdated("policy", before.revision)
    return before
