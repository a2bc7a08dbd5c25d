"""Plugins: what they are called, their versions, and who uses them."""

from alembic import op

from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION
from pipeline_builder.server.migrations.protection import PARENT, protected

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of the domain plugins."""
    op.execute(f"""
    create table plugins (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      visibility text not null check (visibility in ('private', 'public')),
      category text not null,
      description text not null,
      keywords text[] not null,
      newest text not null,
      revision int not null,
      created_at timestamptz not null,
      created_by text not null,
      updated_at timestamptz not null,
      deleted_at timestamptz
    );
    create unique index plugins_name on plugins (org_id, name) where deleted_at is null;
    create index on plugins (org_id, created_at desc, id desc);
    create index on plugins (org_id, name, id);
    {
        protected(
            "plugins",
            f"visibility = 'public' and deleted_at is null and org_id = {PARENT}",
            f"visibility = 'public' and deleted_at is null and org_id = '{SYSTEM_ORGANIZATION}'",
        )
    }

    create table plugin_versions (
      id uuid primary key,
      plugin_id uuid not null references plugins on delete cascade,
      org_id uuid not null,
      version text not null,
      names text[] not null,
      files text not null,
      build_type text not null,
      content_hash bytea not null,
      digest text,
      published_at timestamptz not null,
      published_by text not null,
      deprecated text,
      yanked text
    );
    create unique index plugin_versions_version on plugin_versions (plugin_id, version);
    create index on plugin_versions using gin (names);
    {protected("plugin_versions", "exists (select from plugins where plugins.id = plugin_id)")}

    -- What was published stays as it was. An image gets its digest once; warnings may come and go.
    create function published_stays() returns trigger language plpgsql as $$
    begin
      if (new.id, new.plugin_id, new.org_id, new.version, new.names, new.files, new.build_type,
          new.content_hash, new.published_at, new.published_by)
         is distinct from
         (old.id, old.plugin_id, old.org_id, old.version, old.names, old.files, old.build_type,
          old.content_hash, old.published_at, old.published_by)
         or (old.digest is not null and new.digest is distinct from old.digest) then
        raise exception 'a published version never changes' using errcode = 'insufficient_privilege';
      end if;
      return new;
    end $$;
    create trigger published_stays before update on plugin_versions
      for each row execute function published_stays();

    create table plugin_uses (
      pipeline_id uuid not null,
      version_id uuid not null references plugin_versions on delete cascade,
      org_id uuid not null,
      primary key (pipeline_id, version_id)
    );
    create index on plugin_uses (version_id);
    {protected("plugin_uses")}

    create table plugin_favourites (
      org_id uuid not null,
      user_id uuid not null references users on delete cascade,
      plugin_id uuid not null references plugins on delete cascade,
      primary key (org_id, user_id, plugin_id)
    );
    {protected("plugin_favourites")}

    create function plugins_of_tree(root uuid) returns bigint
    language sql stable set app.platform = 'on' as $$
      select count(*) from plugins p join organizations o on o.id = p.org_id
      where (o.id = root or o.parent_id = root) and p.deleted_at is null
    $$;
    grant execute on function plugins_of_tree to {APPLICATION_ROLE};
    """)
