-- after functions
alter table tenantry.operator_webhooks
  -- Of one record, no change is sent before the one before it has ended.
  add column is_ordered boolean not null default false;

create index operator_deliveries_record_key_idx on tenantry_runtime.operator_deliveries (webhook_id, record_key, change_id, event)
  where status = 'waiting' and record_key is not null;
