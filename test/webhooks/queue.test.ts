// Statements about the queue of deliveries, planned while it was empty and run when it is long.

import test from 'ava'
import { queryByIndex } from '../../sql/byIndex.ts'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { readWebhookFeed, startWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { claimDeliveries } from '../../tenants/webhook/claim.ts'
import { markDelivered, markFailed } from '../../tenants/webhook/delivery.ts'
import { claimHostDeliveries } from '../../tenants/webhook/host/claim.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

/** After so many runs a prepared statement keeps its plan. */
const RUNS_UNTIL_PLANNED = 6
const ROWS = 2_000

const REQUEST = {
  ...{ now: new Date('2026-01-02'), limit: 10, leaseMs: 60_000, perWebhook: 5, breakAfter: 10 },
  ...{ busyHosts: [], busyWorkspaces: [] },
}
const AT = '2026-01-01T00:00:00Z'
const attempt = { at: AT, ms: 1, status: 200 }
const failure = { attempt, retryAt: new Date(AT), now: new Date(AT), probeDelaysMs: [0] }

test('statements that were planned for an empty queue do not read all of a long one', async (t) => {
  const { pool: own, ownerUrl } = await createTestDatabase(t)
  const pool = createOwnerPool(ownerUrl, { size: 1 })
  t.teardown(() => pool.end())
  const { id: workspaceId } = await createWorkspace(own, { name: 'Queue', standardObjects: false })
  await own.query(
    `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x')`,
    [workspaceId],
  )
  await own.query(
    `insert into tenantry.operator_webhooks (target_url, host, owner_name, operator_key_id) values ('https://a.test/', 'a.test', 'x', $1)`,
    [workspaceId],
  )
  for (const table of ['deliveries', 'operator_deliveries'])
    await own.query(`vacuum analyze tenantry_runtime.${table}`)
  const nothing = { id: workspaceId, lease: workspaceId }
  for (let run = 0; run < RUNS_UNTIL_PLANNED; run += 1) {
    await claimDeliveries(pool, REQUEST)
    await claimHostDeliveries(pool, REQUEST)
    await markDelivered(pool, [{ ...nothing, attempt }])
    await markFailed(pool, nothing, failure)
  }
  for (const [webhooks, deliveries] of [
    ['tenantry.webhooks', 'tenantry_runtime.deliveries'],
    ['tenantry.operator_webhooks', 'tenantry_runtime.operator_deliveries'],
  ])
    await own.query(
      `insert into ${deliveries} (webhook_id, workspace_id, change_id, event, at, due_at)
       select w.id, $1, n, 'company.created', $2, $2 from ${webhooks} w, generate_series(1, ${ROWS}) n`,
      [workspaceId, AT],
    )
  const readRows = async (): Promise<number> => {
    await pool.query('select pg_stat_force_next_flush()')
    const { rows } = await pool.query<{ count: string }>(
      `select sum(seq_tup_read) as count from pg_stat_user_tables where relname in ('deliveries', 'operator_deliveries')`,
    )
    return Number(rows[0]?.count)
  }
  const before = await readRows()
  const claimed = await claimDeliveries(pool, REQUEST)
  t.is(claimed.length, 5)
  t.is((await claimHostDeliveries(pool, REQUEST)).length, 5)
  const [first, ...others] = claimed
  if (first !== undefined) await markFailed(pool, first, failure)
  await markDelivered(
    pool,
    others.map((each) => ({ ...each, attempt })),
  )
  t.is(await readRows(), before)
})

test('a claim waits for the disk and so do all deliveries before it; what they end with does not', async (t) => {
  const { pool: own, ownerUrl } = await createTestDatabase(t)
  const url = new URL(ownerUrl)
  url.searchParams.set('options', '-c synchronous_commit=on')
  const pool = createOwnerPool(url.href, { size: 1 })
  t.teardown(() => pool.end())
  const shown = async (isLossy: boolean) => {
    const statement = { name: `shown ${isLossy}`, text: 'show synchronous_commit', isLossy }
    const { rows } = await queryByIndex<{ synchronous_commit: string }>(pool, statement)
    return rows[0]?.synchronous_commit
  }
  t.deepEqual([await shown(true), await shown(false)], ['off', 'on'])

  const { id: workspaceId } = await createWorkspace(own, { name: 'Queue', standardObjects: false })
  await inTransaction(pool, (client) => startWebhookFeed(client))
  const webhook = await own.query<{ id: string }>(
    `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x') returning id`,
    [workspaceId],
  )
  await inTransaction(pool, async (client) => {
    await readWebhookFeed(client, 1)
    const { rows } = await client.query('show synchronous_commit')
    t.is(rows[0].synchronous_commit, 'off')
    await client.query(
      `insert into tenantry_runtime.deliveries (webhook_id, workspace_id, change_id, event, at, due_at) values ($1, $2, 1, 'x.created', $3, $3)`,
      [webhook.rows[0]?.id, workspaceId, AT],
    )
  })
  const { rows: written } = await pool.query('select pg_current_wal_insert_lsn() as lsn')
  t.is((await claimDeliveries(pool, REQUEST)).length, 1)
  const { rows: flushed } = await pool.query('select pg_current_wal_flush_lsn() >= $1 as "isFlushed"', [
    written[0].lsn,
  ])
  t.true(flushed[0].isFlushed)
  t.is((await pool.query('show synchronous_commit')).rows[0].synchronous_commit, 'on')
})
