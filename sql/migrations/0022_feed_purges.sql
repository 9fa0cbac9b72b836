-- Dropped workspaces whose images still stand in the change feed. Maintenance blanks the images in batches.
create table tenantry_runtime.purges (
  workspace_id uuid primary key,
  at timestamptz not null default now()
);
