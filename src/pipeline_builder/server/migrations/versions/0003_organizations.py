"""Tenants: organizations and teams, who belongs to them, and what they may do."""

from alembic import op

from pipeline_builder.kit.database import APPLICATION_ROLE
from pipeline_builder.kit.scope import SYSTEM_ORGANIZATION
from pipeline_builder.server.migrations.protection import ORG, PARENT, USER, protected

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of the domain orgs, and the one way into an organization."""
    op.execute(f"""
    create table organizations (
      id uuid primary key,
      parent_id uuid references organizations,
      slug text not null,
      name text not null,
      description text not null default '',
      revision int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      suspended_at timestamptz,
      deleted_at timestamptz
    );
    create unique index organizations_slug on organizations (slug);
    create index on organizations (parent_id) where parent_id is not null;
    insert into organizations (id, slug, name) values ('{SYSTEM_ORGANIZATION}', 'system', 'System');

    create function only_one_level_of_teams() returns trigger language plpgsql as $$
    begin
      if new.parent_id is not null and exists (
        select from organizations where id = new.parent_id and parent_id is not null
      ) then
        raise exception 'a team has no teams' using errcode = 'check_violation';
      end if;
      return new;
    end $$;
    create trigger only_one_level_of_teams before insert or update of parent_id on organizations
      for each row execute function only_one_level_of_teams();

    create table roles (
      id uuid primary key,
      org_id uuid not null references organizations,
      name text not null,
      permissions text[] not null,
      revision int not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      unique (org_id, id)
    );
    create unique index roles_name on roles (org_id, lower(name));
    {protected("roles")}

    create table memberships (
      org_id uuid not null references organizations,
      user_id uuid not null references users on delete cascade,
      role text check (role in ('owner', 'admin', 'member', 'viewer')),
      role_id uuid,
      created_at timestamptz not null default now(),
      primary key (org_id, user_id),
      foreign key (org_id, role_id) references roles (org_id, id),
      check ((role is null) <> (role_id is null))
    );
    create index on memberships (user_id);
    create unique index memberships_owner on memberships (org_id) where role = 'owner';
    {protected("memberships", f"user_id = {USER}")}
    {
        protected(
            "organizations",
            f"parent_id = {ORG}",
            f"id = {PARENT}",
            org="id",
        )
    }

    create policy fellow_members on users for select using (
      exists (select from memberships where memberships.user_id = users.id and memberships.org_id = {ORG})
    );

    create table invitations (
      id uuid primary key,
      org_id uuid not null references organizations,
      email text not null,
      role text check (role in ('admin', 'member', 'viewer')),
      role_id uuid,
      hash bytea not null unique,
      mails int not null default 1,
      invited_by text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      accepted_at timestamptz,
      revoked_at timestamptz,
      check ((role is null) <> (role_id is null)),
      foreign key (org_id, role_id) references roles (org_id, id) on delete cascade
    );
    create unique index invitations_open on invitations (org_id, lower(email))
      where accepted_at is null and revoked_at is null;
    {protected("invitations")}

    -- The one way into an organization. Says what the person may do there, and makes the transaction see its rows.
    -- Without a person it is a service token's, whose permissions are its own.
    create function enter_organization(for_user uuid, in_session uuid, by_id uuid, by_slug text)
    returns table (
      org_id uuid, parent_id uuid, role text, permissions text[], parent_role text, is_session_live boolean
    )
    language plpgsql set app.platform = 'on' as $$
    #variable_conflict use_column
    declare
      above uuid;
    begin
      if by_id is null then
        select id into by_id from organizations where slug = by_slug;
      end if;
      -- One look-up by key after the other: joined, they take PostgreSQL ten times as long to begin with.
      select o.id, o.parent_id into org_id, parent_id from organizations o
       where o.id = by_id and o.deleted_at is null and o.suspended_at is null;
      if not found then
        return;
      end if;
      if parent_id is not null then
        select o.id into above from organizations o
         where o.id = enter_organization.parent_id and o.deleted_at is null and o.suspended_at is null;
        if above is null then
          return;
        end if;
      end if;
      if for_user is not null then
        select m.role, r.permissions into role, permissions
          from memberships m left join roles r on r.id = m.role_id
         where m.org_id = by_id and m.user_id = for_user;
        if above is not null then
          select m.role into parent_role from memberships m
           where m.org_id = above and m.user_id = for_user and m.role in ('owner', 'admin');
        end if;
        if role is null and permissions is null and parent_role is null then
          return;
        end if;
      end if;
      is_session_live := in_session is null or exists (
        select from sessions s
         where s.id = in_session and s.user_id = for_user and s.ended_at is null and s.expires_at > now()
      );
      perform set_config('app.org_id', org_id::text, true),
              set_config('app.parent_id', coalesce(parent_id::text, ''), true),
              set_config('app.user_id', coalesce(for_user::text, ''), true);
      return next;
    end $$;
    grant execute on function enter_organization to {APPLICATION_ROLE};

    create function organizations_of(person uuid)
    returns table (
      id uuid, parent_id uuid, slug text, name text, description text, revision int,
      created_at timestamptz, updated_at timestamptz, role text, role_id uuid
    )
    language sql stable set app.platform = 'on' as $$
      select o.id, o.parent_id, o.slug, o.name, o.description, o.revision, o.created_at, o.updated_at,
             coalesce(m.role, r.name, 'admin'), m.role_id
      from organizations o
      left join organizations above on above.id = o.parent_id
      left join memberships m on m.org_id = o.id and m.user_id = person
      left join roles r on r.id = m.role_id
      left join memberships p on p.org_id = o.parent_id and p.user_id = person and p.role in ('owner', 'admin')
      where (m.user_id is not null or p.user_id is not null)
        and o.deleted_at is null and o.suspended_at is null
        and above.deleted_at is null and above.suspended_at is null
    $$;

    -- Everybody who belongs to an organization or its teams, or is invited: the one count of seats.
    create function organizations_owned_by(person uuid) returns setof organizations
    language sql stable set app.platform = 'on' as $$
      select o.* from organizations o join memberships m on m.org_id = o.id
      where m.user_id = person and m.role = 'owner'
    $$;

    create function addresses_of_tree(root uuid) returns table (address text)
    language sql stable set app.platform = 'on' as $$
      select lower(u.email) from memberships m
      join organizations o on o.id = m.org_id join users u on u.id = m.user_id
      where (o.id = root or o.parent_id = root) and o.deleted_at is null and u.deleted_at is null
      union
      select lower(i.email) from invitations i join organizations o on o.id = i.org_id
      where (o.id = root or o.parent_id = root) and o.deleted_at is null
        and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    $$;
    grant execute on function organizations_of, addresses_of_tree to {APPLICATION_ROLE};
    """)
