-- after functions
alter table tenantry.webhooks
  -- Updates that change none of these fields are not delivered; null: all are.
  add column changed_fields text[],
  -- As the REST API takes it, over the record as the change left it; null: all records.
  add column filter text,
  -- The fields of records that are sent; null: all.
  add column fields text[],
  -- Whether the old values of changed fields are sent.
  add column includes_previous boolean not null default false;
