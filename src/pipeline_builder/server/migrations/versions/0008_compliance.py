"""Compliance: rules with their history, whom they hold for, exemptions, and scans."""

from alembic import op

from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION
from pipeline_builder.server.migrations.protection import PARENT, protected

revision = "0008"
down_revision = "0007"

_SEEN_ABOVE = f"is_imposed and org_id = {PARENT}"
_PUBLISHED = f"org_id = '{SYSTEM_ORGANIZATION}'"


def upgrade() -> None:
    """Create the tables of the domain compliance."""
    op.execute(f"""
    create table rules (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      target text not null,
      severity text not null,
      description text not null,
      document jsonb not null,
      is_active boolean not null,
      is_imposed boolean not null,
      sets text[] not null default '{{}}',
      revision int not null,
      created_at timestamptz not null,
      created_by text not null,
      updated_at timestamptz not null,
      updated_by text not null
    );
    create unique index rules_name on rules (org_id, name);
    create index on rules (org_id, created_at desc, id desc);
    {protected("rules", _SEEN_ABOVE, _PUBLISHED)}

    create table rule_revisions (
      rule_id uuid not null references rules on delete cascade,
      number int not null,
      org_id uuid not null,
      document jsonb not null,
      is_active boolean not null,
      is_imposed boolean not null,
      created_at timestamptz not null,
      created_by text not null,
      primary key (rule_id, number)
    );
    {protected("rule_revisions", _PUBLISHED, rights="select, insert")}

    create table rule_subscriptions (
      org_id uuid not null references organizations,
      rule_id uuid not null references rules on delete cascade,
      is_imposed boolean not null,
      pinned int,
      created_at timestamptz not null,
      created_by text not null,
      primary key (org_id, rule_id)
    );
    {protected("rule_subscriptions", _SEEN_ABOVE)}

    create table policies (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      description text not null,
      rules text[] not null,
      revision int not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create unique index policies_name on policies (org_id, name);
    {protected("policies", _PUBLISHED)}

    create table exemptions (
      id uuid primary key,
      org_id uuid not null references organizations,
      rule text not null,
      subject text not null,
      reason text not null,
      state text not null check (state in ('requested', 'approved', 'rejected', 'revoked')),
      expires_at timestamptz not null,
      requested_at timestamptz not null,
      requested_by text not null,
      requester_id uuid,
      reviewed_at timestamptz,
      reviewed_by text,
      review text not null default ''
    );
    create index on exemptions (org_id, requested_at desc, id desc);
    {protected("exemptions")}

    create table scans (
      id uuid primary key,
      org_id uuid not null references organizations,
      state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
      attempt int not null default 0,
      examined int not null default 0,
      total int not null default 0,
      created_at timestamptz not null,
      created_by text not null,
      alive_at timestamptz not null,
      ended_at timestamptz
    );
    create index on scans (org_id, created_at desc, id desc);
    create index on scans (alive_at) where state in ('waiting', 'running');
    {protected("scans")}

    create table scan_findings (
      scan_id uuid not null references scans on delete cascade,
      number int not null,
      org_id uuid not null,
      pipeline_id uuid not null,
      pipeline_name text not null,
      rule text not null,
      severity text not null,
      step text,
      message text not null,
      is_exempt boolean not null,
      primary key (scan_id, number)
    );
    {protected("scan_findings")}
    """)
