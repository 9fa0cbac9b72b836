-- The rotation of SECRET_KEY: whether everything is encrypted under the new key. Fingerprints name the keys without revealing them.
create table tenantry.secret_key_rotation (
  is_single boolean primary key default true check (is_single),
  previous_key text not null,
  current_key text not null,
  started_at timestamptz not null default now(),
  -- Null: the previous key is still needed.
  completed_at timestamptz
);
comment on table tenantry.secret_key_rotation is 'The latest rotation of SECRET_KEY.';

-- Requests log in as one of two roles.
alter policy own_answers on tenantry_request.idempotency_keys
  using (
    session_user in ('tenantry_gateway', 'tenantry_gateway_2')
    and workspace_id = (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    and caller_id = coalesce(
      current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
    )::uuid
  );
