-- People at the console: who has signed in, and how the API was used. Of a session's secret only the hash is kept; what a
-- session may do is asked anew of the member, the API key or the operator key that stands behind it.

create table tenantry.sessions (
  id uuid primary key default tenantry.uuidv7(),
  -- SHA-256 of the secret in the cookie.
  secret_hash bytea not null unique,
  workspace_id uuid references tenantry.workspaces on delete cascade,
  -- Id of the workspace_member record. No foreign key may cross from here into a workspace's schema.
  workspace_member_id uuid,
  api_key_id uuid references tenantry.api_keys on delete cascade,
  -- The version of the key's token that signed in: a token minted anew ends the session.
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

-- That a session was seen is no change that a gateway must hear of.
create trigger session_changed after delete or update
  of workspace_id, workspace_member_id, api_key_id, token_version, operator_key_id, created_at on tenantry.sessions
  for each row execute function tenantry.notify_change('session');
create trigger operator_key_changed after delete or update of name, revoked_at on tenantry.operator_keys
  for each row execute function tenantry.notify_change('operator');

create function tenantry.notify_member() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  perform pg_notify('tenantry', 'member ' || coalesce(new.workspace_member_id, old.workspace_member_id));
  return null;
end
$$;

create trigger member_role_changed after insert or update or delete on tenantry.member_roles
  for each row execute function tenantry.notify_member();

create index sign_in_links_workspace_id_idx on tenantry.sign_in_links (workspace_id);

-- Requests by hour, spender and route; every gateway adds its own, every few seconds. Kept for two days.
create table tenantry.usage (
  workspace_id uuid not null references tenantry.workspaces on delete cascade,
  hour timestamptz not null,
  -- Id of an API key or of a workspace_member record.
  spender_id uuid not null,
  route text not null,
  requests bigint not null,
  -- Of these, past a limit.
  refused bigint not null,
  -- Of these, ended in any other error.
  failed bigint not null,
  total_ms double precision not null,
  -- How many took how long; the bounds are the gateway's (gateway/usage/latency.ts).
  latencies bigint[] not null,
  primary key (workspace_id, hour, spender_id, route)
);
create index usage_hour_idx on tenantry.usage (hour);

create function tenantry.add_counts(a bigint[], b bigint[]) returns bigint[]
  language sql immutable
  set search_path = pg_catalog
as $$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by i) from unnest(a, b) with ordinality as u (x, y, i)
$$;
