"""Row-level security of every table, met by raw SQL that asks for everything; and what becomes of it without a part."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION
from tests.platform.matrix.world import Tenant, World

NOT_OURS = {"alembic_version": "Which steps of the schema were taken; the application has no right to it."}
"""Tables without row-level security, and why."""

READABLE = tomllib.loads(Path(__file__).with_name("readable.toml").read_text())

WEAKENED = {
    "not enabled": "alter table {table} disable row level security",
    "everybody's rows are one's own": "drop policy own on {table}; create policy own on {table} using (true)",
    "everybody is the platform": "drop policy platform on {table}; create policy platform on {table} using (true)",
    "everybody sees everything": "create policy more on {table} for select using (true)",
    "rows can be given away": (
        "alter policy own on {table} with check (true); alter policy platform on {table} with check (true)"
    ),
    "the owner is exempt": "alter table {table} no force row level security",
}
"""Ways in which row-level security can be wrong."""


@dataclass(frozen=True)
class Person:
    """In whose name a transaction runs."""

    org_id: UUID
    user_id: UUID

    @classmethod
    def who_owns(cls, tenant: Tenant) -> "Person":
        return cls(tenant.org_id, UUID(tenant.owner.tokens["userId"]))


class Tables:
    """The tables, as the application's role sees them. Nothing lasts."""

    def __init__(self, connection: psycopg.Connection, ours: Person, theirs: Person) -> None:
        self._connection = connection
        self._ours = ours
        self._theirs = theirs

    def names(self) -> list[str]:
        found = self._connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        return [name for (name,) in found if name not in NOT_OURS]

    def weaken(self, statement: str, table: str) -> None:
        self._connection.execute(sql.SQL(statement).format(table=sql.Identifier(table)))

    def faults(self, table: str) -> list[str]:
        """What is wrong with the protection of a table."""
        return [*self._declared(table), *self._seen(table), *self._changeable(table), *self._given_away(table)]

    def _declared(self, table: str) -> Iterator[str]:
        row = self._connection.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = %s::regclass", (table,)
        ).fetchone()
        if row != (True, True):
            yield "row-level security is not enabled and forced"
        policies = dict(
            self._connection.execute(
                "select policyname, coalesce(qual, '') || ' / ' || coalesce(with_check, '') from pg_policies"
                " where tablename = %s and cmd = 'ALL'",
                (table,),
            ).fetchall()
        )
        if policies.keys() != {"own", "platform"}:
            yield f"it has not the policies own and platform, but {sorted(policies)}"
        readable = {
            name
            for (name,) in self._connection.execute(
                "select policyname from pg_policies where tablename = %s and cmd <> 'ALL'", (table,)
            )
        }
        if readable != READABLE.get(table, {}).keys():
            yield f"its policies for reading are {sorted(readable)}: give the reason of each in readable.toml"
        for name, text in policies.items():
            using, _, check = text.partition(" / ")
            if using != check:
                yield f"the policy {name} lets rows be written that it does not let be seen"
        if "app_is_platform()" not in policies.get("platform", ""):
            yield "the policy platform is not about the platform"

    def _seen(self, table: str) -> Iterator[str]:
        ours, theirs = self._rows(table, self._ours), self._rows(table, self._theirs)
        shared = self._of_system(table)
        if (ours & theirs) - shared:
            yield "two organizations see the same rows"
        if self._rows(table, None) - shared:
            yield "rows are seen by who has entered nowhere"

    def _changeable(self, table: str) -> Iterator[str]:
        """A lock takes what a change takes."""
        if self._rows(table, self._ours, "for update") & self._rows(table, self._theirs):
            yield "rows of another organization can be changed"

    def _given_away(self, table: str) -> Iterator[str]:
        column = self._column(table)
        if column not in {"org_id", "user_id"}:
            return
        other = self._theirs.org_id if column == "org_id" else self._theirs.user_id
        statement = sql.SQL("update {} set {} = %s").format(sql.Identifier(table), sql.Identifier(column))
        with self._as(self._ours) as connection:
            try:
                if connection.execute(statement, (other,)).rowcount:
                    yield "rows can be given to another organization"
            except (errors.InsufficientPrivilege, errors.IntegrityError):
                return

    def has_rows_of_both(self, table: str) -> bool:
        return bool(self._rows(table, self._ours)) and bool(self._rows(table, self._theirs))

    def _rows(self, table: str, person: Person | None, lock: str = "") -> set[str]:
        statement = sql.SQL("select ctid::text from {} {}").format(sql.Identifier(table), sql.SQL(lock))
        with self._as(person) as connection:
            try:
                return {row for (row,) in connection.execute(statement)}
            except errors.InsufficientPrivilege:
                return set()

    def _of_system(self, table: str) -> set[str]:
        """Rows of the system organization, which everybody may see where a policy says so."""
        if self._column(table) != "org_id":
            return set()
        statement = sql.SQL("select ctid::text from {} where org_id = %s").format(sql.Identifier(table))
        with self._as(Person(SYSTEM_ORGANIZATION, SYSTEM_ORGANIZATION)) as connection:
            return {row for (row,) in connection.execute(statement, (SYSTEM_ORGANIZATION,))}

    def _column(self, table: str) -> str | None:
        """The column that says whose a row is."""
        row = self._connection.execute(
            "select substring(qual from '(\\w+) = (?:\\( SELECT )?app_(?:org|user)\\(') from pg_policies"
            " where tablename = %s and policyname = 'own'",
            (table,),
        ).fetchone()
        return row[0] if row else None

    def _as(self, person: Person | None) -> "_Entered":
        return _Entered(self._connection, person)


class _Entered:
    """The application's role in somebody's name, until the block ends; what it did is undone."""

    def __init__(self, connection: psycopg.Connection, person: Person | None) -> None:
        self._connection = connection
        self._settings: Mapping[str, str] = (
            {} if person is None else {"app.org_id": str(person.org_id), "app.user_id": str(person.user_id)}
        )
        self._transaction = connection.transaction(force_rollback=True)

    def __enter__(self) -> psycopg.Connection:
        self._transaction.__enter__()
        self._connection.execute(sql.SQL("set local role {}").format(sql.Identifier(APPLICATION_ROLE)))
        for name, value in self._settings.items():
            self._connection.execute("select set_config(%s, %s, true)", (name, value))
        return self._connection

    def __exit__(self, *error: object) -> None:
        self._transaction.__exit__(*error)
        self._connection.execute("reset role")


@pytest.fixture
def tables(world: World, same: Mapping[object, object], database_url: str) -> Iterator[Tables]:
    assert same, "Both organizations have something of everything."
    with psycopg.connect(database_url) as connection:
        yield Tables(connection, Person.who_owns(world.acme), Person.who_owns(world.rival))
        connection.rollback()


def test_raw_sql_sees_and_changes_nothing_of_another_organization(tables: Tables):
    names = tables.names()

    assert {name: faults for name in names if (faults := tables.faults(name))} == {}
    assert len([name for name in names if tables.has_rows_of_both(name)]) >= 10


@pytest.mark.parametrize("how", WEAKENED)
def test_a_table_whose_protection_is_weakened_is_noticed(tables: Tables, how: str):
    unnoticed = []
    for name in tables.names():
        tables.weaken("savepoint whole", name)
        tables.weaken(WEAKENED[how], name)
        if not tables.faults(name):
            unnoticed.append(name)
        tables.weaken("rollback to savepoint whole", name)

    assert unnoticed == []


def test_the_applications_role_is_bound_by_all_of_it(database_url: str):
    with psycopg.connect(database_url) as connection:
        role = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = %s",
            (APPLICATION_ROLE,),
        ).fetchone()
        owned = connection.execute(
            "select relname from pg_class where relowner = %s::regrole", (APPLICATION_ROLE,)
        ).fetchall()
        open_to_it = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and not rowsecurity"
            " and has_table_privilege(%s, format('%%I.%%I', schemaname, tablename), 'select')",
            (APPLICATION_ROLE,),
        ).fetchall()

    assert (role, owned, open_to_it) == ((False, False, False, False), [], [])
