-- after functions
-- Changes of data models for webhooks: what the model was like when it was announced last, and the events since. Like the log, without
-- references to the control schema.
create table tenantry_runtime.announced_models (
  workspace_id uuid primary key,
  -- Of the workspace, when its model was read.
  version bigint not null,
  -- Objects and fields by their ids.
  model json not null
);
comment on table tenantry_runtime.announced_models is 'Models of workspaces with webhooks, as their receivers know them.';

create table tenantry_runtime.model_events (
  -- Of the log, so that deliveries of both kinds have one order.
  id bigint primary key default nextval('tenantry_runtime.changes_id_seq'),
  workspace_id uuid not null,
  at timestamptz not null default now(),
  name text not null check (name in ('objectMetadata', 'fieldMetadata')),
  operation text not null check (operation in ('created', 'updated', 'deleted')),
  record_id uuid not null,
  -- The tables that a role has to read to see it, and the columns of which it has to read one.
  needs json not null,
  before json,
  after json
);
comment on table tenantry_runtime.model_events is 'Objects and fields that were made, changed or deleted; kept as long as the feed.';
create index model_events_at_idx on tenantry_runtime.model_events (at);
