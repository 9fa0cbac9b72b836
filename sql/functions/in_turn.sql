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
  -- On a Citus cluster a node has tables under the names of their shards. Functions have a parenthesis behind their name.
  shard record;
  qualifier constant text := (
    select pg_catalog.quote_ident(n.nspname) || '.'
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.oid = pg_catalog.pg_typeof(workspace_table)
  );
  statement text;
begin
  if pg_catalog.to_regclass('pg_catalog.pg_dist_shard') is not null then
    for shard in
      select '(?<!::)"__WS__"\.' || pg_catalog.regexp_replace(
          '"' || pg_catalog.replace(c.relname, '"', '""') || '"', '([^A-Za-z0-9_"])', '\\\1', 'g') || '(?!\()' as pattern,
        pg_catalog.replace(pg_catalog.shard_name(c.oid, h.shardid), '\', '\\') as name
      from pg_catalog.pg_type t
      join pg_catalog.pg_class c on c.relnamespace = t.typnamespace
      join pg_catalog.pg_dist_shard h on h.logicalrelid = c.oid
      join pg_catalog.pg_dist_schema d on d.schemaid = c.relnamespace
      where t.oid = pg_catalog.pg_typeof(workspace_table)
    loop
      locks := pg_catalog.regexp_replace(locks, shard.pattern, shard.name, 'g');
      for place in 1 .. pg_catalog.cardinality(statements) loop
        statements[place] := pg_catalog.regexp_replace(statements[place], shard.pattern, shard.name, 'g');
      end loop;
    end loop;
  end if;
  if locks is not null then
    execute pg_catalog.replace(locks, '"__WS__".', qualifier) using parameters;
  end if;
  foreach statement in array statements loop
    return query execute pg_catalog.replace(statement, '"__WS__".', qualifier) using parameters;
  end loop;
end
$$;
grant execute on function tenantry_request.in_turn to public;
