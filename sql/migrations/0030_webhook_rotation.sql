-- after functions
-- The secret before the last rotation: requests are signed with both for a while.
alter table tenantry.webhooks
  -- Sealed; null: there was no rotation.
  add column previous_secret bytea,
  add column previous_secret_until timestamptz,
  -- Until then the contract's single signature is made with the previous one.
  add column secret_activates_at timestamptz;
