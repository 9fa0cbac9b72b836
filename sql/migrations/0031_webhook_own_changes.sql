-- after functions
alter table tenantry.webhooks
  -- Whether changes by the key or the member that answers for the webhook are left out.
  add column skips_own_changes boolean not null default false;
