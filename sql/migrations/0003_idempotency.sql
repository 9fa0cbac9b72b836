-- What the request path keeps for itself, beside the schemas of the workspaces: first answers under an Idempotency-Key. Requests
-- run as roles of workspaces, which are many and come and go, so the grants are to everybody; the policy lets in the
-- gateway's login alone, and each API key to its own rows.
create schema tenantry_request;
grant usage on schema tenantry_request to public;

create table tenantry_request.idempotency_keys (
  workspace_id uuid not null default (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    references tenantry.workspaces on delete cascade,
  api_key_id uuid not null default (current_setting('tenantry.claims')::jsonb ->> 'keyId')::uuid
    references tenantry.api_keys on delete cascade,
  key text not null,
  -- Which statement of the request, from 0: a GraphQL document may hold several mutations.
  part integer not null,
  -- SHA-256 of what was asked.
  request text not null,
  -- Fingerprint of the data model that the rows are to be read by.
  shape text not null,
  -- The statement's rows: JSON, a list of lists of texts.
  answer text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, api_key_id, key, part)
);
create index idempotency_keys_api_key_id_idx on tenantry_request.idempotency_keys (api_key_id);
comment on table tenantry_request.idempotency_keys is 'Kept for 24 hours; written in the transaction of the write itself.';

alter table tenantry_request.idempotency_keys enable row level security;
create policy own_answers on tenantry_request.idempotency_keys
  using (
    session_user = 'tenantry_gateway'
    and workspace_id = (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    and api_key_id = (current_setting('tenantry.claims')::jsonb ->> 'keyId')::uuid
  );
grant select, insert, delete on tenantry_request.idempotency_keys to public;
