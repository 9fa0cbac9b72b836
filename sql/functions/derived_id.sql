-- A UUID derived from a text (RFC 9562, version 8). tenants/uuid.ts derives the same ids in the gateway.
create or replace function tenantry.derived_id(name text) returns uuid
  language sql immutable parallel safe
  set search_path = pg_catalog
as $$
  select encode(set_byte(set_byte(h, 6, get_byte(h, 6) & 15 | 128), 8, get_byte(h, 8) & 63 | 128), 'hex')::uuid
  from (select substring(sha256(convert_to(name, 'UTF8')) for 16) as h) as hash
$$;
