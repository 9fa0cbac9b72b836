-- By which rules a workspace's tables and columns are named in the API. Workspaces of before are 1 until their names are pinned
-- (tenants/upgrade/pinNames.ts), so that no name changes; new ones are 2.
alter table tenantry.workspaces add column naming smallint not null default 1;
alter table tenantry.workspaces alter column naming set default 2;
create index workspaces_naming_idx on tenantry.workspaces (naming) where naming < 2;
comment on column tenantry.workspaces.naming is 'Version of the rules that names of the API follow; below 2, names are pinned at the next start.';
