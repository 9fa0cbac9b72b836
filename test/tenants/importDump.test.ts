import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { readDump } from '../../gateway/admin/dumpFile.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const BOTH = { fromSchemas: ['public', 'sales'] }

const emptyWorkspace = () => createWorkspace(pool, { name: `O'Brien "x"`, standardObjects: false })

/** Roles belong to the server: other test files create some at the same time, with random digits at the end. */
const OTHER_ROLES = '^(w|tenantry_spare)_|_[0-9a-f]{8,}(_made)?$'

/** Everything that a script could leave outside of a workspace. */
const outside = async (): Promise<unknown> => {
  const { rows } = await pool.query(
    `select (select jsonb_agg(nspname order by nspname) from pg_namespace where nspname !~ '^(w_|pg_)') as schemas,
       (select jsonb_agg(c.oid::regclass::text order by 1) from pg_class c where c.relnamespace = 'public'::regnamespace) as relations,
       (select jsonb_agg(t.typname order by 1) from pg_type t where t.typnamespace = 'public'::regnamespace
          and not exists (select from pg_depend d where d.objid = t.oid and d.deptype in ('e', 'i'))) as types,
       (select jsonb_agg(rolname order by 1) from pg_roles where rolname !~ '${OTHER_ROLES}') as roles,
       (select jsonb_agg(extname order by 1) from pg_extension where extname not in ('citext', 'pg_trgm')) as extensions`,
  )
  return rows[0]
}

const hasPgRestore = spawnSync('pg_restore', ['--version']).status === 0

for (const [name, file] of [
  ['as plain text with copy', 'shop_dump.sql'],
  ['as plain text with inserts, and of the database itself', 'shop_inserts.sql'],
  ['in the custom format', 'shop.dump'],
] as const)
  test.serial(`imports a dump of two schemas ${name}`, async (t) => {
    const path = fixture(file)
    if (file === 'shop.dump' && !hasPgRestore) {
      t.log('skipped: there is no pg_restore')
      return t.pass()
    }
    const before = await outside()
    const { id, schemaName: schema } = await emptyWorkspace()
    const { arrived, rows, leftOut } = await importSql(pool, id, await readDump(path), BOTH)
    const named = (kind: string): readonly string[] =>
      arrived.filter((each) => each.kind === kind).map((each) => each.name)
    t.deepEqual(named('table'), [
      '"Order ""x"""',
      'actor',
      'film',
      'film_actor',
      'line',
      'payment',
      'payment_2026',
    ])
    t.deepEqual(named('view'), ['film_list'])
    t.deepEqual(named('materialized view'), ['film_count'])
    t.deepEqual(named('sequence'), ['numbers'])
    t.is(arrived.filter(({ kind }) => kind === 'function').length, 4)
    // The materialised view's one row among them.
    t.is(rows, 12)
    if (file !== 'shop.dump') t.true(leftOut.includes('OWNER TO'))
    t.deepEqual(await outside(), before)
    const all = async (sql: string): Promise<unknown> => (await pool.query(sql)).rows
    t.deepEqual(await all(`select title, email::text as email from ${schema}.film order by id`), [
      { title: 'Zürich', email: 'A@b.test' },
      { title: 'tab\there;\nnew\\line', email: null },
      { title: 'public.film', email: null },
      { title: '\\.', email: null },
    ])
    // The text stays what it was; what names an object names the new one.
    t.deepEqual(await all(`select source, actors::int from ${schema}.film_list where id = 1`), [
      { source: 'public.film', actors: 1 },
    ])
    t.deepEqual(await all(`select n::int from ${schema}.film_count`), [{ n: 4 }])
    for (const titles of ['film_titles', 'plain_titles', 'atomic_titles'])
      t.is(((await all(`select ${schema}.${titles}()`)) as unknown[]).length, 4, titles)
    await pool.query(`update ${schema}.film set title = 'new' where id = 1`)
    await pool.query(`insert into ${schema}.line (tags) values ('{}')`)
    t.deepEqual(await all(`select n::int, doc from ${schema}.line order by n`), [
      { n: 1, doc: { a: 'public.film' } },
      { n: 2, doc: null },
    ])
    await t.throwsAsync(all(`insert into ${schema}."Order ""x""" (film_id) values (99)`), {
      message: /foreign key/,
    })
  })

test.serial('a dump whose schemas are not named is refused whole, and the hint names them', async (t) => {
  const before = await outside()
  const { id } = await emptyWorkspace()
  const error = await t.throwsAsync(async () => importSql(pool, id, await readDump(fixture('shop_dump.sql'))))
  t.regex(error.message, /^The script creates something outside the workspace: .*table public\.film/)
  t.true('hint' in error && String(error.hint).includes('--from-schema public,sales'))
  const one = await t.throwsAsync(async () =>
    importSql(pool, id, await readDump(fixture('shop_dump.sql')), { fromSchemas: ['public'] }),
  )
  t.true('hint' in one && String(one.hint).includes('--from-schema public,sales'))
  t.deepEqual(await outside(), before)
})

const STRAYS: readonly (readonly [script: string, message: RegExp])[] = [
  ['create table public.x ()', /table public\.x/],
  ['create schema x; create table x.y ()', /schema x.*table x\.y|table x\.y.*schema x/],
  ['create schema x', /schema x/],
  ['create table a (); set search_path = public; create table b ()', /table public\.b/],
  [
    "select set_config('search_path', 'public', true); create function f() returns int language sql return 1",
    /function public\.f\(\)/,
  ],
  ["create type public.mood as enum ('x')", /type public\.mood/],
  ['create sequence public.s', /sequence public\.s/],
  ['create role stray_role', /role stray_role/],
  ['create table a (); alter table a set schema public', /table public\.a/],
  ['create table a (); do $$ begin create table public.hidden (); end $$', /table public\.hidden/],
  ['create publication stray_publication', /publication stray_publication/],
]
// Serial: another test creates a schema beside.
test.serial('a script that creates anything elsewhere is refused as a whole', async (t) => {
  const before = await outside()
  const { id } = await emptyWorkspace()
  for (const [script, message] of STRAYS)
    await t.throwsAsync(importSql(pool, id, script), { name: 'Refusal', message }, script)
  t.deepEqual(await outside(), before)
})

test('a script of which nothing arrives is refused', async (t) => {
  const { id } = await emptyWorkspace()
  for (const script of [
    '',
    '-- nothing',
    'set lock_timeout = 1; select 1;',
    '\\restrict x\n\\unrestrict x\n',
  ])
    await t.throwsAsync(importSql(pool, id, script), { message: /^The script creates nothing/ }, script)
  await importSql(pool, id, 'create table a (x int)')
  t.like(await importSql(pool, id, 'insert into a values (1)'), { arrived: [], rows: 1 })
  t.like(await importSql(pool, id, 'alter table a add y int'), { arrived: [], rows: 0 })
  t.like(await importSql(pool, id, 'drop table a'), { arrived: [], rows: 0 })
})

test('a dump of another workspace is refused with the way to carry it, and its rows alone are accepted', async (t) => {
  const [one, other] = [
    await createWorkspace(pool, { name: 'Carried' }),
    await createWorkspace(pool, { name: 'Carrier' }),
  ]
  const source = quoteIdentifier(one.schemaName)
  const options = { fromSchemas: [one.schemaName] }
  const dump = `create type ${source}.actor_source as enum ('API')`
  const error = await t.throwsAsync(importSql(pool, other.id, dump, options))
  t.true('hint' in error && /model export.*--data-only/.test(String(error.hint)), error.message)
  const rows = `insert into ${source}.company (name) values ('carried')`
  t.like(await importSql(pool, other.id, rows, options), { arrived: [], rows: 1 })
})

test('tables of one name from two schemas are refused by name', async (t) => {
  const { id, schemaName } = await emptyWorkspace()
  const script = 'create table one.t (); create table two.t ();'
  const error = await t.throwsAsync(importSql(pool, id, script, { fromSchemas: ['one', 'two'] }))
  t.regex(error.message, /relation "t" already exists/)
  t.true('hint' in error && /one schema/.test(String(error.hint)))
  const { rows } = await pool.query('select from pg_tables where schemaname = $1', [schemaName])
  t.is(rows.length, 0)
})

test('a change that another session makes meanwhile is not taken for the script', async (t) => {
  const { id } = await emptyWorkspace()
  async function* slow(): AsyncGenerator<string> {
    yield 'create table a ();\n'
    await pool.query(
      'create table if not exists public.of_another (); drop table public.of_another; create schema of_another',
    )
    yield 'create table b ();\n'
  }
  t.teardown(() => pool.query('drop schema if exists of_another'))
  t.is((await importSql(pool, id, slow())).arrived.length, 2)
})
