// How many rows of the log its readers read: about those they answer with, however many the log has of other
// workspaces and of other times.

import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { openFeed, purgeFeed } from '../../tenants/changes/capture.ts'
import { PAGE_BYTES, readFeed, tick } from '../../tenants/changes/feed.ts'
import { readFeedState } from '../../tenants/changes/feedState.ts'
import { readRowsById, readSlices, readSpan } from '../../tenants/changes/hostSpan.ts'
import { readDelivered } from '../../tenants/changes/webhookFeed.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

const OTHERS = 8_000
/** Of the workspace that reads. */
const FEW = 3
const MOST_READ = 100

/** One connection: Postgres counts what it has read once it reports it. */
const open = async (t: ExecutionContext, planCacheMode: string) => {
  const { ownerUrl } = await createTestDatabase(t)
  const pool = createOwnerPool(ownerUrl, { size: 1 })
  t.teardown(() => pool.end())
  await pool.query(`set plan_cache_mode = ${planCacheMode}`)
  await openFeed(pool, 'on')
  return pool
}

const write = (pool: pg.Pool | pg.ClientBase, workspaceId: string, amount: number) =>
  pool.query(
    `insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after)
     select $1, 'tenantry.workspaces'::regclass, 'i', json_build_object('id', n) from generate_series(1, $2::int) n`,
    [workspaceId, amount],
  )

const rowsRead = async (pool: pg.Pool): Promise<number> => {
  await pool.query('select pg_stat_force_next_flush()')
  await pool.query('select pg_stat_clear_snapshot()')
  const { rows } = await pool.query<{ count: number }>(
    `select sum(coalesce(s.seq_tup_read, 0) + coalesce(i.read, 0))::int as count
     from pg_stat_user_tables s
     left join lateral (select sum(x.idx_tup_read) as read from pg_stat_user_indexes x where x.relid = s.relid) i on true
     where s.schemaname = 'tenantry_runtime' and s.relname ~ '^changes_'`,
  )
  return rows[0]?.count ?? 0
}

for (const mode of ['force_generic_plan', 'force_custom_plan'])
  test(`readers of the feed read few rows of others (${mode})`, async (t) => {
    const pool = await open(t, mode)
    const workspaceId = randomUUID()
    const others = Array.from({ length: 4 }, () => randomUUID())
    const writeOthers = async (): Promise<void> => {
      for (const other of others) await write(pool, other, OTHERS / others.length)
    }
    const reads = async <Answer>(what: string, read: () => Promise<Answer>): Promise<Answer> => {
      const before = await rowsRead(pool)
      const answer = await read()
      const count = (await rowsRead(pool)) - before
      t.true(count <= MOST_READ, `${what}: ${count} rows read`)
      return answer
    }
    const start = await tick(pool)
    await writeOthers()
    await write(pool, workspaceId, FEW)
    await writeOthers()
    const end = await tick(pool)
    // The planner has no statistics of a new partition, and later those of a long one.
    for (const prepare of ['select', 'analyze tenantry_runtime.changes']) {
      await pool.query(prepare)
      const far = await reads(`a page of a reader that is far behind (${prepare})`, () =>
        readFeed(pool, others[0] ?? '', { after: start }, 10),
      )
      t.is(far?.rows.length, 10)
      const all = await reads(`a page of all workspaces (${prepare})`, () =>
        readSlices(pool, { after: start, upTo: end }, [workspaceId, ...others], 5),
      )
      t.is(all.rows.length, FEW + 5 * others.length)
    }

    const page = await reads('a workspace from a position on', () =>
      readFeed(pool, workspaceId, { after: start }, 100),
    )
    t.is(page?.rows.length, FEW)
    const [first] = page?.rows ?? []
    if (page === null || first === undefined) return t.fail('The page is empty.')
    const next = await reads('a workspace from a row on', () =>
      readFeed(pool, workspaceId, page.positionOf(first), 100),
    )
    t.is(next?.rows.length, FEW - 1)
    const asked = [{ workspaceId, id: first.id }]
    const byId = (await reads('a row by its id', () => readRowsById(pool, asked, PAGE_BYTES)))(first.id)
    t.is(byId === 'later' ? byId : byId?.id, first.id)
    const delivered = { workspaceId, changeId: first.id, pgRole: 'postgres' }
    const found = await reads('a row to be delivered', () => readDelivered(pool, [delivered], PAGE_BYTES))
    t.truthy(found(delivered))

    await write(pool, workspaceId, FEW)
    t.true((await reads('the state of the feed', () => readFeedState(pool))).unreadSeconds > 0)
    const newest = await reads('a tick', () => tick(pool))
    const live = await reads('a workspace at the end', () => readFeed(pool, workspaceId, { after: end }, 100))
    t.is(live?.rows.length, FEW)
    const span = await reads('a span of windows', () => readSpan(pool, end, newest, 100))
    t.deepEqual(span?.workspaces, [{ workspaceId, changes: FEW }])
    await pool.query('insert into tenantry_runtime.purges (workspace_id) values ($1)', [workspaceId])
    t.is(await reads('a workspace that is purged', () => purgeFeed(pool)), 2 * FEW)
  })

for (const mode of ['force_generic_plan', 'force_custom_plan'])
  test(`the history is filled in pages that cost their rows (${mode})`, async (t) => {
    const pool = await open(t, mode)
    const { id } = await createWorkspace(pool, { name: 'Kept', standardObjects: false })
    await pool.query(
      `update tenantry.workspaces set settings = settings || '{"history": true}' where id = $1`,
      [id],
    )
    const fill = async (batch: number) => {
      const before = await rowsRead(pool)
      const { rows } = await pool.query<{ done: boolean }>(
        'select is_done as done from tenantry_runtime.fill_history($1)',
        [batch],
      )
      return { isDone: rows[0]?.done === true, read: (await rowsRead(pool)) - before }
    }
    const fillAll = async (): Promise<void> => {
      while (!(await fill(5_000)).isDone);
    }
    await fillAll()
    const writers = new pg.Pool({ connectionString: pool.options.connectionString, max: 2 })
    t.teardown(() => writers.end())
    // Of two transactions that one window sees running and the next one committed.
    const running = [await writers.connect(), await writers.connect()]
    for (const client of running) {
      await client.query('begin')
      await write(client, id, OTHERS / 4)
    }
    await write(pool, id, OTHERS / 4)
    await tick(pool)
    await fillAll()
    for (const client of running) {
      await client.query('commit')
      client.release()
    }
    await write(pool, id, OTHERS / 4)
    await tick(pool)
    await pool.query('analyze tenantry_runtime.changes')
    let pages = 0
    for (let isDone = false; !isDone; pages += 1) {
      const page = await fill(OTHERS / 8)
      t.true(page.read <= (OTHERS / 8) * 3 + MOST_READ, `page ${pages}: ${page.read} rows read`)
      isDone = page.isDone
    }
    t.true(pages >= 6)
    await write(pool, id, FEW)
    await tick(pool)
    const last = await fill(OTHERS)
    t.true(last.read <= MOST_READ, `${last.read} rows read`)
  })
