-- What `tenantry upgrade` did for each workspace. A step is done once its result was checked; one that runs or has failed is repeated.
create table tenantry.workspace_upgrades (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  step text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  error text,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (workspace_id, step)
);
comment on table tenantry.workspace_upgrades is 'Steps of `tenantry upgrade` for each workspace.';
