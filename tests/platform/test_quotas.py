"""Limits."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from pipeline_builder.domains.orgs.contract import Organizations
from pipeline_builder.domains.quotas.contract import Quota, QuotaExceeded, Resource
from pipeline_builder.domains.quotas.repository import AllQuotas
from pipeline_builder.kit.guard import Meter
from pipeline_builder.kit.scope import as_platform
from tests.platform.api import Api


async def test_the_usage_names_every_resource(api: Api):
    owner = await api.owner()

    usage = (await owner.get("/api/quotas")).json()["usage"]

    assert [one["resource"] for one in usage] == [
        "pipelines", "plugins", "storage", "seats", "apiCalls", "aiCalls", "builds",
    ]  # fmt: skip


async def test_an_organization_cannot_give_itself_a_plan(api: Api):
    owner = await api.owner()

    answer = await owner.put(f"/api/quotas/{owner.org_id}", {"plan": "unlimited"})

    assert answer.status_code == 403


async def test_api_calls_are_counted_and_exact_where_the_limit_is_near(api: Api, monkeypatch: pytest.MonkeyPatch):
    owner = await api.owner()
    meter = api.app.state.contracts.part(Meter)
    async with api.app.state.database.transaction() as tx:
        limits = {Resource.API_CALLS: 5}
        await AllQuotas(tx, await as_platform(tx)).set_plan(UUID(owner.org_id), "developer", limits)

    answers = [await owner.get("/api/pipelines") for _ in range(7)]

    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert answers[-1].json()["resource"] == "apiCalls"

    monkeypatch.setattr("pipeline_builder.domains.quotas.meter.NEAR", 0)
    other = await api.owner()
    for _ in range(3):
        await other.get("/api/pipelines")
    await meter.write(api.app.state.database)
    usage = {one["resource"]: one["used"] for one in (await other.get("/api/quotas")).json()["usage"]}
    assert usage["apiCalls"] == 3


async def test_what_is_set_aside_counts_until_it_is_given_back(api: Api):
    owner = await api.owner()
    contracts, database = api.app.state.contracts, api.app.state.database

    async def builds(use: Callable[[Quota], Awaitable[object]]) -> object:
        async with database.transaction() as tx:
            scope = await contracts.part(Organizations).enter(tx, UUID(owner.org_id))
            return await use(contracts.of(Quota, tx, scope))

    async def used() -> int:
        usage = (await owner.get("/api/quotas")).json()["usage"]
        return next(one["used"] for one in usage if one["resource"] == "builds")

    first = await builds(lambda quota: quota.reserve(Resource.BUILDS, 60))
    second = await builds(lambda quota: quota.reserve(Resource.BUILDS, 40))
    with pytest.raises(QuotaExceeded) as refused:
        await builds(lambda quota: quota.reserve(Resource.BUILDS))
    assert (refused.value.limit, refused.value.used, await used()) == (100, 100, 100)

    for _ in range(2):
        await builds(lambda quota: quota.release(first.id))
        await builds(lambda quota: quota.commit(second.id))
    await builds(lambda quota: quota.release(second.id))
    assert await used() == 40


async def test_what_is_set_aside_and_forgotten_is_given_back(api: Api):
    owner = await api.owner()
    database = api.app.state.database
    async with database.transaction() as tx:
        scope = await api.app.state.contracts.part(Organizations).enter(tx, UUID(owner.org_id))
        await api.app.state.contracts.of(Quota, tx, scope).reserve(Resource.BUILDS, 7)
        await tx.execute("update quota_reservations set expires_at = now() - interval '1 second'")

    await api.sweep("give_back_expired")

    usage = (await owner.get("/api/quotas")).json()["usage"]
    assert next(one["used"] for one in usage if one["resource"] == "builds") == 0


async def test_those_who_run_the_platform_give_plans_and_teams_have_their_organizations(api: Api):
    owner, system = await api.owner(), await api.administrator()
    team = await api.team(owner)

    given = await system.put(f"/api/quotas/{owner.org_id}", {"plan": "team", "limits": {"pipelines": 7}})
    wrong = await system.put(f"/api/quotas/{owner.org_id}", {"plan": "golden"})
    of_team = await system.put(f"/api/quotas/{team.org_id}", {"plan": "team"})

    assert (given.status_code, wrong.status_code, of_team.status_code) == (204, 422, 404)
    quota = (await team.get("/api/quotas")).json()
    assert quota["plan"] == "team"
    assert next(one["limit"] for one in quota["usage"] if one["resource"] == "pipelines") == 7
