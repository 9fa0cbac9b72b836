// The reader of the log for webhooks: every change once, in pages that cost their rows.

import test from 'ava'
import type pg from 'pg'
import type { ClientBase, Pool } from 'pg'
import { createFanOut } from '../../gateway/webhooks/fanOut.ts'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { readWebhookFeed, startWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const LIMIT = 50

const hooked = async (pool: Pool): Promise<string> => {
  const { id, schemaName } = await createWorkspace(pool, { name: 'Paged', standardObjects: false })
  await pool.query(`create table ${quoteIdentifier(schemaName)}.things (id integer primary key)`)
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x')`,
      [id],
    )
    await startWebhookFeed(client)
  })
  return id
}

const write = async (connection: Pool | ClientBase, workspaceId: string, count: number): Promise<void> => {
  await connection.query(
    `insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after)
     select w.id, format('%I.things', w.schema_name)::regclass, 'i', '{}'
     from tenantry.workspaces w, generate_series(1, $2::int) where w.id = $1`,
    [workspaceId, count],
  )
}

/** Rows of the log that this connection has read; Postgres counts on after the end of a transaction. */
const rowsRead = async (client: ClientBase): Promise<number> => {
  const { rows } = await client.query<{ read: number }>(
    `select sum(seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables
     where schemaname = 'tenantry_runtime' and relname ~ '^changes_'`,
  )
  return rows[0]?.read ?? 0
}

/** One page, and how many rows of the log Postgres read for it. */
const readPage = (pool: Pool) =>
  inTransaction(pool, async (client) => {
    const before = await rowsRead(client)
    const page = await readWebhookFeed(client, LIMIT)
    if (page === null) throw new Error('Another reader holds the position.')
    const read = (await rowsRead(client)) - before
    await page.advance()
    return { ...page, read }
  })

/** Everything that is new. */
const readAll = async (pool: Pool) => {
  await pool.query('select tenantry_runtime.tick()')
  const pages = [await readPage(pool)]
  while (pages.at(-1)?.hasMore === true) pages.push(await readPage(pool))
  return pages
}

test('changes of overlapping transactions are read once each', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspaceId = await hooked(pool)
  const open = await pool.connect()
  await open.query('begin')
  await write(open, workspaceId, 70)
  await write(pool, workspaceId, 120)
  const first = await readAll(pool)
  await write(pool, workspaceId, 30)
  await open.query('commit')
  open.release()
  const second = await readAll(pool)
  const idsOf = (pages: typeof first): readonly string[] =>
    pages.flatMap(({ rows }) => rows.map(({ id }) => id))
  t.is(idsOf(first).length, 120)
  t.is(idsOf(second).length, 100)
  t.is(new Set([...idsOf(first), ...idsOf(second)]).size, 220)
  t.deepEqual(
    first.map(({ isReset }) => isReset),
    first.map(() => false),
  )
})

test('a page reads its own rows of the log, however large the window is', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspaceId = await hooked(pool)
  await write(pool, workspaceId, 2_000)
  await pool.query('analyze tenantry_runtime.changes')
  const pages = await readAll(pool)
  t.is(pages.flatMap(({ rows }) => rows).length, 2_000)
  for (const { read } of pages) t.true(read <= 2 * LIMIT, String(read))
})

test('a page that another version left behind is passed over', async (t) => {
  const { pool } = await createTestDatabase(t)
  const workspaceId = await hooked(pool)
  await write(pool, workspaceId, 60)
  await pool.query('select tenantry_runtime.tick()')
  t.is((await readPage(pool)).rows.length, LIMIT)
  // It stores its end of the window and knows nothing of pages.
  await pool.query(
    `update tenantry_runtime.webhook_feed f set number = w.number, token = w.token
     from (select * from tenantry_runtime.windows order by number desc limit 1) w`,
  )
  await write(pool, workspaceId, 10)
  t.is((await readAll(pool)).flatMap(({ rows }) => rows).length, 10)
})

for (const moment of ['before', 'after'] as const)
  test(`a gateway that dies ${moment} any statement of the fan-out loses no delivery and stores none twice`, async (t) => {
    const { pool, ownerUrl } = await createTestDatabase(t)
    const workspaceId = await hooked(pool)
    const mortal = createOwnerPool(ownerUrl, { size: 1 })
    t.teardown(() => mortal.end())
    let left = Number.POSITIVE_INFINITY
    mortal.on('connect', (client: pg.PoolClient) => {
      const { query } = client
      const { stream } = client.connection
      const dying = (...given: Parameters<typeof query>) => {
        left -= 1
        if (left === 0 && moment === 'before') stream.destroy()
        const answer = query.apply(client, given)
        if (left === 0 && moment === 'after') stream.end()
        return answer
      }
      Object.assign(client, { query: dying })
    })
    const fanOut = createFanOut({
      pool: mortal,
      clock: Date.now,
      onReset: () => t.fail('The position is lost.'),
      deliveriesOf: async (webhooks, _, rows) =>
        webhooks.flatMap((webhook) =>
          rows.map(({ id: changeId, xid, at }) => ({
            ...{ webhookId: webhook.id, workspaceId, changeId, xid, at },
            ...{ event: 'company.created', recordKey: null },
          })),
        ),
    })
    let deaths = 0
    for (let isAlive = false; !isAlive; ) {
      await write(pool, workspaceId, 3)
      await pool.query('select tenantry_runtime.tick()')
      left = deaths + 1
      const read = await fanOut().catch(() => 'died' as const)
      if (read === 'died') deaths += 1
      // Null: the server has not noticed yet that the one before is dead.
      isAlive = read !== 'died' && read !== null
    }
    left = Number.POSITIVE_INFINITY
    await until('the position is free', async () => (await fanOut().catch(() => null)) !== null)
    t.true(deaths >= 5, String(deaths))
    const { rows } = await pool.query(
      `select count(*)::int as deliveries, count(distinct change_id)::int as changes, count(distinct id)::int as ids,
         (select count(*)::int from tenantry_runtime.changes where workspace_id = $1) as written from tenantry_runtime.deliveries`,
      [workspaceId],
    )
    const { written } = rows[0]
    t.true(written >= 3 * (deaths + 1))
    t.deepEqual(rows, [{ deliveries: written, changes: written, ids: written, written }])
  })
