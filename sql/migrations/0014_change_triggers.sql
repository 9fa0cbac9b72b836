-- after functions
-- Triggers that notify the gateways of changes in the control schema.

create or replace trigger workspace_changed after insert or update or delete on tenantry.workspaces
  for each row execute function tenantry.notify_change('workspace');
create or replace trigger role_changed after insert or update or delete on tenantry.roles
  for each row execute function tenantry.notify_change('role');
-- Updates of last_used_at and last_seen_at alone notify no gateway.
create or replace trigger api_key_changed after insert or delete or update
  of workspace_id, role_id, name, expires_at, revoked_at, token_version, rate_limit_per_minute on tenantry.api_keys
  for each row execute function tenantry.notify_change('key');
create or replace trigger session_changed after delete or update
  of workspace_id, workspace_member_id, api_key_id, token_version, operator_key_id, created_at on tenantry.sessions
  for each row execute function tenantry.notify_change('session');
create or replace trigger operator_key_changed after delete or update of name, revoked_at on tenantry.operator_keys
  for each row execute function tenantry.notify_change('operator');
create or replace trigger member_role_changed after insert or update or delete on tenantry.member_roles
  for each row execute function tenantry.notify_member();
