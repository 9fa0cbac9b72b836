-- What a key may do at /admin. Keys of before, and of a version before, may do everything but read values of records.
alter table tenantry.operator_keys
  add column scopes text[] not null default '{read,provision,limits,sign-in,drop,keys,events,statements}',
  -- Null: never.
  add column expires_at timestamptz;
