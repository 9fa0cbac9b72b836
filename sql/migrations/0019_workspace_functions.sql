-- In which version of the model a function got its name, as tenantry.objects has it for tables: of two things that ask for one name in
-- the API, the older one keeps it.
create table tenantry.workspace_functions (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  function_oid oid not null,
  name text not null,
  named_version bigint,
  last_column smallint,
  primary key (workspace_id, function_oid)
);
comment on column tenantry.workspace_functions.named_version is 'Version of the workspace''s model in which the function got its SQL name; null for functions from before.';
comment on column tenantry.workspace_functions.last_column is 'Of a function of a row: number of the last column that the table had then.';
insert into tenantry.workspace_functions (workspace_id, function_oid, name, last_column)
select w.id, p.oid, p.proname, (
  select max(a.attnum) from pg_type t join pg_attribute a on a.attrelid = t.typrelid
  where p.pronargs = 1 and t.oid = p.proargtypes[0] and t.typrelid <> 0
)
from tenantry.workspaces w
join pg_namespace n on n.nspname = w.schema_name
join pg_proc p on p.pronamespace = n.oid;
