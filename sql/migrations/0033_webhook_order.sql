-- after functions
alter table tenantry.webhooks
  -- Of one record, no change is sent before the one before it has ended.
  add column is_ordered boolean not null default false;

alter table tenantry_runtime.deliveries
  -- Of webhooks in order: a hash of the table and the key of the record.
  add column record_key text;
create index deliveries_record_key_idx on tenantry_runtime.deliveries (webhook_id, record_key, change_id, event)
  where status = 'waiting' and record_key is not null;
