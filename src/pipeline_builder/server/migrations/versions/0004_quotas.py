"""Limits: what plan an organization has, and what it used of what is limited in a time."""

from alembic import op

from pipeline_builder.server.migrations.protection import protected_pool

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of the domain quotas."""
    op.execute(f"""
    create table quota_plans (
      org_id uuid primary key references organizations,
      plan text not null,
      limits jsonb not null default '{{}}',
      updated_at timestamptz not null default now()
    );
    {protected_pool("quota_plans")}

    create table quota_flows (
      org_id uuid not null references organizations,
      resource text not null,
      window_at timestamptz not null,
      used bigint not null check (used >= 0),
      primary key (org_id, resource, window_at)
    );
    {protected_pool("quota_flows")}

    create table quota_reservations (
      id uuid primary key,
      org_id uuid not null references organizations,
      resource text not null,
      window_at timestamptz not null,
      amount bigint not null check (amount > 0),
      expires_at timestamptz not null
    );
    create index on quota_reservations (expires_at);
    {protected_pool("quota_reservations")}
    """)
