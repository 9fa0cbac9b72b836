-- after functions
-- Guards the members of workspaces that exist, and takes insert and delete on them from every role.

select tenantry.guard_members(id) from tenantry.workspaces;
select tenantry.grant_relations(r.id, array[c.oid])
from tenantry.roles r
join tenantry.workspaces w on w.id = r.workspace_id
join pg_namespace n on n.nspname = w.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = 'workspace_member'
where r.pg_role is not null;
