-- after functions
-- Webhooks of operators, for all workspaces. They have tables of their own: no statement about a workspace's webhooks finds them, and a
-- gateway of an earlier version leaves them alone.
create table tenantry.operator_webhooks (
  id uuid primary key default tenantry.uuidv7(),
  target_url text not null,
  host text not null,
  -- Of records, as for webhooks of workspaces.
  operations text[] not null default '{*.*}',
  -- Of operators.
  events text[] not null default '{*.*}',
  -- Null: all.
  workspaces uuid[],
  -- Whether values of records are sent. It never changes: answers in the log may repeat what was sent.
  includes_values boolean not null default false,
  description text,
  -- Sealed under SECRET_KEY; null: requests are not signed.
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  secret_activates_at timestamptz,
  -- The operator's key that answers for it: it was created or resumed with it.
  operator_key_id uuid not null,
  owner_name text not null,
  status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
  status_reason text,
  -- Changes that this snapshot shows were committed before the webhook existed.
  since pg_snapshot not null default pg_current_snapshot(),
  failures integer not null default 0,
  failing_since timestamptz,
  probe_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create trigger operator_webhook_changed after insert or delete or update of status, target_url, operations, events on tenantry.operator_webhooks
  for each row execute function tenantry.notify_change('webhook');
create trigger operator_webhook_reported after update of status on tenantry.operator_webhooks
  for each row execute function tenantry.report_operator_webhook();

-- As tenantry_runtime.deliveries.
create table tenantry_runtime.operator_deliveries (
  id uuid primary key default gen_random_uuid(),
  webhook_id uuid not null,
  -- Of the change in the log; workspaces take turns.
  workspace_id uuid not null,
  change_id bigint not null,
  event text not null,
  at timestamptz not null,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed', 'cancelled')),
  due_at timestamptz not null,
  lease uuid,
  attempts jsonb not null default '[]',
  record_key text,
  created_at timestamptz not null default now(),
  unique (webhook_id, change_id, event)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
comment on table tenantry_runtime.operator_deliveries is 'What webhooks of operators were sent and will be; kept as long as the feed.';
create index operator_deliveries_due_idx on tenantry_runtime.operator_deliveries (webhook_id, workspace_id, due_at) where status = 'waiting';
create index operator_deliveries_lease_idx on tenantry_runtime.operator_deliveries (webhook_id) where status = 'waiting' and lease is not null;
create index operator_deliveries_at_idx on tenantry_runtime.operator_deliveries (at);

-- How far the feed was read for webhooks of operators; as tenantry_runtime.webhook_feed.
create table tenantry_runtime.operator_webhook_feed (
  is_single boolean primary key default true check (is_single),
  number bigint not null,
  token bigint not null,
  up_to_number bigint,
  up_to_token bigint,
  change_id bigint,
  page_after bigint,
  page_number bigint,
  page_token bigint,
  page_xid xid8,
  page_id bigint
);
