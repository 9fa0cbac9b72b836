-- Whether the JSON of an image of the change log is a row of the table of `base`, as it is now: of its types, domains and options. Runs as the caller.
create or replace function tenantry_request.fits(base anyelement, image text) returns boolean
  language plpgsql stable
as $$
begin
  perform pg_catalog.json_populate_record(base, image::pg_catalog.json);
  return true;
exception when others then
  return false;
end
$$;

grant execute on function tenantry_request.fits to public;
