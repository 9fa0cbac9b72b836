-- Adds two histograms bucket by bucket; a missing bucket counts as 0.
create or replace function tenantry.add_counts(a bigint[], b bigint[]) returns bigint[]
  language sql immutable
  set search_path = pg_catalog
as $$
  select array_agg(coalesce(x, 0) + coalesce(y, 0) order by i) from unnest(a, b) with ordinality as u (x, y, i)
$$;
