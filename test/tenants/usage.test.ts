import test from 'ava'
import type pg from 'pg'
import { addUsage, readUsage, type UsageRow } from '../../tenants/usage.ts'
import { lockWorkspace } from '../../tenants/workspaceLock.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const CALLER = '0199aaaa-0000-7000-8000-000000000002'

const rowOf = (workspaceId: string, route: string, callerId = CALLER): UsageRow => ({
  workspaceId,
  callerId,
  route,
  requests: 1,
  refused: 0,
  failed: 0,
  totalMs: 1,
  latencies: [1],
})

/** In the last two hours, since a test may begin in one and end in the next. */
const counted = async (pool: pg.Pool, workspaceId: string): Promise<number> =>
  (await readUsage(pool, workspaceId, null)).hours.slice(-2).reduce((sum, { requests }) => sum + requests, 0)

const waitingFlushes = async (pool: pg.Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into tenantry.usage%'`,
  )
  return rows[0]?.count ?? 0
}

/** Runs in an open transaction, which is rolled back should the test fail. */
const inOpenTransaction = async (pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>) => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await work(client)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

test('a workspace dropped during a flush takes none of the other counts with it', async (t) => {
  const { pool } = await createTestDatabase(t)
  const [dropped, kept] = [await createTestWorkspace(pool), await createTestWorkspace(pool)]
  // One row exists and is updated, another is new: only the new one has its foreign key checked.
  await addUsage(pool, [rowOf(dropped.id, 'GET /rest/companies'), rowOf(kept.id, 'GET /rest/companies')])
  await inOpenTransaction(pool, async (client) => {
    await client.query('select from tenantry.workspaces where id = $1 for update', [dropped.id])
    const flush = addUsage(pool, [
      rowOf(dropped.id, 'GET /rest/companies'),
      rowOf(dropped.id, 'GET /rest/people'),
      rowOf(kept.id, 'GET /rest/companies'),
    ])
    await until('the flush waits for the workspace', async () => (await waitingFlushes(pool)) === 1)
    await client.query('delete from tenantry.workspaces where id = $1', [dropped.id])
    await client.query('commit')
    await flush
  })
  t.is(await counted(pool, kept.id), 2)
  const { rows } = await pool.query('select from tenantry.usage where workspace_id = $1', [dropped.id])
  t.is(rows.length, 0)
})

test('a change of the model that takes long keeps no flush waiting', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id } = await createTestWorkspace(pool)
  await inOpenTransaction(pool, async (client) => {
    await lockWorkspace(client, id)
    await addUsage(pool, [rowOf(id, 'GET /rest/companies')])
    t.is(await counted(pool, id), 1)
  })
})

test('old hours that another transaction is deleting are left to it', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id } = await createTestWorkspace(pool)
  await addUsage(pool, [rowOf(id, 'GET /rest/companies'), rowOf(id, 'GET /rest/people')])
  await pool.query(`update tenantry.usage set hour = hour - interval '3 days'`)
  await inOpenTransaction(pool, async (client) => {
    await client.query(`delete from tenantry.usage where route = 'GET /rest/people'`)
    await addUsage(pool, [rowOf(id, 'GET /rest/companies')])
    const { rows } = await pool.query<{ route: string }>(
      `select route from tenantry.usage where hour < now() - interval '2 days'`,
    )
    t.deepEqual(
      rows.map(({ route }) => route),
      ['GET /rest/people'],
    )
  })
})
