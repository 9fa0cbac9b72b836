-- Usage of workspaces by the day (UTC), for bills: requests, and records and bytes as measured last on that day.
create table tenantry.usage_days (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  day date not null,
  requests bigint not null default 0,
  refused bigint not null default 0,
  failed bigint not null default 0,
  total_ms double precision not null default 0,
  records bigint,
  bytes bigint,
  primary key (workspace_id, day)
);
create index usage_days_day_idx on tenantry.usage_days (day);
