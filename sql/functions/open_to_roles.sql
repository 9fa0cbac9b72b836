-- Opens one object to the workspace's roles: relations by each role's permission matrix, sequences, types. What an operator
-- has taken away of a view stays away when it is replaced. Functions are left as Postgres has them: PUBLIC may execute them until
-- that is revoked.
create or replace function tenantry.open_to_roles(catalog oid, object oid, workspace_schema text) returns void
  language plpgsql
  set search_path = pg_catalog
as $$
declare
  grantees text;
  kind "char";
begin
  if catalog = 'pg_class'::regclass then
    select relkind into kind from pg_class where oid = object and (relkind <> 'v' or relacl is null);
    if kind in ('r', 'p', 'v', 'm', 'f') then
      perform tenantry.grant_relation(workspace_schema, object);
      return;
    elsif kind is distinct from 'S' then
      return;
    end if;
  end if;
  select string_agg(quote_ident(r.pg_role), ', ') into grantees
  from tenantry.roles r
  join tenantry.workspaces w on w.id = r.workspace_id
  join pg_roles p on p.rolname = r.pg_role
  where w.schema_name = workspace_schema
    and (kind is distinct from 'S' or tenantry.may_draw(r.id));
  if grantees is null then
    return;
  end if;
  if kind = 'S' then
    execute format('grant usage, select on sequence %s to %s', object::regclass, grantees);
  elsif catalog = 'pg_type'::regclass then
    execute format('grant usage on type %s to %s', object::regtype, grantees);
  end if;
end
$$;

revoke execute on function tenantry.open_to_roles(oid, oid, text) from public;
