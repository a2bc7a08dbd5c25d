"""Row-level security for a table, the same for all: whoever forgets it is found by `tests/architecture`."""

from pipeline_builder.kit.database import APPLICATION_ROLE

_DML = "select, insert, update, delete"

# Each in a query of its own: PostgreSQL then asks once for a statement, and not once for each row.
ORG = "(select app_org())"
"""The organization that the transaction works for."""
PARENT = "(select app_parent())"
"""The organization above it."""
USER = "(select app_user())"
"""The person that the transaction works for."""
_PLATFORM = "(select app_is_platform())"


def protected(table: str, *seen_when: str, rights: str = _DML, org: str = "org_id") -> str:
    """SQL that lets the application reach only the rows it works for.

    Args:
        table: the table.
        seen_when: further conditions under which a row may be read, never written: of a parent, or of everybody.
        rights: what the application may do with it at all.
        org: the column with the organization that owns a row.
    """
    return _table(table, f"{org} = {ORG}", seen_when, rights)


def protected_account(table: str, *seen_when: str, rights: str = _DML, user: str = "user_id") -> str:
    """The same for what belongs to a person and to no organization."""
    return _table(table, f"{user} = {USER}", seen_when, rights)


def protected_pool(table: str, rights: str = _DML) -> str:
    """The same for what an organization shares with its teams: its limits and what is used of them."""
    return _table(table, f"org_id in ({ORG}, {PARENT})", (), rights)


def protected_platform(table: str, rights: str = _DML) -> str:
    """The same for what only the platform itself may reach: keys, counters of tries, jobs."""
    return _table(table, "false", (), rights)


def _table(table: str, own: str, seen_when: tuple[str, ...], rights: str) -> str:
    lines = [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy own on {table} using ({own}) with check ({own})",
        f"create policy platform on {table} using ({_PLATFORM}) with check ({_PLATFORM})",
        *(f"create policy seen_{number} on {table} for select using ({one})" for number, one in enumerate(seen_when)),
        f"grant {rights} on {table} to {APPLICATION_ROLE}",
    ]
    return ";\n".join(lines) + ";\n"
