// The reader of the log for webhooks: every change once, in pages that cost their rows.

import test from 'ava'
import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { readWebhookFeed, startWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

const LIMIT = 50

const hooked = async (pool: Pool): Promise<string> => {
  const { id } = await createWorkspace(pool, { name: 'Paged', standardObjects: false })
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
     select $1, 'tenantry.objects'::regclass, 'i', '{}' from generate_series(1, $2)`,
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
