"""Who the platform is in PostgreSQL, and in whose name a transaction runs."""

from alembic import op

from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.server.migrations.protection import protected

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the role, the functions that row-level security is made of, and the answers to repeated requests."""
    op.execute(f"""
    do $$ begin
      if not exists (select from pg_roles where rolname = '{APPLICATION_ROLE}') then
        create role {APPLICATION_ROLE} login nosuperuser nocreatedb nocreaterole nobypassrls;
      end if;
      if current_user <> '{APPLICATION_ROLE}' then
        execute format('grant {APPLICATION_ROLE} to %I', current_user);
      end if;
    end $$;
    revoke create on schema public from public;
    grant usage on schema public to {APPLICATION_ROLE};

    create function app_org() returns uuid language sql stable parallel safe
      return nullif(current_setting('app.org_id', true), '')::uuid;
    create function app_parent() returns uuid language sql stable parallel safe
      return nullif(current_setting('app.parent_id', true), '')::uuid;
    create function app_user() returns uuid language sql stable parallel safe
      return nullif(current_setting('app.user_id', true), '')::uuid;
    create function app_is_platform() returns boolean language sql stable parallel safe
      return coalesce(current_setting('app.platform', true), '') = 'on';

    create table idempotency_keys (
      org_id uuid not null,
      name bytea not null,
      body_hash bytea not null,
      status int,
      headers jsonb,
      body bytea,
      created_at timestamptz not null default now(),
      primary key (org_id, name)
    );
    create index on idempotency_keys (created_at);
    {protected("idempotency_keys")}
    """)
