import test from 'ava'
import { createListener } from '../../sql/listen.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'

test('receives notifications, and reports a gap after each break', async (t) => {
  const { pool, ownerUrl } = await createTestDatabase(t)
  const proxy = await openProxy(ownerUrl)
  t.teardown(proxy.close)
  const payloads: string[] = []
  let gaps = 0
  const listener = createListener({
    servers: createServers(proxy.url),
    channel: 'hostile "Channel"',
    onNotification: (payload) => payloads.push(payload),
    onGap: () => gaps++,
    log: createTestLog(),
  })
  t.teardown(listener.close)
  const send = (payload: string) => pool.query('select pg_notify($1, $2)', ['hostile "Channel"', payload])
  await until('it listens', listener.isListening)
  t.is(gaps, 1)
  await send('first')
  await until('the first has arrived', () => payloads.length === 1)
  proxy.cut()
  await until('it notices', () => !listener.isListening())
  await send('into the gap')
  await until('it listens again', listener.isListening)
  t.is(gaps, 2)
  await send('second')
  await until('the second has arrived', () => payloads.length === 2)
  t.deepEqual(payloads, ['first', 'second'])
})

test('notices a connection that died in silence', async (t) => {
  const { pool, ownerUrl } = await createTestDatabase(t)
  let gaps = 0
  const listener = createListener({
    servers: createServers(ownerUrl),
    channel: 'tenantry',
    onNotification: () => undefined,
    onGap: () => gaps++,
    log: createTestLog(),
    keepaliveMs: 20,
  })
  t.teardown(listener.close)
  await until('it listens', listener.isListening)
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'tenantry (listener)' and datname = current_database()`,
  )
  await until('it listens again', () => gaps === 2 && listener.isListening())
  t.pass()
})

test('keeps trying while Postgres is missing, and stops when closed', async (t) => {
  const log = createTestLog()
  const listener = createListener({
    servers: createServers('postgres://nobody@127.0.0.1:1/none'),
    channel: 'tenantry',
    onNotification: () => undefined,
    onGap: () => t.fail('nothing listens here'),
    log,
  })
  await until(
    'it has tried more than once',
    () => log.entries.filter(({ message }) => message === 'cannot listen').length > 1,
  )
  await listener.close()
  t.false(listener.isListening())
})

test('survives a callback that throws', async (t) => {
  const { pool, ownerUrl } = await createTestDatabase(t)
  const log = createTestLog()
  let calls = 0
  const listener = createListener({
    servers: createServers(ownerUrl),
    channel: 'tenantry',
    onNotification: () => {
      calls++
      throw new Error('not my day')
    },
    onGap: () => undefined,
    log,
  })
  t.teardown(listener.close)
  await until('it listens', listener.isListening)
  await pool.query(`select pg_notify('tenantry', '1')`)
  await pool.query(`select pg_notify('tenantry', '2')`)
  await until('both have arrived', () => calls === 2)
  t.true(listener.isListening())
  t.is(log.entries.filter(({ level }) => level === 'error').length, 2)
})
