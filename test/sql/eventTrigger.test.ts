import test from 'ava'
import type pg from 'pg'
import { watchEventTriggers } from '../../sql/eventTriggers.ts'
import { migrate } from '../../sql/migrate.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace, type TestWorkspace } from '../support/workspace.ts'

const versionOf = async (pool: pg.Pool, { id }: TestWorkspace): Promise<number> => {
  const { rows } = await pool.query<{ version: string }>(
    'select version from tenantry.workspaces where id = $1',
    [id],
  )
  return Number(rows[0]?.version)
}

// Each statement builds on those above it. `@` stands for the workspace's schema.
const CHANGES: readonly string[] = [
  'create table @.track (id serial primary key, title text)',
  'create table @.copy as select * from @.track',
  'select * into @.second_copy from @.track',
  `comment on table @.track is 'a track'`,
  `comment on column @.track.title is 'its title'`,
  'alter table @.track add column length int',
  'alter table @.track rename column length to milliseconds',
  'alter table @.track alter column milliseconds type bigint',
  'alter table @.track drop column milliseconds',
  `create type @.mood as enum ('sad')`,
  `alter type @.mood add value 'happy'`,
  `alter type @.mood rename value 'sad' to 'blue'`,
  `create type @.pair as (a int, b int)`,
  `create domain @.email as text check (value like '%@@%')`,
  'alter domain @.email drop constraint email_check',
  'create view @.titles as select title from @.track',
  'create or replace view @.titles as select title, id from @.track',
  'create rule quiet as on insert to @.titles do instead nothing',
  'drop rule quiet on @.titles',
  'create materialized view @.counts as select count(*) from @.track',
  `create function @.hello(name text) returns text language sql as 'select name'`,
  'alter function @.hello(text) stable',
  `create procedure @.work() language sql as 'select 1'`,
  'create unique index track_title on @.track (title)',
  'create sequence @.numbers',
  'create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing; create foreign table @.far (id int) server nowhere',
  'alter table @.track add constraint title_length check (length(title) < 100)',
  'alter table @.track drop constraint title_length',
  'drop index @.track_title',
  'drop function @.hello(text)',
  'drop materialized view @.counts',
  'drop view @.titles',
  'drop type @.mood',
  'drop domain @.email',
  'drop table @.track',
  'drop schema @ cascade',
]

test('raises the version of the workspace at every kind of change, and of no other', async (t) => {
  const { pool } = await createTestDatabase(t)
  const [workspace, other] = [await createTestWorkspace(pool), await createTestWorkspace(pool)]
  const quiet = await versionOf(pool, other)
  for (const change of CHANGES) {
    const before = await versionOf(pool, workspace)
    await pool.query(change.replaceAll('@@', '\0').replaceAll('@', workspace.q).replaceAll('\0', '@'))
    t.true((await versionOf(pool, workspace)) > before, change)
  }
  await pool.query('create table public.elsewhere (id int); drop table public.elsewhere')
  await pool.query('create temp table passing (id int); drop table passing')
  t.is(await versionOf(pool, other), quiet)
})

test('raises it where a change elsewhere reaches its tables, and of no other', async (t) => {
  const { pool } = await createTestDatabase(t)
  const [workspace, other] = [await createTestWorkspace(pool), await createTestWorkspace(pool)]
  const { q } = workspace
  await pool.query(`
    create type public.mood as enum ('sad');
    create domain public.moods as public.mood[];
    create domain public.own_moods as public.moods;
    create type public.unused as enum ('sad');
    create table ${q}.one (mood public.mood);
    create table ${q}.list (moods public.mood[]);
    create table ${q}.domain (moods public.own_moods)`)
  const quiet = await versionOf(pool, other)
  const reaches = async (change: string): Promise<boolean> => {
    const before = await versionOf(pool, workspace)
    await pool.query(change)
    return (await versionOf(pool, workspace)) > before
  }
  t.false(await reaches(`alter type public.unused add value 'happy'`))
  t.true(await reaches(`alter domain public.moods set not null`))
  await pool.query(`drop table ${q}.one`)
  t.true(await reaches(`alter type public.mood add value 'happy'`))
  await pool.query(`drop table ${q}.list`)
  t.true(await reaches(`alter type public.mood rename value 'sad' to 'blue'`))
  t.true(await reaches('alter type public.mood set schema tenantry'))
  await pool.query(`drop table ${q}.domain`)
  t.false(await reaches(`alter type tenantry.mood add value 'calm'`))
  for (const [kind, made] of [
    ['table', 'table moved (id int)'],
    ['view', 'view moved as select 1 as id'],
    ['materialized view', 'materialized view moved as select 1 as id'],
  ] as const) {
    await pool.query(`create ${made.replace('moved', `${q}.moved`)}`)
    t.true(await reaches(`alter ${kind} ${q}.moved set schema public`), `${kind} moved away`)
    t.true(await reaches(`alter ${kind} public.moved set schema ${q}`), `${kind} moved back`)
    await pool.query(`drop ${kind} ${q}.moved`)
  }
  t.is(await versionOf(pool, other), quiet)
})

test('raises it once per transaction, and not when the transaction fails', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  const before = await versionOf(pool, workspace)
  await inTransaction(pool, async (client) => {
    for (let n = 0; n < 5; n++) await client.query(`create table ${workspace.q}.t${n} (id int)`)
    await client.query(`drop table ${workspace.q}.t0`)
  })
  t.is(await versionOf(pool, workspace), before + 1)
  await t.throwsAsync(
    inTransaction(pool, async (client) => {
      await client.query(`create table ${workspace.q}.gone (id int)`)
      throw new Error('changed my mind')
    }),
  )
  t.is(await versionOf(pool, workspace), before + 1)
  await inTransaction(pool, async (client) => {
    await client.query('savepoint here')
    await client.query(`create table ${workspace.q}.gone (id int)`)
    await client.query('rollback to here')
    await client.query(`create table ${workspace.q}.stays (id int)`)
  })
  t.is(await versionOf(pool, workspace), before + 2)
})

test('leaves the version to DDL that raises it itself', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  const before = await versionOf(pool, workspace)
  await inTransaction(pool, async (client) => {
    await client.query(`select set_config('tenantry.applying', 'on', true)`)
    await client.query(`create table ${workspace.q}.ours (id int)`)
    await client.query(`drop table ${workspace.q}.ours`)
  })
  t.is(await versionOf(pool, workspace), before)
})

test('notifies the gateways in the transaction of the change', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  const listener = await pool.connect()
  t.teardown(async () => listener.release(true))
  const payloads: (string | undefined)[] = []
  listener.on('notification', ({ payload }) => payloads.push(payload))
  await listener.query('listen tenantry')
  await pool.query(`create table ${workspace.q}.track (id int)`)
  const version = await versionOf(pool, workspace)
  await listener.query('select 1')
  t.deepEqual(payloads, [`workspace ${workspace.id} ${version}`])
})

test("opens new tables to the workspace's roles", async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  const { q, role } = workspace
  await pool.query(`
    create table ${q}."New Table" (id serial primary key);
    create view ${q}.new_view as select * from ${q}."New Table";
    create type ${q}.new_type as enum ('a');
    create function ${q}.new_function() returns int language sql as 'select 1';
    revoke execute on function ${q}.new_function() from public`)
  const { rows } = await pool.query(
    `select
       has_table_privilege($1, $2 || '."New Table"', 'select, insert, update, delete') as "table",
       has_sequence_privilege($1, $2 || '."New Table_id_seq"', 'usage') as sequence,
       has_table_privilege($1, $2 || '.new_view', 'select') as view,
       has_type_privilege($1, $2 || '.new_type', 'usage') as type,
       has_function_privilege($1, $2 || '.new_function()', 'execute') as function`,
    [role, q],
  )
  // Functions are PUBLIC's until revoked.
  t.deepEqual(rows, [{ table: true, sequence: true, view: true, type: true, function: false }])
})

test('does not grant again what an operator revoked from a replaced view', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { q, role } = await createTestWorkspace(pool)
  const replace = `create or replace view ${q}.secret as select 1 as x`
  await pool.query(replace)
  await pool.query(`revoke all on ${q}.secret from ${quoteIdentifier(role)}`)
  await pool.query(replace)
  const { rows } = await pool.query(`select has_table_privilege($1, $2 || '.secret', 'select') as may`, [
    role,
    q,
  ])
  t.deepEqual(rows, [{ may: false }])
})

test('works for a change made by someone with no rights on the control schema', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  const before = await versionOf(pool, workspace)
  await inTransaction(pool, async (client) => {
    const role = client.escapeIdentifier(workspace.role)
    await client.query(`grant create on schema ${workspace.q} to ${role}`)
    await client.query(`set local role ${role}`)
    await client.query(`create table ${workspace.q}.mine (id int)`)
  })
  t.is(await versionOf(pool, workspace), before + 1)
})

test('a statement that may not wait for a change that is under way fails, instead of going unannounced', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspace = await createTestWorkspace(pool)
  await pool.query(`create table ${workspace.q}.there (id int)`)
  await inTransaction(pool, async (holder) => {
    await holder.query('select from tenantry.workspaces where id = $1 for update', [workspace.id])
    for (const change of [`create table ${workspace.q}.late (id int)`, `drop table ${workspace.q}.there`])
      await t.throwsAsync(pool.query(`set lock_timeout = '50ms'; ${change}`), { code: '55P03' }, change)
  })
  const { rows } = await pool.query(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r'`,
    [workspace.q],
  )
  t.deepEqual(
    rows.filter(({ name }) => name === 'late' || name === 'there'),
    [{ name: 'there' }],
  )
})

test('warns, and does not break the statement, when it cannot do its work', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { q } = await createTestWorkspace(pool)
  await pool.query('alter table tenantry.workspaces rename to hidden')
  const client = await pool.connect()
  const warnings: (string | undefined)[] = []
  client.on('notice', ({ message }) => warnings.push(message))
  await client.query(`create table ${q}.still_made (id int)`)
  await client.query(`drop table ${q}.still_made`)
  client.release()
  await pool.query('alter table tenantry.hidden rename to workspaces')
  t.is(warnings.length, 2)
  t.regex(warnings[0] ?? '', /not announced to the gateways/)
})

test('it is noticed when an operator switches them off and on again', async (t) => {
  const { pool } = await createTestDatabase(t)
  let gaps = 0
  const watch = watchEventTriggers({
    pool,
    log: createTestLog(),
    wereEnabled: true,
    everyMs: 20,
    onGap: () => {
      gaps += 1
    },
  })
  t.teardown(watch.close)
  await pool.query('alter event trigger tenantry_drop disable')
  await until('it is noticed', () => !watch.areEnabled())
  t.is(gaps, 0)
  await pool.query('alter event trigger tenantry_drop enable')
  await until('it is noticed', watch.areEnabled)
  t.is(gaps, 1)
  await pool.query('alter event trigger tenantry_ddl disable; alter event trigger tenantry_ddl enable')
  await until('it is noticed, though they were off for an instant', () => gaps === 2)
  await migrate(pool, { secretKey: SECRET_KEY })
  let looks = 0
  pool.on('acquire', () => {
    looks += 1
  })
  await until('it has looked again', () => looks > 2)
  t.is(gaps, 2, 'a gateway that starts creates them again')
})
