-- after functions
-- Webhooks of workspaces, and their deliveries.
create table tenantry.webhooks (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  target_url text not null,
  -- Host and port of the URL: attempts are bounded per host.
  host text not null,
  operations text[] not null default '{*.*}',
  description text,
  -- Sealed under SECRET_KEY; null: requests are not signed.
  secret bytea,
  -- What the webhook sees, it sees with this role. Null: the role was deleted.
  role_id uuid references tenantry.roles on delete set null,
  -- Who answers for it: the key or the member that created it, or resumed it last.
  api_key_id uuid,
  workspace_member_id uuid,
  owner_name text not null,
  status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
  status_reason text,
  -- Changes that this snapshot shows were committed before the webhook existed.
  since pg_snapshot not null default pg_current_snapshot(),
  -- Attempts that failed since the last one that did not, and when the first of them did.
  failures integer not null default 0,
  failing_since timestamptz,
  -- After many failures in a row one delivery at a time is tried, from this time on.
  probe_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index webhooks_workspace_id_id_idx on tenantry.webhooks (workspace_id, id);
create index webhooks_role_id_idx on tenantry.webhooks (role_id);
create trigger webhook_changed after insert or delete or update of status, target_url, operations, role_id on tenantry.webhooks
  for each row execute function tenantry.notify_change('webhook');

-- Like the log, without references to the control schema.
create table tenantry_runtime.deliveries (
  -- The receiver sees it as webhook-id: one per webhook, change and event, the same on every attempt.
  id uuid primary key default gen_random_uuid(),
  webhook_id uuid not null,
  workspace_id uuid not null,
  -- The change in the log that the body is made from at each attempt.
  change_id bigint not null,
  event text not null,
  -- When the change was made.
  at timestamptz not null,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed', 'cancelled')),
  -- Of a waiting one: when it is tried next, or when the running attempt is given up.
  due_at timestamptz not null,
  -- Of the running attempt. An attempt whose lease was taken over changes nothing.
  lease uuid,
  -- The attempts in order, at most twenty: when, the status or the error, the duration, how the answer began.
  attempts jsonb not null default '[]',
  created_at timestamptz not null default now(),
  unique (webhook_id, change_id, event)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table tenantry_runtime.deliveries is 'What webhooks were sent and will be; kept as long as the feed.';
create index deliveries_due_idx on tenantry_runtime.deliveries (webhook_id, due_at) where status = 'waiting';
create index deliveries_at_idx on tenantry_runtime.deliveries (at);

-- How far the feed was read for webhooks. The reader locks the row, so there is one at a time.
create table tenantry_runtime.webhook_feed (
  is_single boolean primary key default true check (is_single),
  number bigint not null,
  token bigint not null,
  -- Up to here a part of the next window was read.
  up_to_number bigint,
  up_to_token bigint,
  change_id bigint
);
