-- The control schema: which workspaces exist, who may enter them, and what they are called. Data models are not kept
-- here: they are what the catalog says of each workspace's own schema.

create table tenantry.workspaces (
  id uuid primary key default tenantry.uuidv7(),
  name text not null check (length(name) between 1 and 200),
  subdomain text not null unique check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$'),
  schema_name text not null unique,
  -- Whether it was made with the standard objects; their labels and relation names then come from the definition.
  has_standard_objects boolean not null default true,
  -- Raised by every change of the data model, in the transaction of that change.
  version bigint not null default 1,
  status text not null default 'active' check (status in ('active', 'suspended')),
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table tenantry.workspaces is 'One row per tenant; schema_name is the schema that holds its data.';

create table tenantry.roles (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  label text not null check (length(label) between 1 and 100),
  description text,
  icon text,
  -- The nologin role that statements of this role run under; made when the role is first given to someone.
  pg_role text unique,
  is_editable boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, label)
);

create table tenantry.api_keys (
  id uuid primary key default tenantry.uuidv7(),
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  role_id uuid not null references tenantry.roles,
  name text not null check (length(name) between 1 and 200),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  -- A token names the version it was minted for; raising it stops every older token of the key.
  token_version integer not null default 1,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
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

-- Every gateway listens on channel "tenantry". A payload is "<kind> <id>[ <version>]"; it is sent with the change, so it
-- is delivered exactly when the change becomes visible.
create function tenantry.notify_change() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  if tg_op = 'DELETE' then
    perform pg_notify('tenantry', tg_argv[0] || ' ' || old.id);
  elsif tg_argv[0] = 'workspace' then
    perform pg_notify('tenantry', 'workspace ' || new.id || ' ' || new.version);
  else
    perform pg_notify('tenantry', tg_argv[0] || ' ' || new.id);
  end if;
  return null;
end
$$;

create trigger workspace_changed after insert or update or delete on tenantry.workspaces
  for each row execute function tenantry.notify_change('workspace');
create trigger role_changed after insert or update or delete on tenantry.roles
  for each row execute function tenantry.notify_change('role');
-- last_used_at alone is no change that a gateway must hear of.
create trigger api_key_changed after insert or delete or update
  of workspace_id, role_id, name, expires_at, revoked_at, token_version on tenantry.api_keys
  for each row execute function tenantry.notify_change('key');
