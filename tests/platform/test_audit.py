"""The audit trail: who did what, and that nobody changes it afterwards, not even whoever has the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.platform.api import Api, Somebody
from tests.platform.definitions import a_definition


async def busy(api: Api) -> Somebody:
    """An organization with a trail of some lines."""
    owner = await api.owner()
    for project in ("one", "two", "three"):
        assert (await owner.post("/api/pipelines", {"definition": a_definition(project)})).status_code == 201
    return owner


async def verified(somebody: Somebody, head: str | None = None) -> dict:
    answer = await somebody.get("/api/audit/verification", params={"head": head} if head else None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_line_says_who_did_what_to_what_from_where_and_in_which_request(api: Api):
    owner = await api.owner()
    headers = {"x-request-id": "request-7", "user-agent": "A browser"}

    await owner.post("/api/pipelines", {"definition": a_definition()}, headers=headers)

    line = (await owner.get("/api/audit?limit=1")).json()["items"][0]
    told = {
        "action": "pipelines.created",
        "actorName": owner.email,
        "subjectKind": "pipeline",
        "requestId": "request-7",
    }
    assert told.items() <= line.items()
    assert line["address"]
    assert line["before"] is None
    assert line["after"]


async def test_the_trail_is_asked_by_action_actor_subject_and_time(api: Api):
    owner = await busy(api)
    lines = (await owner.get("/api/audit")).json()["items"]
    created = [one for one in lines if one["action"] == "pipelines.created"]

    async def found(query: dict) -> list[str]:
        return [one["id"] for one in (await owner.get("/api/audit", params=query)).json()["items"]]

    assert await found({"action": "pipelines.created"}) == [one["id"] for one in created]
    assert await found({"actorId": owner.tokens["userId"]}) == [one["id"] for one in lines]
    assert await found({"subjectKind": "pipeline", "subjectId": created[1]["subjectId"]}) == [created[1]["id"]]
    assert await found({"since": created[0]["occurredAt"]}) == [created[0]["id"]]
    assert await found({"until": created[-1]["occurredAt"], "action": "pipelines.created"}) == []


async def test_a_trail_is_whole_until_somebody_touches_it(api: Api):
    owner = await busy(api)

    found = await verified(owner)

    assert found["isWhole"]
    assert found["lines"] == len((await owner.get("/api/audit")).json()["items"])
    assert len(found["head"]) == 64


TOUCHES = {
    "a line says another name": "update lines set actor_name = 'nobody' where number = 2",
    "a line says what was not": """update lines set after = '{"x": 1}' where number = 2""",
    "a line in the middle is gone": "delete from lines where number = 2",
    "the first line is gone": "delete from lines where number = 1",
    "the last line is gone": "delete from lines where number = (select max(number) from lines)",
    "all lines are gone": "delete from lines",
    "the head is gone": "delete from head",
    "the end is gone, and the head says so": """
        delete from lines where number = (select max(number) from lines);
        update head set number = number - 1, line_seal = (select seal from lines order by number desc limit 1)
        """,
    "two lines have changed places": """
        update lines set number = -1 where number = 2;
        update lines set number = 2 where number = 3;
        update lines set number = 3 where number = -1
        """,
}


@contextmanager
def touching(url: str, org: str) -> Iterator[psycopg.Connection]:
    """The trail of an organization, as whoever has the database can write it: `lines` and `head`."""
    with psycopg.connect(url) as connection:
        connection.execute("set local session_replication_role = replica")
        connection.execute("set local app.platform = 'on'")
        for name, table in (("lines", "audit_events"), ("head", "audit_heads")):
            view = sql.SQL("create temp view {} as select * from {} where org_id = {}")
            connection.execute(view.format(sql.Identifier(name), sql.Identifier(table), org))
        yield connection


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_whoever_touches_the_trail_in_the_database_is_found_out(api: Api, database_url: str, touch: str):
    owner = await busy(api)

    with touching(database_url, owner.org_id) as connection:
        connection.execute(touch)

    found = await verified(owner)
    assert not found["isWhole"]
    assert found["fault"]


async def test_a_trail_that_was_put_back_whole_is_found_out_by_a_head_that_was_kept(api: Api, database_url: str):
    owner = await busy(api)
    with touching(database_url, owner.org_id) as connection:
        old = connection.execute("select number, line_seal, seal from head").fetchone()
    assert old is not None
    await owner.post("/api/pipelines", {"definition": a_definition("four")})
    kept = (await verified(owner))["head"]

    with touching(database_url, owner.org_id) as connection:
        connection.execute("delete from lines where number > %s", old[:1])
        connection.execute("update head set number = %s, line_seal = %s, seal = %s", old)

    assert (await verified(owner))["isWhole"]
    assert not (await verified(owner, kept))["isWhole"]


async def test_the_application_itself_cannot_change_a_line(api: Api):
    owner = await busy(api)
    database = api.app.state.database

    for statement in ("update audit_events set action = 'x'", "delete from audit_events", "truncate audit_events"):
        with pytest.raises(Exception, match=r"permission denied|append-only"):
            async with database.transaction() as tx:
                await tx.execute(statement)

    assert (await verified(owner))["isWhole"]
