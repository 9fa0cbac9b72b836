-- People write under an Idempotency-Key too: answers belong to callers, whether these are API keys or members.
alter table tenantry_request.idempotency_keys
  drop constraint idempotency_keys_api_key_id_fkey;
alter table tenantry_request.idempotency_keys rename column api_key_id to caller_id;
drop index tenantry_request.idempotency_keys_api_key_id_idx;
comment on column tenantry_request.idempotency_keys.caller_id is 'An API key, or a member of the workspace who signed in.';

drop policy own_answers on tenantry_request.idempotency_keys;
alter table tenantry_request.idempotency_keys
  alter column caller_id set default coalesce(
    current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
  )::uuid;
create policy own_answers on tenantry_request.idempotency_keys
  using (
    session_user = 'tenantry_gateway'
    and workspace_id = (current_setting('tenantry.claims')::jsonb ->> 'workspaceId')::uuid
    and caller_id = coalesce(
      current_setting('tenantry.claims')::jsonb ->> 'keyId', current_setting('tenantry.claims')::jsonb ->> 'workspaceMemberId'
    )::uuid
  );
