-- after functions
-- Report what happens to workspaces, members, keys and webhooks to operators.
create trigger workspace_reported after insert or delete or update of status on tenantry.workspaces
  for each row execute function tenantry.report_workspace();
create trigger api_key_reported after insert or delete or update of revoked_at on tenantry.api_keys
  for each row execute function tenantry.report_key();
create trigger member_role_reported after insert or update of role_id on tenantry.member_roles
  for each row execute function tenantry.report_member_role();
create trigger webhook_reported after update of status on tenantry.webhooks
  for each row execute function tenantry.report_webhook();
