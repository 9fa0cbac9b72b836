-- Steps that follow a committed model change are jobs with a state. A row without `template` is of a gateway of the version
-- before, whose session runs the step itself.
alter table tenantry.unfinished_steps
  -- Steps of one build run in the order of their ids; a failed one keeps those after it from running.
  add column build_id uuid,
  -- What the step gives: values that occur once, a value in every record, the default in old records, a relation, an index by
  -- request, an index for the size of the table.
  add column purpose text check (purpose in ('unique', 'required', 'default', 'relation', 'index', 'size')),
  -- A ready row is kept for an index alone, for its id.
  add column state text not null default 'running' check (state in ('pending', 'running', 'failed', 'ready')),
  -- Why it failed, or what it waits for.
  add column error text,
  -- The statement, with marks for the names of the table, its columns, the constraint and the index.
  add column template text,
  add column table_oid oid,
  add column column_numbers smallint[] not null default '{}',
  add column constraint_oid oid,
  -- Of one that an earlier step of the build adds.
  add column constraint_name text,
  -- Method, uniqueness, options and operator classes, for an index that is not in the catalog yet.
  add column index_details jsonb,
  -- As the metadata API has it, from the request on.
  add column index_id uuid,
  add column index_oid oid,
  add column attempts integer not null default 0,
  add column not_before timestamptz not null default now(),
  -- Begins outside the maintenance window, too.
  add column is_forced boolean not null default false,
  add column begun_at timestamptz,
  add check ((template is null) = (build_id is null)),
  add check ((template is null) = (purpose is null)),
  add check ((template is null) = (table_oid is null));
