// Statements about the queue of deliveries, planned while it was empty and run when it is long.

import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import type { Pool } from 'pg'
import { createDeliverySlots } from '../../gateway/webhooks/queue/slots.ts'
import { createWorkers } from '../../gateway/webhooks/queue/workers.ts'
import { queryByIndex } from '../../sql/byIndex.ts'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { readWebhookFeed, startWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { OF_OPERATORS, OF_WORKSPACES, type WebhookTables } from '../../tenants/changes/webhookTables.ts'
import { type ClaimRequest, claimDeliveries } from '../../tenants/webhook/claim.ts'
import {
  type Leased,
  markDelivered,
  markFailed,
  markUnsent,
  postpone,
  release,
} from '../../tenants/webhook/delivery.ts'
import { claimHostDeliveries } from '../../tenants/webhook/host/claim.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

/** After so many runs a prepared statement keeps its plan. */
const RUNS_UNTIL_PLANNED = 6
const ROWS = 2_000
/** Rows that a statement about at most five deliveries reads. */
const MOST_READ = 100

const REQUEST = {
  ...{ now: new Date('2026-01-02'), limit: 10, leaseMs: 60_000, perWebhook: 5, breakAfter: 10 },
  ...{ busyHosts: [], busyWorkspaces: [], maxBytes: 1_000_000 },
}
const AT = '2026-01-01T00:00:00Z'
const attempt = { at: AT, ms: 1, status: 200 }
const failure = { attempt, retryAt: new Date(AT), now: new Date(AT), probeDelaysMs: [0] }

const TABLES = ['deliveries', 'operator_deliveries', 'webhooks', 'operator_webhooks']

/** Rows of these tables that statements read so far, from the tables and through their indexes. */
const createReadRows = (pool: Pool) => async (): Promise<number> => {
  await pool.query('select pg_stat_force_next_flush()')
  const { rows } = await pool.query<{ count: string }>(
    'select sum(seq_tup_read + idx_tup_fetch) as count from pg_stat_user_tables where relname = any ($1)',
    [TABLES],
  )
  return Number(rows[0]?.count)
}

/** Each statement about the queues, for one leased delivery or for what is due. */
const statementsOf = (pool: Pool) => {
  const ofTables = (tables: WebhookTables, claim: () => Promise<readonly Leased[]>) => ({
    claim,
    release: (leased: Leased) => release(pool, [leased], new Date(AT), tables),
    markFailed: (leased: Leased) => markFailed(pool, leased, failure, tables),
    markDelivered: (leased: Leased) => markDelivered(pool, [{ ...leased, attempt }], tables),
    markUnsent: (leased: Leased) => markUnsent(pool, leased, 'cancelled', attempt, tables),
    postpone: (leased: Leased) => postpone(pool, leased, new Date(AT), tables),
  })
  return [
    ofTables(OF_WORKSPACES, async () => (await claimDeliveries(pool, REQUEST)).deliveries),
    ofTables(OF_OPERATORS, async () => (await claimHostDeliveries(pool, REQUEST)).deliveries),
  ]
}

test('statements that were planned for an empty queue do not read all of a long one', async (t) => {
  const { pool: own, ownerUrl } = await createTestDatabase(t)
  const pool = createOwnerPool(ownerUrl, { size: 1 })
  t.teardown(() => pool.end())
  const { id: workspaceId } = await createWorkspace(own, { name: 'Queue', standardObjects: false })
  const addWebhooks = (host: string, count: number) =>
    own.query(
      `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name)
       select $1, 'https://a.test/', $2, 'x' from generate_series(1, $3)`,
      [workspaceId, host, count],
    )
  await addWebhooks('a.test', 1)
  await own.query(
    `insert into tenantry.operator_webhooks (target_url, host, owner_name, operator_key_id) values ('https://a.test/', 'a.test', 'x', $1)`,
    [workspaceId],
  )
  for (const table of ['deliveries', 'operator_deliveries'])
    await own.query(`vacuum analyze tenantry_runtime.${table}`)
  const statements = statementsOf(pool)
  const nothing = { id: workspaceId, lease: workspaceId }
  for (const { claim, ...others } of statements)
    for (let run = 0; run < RUNS_UNTIL_PLANNED; run += 1) {
      await claim()
      for (const statement of Object.values(others)) await statement(nothing)
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
  await addWebhooks('b.test', ROWS)
  const readRows = createReadRows(pool)
  for (const { claim, ...others } of statements) {
    const before = await readRows()
    const claimed = await claim()
    t.is(claimed.length, 5)
    t.true((await readRows()) - before < MOST_READ, 'claim')
    for (const [name, statement] of Object.entries(others)) {
      const start = await readRows()
      const leased = claimed[Object.keys(others).indexOf(name)]
      if (leased !== undefined) await statement(leased)
      t.true((await readRows()) - start < MOST_READ, name)
    }
  }
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
  t.is((await claimDeliveries(pool, REQUEST)).deliveries.length, 1)
  const { rows: flushed } = await pool.query('select pg_current_wal_flush_lsn() >= $1 as "isFlushed"', [
    written[0].lsn,
  ])
  t.true(flushed[0].isFlushed)
  t.is((await pool.query('show synchronous_commit')).rows[0].synchronous_commit, 'on')
})

const WEBHOOKS = 10
const PER_CLAIM = 20

/** Workers of one workspace whose claims find what `found` lists; each delivery runs until it is ended. */
const createQueue = (movingMs: number) => {
  const slots = createDeliverySlots({ perWebhook: 5, movingMs, holdMs: 60_000 })
  const ends: (() => void)[] = []
  const requests: ClaimRequest[] = []
  let asked = 0
  const found = Array.from({ length: WEBHOOKS * PER_CLAIM }, (_, index) => ({
    ...{ id: `${index}`, lease: '', at: new Date(AT), attempts: 0, bytes: 0 },
    webhook: {
      ...{ id: `${index % WEBHOOKS}`, host: `${index % WEBHOOKS}.test`, workspaceId: 'one' },
      updatedAt: new Date(AT),
    },
  }))
  const workers = createWorkers({
    claim: async (request) => {
      requests.push(request)
      return { deliveries: found.splice(0), isCut: false }
    },
    deliver: async (delivery) => {
      const free = await slots.take(delivery)
      await new Promise<void>((resolve) => ends.push(resolve))
      free?.()
    },
    ...{ slots, perWebhook: 5, perClaim: PER_CLAIM, clock: Date.now },
    onFree: () => {
      asked += 1
    },
  })
  return {
    claim: async () => {
      await workers.claim()
      return requests.at(-1)?.busyWorkspaces
    },
    endOne: async () => {
      ends.shift()?.()
      await turn()
    },
    running: workers.running,
    asked: () => asked,
    close: slots.close,
  }
}

test('claims read images up to a number of bytes, and give back the rest', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { id: workspaceId, schemaName } = await createWorkspace(pool, {
    name: 'Large',
    standardObjects: false,
  })
  const table = `${quoteIdentifier(schemaName)}.larges`
  await pool.query(`create table ${table} (id integer primary key, t text)`)
  const { rows: roles } = await pool.query<{ id: string }>(
    'update tenantry.roles set pg_role = current_user where id = (select id from tenantry.roles where workspace_id = $1 limit 1) returning id',
    [workspaceId],
  )
  // The login outlives the workspace.
  t.teardown(() => pool.query('update tenantry.roles set pg_role = null where id = $1', [roles[0]?.id]))
  for (const [tables, columns, owners] of [
    [OF_WORKSPACES, 'workspace_id, role_id', [workspaceId, roles[0]?.id]],
    [OF_OPERATORS, 'operator_key_id', [workspaceId]],
  ] as const) {
    const webhook = await pool.query<{ id: string }>(
      `insert into ${tables.webhooks} (target_url, host, owner_name, ${columns})
       values ('https://a.test/', 'a.test', 'x', ${owners.map((_, at) => `$${at + 1}`)}) returning id`,
      [...owners],
    )
    await pool.query(
      `with c as (
         insert into tenantry_runtime.changes (workspace_id, table_oid, operation, after)
         select $1::uuid, $2::regclass, 'i', json_build_object('id', n, 't', repeat('x', 300000)) from generate_series(1, 7) n
         returning id
       )
       insert into ${tables.deliveries} (webhook_id, workspace_id, change_id, event, at, due_at)
       select $3, $1, c.id, 'larges.created', $4, $4 from c`,
      [workspaceId, table, webhook.rows[0]?.id, AT],
    )
  }
  for (const claim of [claimDeliveries, claimHostDeliveries]) {
    const ids = new Set<string>()
    const amounts: number[] = []
    for (let isCut = true; isCut; ) {
      const claimed = await claim(pool, { ...REQUEST, perWebhook: 20 })
      amounts.push(claimed.deliveries.length)
      for (const { id, bytes } of claimed.deliveries) {
        t.true(bytes > 300_000)
        ids.add(id)
      }
      isCut = claimed.isCut
    }
    // The one that reaches the bound is the last.
    t.deepEqual(amounts, [4, 3])
    t.is(ids.size, 7)
  }
})

test('workers claim no more bytes than a workspace, and all, may have', async (t) => {
  const slots = createDeliverySlots({ perWebhook: 5, holdMs: 60_000 })
  const ends: (() => void)[] = []
  const requests: ClaimRequest[] = []
  let workspaces = 0
  const workers = createWorkers({
    claim: async (request) => {
      requests.push(request)
      workspaces += 1
      const webhook = { id: `${workspaces}`, host: `${workspaces}.test`, workspaceId: `${workspaces}` }
      const delivery = { id: '1', lease: '', at: new Date(AT), attempts: 0, bytes: 7_000_000 }
      return { deliveries: [{ ...delivery, webhook: { ...webhook, updatedAt: new Date(AT) } }], isCut: true }
    },
    deliver: () => new Promise<void>((resolve) => ends.push(resolve)),
    ...{ slots, perWebhook: 5, clock: Date.now, onFree: () => {} },
  })
  for (let count = 0; count < 20; count += 1) await workers.claim()
  t.is(requests.length, 7)
  t.deepEqual(requests.at(-1)?.busyWorkspaces, ['1', '2', '3', '4', '5', '6'])
  t.deepEqual(
    requests.map(({ maxBytes }) => maxBytes / 1_000_000),
    [6, 6, 6, 6, 6, 6, 6],
  )
  t.is(requests.at(-1)?.limit, 2)
  ends.shift()?.()
  await turn()
  await workers.claim()
  t.is(requests.length, 8)
  slots.close()
})

test('deliveries are claimed ahead for a full workspace whose requests end, and not for one that hangs', async (t) => {
  for (const [movingMs, busy] of [
    [60_000, []],
    [0, ['one']],
  ] as const) {
    const queue = createQueue(movingMs)
    t.deepEqual(await queue.claim(), [])
    t.is(queue.running(), WEBHOOKS * PER_CLAIM)
    t.deepEqual(await queue.claim(), ['one'])
    while (queue.asked() === 0) await queue.endOne()
    t.is(queue.running(), 125, 'each end could ask for a claim that finds nothing')
    t.deepEqual(await queue.claim(), busy)
    queue.close()
  }
})
