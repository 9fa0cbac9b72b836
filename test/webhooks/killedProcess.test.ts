// Gateways as processes of their own are killed between a change and its recorded delivery; then Redis is away
// and Postgres crashes. Everything arrives, and what comes twice has the same webhook-id.

import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import { startEmbeddedPostgres } from '../../sql/embedded.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { isRedisInstalled, startRedis } from '../gateway/redisServer.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { clientAt, startTestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { startReceiver } from './receiver.ts'

const PATH = '/killed'

test('nothing is lost where processes are killed, Redis is away and Postgres crashes', async (t) => {
  t.timeout(240_000)
  const dataDir = await scratchDirectory(t)
  const postgres = await startEmbeddedPostgres({ dataDir, log: createTestLog(), settings: { fsync: 'off' } })
  const { ownerUrl } = postgres
  const pool = createOwnerPool(ownerUrl)
  const receiver = await startReceiver()
  const redis = isRedisInstalled ? await startRedis(t) : null
  t.teardown(async () => {
    await pool.end()
    await postgres.stop()
    await receiver.close()
  })
  await migrate(pool, { secretKey: SECRET_KEY })
  const database = {
    ownerUrl,
    name: 'tenantry',
    secretKey: SECRET_KEY,
    pool,
    gatewayUrl: '',
    close: async () => {},
  }
  const inside = await startTestGateway({
    database,
    environment: { OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', CAPTURE: 'on' },
  })
  const client = await inside.enter()
  const { body: webhook } = await client.request('POST', '/rest/webhooks', {
    targetUrl: receiver.url(PATH),
    operations: ['company.created'],
  })
  await inside.close()

  const names: string[] = []
  const write = async (name: string): Promise<void> => {
    names.push(name)
    await pool.query(`insert into "${client.workspace.schemaName}".company (name) values ($1)`, [name])
  }
  const sent = (name: string) => receiver.at(PATH).filter(({ body }) => body.record.name === name)
  const arrives = (name: string, times = 1) => until(`"${name}" arrives`, () => sent(name).length === times)
  const exists = async (condition: string): Promise<boolean> =>
    (await pool.query(`select from ${condition} limit 1`)).rows.length > 0
  const set = (status: string) =>
    pool.query('update tenantry.webhooks set status = $2 where id = $1', [webhook.id, status])
  const begin = () => {
    const child = startGateway(t, {
      ...{ DATABASE_URL: ownerUrl, SECRET_KEY, DATA_DIR: dataDir, CAPTURE: 'on' },
      ...{ OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', ...(redis === null ? {} : { REDIS_URL: redis.url }) },
    })
    return {
      ...child,
      /** As if the leases of the dead one had expired. */
      kill: async () => {
        child.signal('SIGKILL')
        await child.exitCode()
        await until(
          'its connections have ended',
          async () =>
            !(await exists(
              `pg_stat_activity where application_name like 'tenantry%' and pid <> pg_backend_pid() and state <> 'idle'`,
            )),
        )
        await pool.query('update tenantry_runtime.deliveries set due_at = now() where lease is not null')
      },
    }
  }
  /** Locks a table until the process that waits for it was killed. */
  const killAt = async (gateway: ReturnType<typeof begin>, table: string, work: () => Promise<void>) => {
    const holder = await pool.connect()
    await holder.query(`begin; lock table ${table} in access exclusive mode`)
    await work()
    await until('the process waits', () => exists(`pg_stat_activity where wait_event_type = 'Lock'`))
    gateway.signal('SIGKILL')
    await gateway.exitCode()
    await holder.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'`,
    )
    await holder.query('rollback')
    holder.release()
    await gateway.kill()
  }

  const first = begin()
  let answered: ServerResponse | undefined
  receiver.answer(PATH, (response) => {
    answered = response
  })
  await write('before its success is stored')
  await arrives('before its success is stored')
  await killAt(first, 'tenantry_runtime.deliveries', async () => {
    await write('in the fan-out')
    answered?.end()
  })
  receiver.answer(PATH, (response) => response.end())
  t.false(await exists(`tenantry_runtime.deliveries where status = 'delivered'`))
  t.is(sent('in the fan-out').length, 0)

  const second = begin()
  await arrives('in the fan-out')
  await arrives('before its success is stored', 2)
  receiver.answer(PATH, () => undefined)
  await write('before the answer')
  await arrives('before the answer')
  await set('paused')
  await write('after the claim')
  await until('it waits', () =>
    exists(`tenantry_runtime.deliveries where status = 'waiting' and lease is null`),
  )
  await killAt(second, 'tenantry_runtime.changes', async () => {
    await set('active')
    await until('it is claimed', () => exists(`pg_stat_activity where wait_event_type = 'Lock'`))
  })
  receiver.answer(PATH, (response) => response.end())
  t.is(sent('after the claim').length, 0)

  const third = begin()
  await third.url()
  await arrives('after the claim')
  await arrives('before the answer', 2)
  await redis?.kill()
  const { status } = await clientAt(await third.url(), client).request('POST', '/rest/companies', {
    name: 'without Redis',
  })
  t.is(status, 201)
  names.push('without Redis')
  await arrives('without Redis')
  await set('paused')
  await write('waits while Postgres crashes')
  await until('it waits', () =>
    exists(`tenantry_runtime.deliveries where status = 'waiting' and lease is null`),
  )
  const postmaster = async (): Promise<number> =>
    Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
  const crashing = await postmaster()
  process.kill(crashing, 'SIGQUIT')
  await until('another Postgres has taken its place', () =>
    postmaster().then(
      (pid) => pid !== crashing,
      () => false,
    ),
  )
  await until('Postgres is back', () =>
    set('active').then(
      () => true,
      () => false,
    ),
  )
  await write('after Postgres crashed')
  await arrives('waits while Postgres crashes')
  await arrives('after Postgres crashed')
  await until(
    'all are delivered',
    async () => !(await exists(`tenantry_runtime.deliveries where status <> 'delivered'`)),
  )
  for (const name of names)
    t.is(new Set(sent(name).map(({ headers }) => headers['webhook-id'])).size, 1, name)
  t.is(new Set(receiver.at(PATH).map(({ headers }) => headers['webhook-id'])).size, names.length)
})
