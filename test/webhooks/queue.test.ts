// Statements about the queue of deliveries, planned while it was empty and run when it is long.

import test from 'ava'
import { createOwnerPool } from '../../sql/ownerPool.ts'
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
