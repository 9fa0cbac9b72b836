-- Postgres 18 makes version 7 UUIDs itself; the name is ours, so that defaults read the same on every version.
create or replace function tenantry.uuidv7() returns uuid
  language sql volatile parallel safe
as 'select pg_catalog.uuidv7()';
