// Functions without a search_path of their own use the writer's. A writer may have put operators, functions and
// types before Postgres' own. Here each one that such a function names raises an error.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

const OWN = `n.nspname in ('tenantry', 'tenantry_runtime', 'tenantry_request')
  and not exists (select from unnest(p.proconfig) setting where setting like 'search_path=%')`

/** Postgres' own objects whose names stand in such a function, under the same names in the schema hostile. */
const HOSTILE = `
create schema hostile;
create temporary table word on commit drop as
  select distinct w[1] as word from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
    regexp_matches(p.prosrc, '[a-z_0-9]+|[-+*/<>=~!@#%^&|?]+', 'g') w
  where ${OWN};
do $do$
declare
  found record;
begin
  for found in
    select p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments, format_type(p.prorettype, null) as result
    from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (select word from word)
  loop
    begin
      execute format('create function hostile.%I(%s) returns %s language plpgsql as $$ begin raise exception ''hostile function''; end $$',
        found.name, found.arguments, found.result);
    exception when others then
      -- Types that no function in PL/pgSQL can have.
      null;
    end;
  end loop;
  for found in
    select o.oprname as name, format_type(o.oprleft, null) as left_type, format_type(o.oprright, null) as right_type,
      format_type(o.oprresult, null) as result, row_number() over () as number
    from pg_operator o
    where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprkind = 'b' and o.oprleft::regtype::text !~ '^any' and
      o.oprname in (select word from word union select unnest('{=,<>,<,<=,>,>=}'::text[]))
  loop
    begin
      execute format('create function hostile.operator_%s(%s, %s) returns %s language plpgsql as $$ begin raise exception ''hostile operator''; end $$',
        found.number, found.left_type, found.right_type, found.result);
      execute format('create operator hostile.%s (leftarg = %s, rightarg = %s, function = hostile.operator_%s)',
        found.name, found.left_type, found.right_type, found.number);
    exception when others then
      null;
    end;
  end loop;
  for found in
    select t.typname as name from pg_type t
    where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b' and t.typname in (
      select word from word union select unnest('{text,int4,int8,bool,char}'::text[]))
  loop
    execute format('create domain hostile.%I as pg_catalog.text check (false)', found.name);
  end loop;
end
$do$`

test('functions that set no search_path name nothing that the writer could replace', async (t) => {
  const { pool } = await createTestDatabase(t)
  await pool.query('update tenantry_runtime.feed set captures = true')
  const workspace = await createWorkspace(pool, { name: 'Hostile', standardObjects: false })
  const schema = quoteIdentifier(workspace.schemaName)
  await pool.query(`create table ${schema}.deal (id int primary key, name text);
    create table ${schema}.note (name text)`)
  await pool.query(`begin; ${HOSTILE}; commit`)
  const { rows } = await pool.query<{
    functions: number
    operators: number
    types: number
    own: readonly string[]
  }>(
    `select (select count(*)::int from pg_proc where pronamespace = 'hostile'::regnamespace) as functions,
       (select count(*)::int from pg_operator where oprnamespace = 'hostile'::regnamespace) as operators,
       (select count(*)::int from pg_type where typnamespace = 'hostile'::regnamespace and typtype = 'd') as types,
       array(select p.proname::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${OWN}) as own`,
  )
  const [made] = rows
  t.true(
    made !== undefined && made.functions > 100 && made.operators > 100 && made.types > 5,
    JSON.stringify(made),
  )
  t.true(made?.own.includes('capture_update') && made.own.includes('after_ddl'))

  await pool.query('delete from tenantry_runtime.changes')
  const client = await pool.connect()
  t.teardown(() => client.release(true))
  await client.query('set search_path = hostile, pg_catalog')
  // The trap works.
  await t.throwsAsync(client.query('select 1 = 1'), { message: 'hostile operator' })
  await t.throwsAsync(client.query(`select 'x'::text`), { message: /check/ })
  const written = async (statement: string): Promise<string> => {
    await client.query(statement)
    const { rows: logged } = await pool.query<{ operation: string }>(
      'delete from tenantry_runtime.changes returning operation::text',
    )
    return logged.map(({ operation }) => operation).join('')
  }
  t.is(await written(`insert into ${schema}.deal values (1, 'a')`), 'i')
  t.is(await written(`insert into ${schema}.deal values (2, 'b'), (3, 'c')`), 'ii')
  t.is(await written(`update ${schema}.deal set name = 'd'`), 'uuu')
  t.is(await written(`update ${schema}.deal set name = 'd'`), '')
  t.is(await written(`delete from ${schema}.deal where id operator(pg_catalog.=) 1`), 'd')
  t.is(await written(`update ${schema}.deal set name = 'e' where id operator(pg_catalog.=) 2`), 'u')
  t.is(await written(`delete from ${schema}.deal`), 'dd')
  t.is(await written(`insert into ${schema}.note values ('a')`), 's')
  t.is(await written(`delete from ${schema}.note`), 's')
  t.is(await written(`truncate ${schema}.deal`), 't')
  const version = async (): Promise<number> => {
    const { rows: found } = await pool.query('select version::int from tenantry.workspaces where id = $1', [
      workspace.id,
    ])
    return found[0].version
  }
  const before = await version()
  await client.query(`create table ${schema}.made (id pg_catalog.int4 primary key)`)
  t.is(await version(), before + 1)
  await client.query(
    `begin; set local tenantry.applying = 'on'; create table ${schema}.ours (id pg_catalog.int4); commit`,
  )
  t.is(await version(), before + 1)
})
