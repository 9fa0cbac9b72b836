-- after functions
-- No statement reads them, and each delivery wrote to its index three times: when it was made, claimed and delivered.
drop index tenantry_runtime.deliveries_at_idx;
drop index tenantry_runtime.operator_deliveries_at_idx;
