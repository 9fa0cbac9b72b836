-- Sizes of workspaces, and which quota one has reached: gateways refuse to create records in it.
alter table tenantry.workspaces
  add column quota_reached text check (quota_reached in ('records', 'bytes'));
create table tenantry.workspace_sizes (
  workspace_id uuid primary key references tenantry.workspaces on delete cascade,
  records bigint not null,
  -- False: by the figures of the planner and the statistics.
  are_records_exact boolean not null,
  bytes bigint not null,
  measured_at timestamptz not null default now()
);
create index workspace_sizes_measured_at_idx on tenantry.workspace_sizes (measured_at);
