-- The change log: every committed change of a captured table, written by triggers in the writer's own transaction. It stands in a schema
-- of its own, without references to the control schema, because every database that holds workspaces needs one. Roles of workspaces get
-- nothing here: the functions behind the triggers run as their owner.
create schema tenantry_runtime;

create table tenantry_runtime.changes (
  -- Drawn after the row lock, so the ids of one record's changes are in their true order. Across transactions ids say nothing.
  id bigint generated always as identity (cache 1),
  xid xid8 not null default pg_current_xact_id(),
  -- The clock and not the transaction's start: a transaction open for days must not write into a partition that is due to go.
  at timestamptz not null default clock_timestamp(),
  workspace_id uuid not null,
  table_oid oid not null,
  -- i: insert, u: update, d: delete, t: truncate, s: a statement on a table without a key.
  operation "char" not null,
  -- What the statement did (s) and to how many rows.
  statement "char",
  row_count bigint,
  -- Whole rows, as row_to_json writes them; of very large statements the key alone, for rows beyond the bound.
  before json,
  after json,
  -- False where before and after hold the key alone.
  is_complete boolean not null default true,
  -- Claims of a request through the API, or the database user of SQL by hand.
  actor jsonb
) partition by range (at);
comment on table tenantry_runtime.changes is 'Feed of all workspaces; kept for FEED_RETENTION, dropped by partition.';
-- The ticker looks for what it has not seen, over all workspaces; a reader pages through one workspace.
create index changes_xid_idx on tenantry_runtime.changes (xid, id);
create index changes_workspace_id_idx on tenantry_runtime.changes (workspace_id, id);
-- A partition that is missing must not refuse a write.
create table tenantry_runtime.changes_default partition of tenantry_runtime.changes default;

-- Windows between two snapshots, numbered. A window holds what its snapshot shows and the one before does not.
create table tenantry_runtime.windows (
  number bigint primary key,
  -- Tells a window from one of the same number in a restored database.
  token bigint not null,
  snapshot pg_snapshot not null,
  at timestamptz not null default clock_timestamp(),
  -- Ids of the window's changes lie between these; null for the first window, which is empty.
  first_id bigint,
  last_id bigint
);
comment on table tenantry_runtime.windows is 'Positions in the feed; kept as long as the changes.';

create table tenantry_runtime.feed (
  is_single boolean primary key default true check (is_single),
  -- Of the cluster whose transaction ids stand in the log. After a restore elsewhere the log starts over.
  system_identifier bigint not null,
  -- Whether tables of workspaces are captured unless a workspace says otherwise.
  captures boolean not null default false
);
insert into tenantry_runtime.feed (system_identifier) select system_identifier from pg_control_system();

-- The columns of captured tables over time. An image can be judged by a policy only if the policy's columns had these names and types
-- when it was taken.
create table tenantry_runtime.layouts (
  table_oid oid not null,
  since timestamptz not null,
  -- By the column's number: its name, type and type modifier.
  columns jsonb not null,
  primary key (table_oid, since)
);
