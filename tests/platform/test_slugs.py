"""What organizations are called in addresses."""

from uuid import UUID

import pytest

from pipeline_builder.domains.orgs.repository import looks_like_id, slug_of, slugs_of
from pipeline_builder.kit.ids import new_id
from tests.platform.api import Api


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Limited", "acme-limited"),
        ("Überbau & Söhne", "uberbau-sohne"),
        ("東京", "organization"),
        ("---", "organization"),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_a_slug_is_like_the_name(name: str, slug: str):
    assert slug_of(name) == slug


@pytest.mark.parametrize("letters", range(16, 41))
def test_no_choice_of_a_slug_looks_like_an_id_or_is_too_long(letters: int):
    choices = slugs_of("a" * letters, new_id())

    assert len(choices) >= 3
    assert not any(looks_like_id(one) for one in choices)
    assert all(len(one) <= 40 for one in choices)


async def test_the_slug_that_an_organization_got_can_be_kept_in_a_change(api: Api):
    for name in ("n" * 90, "n" * 90, "a" * 28, "a" * 28, "b" * 32):
        owner = await api.owner(name)
        slug = (await owner.get("/api/organizations/current")).json()["slug"]
        body = {"name": "Changed", "slug": slug}

        assert (await owner.put("/api/organizations/current", body, headers={"if-match": '"1"'})).status_code == 200
        assert (await owner.within(slug).get("/api/organizations/current")).json()["id"] == owner.org_id


async def test_a_slug_cannot_be_the_id_of_another_organization(api: Api):
    owner, rival = await api.owner(), await api.owner()
    for slug in (owner.org_id, UUID(owner.org_id).hex):
        body = {"name": "Rival", "slug": slug}
        assert (await rival.put("/api/organizations/current", body, headers={"if-match": '"1"'})).status_code == 422
