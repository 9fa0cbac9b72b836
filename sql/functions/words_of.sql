-- The words of a name, in any letter case, for searches by the beginnings of words (tenants/listPage.ts). An index holds them, so a change
-- of this function needs a migration that rebuilds the index.
create or replace function tenantry.words_of(name text) returns tsvector
  language sql immutable parallel safe
  set search_path = pg_catalog
as $$
  select to_tsvector('simple'::regconfig, regexp_replace(name, '[[:punct:]]+', ' ', 'g'))
$$;
