// A gateway dies at each step from a change to its recorded delivery, and another one goes on. A dead gateway
// is one that has lost Postgres for good: others see no difference to a killed process.

import type { ServerResponse } from 'node:http'
import test from 'ava'
import { openTestDatabase } from '../support/database.ts'
import { startTestGateway } from '../support/gateway.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { startReceiver } from './receiver.ts'

const receiver = await startReceiver()
const database = await openTestDatabase()
const { pool } = database
const endings: (() => Promise<void>)[] = []
test.after.always(async () => {
  for (const end of endings.toReversed()) await end()
  await receiver.close()
  await database.close()
})

let nowMs = Date.now()

const begin = async () => {
  const proxy = await openProxy(database.ownerUrl)
  const gateway = await startTestGateway({
    database: { ...database, ownerUrl: proxy.url },
    environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', CAPTURE: 'on' },
    webhookWorld: { clock: () => nowMs },
  })
  const die = proxy.close
  endings.push(async () => {
    await gateway.close()
    await die().catch(() => undefined)
  })
  return { ...gateway, cut: proxy.cut, die }
}

const PATH = '/killed'

/** Holds what the gateway needs next. @returns lets go, and ends the statements that wait for it */
const hold = async (statement: string, values: readonly unknown[] = []) => {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(statement, [...values])
  return async () => {
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    await client.query('rollback')
    client.release()
  }
}

const waitsForLock = async (): Promise<boolean> =>
  (
    await pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and application_name like 'tenantry%'`,
    )
  ).rows.length > 0

type Gateway = Awaited<ReturnType<typeof begin>>

test('nothing is lost where a gateway dies, and what comes twice has the same webhook-id', async (t) => {
  t.timeout(240_000)
  let gateway: Gateway = await begin()
  const client = await gateway.enter()
  await pool.query(`update tenantry.api_keys set expires_at = '2099-01-01'`)
  const { body: webhook } = await client.request('POST', '/rest/webhooks', {
    targetUrl: receiver.url(PATH),
    operations: ['company.created'],
  })
  const names: string[] = []
  const write = async (name: string): Promise<void> => {
    names.push(name)
    await pool.query(`insert into "${client.workspace.schemaName}".company (name) values ($1)`, [name])
  }
  const sent = (name: string) => receiver.at(PATH).filter(({ body }) => body.record.name === name)
  const set = (status: string) =>
    pool.query('update tenantry.webhooks set status = $2 where id = $1', [webhook.id, status])
  const waiting = async (condition: string): Promise<boolean> => {
    const { rows } = await pool.query(
      `select from tenantry_runtime.deliveries where status = 'waiting' and ${condition}`,
    )
    return rows.length > 0
  }
  /** Another gateway takes over when the leases have expired. */
  const succeed = async (): Promise<void> => {
    nowMs += 61_000
    gateway = await begin()
  }

  const inFanOut = await hold('lock table tenantry_runtime.deliveries in exclusive mode')
  await write('in the fan-out')
  await until('deliveries are stored', waitsForLock)
  await gateway.die()
  await inFanOut()
  t.false(await waiting('true'))
  await succeed()
  await until('it is sent', () => sent('in the fan-out').length === 1)

  await set('paused')
  await write('after the claim')
  await until('it waits', () => waiting('lease is null'))
  const afterClaim = await hold('lock table tenantry_runtime.changes in access exclusive mode')
  await set('active')
  await until('it is claimed', () => waiting('lease is not null'))
  await gateway.die()
  await afterClaim()
  t.is(sent('after the claim').length, 0)
  await succeed()
  await until('it is sent', () => sent('after the claim').length === 1)

  for (const [name, status] of [
    ['before the answer', null],
    ['before a success is stored', 200],
    ['before a failure is stored', 500],
  ] as const) {
    let answered: ServerResponse | undefined
    receiver.answer(PATH, (response) => {
      answered = response
    })
    await write(name)
    await until('it is sent', () => sent(name).length === 1)
    const beforeStored = await hold(
      `select from tenantry_runtime.deliveries where status = 'waiting' and lease is not null for update`,
    )
    if (status !== null) {
      answered?.writeHead(status).end()
      await until('the outcome is stored', waitsForLock)
    }
    await gateway.die()
    await beforeStored()
    t.true(await waiting('lease is not null'), name)
    receiver.answer(PATH, (response) => response.end())
    answered?.end()
    await succeed()
    await until('it is sent again', () => sent(name).length === 2)
  }

  // Postgres goes away for a moment, and the gateway lives.
  await write('before Postgres left')
  gateway.cut()
  await write('after Postgres left')
  await until('all are delivered', async () => {
    const { rows } = await pool.query<{ status: string; count: number }>(
      'select status, count(*)::int as count from tenantry_runtime.deliveries group by status',
    )
    // A delivery that was in flight waits for its lease.
    nowMs += 1_000
    return rows.length === 1 && rows[0]?.status === 'delivered' && rows[0].count === names.length
  })
  const idsOf = (name: string) => new Set(sent(name).map(({ headers }) => headers['webhook-id']))
  for (const name of names) t.is(idsOf(name).size, 1, name)
  t.is(new Set(receiver.at(PATH).map(({ headers }) => headers['webhook-id'])).size, names.length)
})
