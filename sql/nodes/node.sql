-- What a node holds beside the schemas of workspaces: the tables that the transactions of requests touch. They are like those of the
-- coordinator (test/sql/nodeLogs.test.ts compares them), apart from the log's partitions: rows stay in this log until they have been
-- moved into the coordinator's. The functions are files of functions/ (prepareNode.ts). Every statement can run again.
create schema if not exists tenantry;
create schema if not exists tenantry_request;
grant usage on schema tenantry_request to public;

create table if not exists tenantry_request.idempotency_keys (
  workspace_id uuid not null default (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid,
  caller_id uuid not null default coalesce(
    current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
  )::uuid,
  key text not null,
  part integer not null,
  request text not null,
  shape text not null,
  answer text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, caller_id, key, part)
);
create index if not exists idempotency_keys_created_at_idx on tenantry_request.idempotency_keys (created_at);
alter table tenantry_request.idempotency_keys enable row level security;
drop policy if exists own_answers on tenantry_request.idempotency_keys;
create policy own_answers on tenantry_request.idempotency_keys
  using (
    session_user in ('tenantry_gateway', 'tenantry_gateway_2')
    and workspace_id = (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    and caller_id = coalesce(
      current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
    )::uuid
  );
grant select, insert, delete on tenantry_request.idempotency_keys to public;

create schema if not exists tenantry_runtime;

create table if not exists tenantry_runtime.changes (
  id bigint generated always as identity (cache 1),
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  workspace_id uuid not null,
  table_oid oid not null,
  operation "char" not null,
  statement "char",
  row_count bigint,
  before json,
  after json,
  is_complete boolean not null default true,
  actor jsonb
);
create index if not exists changes_workspace_id_idx on tenantry_runtime.changes (workspace_id, id);
create index if not exists changes_id_idx on tenantry_runtime.changes (id);

create table if not exists tenantry_runtime.node (
  is_single boolean primary key default true check (is_single),
  -- Of this file and of the functions.
  hash text not null,
  release integer not null,
  prepared_at timestamptz not null default now()
);
