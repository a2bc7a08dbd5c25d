"""The audit trail: append-only, each line sealed over the one before it."""

from alembic import op

from pipeline_builder.server.migrations.protection import protected

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables of the domain audit."""
    op.execute(f"""
    create table audit_events (
      org_id uuid not null,
      number bigint not null,
      id uuid not null,
      occurred_at timestamptz not null,
      action text not null,
      actor_kind text not null,
      actor_id uuid,
      actor_name text not null,
      subject_kind text not null,
      subject_id text not null,
      subject_name text not null,
      address text not null,
      request_id text not null,
      before jsonb,
      after jsonb,
      seal bytea not null,
      primary key (org_id, number)
    );
    create index on audit_events (org_id, occurred_at desc, id desc);
    {protected("audit_events", rights="select, insert")}

    create table audit_heads (
      org_id uuid primary key,
      number bigint not null,
      line_seal bytea not null,
      seal bytea not null
    );
    {protected("audit_heads", rights="select, insert, update")}

    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
    end $$;
    create trigger append_only before update or delete or truncate on audit_events
      for each statement execute function refuse_change();
    """)
