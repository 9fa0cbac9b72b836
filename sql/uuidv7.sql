-- RFC 9562, version 7, below Postgres 18: 48 bits of milliseconds; the version; 12 bits of the millisecond's fraction
-- (section 6.2, method 3), so that ids of one session sort by time to a quarter of a microsecond; the variant; 62 random
-- bits, both of the latter taken from a version 4 UUID.
create or replace function tenantry.uuidv7() returns uuid
  language sql volatile parallel safe
as $$
  select encode(
    substring(int8send(micros / 1000) from 3)
      || substring(int4send(28672 + (micros % 1000 * 4096 / 1000)::int) from 3)
      || substring(uuid_send(gen_random_uuid()) from 9),
    'hex')::uuid
  from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint) as now (micros)
$$;
