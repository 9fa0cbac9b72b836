-- Workspaces that an operator key reaches. Null: all of them.
alter table tenantry.operator_keys add column workspace_ids uuid[];
