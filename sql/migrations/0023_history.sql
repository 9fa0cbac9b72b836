-- History: the changes of records, kept beyond the feed where a workspace or an object asks for it. Partitioned by retention class and
-- by month, so that retention only drops partitions.
create table tenantry_runtime.history (
  -- The change in the feed.
  id bigint not null,
  -- Days that the entry is kept: the class that the workspace's setting rounds up to.
  retention smallint not null,
  at timestamptz not null,
  workspace_id uuid not null,
  -- Of the registry: it survives a rename and a restore.
  object_id uuid not null,
  -- The table whose columns the images have; another one after a restore.
  table_oid oid not null,
  -- As /rest/{plural}/{id} takes it. Empty for a truncation, which ended all records.
  record_id text not null,
  -- The id before the change, where the change replaced it.
  previous_id text,
  operation "char" not null,
  -- The whole row before the change.
  before json,
  -- The whole row of a created record; of an update the columns that changed.
  after json,
  is_complete boolean not null,
  actor jsonb
) partition by list (retention);
comment on table tenantry_runtime.history is 'Changes of records, by retention class and month; filled from the feed.';
create unique index history_record_idx on tenantry_runtime.history (workspace_id, object_id, record_id, id, at, retention);
create index history_previous_idx on tenantry_runtime.history (workspace_id, object_id, previous_id, id) where previous_id is not null;

create table tenantry_runtime.history_30 partition of tenantry_runtime.history for values in (30) partition by range (at);
create table tenantry_runtime.history_90 partition of tenantry_runtime.history for values in (90) partition by range (at);
create table tenantry_runtime.history_365 partition of tenantry_runtime.history for values in (365) partition by range (at);
create table tenantry_runtime.history_1095 partition of tenantry_runtime.history for values in (1095) partition by range (at);
-- A partition that is missing must not lose an entry.
create table tenantry_runtime.history_30_default partition of tenantry_runtime.history_30 default;
create table tenantry_runtime.history_90_default partition of tenantry_runtime.history_90 default;
create table tenantry_runtime.history_365_default partition of tenantry_runtime.history_365 default;
create table tenantry_runtime.history_1095_default partition of tenantry_runtime.history_1095 default;

-- How far the feed was copied. The process that fills the history holds the row's lock, so the place and the entries commit together.
create table tenantry_runtime.history_place (
  is_single boolean primary key default true check (is_single),
  -- All windows up to this one were copied; null before the first round, which begins with the oldest one.
  after_number bigint,
  -- Of the windows up to this one, the changes up to (last_xid, last_id).
  up_to_number bigint,
  last_xid xid8,
  last_id bigint
);
insert into tenantry_runtime.history_place default values;

-- Since when all changes of a table are logged: the moment at which its capture triggers were made.
create table tenantry_runtime.captured (
  table_oid oid primary key,
  since timestamptz not null
);
insert into tenantry_runtime.captured (table_oid, since)
select distinct t.tgrelid, now() from pg_catalog.pg_trigger t
join pg_catalog.pg_proc p on p.oid = t.tgfoid
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'tenantry_runtime' and p.proname ~ '^capture_';

-- Settings of an object, in place of the workspace's; null: as the workspace. Columns and not annotations, since they are no part of the
-- model: a change raises no version.
alter table tenantry.objects
  add column captures boolean,
  add column keeps_history boolean,
  add column keeps_history_since timestamptz;

-- What a request's transaction touches refers to nothing of the control schema. A dropped workspace deletes its rows, and rows expire
-- after 24 hours.
alter table tenantry_request.idempotency_keys drop constraint idempotency_keys_workspace_id_fkey;
