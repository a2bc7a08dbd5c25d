"""A platform that has been used: a thousand organizations, in them people who are signed in, and pipelines.

    python -m benchmarks.api.seed DATABASE_URL

The rows are made inside PostgreSQL, and in the order in which time would have brought them: those of one organization
lie far from each other, as they do in life. The same run makes the same rows anywhere.
"""

import asyncio
import sys
from dataclasses import dataclass
from uuid import UUID

import asyncpg

_PEOPLE = 5
"""Of each organization: an owner, and members."""

_FIRST = "benchmark-1"

_STAGE = """
  - stageName: STAGE
    steps:
      - {name: test, plugin: jest, env: {NODE_ENV: test}}
      - {name: lint, plugin: eslint}
      - {name: audit, plugin: npm-audit, failureBehavior: warn}
"""

_DEFINITION = f"""
project: PROJECT
organization: acme
synth:
  source: {{repo: acme/PROJECT, branch: main}}
  plugin: cdk-synth
stages:{"".join(_STAGE.replace("STAGE", stage).rstrip() for stage in ("Check", "Build", "Beta", "Gamma", "Production"))}
"""


@dataclass(frozen=True, slots=True)
class Person:
    """The owner of an organization, signed in.

    Attributes:
        pipeline_id: a pipeline of the organization.
    """

    id: UUID
    email: str
    session_id: UUID
    org_id: UUID
    pipeline_id: UUID


async def seed(url: str, *, organizations: int = 1_000, pipelines: int = 100) -> list[Person]:
    """Fill a database that has the platform's schema, unless that was done; the owners, one of each organization.

    Args:
        url: of the database, as the owner of its tables.
        organizations: how many.
        pipelines: of each organization.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set app.platform = 'on'")
        if not await connection.fetchval("select true from organizations where slug = $1", _FIRST):
            async with connection.transaction():
                await connection.execute(_rows(organizations, pipelines))
            # Otherwise PostgreSQL would do it while we measure.
            await connection.execute("vacuum analyze")
        rows = await connection.fetch(
            """
            select u.id, u.email, s.id as session_id, m.org_id,
                   (select id from pipelines where org_id = m.org_id order by created_at desc limit 1) as pipeline_id
            from memberships m join users u on u.id = m.user_id join sessions s on s.user_id = u.id
            join organizations o on o.id = m.org_id
            where m.role = 'owner' and o.slug like 'benchmark-%' order by u.id
            """
        )
        return [Person(**row) for row in rows]
    finally:
        await connection.close()


def _rows(organizations: int, pipelines: int) -> str:
    """The statements that make all rows."""
    return f"""
-- The platform's own ids have this form: time first, so that what is made together lies together in an index.
create function pg_temp.id_of(kind text, number bigint) returns uuid language sql immutable as $$
  select (lpad(to_hex(1767225600000 + number * 1000), 12, '0') || '7' || left(hash, 3) || '8' || right(hash, 15))::uuid
  from md5(kind || number) hash
$$;
create function pg_temp.time_of(number bigint) returns timestamptz language sql immutable as $$
  select timestamptz '2026-01-01 00:00:00.123457Z' + number * interval '1 second'
$$;

insert into organizations (id, slug, name)
select pg_temp.id_of('organization', o), 'benchmark-' || o, 'Benchmark ' || o
from generate_series(1, {organizations}) o;

insert into quota_plans (org_id, plan)
select pg_temp.id_of('organization', o), 'unlimited' from generate_series(1, {organizations}) o;

insert into users (id, email, name)
select pg_temp.id_of('user', u), 'somebody-' || u || '@benchmark.example', 'Somebody ' || u
from generate_series(1, {organizations * _PEOPLE}) u;

insert into memberships (org_id, user_id, role)
select pg_temp.id_of('organization', (u - 1) % {organizations} + 1), pg_temp.id_of('user', u),
       case when u <= {organizations} then 'owner' else 'member' end
from generate_series(1, {organizations * _PEOPLE}) u;

insert into sessions (id, user_id, org_id, expires_at)
select pg_temp.id_of('session', u), pg_temp.id_of('user', u),
       pg_temp.id_of('organization', (u - 1) % {organizations} + 1), now() + interval '30 days'
from generate_series(1, {organizations * _PEOPLE}) u;

insert into pipelines (id, org_id, name, project, organization, description, keywords, lifecycle, revision,
                       created_at, created_by, updated_at, updated_by)
select pg_temp.id_of('pipeline', p), pg_temp.id_of('organization', (p - 1) % {organizations} + 1),
       'acme-service-' || p || '-pipeline', 'service-' || p, 'acme',
       'Builds, tests and deploys service ' || p || ' on every push to its main branch.',
       array['team-' || p % 7, 'language-' || p % 5], (array['experimental', 'production', 'deprecated'])[p % 3 + 1], 1,
       pg_temp.time_of(p), 'somebody@example.com', pg_temp.time_of(p), 'somebody@example.com'
from generate_series(1, {organizations * pipelines}) p;

insert into pipeline_revisions (pipeline_id, number, org_id, text, lock, description, keywords, lifecycle, message,
                                created_at, created_by)
select p.id, 1, p.org_id,
       replace($definition${_DEFINITION}$definition$, 'PROJECT', p.project),
       '{{}}', p.description, p.keywords, p.lifecycle, '', p.created_at, p.created_by
from pipelines p join organizations o on o.id = p.org_id
where o.slug like 'benchmark-%' order by p.created_at;
"""  # noqa: S608 -- numbers and constants


if __name__ == "__main__":
    sys.stdout.write(f"{len(asyncio.run(seed(sys.argv[1])))} organizations\n")
