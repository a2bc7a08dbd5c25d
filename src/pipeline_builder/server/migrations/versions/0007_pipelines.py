"""Pipelines: what they are now, every revision they had, and templates to begin from."""

from alembic import op

from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.server.migrations.protection import PARENT, protected

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables of the domain pipelines."""
    op.execute(f"""
    create table pipelines (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      project text not null,
      organization text not null,
      description text not null,
      keywords text[] not null,
      lifecycle text not null check (lifecycle in ('experimental', 'production', 'deprecated')),
      revision int not null,
      created_at timestamptz not null,
      created_by text not null,
      updated_at timestamptz not null,
      updated_by text not null,
      deleted_at timestamptz,
      deleted_by text
    );
    create unique index pipelines_name on pipelines (org_id, lower(name)) where deleted_at is null;
    create index on pipelines (org_id, created_at desc, id desc);
    create index on pipelines (org_id, updated_at desc, id desc);
    create index on pipelines (org_id, name, id);
    create index on pipelines (deleted_at) where deleted_at is not null;
    {protected("pipelines")}

    create table pipeline_revisions (
      pipeline_id uuid not null references pipelines on delete cascade,
      number int not null,
      org_id uuid not null,
      text text not null,
      lock text not null,
      description text not null,
      keywords text[] not null,
      lifecycle text not null,
      message text not null,
      created_at timestamptz not null,
      created_by text not null,
      primary key (pipeline_id, number)
    );
    {protected("pipeline_revisions", rights="select, insert")}

    create table pipeline_templates (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      description text not null,
      keywords text[] not null,
      visibility text not null check (visibility in ('private', 'public')),
      inputs jsonb not null,
      text text not null,
      revision int not null,
      created_at timestamptz not null,
      created_by text not null,
      updated_at timestamptz not null,
      updated_by text not null
    );
    create unique index pipeline_templates_name on pipeline_templates (org_id, lower(name));
    {
        protected(
            "pipeline_templates",
            f"visibility = 'public' and org_id = {PARENT}",
            "visibility = 'public' and org_id = '00000000-0000-7000-8000-000000000001'",
        )
    }

    create function pipelines_of_tree(root uuid) returns bigint
    language sql stable set app.platform = 'on' as $$
      select count(*) from pipelines p join organizations o on o.id = p.org_id
      where (o.id = root or o.parent_id = root) and p.deleted_at is null
    $$;
    -- Who uses the versions of a plugin: the organization that asks and its teams by name, everybody else as a number.
    create function uses_of_plugin(wanted uuid, asking uuid)
    returns table (version text, org_id uuid, pipeline_id uuid, pipeline_name text, is_near boolean)
    language sql stable set app.platform = 'on' as $$
      select v.version, u.org_id, u.pipeline_id, p.name, o.id = asking or o.parent_id = asking
      from plugin_uses u join plugin_versions v on v.id = u.version_id
      join pipelines p on p.id = u.pipeline_id and p.deleted_at is null
      join organizations o on o.id = u.org_id and o.deleted_at is null
      where v.plugin_id = wanted
    $$;
    grant execute on function pipelines_of_tree, uses_of_plugin to {APPLICATION_ROLE};
    """)
