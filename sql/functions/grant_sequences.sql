-- Grants or revokes the sequences of a workspace's schema for one role.
create or replace function tenantry.grant_sequences(workspace_schema text, grantee text, may_draw boolean) returns void
  language sql
  set search_path = pg_catalog
as $$
  select tenantry.grant_sequences_of(workspace_schema, grantee, may_draw, null)
$$;

revoke execute on function tenantry.grant_sequences(text, text, boolean) from public;
