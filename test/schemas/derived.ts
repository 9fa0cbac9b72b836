// What is made of tables: views, materialised views, functions, sequences, foreign tables.

import { quoteIdentifier as q } from '../../sql/placeholder.ts'
import type { NameMaker } from './names.ts'
import type { Draft } from './tables.ts'
import { literal } from './tables.ts'

const VIEW_BODIES = [
  'select * from @',
  'select * from @ where true',
  'select count(*) from @',
  'select 1 as @n',
  'select 1 as @n, 2 as @m where false',
  'select',
  'select null as @n',
  "select 'x' as @n",
  'select 1/0 as @n',
  'select t as @n from @ t',
  'select distinct * from @',
  'select * from @ union all select * from @',
  'values (1, 2)',
  'select array_agg(t) as @n from @ t',
  'select (1, 2) as @n',
  "select current_setting('nothing.there') as @n",
  'select * from @ limit 1',
  'select * from generate_series(1, 3) as @n',
  'select 1 as "?column?"',
  'select * from pg_catalog.pg_class limit 2',
  "select null::regclass as @n, '{}'::json as @m",
  'select pg_sleep(0) as @n',
  "select '1'::xid as @n, 1 as @m",
]

export const makeView = ({ random, statements, tables, tableName }: Draft, names: NameMaker): void => {
  const name = tableName()
  const source = tables.length === 0 ? 'pg_catalog.pg_am' : q(random.pick(tables).name)
  const body = random
    .pick(VIEW_BODIES)
    .replaceAll('@n', q(names()))
    .replaceAll('@m', q(names()))
    .replaceAll('@', source)
  const form = random.below(8)
  const on = q(name)
  if (form === 0) statements.push(`create materialized view ${on} as ${body} with no data`)
  else if (form === 1) {
    statements.push(`create materialized view ${on} as ${body}`)
    if (random.chance(0.5)) statements.push(`create unique index on ${on} (id)`)
  } else if (form === 2) statements.push(`create view ${on} with (security_invoker) as ${body}`)
  else if (form === 3)
    statements.push(`create view ${on} as ${body} with ${random.pick(['local', 'cascaded'])} check option`)
  else if (form === 4) statements.push(`create view ${on} with (security_barrier) as ${body}`)
  else if (form === 5) {
    const fn = `instead_${random.below(1e6)}`
    const returned = random.pick(['return null;', 'return new;', 'return old;', "raise exception 'no';"])
    statements.push(
      `create view ${on} as ${body}`,
      `create function ${fn}() returns trigger language plpgsql as $x$ begin ${returned} end $x$`,
      `create trigger t instead of ${random.pick(['insert', 'update', 'delete', 'insert or update or delete'])} on ${on} for each row execute function ${fn}()`,
    )
  } else if (form === 6) {
    const event = random.pick(['insert', 'update', 'delete'])
    const rule = random.pick([
      'do instead nothing',
      'do instead (notify a; notify b)',
      'do instead notify a',
      `do instead delete from ${source} where false returning *`,
    ])
    statements.push(`create view ${on} as ${body}`, `create rule r as on ${event} to ${on} ${rule}`)
  } else statements.push(`create view ${on} as ${body}`)
  if (random.chance(0.15))
    statements.push(
      `comment on view ${on} is ${literal(random.pick(['@name', '@name x y', '@hidden', '@label A', '\u0001']))}`,
    )
}

const FUNCTIONS = [
  '@f() returns int language sql stable return 1',
  '@f(@n int) returns int language sql immutable return 1',
  '@f(int) returns int language sql return 1',
  '@f(@n text default null, @m int default 3) returns text language sql stable return $1',
  '@f() returns void language plpgsql as $x$ begin end $x$',
  '@f(out @n int, out @m text) language sql stable as $x$ select 1, null::text $x$',
  '@f(inout @n int) language sql stable as $x$ select $1 $x$',
  '@f(variadic @n int[]) returns int language sql stable return 1',
  '@f(@n anyelement) returns anyelement language sql stable as $x$ select $1 $x$',
  '@f(@n @) returns int language sql stable return 1',
  '@f(@n @) returns text[] language sql stable return null',
  '@f(@n @, @m int) returns int language sql stable return 1',
  '@f() returns setof @ language sql stable as $x$ select * from {schema}.@ $x$',
  '@f() returns @ language sql stable as $x$ select * from {schema}.@ $x$',
  '@f() returns @ language sql as $x$ select * from {schema}.@ $x$',
  '@f() returns setof int language sql stable as $x$ select 1 $x$',
  '@f() returns setof int language sql as $x$ select 1 $x$',
  '@f() returns table (@n int, @m text) language sql stable as $x$ select 1, null::text $x$',
  '@f() returns record language sql stable as $x$ select 1, 2 $x$',
  '@f() returns setof record language sql stable as $x$ select 1, 2 $x$',
  '@f() returns pair language sql stable as $x$ select 1, null::text $x$',
  '@f() returns pair[] language sql stable as $x$ select null::{schema}.pair[] $x$',
  '@f(@n refcursor) returns refcursor language sql stable as $x$ select $1 $x$',
  '@f(@n int, @m int) returns json language sql strict stable return null::json',
  "@f() returns int language plpgsql stable as $x$ begin raise exception 'no'; end $x$",
  '@f() returns int language plpgsql as $x$ begin return 1/0; end $x$',
  '@f(@n plain_enum, @m rating[]) returns "Mood ""x""" language sql stable return null',
  '@f(@n pair) returns int language sql stable return 1',
  "@f(@n required) returns checked language sql stable as $x$ select 'A'::{schema}.checked $x$",
  '@f() returns empty_enum language sql stable return null',
  "@f() returns internal language internal as 'int4in'",
  '@f() returns int4range language sql stable return null',
  '@f(@n int default 1/0) returns int language sql stable return $1',
  '@f(@n tid) returns xid language sql stable return null',
]

/** Overloads are made too: two functions now and then ask for one name. */
export const makeFunction = ({ random, statements, tables, tableName }: Draft, names: NameMaker): void => {
  const table = tables.length === 0 ? 'plain_enum' : q(random.pick(tables).name)
  const shared = random.chance(0.3)
  const name = shared ? q(random.pick(['f', 'search', 'id', 'companies', 'total_count'])) : q(tableName())
  const body = random
    .pick(FUNCTIONS)
    .replaceAll('@f', name)
    .replaceAll('@n', q(names()))
    .replaceAll('@m', q(names()))
    .replaceAll('@', table)
  statements.push(`create function ${body}`)
  if (random.chance(0.15))
    statements.push(
      `comment on function ${name} is ${literal(random.pick(['@name x', '@name', '@name 1', '@hidden', '@name id']))}`,
    )
}

export const makeOther = (draft: Draft, names: NameMaker): void => {
  const { random, statements, tableName, tables } = draft
  const name = q(tableName())
  const table = tables.length === 0 ? 'x' : q(random.pick(tables).name)
  statements.push(
    random.pick([
      `create sequence ${name}`,
      `create procedure ${name}(x int) language plpgsql as $x$ begin commit; end $x$`,
      `create aggregate ${name}(int) (sfunc = int4pl, stype = int)`,
      `create foreign data wrapper w1; create server s1 foreign data wrapper w1; create foreign table ${name} (id int, ${q(names())} text) server s1`,
      `create table ${name} ()`,
      `create table ${name} as select 1 as a`,
      `create table ${name} (like ${table} including all)`,
      `create table ${name} of pair`,
      `create statistics ${name} on (1) from ${table}`,
      `alter table ${table} rename to ${name}`,
      `create policy p on ${table} using (false)`,
      `create table ${name} (a int, b int generated always as (a * 2) stored, c int generated always as identity, check (a > 0) no inherit)`,
      `create table ${name} (id int primary key generated always as identity)`,
      `create table ${name} (v tsvector)`,
      `create table ${name} (v json)`,
      `create operator === (leftarg = int, rightarg = int, function = int4eq)`,
    ]),
  )
}
