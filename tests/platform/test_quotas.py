"""Limits."""

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
