-- after functions
-- Find the next deliveries of a webhook without sorting the ones that are due at the same time, and its running ones without reading those that
-- wait for later.
create index deliveries_next_idx on tenantry_runtime.deliveries (webhook_id, due_at, change_id) where status = 'waiting';
create index deliveries_lease_idx on tenantry_runtime.deliveries (webhook_id) where status = 'waiting' and lease is not null;
drop index tenantry_runtime.deliveries_due_idx;
create index operator_deliveries_next_idx on tenantry_runtime.operator_deliveries (webhook_id, workspace_id, due_at, change_id)
  where status = 'waiting';
drop index tenantry_runtime.operator_deliveries_due_idx;
