-- The control schema: workspaces, their keys, roles and members, and what the gateways remember. Data models are not kept here:
-- the catalog describes each workspace's own schema.

create table tenantry.workspaces (
  id uuid primary key default tenantry.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  subdomain text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$'),
  schema_name text not null unique,
  -- Whether it was created with the standard objects; their labels and relation names then come from the definition.
  has_standard_objects boolean not null default true,
  -- Raised by every change of the data model, in the transaction of that change.
  version bigint not null default 1,
  status text not null default 'active' check (status in ('active', 'suspended')),
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table tenantry.workspaces is 'One row per tenant; schema_name is the schema that holds its data.';

-- Roles. The rows state what a role should be allowed; the grants and policies that follow from them in the same transaction are
-- what Postgres enforces. Tables and columns are stored by name and oid, so that a rename by hand keeps its restrictions and a
-- restored dump finds its tables again.

create table tenantry.roles (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  label text not null check (length(label) between 1 and 100),
  description text,
  icon text,
  -- The nologin role that statements of this role run under; created when the role is first assigned.
  pg_role text unique,
  is_editable boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  can_update_all_settings boolean not null default false,
  can_access_all_tools boolean not null default false,
  can_read_all_object_records boolean not null default false,
  can_update_all_object_records boolean not null default false,
  -- Null: as updating.
  can_create_all_object_records boolean,
  can_soft_delete_all_object_records boolean not null default false,
  can_destroy_all_object_records boolean not null default false,
  can_be_assigned_to_users boolean not null default true,
  can_be_assigned_to_agents boolean not null default true,
  can_be_assigned_to_api_keys boolean not null default true,
  -- Fields without a permission of their own are hidden.
  lists_fields boolean not null default false,
  flags text[] not null default '{}',
  unique (workspace_id, label),
  constraint roles_writing_needs_reading check (
    can_read_all_object_records
    or not (can_update_all_object_records or coalesce(can_create_all_object_records, false)
      or can_soft_delete_all_object_records or can_destroy_all_object_records)
  )
);

-- Null: as the role says; creating falls back to updating first.
create table tenantry.object_permissions (
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  table_oid oid,
  can_read boolean,
  can_create boolean,
  can_update boolean,
  can_soft_delete boolean,
  can_destroy boolean,
  primary key (role_id, table_name)
);

create table tenantry.field_permissions (
  id uuid primary key default tenantry.uuidv7(),
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  column_name text not null,
  table_oid oid,
  column_number int2,
  can_read boolean,
  can_update boolean,
  unique (role_id, table_name, column_name)
);

create table tenantry.row_rule_groups (
  id uuid primary key,
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  table_oid oid,
  parent_id uuid references tenantry.row_rule_groups on delete cascade,
  logical_operator text not null check (logical_operator in ('AND', 'OR')),
  position double precision not null default 0
);
create index row_rule_groups_role_id_idx on tenantry.row_rule_groups (role_id, table_name);

create table tenantry.row_rules (
  id uuid primary key,
  role_id uuid not null references tenantry.roles on delete cascade,
  table_name text not null,
  column_name text not null,
  table_oid oid,
  column_number int2,
  operand text not null,
  value jsonb,
  -- Compared with this column of the caller's own workspace_member record instead of a value.
  member_column text,
  -- The API's names of the field's parts; the columns above are what is compared.
  sub_field_name text,
  member_sub_field_name text,
  group_id uuid references tenantry.row_rule_groups on delete cascade,
  position double precision not null default 0
);
create index row_rules_role_id_idx on tenantry.row_rules (role_id, table_name);

create table tenantry.member_roles (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  -- Id of the workspace_member record. No foreign key may point from here into a workspace's schema.
  workspace_member_id uuid not null,
  role_id uuid not null references tenantry.roles,
  updated_at timestamptz not null default now(),
  primary key (workspace_id, workspace_member_id)
);
create index member_roles_role_id_idx on tenantry.member_roles (role_id);

-- Keys, sessions and links.

create table tenantry.api_keys (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  role_id uuid not null references tenantry.roles,
  name text not null check (length(name) between 1 and 200),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  -- A token names the version it was issued for; raising it invalidates every older token of the key.
  token_version integer not null default 1,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Null: as the workspace's setting.
  rate_limit_per_minute integer check (rate_limit_per_minute > 0)
);
create index api_keys_workspace_id_idx on tenantry.api_keys (workspace_id);
create index api_keys_role_id_idx on tenantry.api_keys (role_id);
comment on table tenantry.api_keys is 'The token itself is never kept: it is a signed statement that names the row.';

create table tenantry.signing_keys (
  kid text primary key,
  algorithm text not null,
  public_jwk jsonb not null,
  -- AES-256-GCM under a key derived from SECRET_KEY: nonce (12 bytes), ciphertext, tag (16 bytes).
  private_jwk bytea not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

-- A random secret, of which only the SHA-256 is kept.
create table tenantry.operator_keys (
  id uuid primary key default tenantry.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  secret_hash bytea not null unique,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);

create table tenantry.sign_in_links (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  workspace_member_id uuid not null,
  secret_hash bytea not null unique,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);
create index sign_in_links_workspace_id_idx on tenantry.sign_in_links (workspace_id);
create index sign_in_links_expires_at_idx on tenantry.sign_in_links (expires_at);

-- A session may do what the member, API key or operator key behind it may do now.
create table tenantry.sessions (
  id uuid primary key default tenantry.uuidv7(),
  -- SHA-256 of the secret in the cookie.
  secret_hash bytea not null unique,
  workspace_id uuid references tenantry.workspaces on delete cascade,
  -- Id of the workspace_member record. No foreign key may point from here into a workspace's schema.
  workspace_member_id uuid,
  api_key_id uuid references tenantry.api_keys on delete cascade,
  -- The version of the key's token that signed in: a newly issued token ends the session.
  token_version integer,
  operator_key_id uuid references tenantry.operator_keys on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  check (num_nonnulls(workspace_member_id, api_key_id, operator_key_id) = 1),
  check ((workspace_id is null) = (operator_key_id is not null)),
  check ((api_key_id is null) = (token_version is null))
);
create index sessions_workspace_id_idx on tenantry.sessions (workspace_id);
create index sessions_api_key_id_idx on tenantry.sessions (api_key_id);
create index sessions_operator_key_id_idx on tenantry.sessions (operator_key_id);

-- Who changed what: operators anything, callers of a workspace its keys, roles and members. No foreign keys: a row outlives its
-- actor and its subject.
create table tenantry.audit (
  id uuid primary key default tenantry.uuidv7(),
  at timestamptz not null default now(),
  operator_key_id uuid,
  operator_name text,
  action text not null,
  workspace_id uuid,
  details jsonb not null default '{}',
  api_key_id uuid,
  workspace_member_id uuid,
  caller_name text,
  constraint audit_names_who_did_it check (num_nonnulls(operator_name, caller_name) = 1)
);
create index audit_workspace_id_idx on tenantry.audit (workspace_id, at);
create index audit_at_idx on tenantry.audit (at);

-- The registry: what the catalog does not hold about a workspace's tables and columns. Rows annotate; a row without a table means
-- nothing. A row is found by oid (or attribute number) and name together, else by name (a restore changes oids), else by oid (after a
-- rename in SQL).

create table tenantry.objects (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  table_oid oid not null,
  table_name text not null,
  -- Names, labels, icon, switches; what is absent is as the standard definition or the catalog says.
  annotation jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index objects_workspace_id_idx on tenantry.objects (workspace_id);
create index objects_table_oid_idx on tenantry.objects (table_oid);
comment on table tenantry.objects is 'Stable ids and annotations of tables; the catalog alone says what exists.';

create table tenantry.fields (
  id uuid primary key,
  object_id uuid not null references tenantry.objects on delete cascade,
  -- The first column of the field. A relation has two sides: "own" on the table that holds the foreign key, "inverse" on
  -- the one it references; both belong to the key's column.
  column_number smallint not null,
  column_name text not null,
  face text not null check (face in ('own', 'inverse')),
  annotation jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index fields_object_id_idx on tenantry.fields (object_id);
comment on table tenantry.fields is 'Rows for fields that differ from what definition and catalog say; all others have derived ids.';

-- Background work of the gateways.

-- Statements that follow a committed model change: validations and indexes of big tables. A row is deleted when its statement has
-- run; a row whose backend is gone is taken by the next gateway that looks.
create table tenantry.unfinished_steps (
  id bigint generated always as identity primary key,
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  -- With the placeholder for the workspace's schema.
  statement text not null,
  -- Of an index: its name, and the statement that removes it half-built.
  index_name text,
  undo text,
  worker_pid integer not null,
  -- A pid is reused; a pid with a start time is not.
  worker_started_at timestamptz not null,
  created_at timestamptz not null default now(),
  check ((index_name is null) = (undo is null))
);
create index unfinished_steps_workspace_id_idx on tenantry.unfinished_steps (workspace_id);

-- When the trash of a workspace was last purged. Apart from tenantry.workspaces, whose every update notifies the gateways.
create table tenantry.trash_purges (
  workspace_id uuid primary key references tenantry.workspaces on delete cascade,
  purged_at timestamptz not null
);

-- Requests by hour, caller and route; every gateway adds its own every few seconds. Kept for two days.
create table tenantry.usage (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  hour timestamptz not null,
  -- Id of an API key or of a workspace_member record.
  spender_id uuid not null,
  route text not null,
  requests bigint not null,
  -- Of these, over a limit.
  refused bigint not null,
  -- Of these, failed in any other way.
  failed bigint not null,
  total_ms double precision not null,
  -- A histogram; gateway/usage/latency.ts defines its bounds.
  latencies bigint[] not null,
  primary key (workspace_id, hour, spender_id, route)
);
create index usage_hour_idx on tenantry.usage (hour);

-- What the request path stores for itself, beside the workspaces' schemas: first answers under an Idempotency-Key. Requests run as
-- workspace roles, which are many and change, so the grants are to PUBLIC; the policy admits the gateway's login alone, and each
-- caller to its own rows.
create schema tenantry_request;
grant usage on schema tenantry_request to public;

create table tenantry_request.idempotency_keys (
  workspace_id uuid not null default (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    references tenantry.workspaces on delete cascade,
  caller_id uuid not null default coalesce(
    current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
  )::uuid,
  key text not null,
  -- Which statement of the request, from 0: a GraphQL document may hold several mutations.
  part integer not null,
  -- SHA-256 of the request.
  request text not null,
  -- Fingerprint of the data model that the rows are to be read by.
  shape text not null,
  -- The statement's rows: JSON, a list of lists of texts.
  answer text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, caller_id, key, part)
);
create index idempotency_keys_created_at_idx on tenantry_request.idempotency_keys (created_at);
comment on table tenantry_request.idempotency_keys is 'Kept for 24 hours; written in the transaction of the write itself.';
comment on column tenantry_request.idempotency_keys.caller_id is 'An API key, or a member of the workspace who signed in.';

alter table tenantry_request.idempotency_keys enable row level security;
create policy own_answers on tenantry_request.idempotency_keys
  using (
    session_user = 'tenantry_gateway'
    and workspace_id = (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    and caller_id = coalesce(
      current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
    )::uuid
  );
grant select, insert, delete on tenantry_request.idempotency_keys to public;
