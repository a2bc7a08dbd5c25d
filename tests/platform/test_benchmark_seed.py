"""The rows that the benchmark of the API stands on are rows that the platform could have made."""

from benchmarks.api.seed import seed
from pipeline_builder.kit.database import Database


async def test_each_seeded_person_is_signed_in_and_sees_the_pipelines_of_one_organization(
    database_url: str, database: Database
):
    people = await seed(database_url, organizations=3, pipelines=4)

    assert len({person.org_id for person in people}) == 3
    for person in people:
        async with database.transaction() as tx:
            entered = await tx.rows(
                "select role, is_session_live from enter_organization($1, $2, $3, null)",
                person.id,
                person.session_id,
                person.org_id,
            )
            seen = await tx.rows("select p.id from pipelines p join pipeline_revisions r on r.pipeline_id = p.id")

        assert [tuple(row.values()) for row in entered] == [("owner", True)]
        assert len(seen) == 4
        assert person.pipeline_id in {row["id"] for row in seen}


async def test_seeding_again_adds_nothing(database_url: str):
    first = await seed(database_url, organizations=3, pipelines=4)

    assert await seed(database_url, organizations=3, pipelines=4) == first
