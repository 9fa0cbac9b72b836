-- Runs the statements of one batch one after the other, in the caller's transaction and with the caller's rights: each sees what those
-- before it have written, which the parts of a single statement do not.
-- $1: a null of the type of any table of the workspace: it identifies the schema that the gateway's placeholder in the statements stands for.
-- $2: a statement that locks what the others will write, in one order, so that two batches do not lock each other out; may be null.
-- $4: the values of all statements, which name them as $1[1], $1[2], …
create or replace function tenantry_request.in_turn(workspace_table anyelement, locks text, statements text[], parameters text[])
  returns setof record
  language plpgsql volatile
as $$
declare
  qualifier constant text := (
    select pg_catalog.quote_ident(n.nspname) || '.'
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.oid = pg_catalog.pg_typeof(workspace_table)
  );
  statement text;
begin
  if locks is not null then
    execute pg_catalog.replace(locks, '"__WS__".', qualifier) using parameters;
  end if;
  foreach statement in array statements loop
    return query execute pg_catalog.replace(statement, '"__WS__".', qualifier) using parameters;
  end loop;
end
$$;
grant execute on function tenantry_request.in_turn to public;
