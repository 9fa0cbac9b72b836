// What bounds the change feed: partitions by day, windows and layouts that go with them, and the images of
// dropped workspaces.

import test, { type ExecutionContext } from 'ava'
import type pg from 'pg'
import { createMaintenance } from '../../gateway/jobs/maintenance.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import {
  listCapture,
  openFeed,
  purgeFeed,
  resetCapture,
  setCapture,
  turnFeed,
} from '../../tenants/changes/capture.ts'
import { type FeedWindow, oldestWindow, readFeed, tick } from '../../tenants/changes/feed.ts'
import { boundFeed } from '../../tenants/changes/feedSize.ts'
import { settleCapture } from '../../tenants/changes/settle.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const partitions = async (pool: pg.Pool): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ name: string }>(
    `select relname::text as name from pg_class where relname ~ '^changes_[0-9]{8}$' and relkind = 'r' order by 1`,
  )
  return rows.map(({ name }) => name)
}

const stateOf = async (pool: pg.Pool, workspaceId: string): Promise<string> =>
  (await listCapture(pool, workspaceId)).map(({ table, capture }) => `${table} ${capture}`).join(', ')

const captured = async (pool: pg.Pool) => {
  await openFeed(pool, 'on')
  const workspace = await createWorkspace(pool, { name: 'Kept', standardObjects: false })
  const table = `${quoteIdentifier(workspace.schemaName)}.deal`
  await pool.query(`create table ${table} (id int primary key, name text)`)
  return { workspace, table }
}

/** Names that the feed shows after a window. */
const feedOf = async (pool: pg.Pool, workspaceId: string, after: FeedWindow): Promise<readonly string[]> => {
  await tick(pool)
  const page = await readFeed(pool, workspaceId, { after }, 100)
  return (page?.rows ?? []).map((row) => JSON.parse(row.after ?? '{}').name)
}

/** Moves the partition of today, its rows and the windows into the past. */
const age = (pool: pg.Pool, days: number): Promise<unknown> =>
  pool.query(`do $$
    declare
      today text := to_char(now() at time zone 'UTC', 'YYYYMMDD');
      past date := (now() at time zone 'UTC')::date - ${days};
    begin
      execute format('alter table tenantry_runtime.changes detach partition tenantry_runtime.changes_%s', today);
      execute format('alter table tenantry_runtime.changes_%s rename to changes_%s', today, to_char(past, 'YYYYMMDD'));
      execute format('update tenantry_runtime.changes_%s set at = at - interval ''${days} days''', to_char(past, 'YYYYMMDD'));
      execute format('alter table tenantry_runtime.changes attach partition tenantry_runtime.changes_%s for values from (%L) to (%L)',
        to_char(past, 'YYYYMMDD'), past::timestamp at time zone 'UTC', (past + 1)::timestamp at time zone 'UTC');
      update tenantry_runtime.windows set at = at - interval '${days} days';
    end $$`)

test('partitions of the coming days are there, and old ones go with their windows', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { table } = await captured(pool)
  t.true((await partitions(pool)).length >= 8)
  await pool.query(`insert into ${table} values (1, 'a')`)
  await pool.query('select tenantry_runtime.tick()')
  await pool.query(`insert into ${table} values (2, 'b')`)
  await pool.query('select tenantry_runtime.tick()')
  await age(pool, 9)
  const before = await partitions(pool)
  await turnFeed(pool, 30)
  t.true(before.every((name) => name !== ''))
  t.is(
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n,
    2,
  )
  await turnFeed(pool, 7)
  t.is(
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n,
    0,
  )
  t.is((await pool.query('select count(*)::int as n from tenantry_runtime.windows')).rows[0].n, 1)
  // Today has a partition again, and writes go on.
  await pool.query(`insert into ${table} values (3, 'c')`)
  t.is(
    (
      await pool.query(
        'select count(*)::int as n from tenantry_runtime.changes_default where operation <> $$o$$',
      )
    ).rows[0].n,
    0,
  )
})

test('without partitions a write goes to the default one, and a held log does not block maintenance for long', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { table } = await captured(pool)
  for (const name of await partitions(pool)) await pool.query(`drop table tenantry_runtime.${name}`)
  await pool.query(`insert into ${table} values (1, 'a')`)
  t.is(
    (
      await pool.query(
        'select count(*)::int as n from tenantry_runtime.changes_default where operation <> $$o$$',
      )
    ).rows[0].n,
    1,
  )
  const writer = await pool.connect()
  await writer.query(`begin; insert into ${table} values (2, 'b')`)
  await t.throwsAsync(turnFeed(pool, 7), { code: '55P03' })
  await writer.query('commit')
  writer.release()
  await turnFeed(pool, 7)
  t.is((await partitions(pool)).length, 7)
})

test('a transaction that began before its day was dropped is read when it commits', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  await pool.query(`insert into ${table} values (1, 'old')`)
  await tick(pool)
  const [early, late] = [await pool.connect(), await pool.connect()]
  // Both have their ids; one writes before the feed is read, one after.
  for (const writer of [early, late]) await writer.query('begin; select pg_current_xact_id()')
  await age(pool, 10)
  await turnFeed(pool, 7)
  t.false(
    (await partitions(pool)).some(
      (name) => name < `changes_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`,
    ),
  )
  await early.query(`insert into ${table} values (2, 'early')`)
  await pool.query(`insert into ${table} values (3, 'between')`)
  const position = await tick(pool)
  await late.query(`insert into ${table} values (4, 'late')`)
  for (const writer of [early, late]) {
    await writer.query('commit')
    writer.release()
  }
  await turnFeed(pool, 7)
  t.deepEqual(await feedOf(pool, workspace.id, position), ['early', 'late'])
})

test('an open writer in another database holds up no change', async (t) => {
  const { pool } = await createTestDatabase(t)
  const other = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  const { table: elsewhere } = await captured(other.pool)
  const writer = await other.pool.connect()
  await writer.query(`begin; insert into ${elsewhere} values (1, 'open')`)
  for (const id of [1, 2, 3]) {
    const position = await tick(pool)
    await pool.query(`insert into ${table} values (${id}, 'seen ${id}')`)
    t.deepEqual(await feedOf(pool, workspace.id, position), [`seen ${id}`])
  }
  await writer.query('rollback')
  writer.release()
})

test('an open writer delays neither partitions of later days nor the purge of a dropped workspace', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { table } = await captured(pool)
  const dropped = await captured(pool)
  await pool.query(`insert into ${dropped.table} values (1, 'secret')`)
  await dropWorkspace(pool, dropped.workspace.id)
  const writer = await pool.connect()
  await writer.query(`begin; insert into ${table} values (1, 'a')`)
  const before = await partitions(pool)
  await pool.query('select tenantry_runtime.make_partitions(8)')
  t.is((await partitions(pool)).length, before.length + 1)
  // Without any retention, today's partition would go, which the writer holds.
  const log = { debug: () => {}, info: () => {}, error: () => {}, warn: () => {} }
  const maintenance = createMaintenance({ pool, log, feedRetentionDays: -1 })
  await maintenance.run()
  await maintenance.close()
  t.is((await pool.query('select from tenantry_runtime.purges')).rowCount, 0)
  await writer.query('commit')
  writer.release()
})

test('beyond its size the feed loses its oldest day, never today, with a warning from four fifths on', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { table } = await captured(pool)
  const count = async (): Promise<number> =>
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n
  const write = async (from: number, name: string): Promise<void> => {
    await pool.query(`insert into ${table} select n, $1 from generate_series($2::int, $2::int + 4999) n`, [
      name.repeat(200),
      from,
    ])
    await pool.query('select tenantry_runtime.tick()')
  }
  await write(1, 'old')
  await age(pool, 3)
  await turnFeed(pool, 7)
  await write(10_000, 'new')
  const { bytes } = await boundFeed(pool, Number.MAX_SAFE_INTEGER)
  const messages: string[] = []
  const log = { debug: () => {}, info: () => {}, error: () => {} }
  const warn = (_facts: object, message: string) => messages.push(message)
  const round = async (share: number): Promise<void> => {
    const feedMaxMb = bytes / share / 1_000_000
    const maintenance = createMaintenance({ pool, log: { ...log, warn }, feedRetentionDays: 7, feedMaxMb })
    await maintenance.run()
    await maintenance.close()
  }
  await round(0.7)
  t.deepEqual([await count(), messages.splice(0)], [10_000, []])
  await round(0.9)
  t.is(await count(), 10_000)
  t.regex(messages.splice(0).join(), /four fifths/)
  await round(1.1)
  t.is(await count(), 5_000)
  t.regex(messages.splice(0).join(), /dropping its oldest days/)
  t.is(
    (
      await pool.query(
        'select count(*)::int as n from tenantry_runtime.windows where at < now() - interval $$1 day$$',
      )
    ).rows[0].n,
    0,
  )
  await round(100)
  t.is(await count(), 5_000)
  await write(20_000, 'newer')
  t.is(await count(), 10_000)
})

test('the default partition counts, and goes as the day that it holds', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { table } = await captured(pool)
  const count = async (): Promise<number> =>
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n
  for (const name of await partitions(pool)) await pool.query(`drop table tenantry_runtime.${name}`)
  await pool.query(`insert into ${table} select n, repeat('old', 200) from generate_series(1, 5000) n`)
  await pool.query('select tenantry_runtime.tick()')
  const bound = async (share: number) => {
    const { bytes } = await boundFeed(pool, Number.MAX_SAFE_INTEGER)
    return boundFeed(pool, bytes / share)
  }
  // It holds changes of today, which stay.
  t.deepEqual((await bound(10)).dropped, [])
  t.is(await count(), 5_000)
  await pool.query(`update tenantry_runtime.changes_default set at = at - interval '2 days'`)
  await pool.query(`update tenantry_runtime.windows set at = at - interval '2 days'`)
  await turnFeed(pool, 7)
  await pool.query(`insert into ${table} values (10000, 'new')`)
  t.deepEqual((await bound(0.9)).dropped, [])
  t.is(await count(), 5_001)
  t.deepEqual((await bound(2)).dropped, ['changes_default'])
  t.is(await count(), 1)
  t.true((await boundFeed(pool, Number.MAX_SAFE_INTEGER)).bytes < 1_000_000)
})

test('the images of a dropped workspace are blanked', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  const other = await captured(pool)
  await pool.query(
    `insert into ${table} select n, 'secret' from generate_series(1, 20) n; update ${table} set name = 'more'`,
  )
  await pool.query(`insert into ${other.table} values (1, 'kept')`)
  await dropWorkspace(pool, workspace.id)
  const waiting = async () => (await pool.query('select from tenantry_runtime.purges')).rowCount
  // A gateway that closes leaves the rest to the next round, in any batch.
  t.is(await purgeFeed(pool, () => true), 0)
  t.is(await waiting(), 1)
  let checks = 0
  t.is(
    await purgeFeed(pool, () => {
      checks += 1
      return checks > 2
    }),
    40,
  )
  t.is(await waiting(), 1)
  t.is(await purgeFeed(pool), 40)
  t.is(await waiting(), 0)
  const { rows } = await pool.query(
    `select count(*) filter (where workspace_id = $1 and (before is not null or after is not null or actor is not null))::int as left,
       count(*) filter (where workspace_id <> $1 and after is not null)::int as kept from tenantry_runtime.changes where operation <> 'o'`,
    [workspace.id],
  )
  t.deepEqual(rows, [{ left: 0, kept: 1 }])
  t.is(await purgeFeed(pool), 0)
})

test('capture is settled where it differs from the settings, and a table in use waits', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 0 })
  await openFeed(pool, 'demand')
  const writer = await pool.connect()
  await writer.query(`begin; insert into ${table} values (1, 'a')`)
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 1 })
  await writer.query('commit')
  writer.release()
  t.deepEqual(await settleCapture(pool), { workspaces: 1, tables: 1, waiting: 0 })
  t.deepEqual(await setCapture(pool, workspace.id, true), { settled: ['deal'], waiting: [] })
  t.is(await stateOf(pool, workspace.id), 'deal on')
  await pool.query(`alter table ${table} disable trigger tenantry_update`)
  t.is(await stateOf(pool, workspace.id), 'deal broken')
})

/** @returns what ends the transaction that holds the table */
const hold = async (t: ExecutionContext, pool: pg.Pool, table: string): Promise<() => Promise<unknown>> => {
  const writer = await pool.connect()
  // An open connection would keep the pool of a failed test from ending.
  t.teardown(() => writer.release(true))
  await writer.query(`begin; lock table ${table} in row exclusive mode`)
  return () => writer.query('commit')
}

test('one table in use keeps no other from being captured, and no writer waits for the setting', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  const schema = quoteIdentifier(workspace.schemaName)
  await setCapture(pool, workspace.id, false)
  await pool.query(
    `create table ${schema}.line (id int primary key); create table ${schema}.note (id int primary key)`,
  )
  const release = await hold(t, pool, `${schema}.line`)
  const setting = setCapture(pool, workspace.id, true)
  // The setting is stored before the first table is touched, and holds no lock while a table is awaited.
  await until(
    'others are captured',
    async () => (await stateOf(pool, workspace.id)) === 'deal on, line broken, note on',
  )
  await pool.query(`update tenantry.workspaces set name = 'Renamed' where id = $1`, [workspace.id])
  await pool.query(`insert into ${table} values (1, 'a')`)
  t.deepEqual(await setting, { settled: ['deal', 'note'], waiting: ['line'] })
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 1 })
  await release()
  t.deepEqual(await settleCapture(pool), { workspaces: 1, tables: 1, waiting: 0 })
  t.is(await stateOf(pool, workspace.id), 'deal on, line on, note on')
})

test('a reset repairs what it can, the rest follows, and readers from before start over', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  const other = await captured(pool)
  const { id } = workspace
  const schema = quoteIdentifier(workspace.schemaName)
  await pool.query(`create table ${schema}.line (id int primary key)`)
  const isKnown = async (window: FeedWindow, workspaceId = id) =>
    (await readFeed(pool, workspaceId, { after: window }, 10)) !== null
  const before = await tick(pool)
  await pool.query(`alter table ${table} disable trigger all; alter table ${schema}.line disable trigger all`)
  await pool.query(`insert into ${table} values (1, 'unseen')`)
  const release = await hold(t, pool, `${schema}.line`)
  t.deepEqual(await resetCapture(pool, id), { settled: ['deal'], waiting: ['line'] })
  t.is(await stateOf(pool, id), 'deal on, line broken')
  t.deepEqual([await isKnown(before), await isKnown(before, other.workspace.id)], [false, true])
  const between = await tick(pool)
  t.true(await isKnown(between))
  const oldest = await oldestWindow(pool, id)
  t.true(oldest.number > before.number && oldest.number <= between.number)
  t.true(await isKnown(oldest))
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 1 })
  t.true(await isKnown(between))
  await release()
  t.deepEqual(await settleCapture(pool), { workspaces: 1, tables: 1, waiting: 0 })
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 0 })
  t.is(await stateOf(pool, id), 'deal on, line on')
  t.false(await isKnown(between))
  t.true(await isKnown(await tick(pool)))
})

test('turning capture on goes on where a gateway that closed has left it, and raises no version', async (t) => {
  const { pool } = await createTestDatabase(t)
  await openFeed(pool, 'demand')
  for (const name of ['One', 'Two', 'Three']) {
    const { schemaName } = await createWorkspace(pool, { name, standardObjects: false })
    await pool.query(`create table ${quoteIdentifier(schemaName)}.deal (id int primary key)`)
  }
  const versions = async () =>
    (await pool.query('select id, version from tenantry.workspaces order by id')).rows
  const before = await versions()
  await openFeed(pool, 'on')
  let done = 0
  const { tables } = await settleCapture(pool, () => {
    done += 1
    return done > 3
  })
  t.true(tables > 0 && tables < 3)
  t.like(await settleCapture(pool), { tables: 3 - tables, waiting: 0 })
  t.deepEqual(await settleCapture(pool), { workspaces: 0, tables: 0, waiting: 0 })
  t.deepEqual(await versions(), before)
})

test('a database that was restored into another cluster begins a new log', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { workspace, table } = await captured(pool)
  await pool.query(`insert into ${table} values (1, 'a')`)
  await pool.query('select tenantry_runtime.tick()')
  await openFeed(pool, 'on')
  t.is(
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n,
    1,
  )
  const tokens = async (): Promise<readonly string[]> =>
    (await pool.query('select token from tenantry_runtime.windows')).rows.map(({ token }) => token)
  const before = await tokens()
  await pool.query('update tenantry_runtime.feed set system_identifier = 1')
  await openFeed(pool, 'on')
  t.is(
    (await pool.query('select count(*)::int as n from tenantry_runtime.changes where operation <> $$o$$'))
      .rows[0].n,
    0,
  )
  const after = await tokens()
  t.is(after.length, 1)
  t.false(before.includes(after[0] ?? ''))
  // Tables may have other oids, so nothing is known of them until they are settled.
  t.is(await stateOf(pool, workspace.id), 'deal broken')
  t.like(await settleCapture(pool), { tables: 1, waiting: 0 })
  t.is(await stateOf(pool, workspace.id), 'deal on')
})
