"""People: accounts, sessions, tokens."""

from alembic import op

from pipeline_builder.server.migrations.protection import USER, protected, protected_account, protected_platform

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of the domain identity."""
    op.execute(f"""
    create table users (
      id uuid primary key,
      email text not null,
      name text not null,
      password_hash text,
      email_verified_at timestamptz,
      second_factor bytea,
      second_factor_confirmed_at timestamptz,
      second_factor_last_step bigint not null default 0,
      created_at timestamptz not null default now(),
      deleted_at timestamptz
    );
    create unique index users_email on users (lower(email)) where deleted_at is null;
    {protected_account("users", user="id")}

    create table sessions (
      id uuid primary key,
      user_id uuid not null references users on delete cascade,
      org_id uuid,
      authenticated_at timestamptz not null default now(),
      created_at timestamptz not null default now(),
      last_used_at timestamptz not null default now(),
      expires_at timestamptz not null,
      ended_at timestamptz,
      user_agent text not null default '',
      address text not null default ''
    );
    create index on sessions (user_id, created_at desc);
    {protected_account("sessions")}

    create table refresh_tokens (
      hash bytea primary key,
      session_id uuid not null references sessions on delete cascade,
      issued_at timestamptz not null default now(),
      used_at timestamptz
    );
    create index on refresh_tokens (session_id);
    {protected_platform("refresh_tokens")}

    create table access_tokens (
      id uuid primary key,
      org_id uuid not null,
      user_id uuid references users on delete cascade,
      name text not null,
      hash bytea not null unique,
      permissions text[] not null,
      created_by text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    create index on access_tokens (user_id, created_at desc);
    create index on access_tokens (org_id, created_at desc);
    {protected("access_tokens", f"user_id = {USER}")}

    create table one_time_tokens (
      hash bytea primary key,
      user_id uuid not null references users on delete cascade,
      purpose text not null,
      payload text not null default '',
      expires_at timestamptz not null
    );
    create index on one_time_tokens (user_id, purpose);
    {protected_platform("one_time_tokens")}

    create table recovery_codes (
      user_id uuid not null references users on delete cascade,
      digest bytea not null,
      primary key (user_id, digest)
    );
    {protected_platform("recovery_codes")}

    create table signing_keys (
      id text primary key,
      sealed bytea not null,
      created_at timestamptz not null default now(),
      retires_at timestamptz not null
    );
    {protected_platform("signing_keys")}
    create function signing_keys_in_use() returns table (id text, sealed bytea, age double precision)
    language sql stable set app.platform = 'on' as $$
      select id, sealed, extract(epoch from now() - created_at)::double precision from signing_keys
      where retires_at > now() order by created_at, id
    $$;

    create table mails (
      id uuid primary key,
      sealed bytea not null,
      tries int not null default 0,
      due_at timestamptz not null default now()
    );
    create index on mails (due_at);
    {protected_platform("mails")}

    create table attempts (
      what bytea primary key,
      tries int not null,
      first_at timestamptz not null,
      blocked_until timestamptz
    );
    {protected_platform("attempts")}
    """)
