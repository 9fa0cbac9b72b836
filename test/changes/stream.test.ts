// The change feed as server-sent events over a real socket: what is received, what survives a reconnect, and
// what ends a stream.

import test from 'ava'
import { createTicker } from '../../gateway/changes/ticker.ts'
import { createElection } from '../../sql/election.ts'
import { createListener } from '../../sql/listen.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createServers } from '../../sql/servers/servers.ts'
import { openFeed } from '../../tenants/changes/capture.ts'
import { tick } from '../../tenants/changes/feed.ts'
import { revokeKey } from '../../tenants/key.ts'
import { suspendWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on', MAX_STREAMS_PER_KEY: '2' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

/** Opens a stream; resolves with its first event. */
const listen = (client: Client, query = '', headers: Record<string, string> = {}, url = gateway.url) =>
  openEventStream(`${url}/changes/stream${query}`, { authorization: `Bearer ${client.token}`, ...headers })

test.serial('a stream delivers changes of other callers and of SQL, in order', async (t) => {
  const client = await gateway.enter()
  const stream = await listen(client, '?include=record')
  const { body } = await client.request('POST', '/rest/companies', { name: 'one' })
  const { id } = body.data.createCompany
  await pool.query(
    `update ${quoteIdentifier(client.workspace.schemaName)}.company set name = 'two' where id = $1`,
    [id],
  )
  await client.request('DELETE', `/rest/companies/${id}`)
  await until('three changes have arrived', () => stream.changes().length === 3)
  t.deepEqual(
    stream.changes().map(({ data }) => [data.operation, data.id]),
    [
      ['created', id],
      ['updated', id],
      ['destroyed', id],
    ],
  )
  stream.close()
  await until('the gateway has let it go', () => gateway.gateway.stats().streams === 0)
})

test.serial('streams that clients abort leave nothing behind', async (t) => {
  const client = await gateway.enter()
  const { stats } = gateway.gateway
  const counts = () => ['warning', 'SIGTERM', 'exit'].map((name) => process.listenerCount(name))
  const before = counts()
  for (let cycle = 0; cycle < 150; cycle += 1) {
    const pair = [listen(client), listen(client)]
    // Every other one is aborted with its first event, the rest once a change is on its way.
    if (cycle % 2 === 1) await client.request('POST', '/rest/companies', { name: `n${cycle}` })
    for (const stream of await Promise.all(pair)) stream.close()
    await until('both places are free', () => stats().streams === 0)
  }
  t.deepEqual(counts(), before)
  const last = await listen(client)
  t.is(last.status(), 200)
  last.close()
  await until('the last one has ended', () => stats().streams === 0)
})

test.serial('a stream that was cut goes on where it was, and repeats nothing', async (t) => {
  const client = await gateway.enter()
  const names = Array.from({ length: 30 }, (_, index) => `company ${index}`)
  const received: string[] = []
  let lastId = ''
  let written = 0
  const first = await listen(client)
  lastId = first.lastId()
  first.close()
  while (received.length < names.length) {
    for (let count = 0; count < 7 && written < names.length; count += 1, written += 1)
      await client.request('POST', '/rest/companies', { name: names[written] })
    const stream = await listen(client, '?include=record&operations=created', { 'last-event-id': lastId })
    await until('something arrives', () => stream.changes().length > 0)
    // Cut off anywhere, inside a window too.
    const some = stream.changes().slice(0, 3)
    received.push(...some.map(({ data }) => data.record.name))
    lastId = some.at(-1)?.id ?? lastId
    stream.close()
  }
  t.deepEqual(received, names)
})

test.serial('a stream ends with the key, and with the workspace', async (t) => {
  const admin = await gateway.enter()
  const client = await gateway.client(admin.workspace)
  const [first, second] = [await listen(client), await listen(admin)]
  const { rows } = await pool.query(
    'select id from tenantry.api_keys where workspace_id = $1 order by created_at desc limit 1',
    [admin.workspace.id],
  )
  await revokeKey(pool, rows[0].id)
  await until('the stream of the key has ended', first.isEnded)
  t.false(second.isEnded())
  await suspendWorkspace(pool, admin.workspace.id)
  await until('the stream of the workspace has ended', second.isEnded)
})

test.serial('a caller has as many streams as it may, and a position that is unknown is reset', async (t) => {
  const client = await gateway.enter()
  const [first, second] = [await listen(client), await listen(client)]
  const third = await client.get('/changes/stream')
  t.is(third.status, 429)
  t.is(third.body.code, 'TOO_MANY_STREAMS')
  first.close()
  await pool.query('update tenantry_runtime.windows set token = token + 1')
  const again = await listen(client, `?after=${second.lastId()}&objects=companies`)
  await until('the reset has arrived', () => again.events.some(({ event }) => event === 'reset'))
  await client.request('POST', '/rest/companies', { name: 'after' })
  await until('it goes on', () => again.changes().length === 1)
  t.pass()
})

test.serial('questions that do not fit are refused before a stream is open', async (t) => {
  const client = await gateway.enter()
  t.is((await client.get('/changes/stream?objects=nothing')).status, 400)
  t.is((await client.get('/changes/stream?wait=5')).status, 400)
  t.is((await client.get('/changes/stream?after=1.1-x')).status, 400)
  t.is((await listen({ ...client, token: 'none' })).status(), 401)
})

test.serial('a key of another role receives what its role may read', async (t) => {
  const client = await gateway.enter()
  const guest = await gateway.client(client.workspace, 'Guest')
  const stream = await listen(guest, '?include=record,previous')
  await client.request('POST', '/rest/companies', { name: 'seen' })
  await client.request('POST', '/rest/people', { name: { firstName: 'Ada' } })
  await until('both have arrived', () => stream.changes().length === 2)
  t.deepEqual(
    stream.changes().map(({ data }) => data.object),
    ['company', 'person'],
  )
})

test.serial('streams that wait send one statement for all of them, which finds nothing new', async (t) => {
  const clients = [await gateway.enter(), await gateway.enter()]
  const streams = await Promise.all(clients.flatMap((client) => [listen(client), listen(client)]))
  const sent: string[] = []
  const { query, connect } = pool
  const noting =
    <Given extends readonly unknown[], Result>(send: (...given: Given) => Result) =>
    (...given: Given): Result => {
      sent.push(typeof given[0] === 'object' ? JSON.stringify(given[0]) : String(given[0]))
      return Reflect.apply(send, pool, given)
    }
  Object.assign(pool, { query: noting(query), connect: noting(connect) })
  const isLook = (text: string): boolean => text.includes('tenantry_runtime.tick()')
  try {
    await until('it has looked often', () => sent.filter(isLook).length >= 8)
  } finally {
    Object.assign(pool, { query, connect })
  }
  // Jobs of the gateway run, too. Nothing else reads the log, for none of the streams.
  t.deepEqual(
    sent.filter((text) => !isLook(text) && /changes|windows|stream/.test(text)),
    [],
  )
  for (const stream of streams) stream.close()
})

const LOCK_HOLDERS = `select l.pid from pg_locks l join pg_database d on d.oid = l.database
  where d.datname = current_database() and l.locktype = 'advisory' and l.granted and l.objid = hashtext('feed')::oid`

test('one gateway of a database looks for changes; the others follow, and one of them takes over', async (t) => {
  const { pool: owner, ownerUrl } = await createTestDatabase(t)
  await openFeed(owner, 'on')
  const log = createTestLog()
  const open = () => {
    const election = createElection('feed')
    let looks = 0
    const windows: number[] = []
    const counting = Object.assign(Object.create(owner), {
      query: (...given: Parameters<typeof owner.query>) => {
        looks += 1
        return owner.query(...given)
      },
    })
    const listener = createListener({
      servers: createServers(ownerUrl),
      channel: 'tenantry',
      onNotification: (payload) => ticker.onAnnounced(payload),
      onGap: () => ticker.ring(),
      log,
      keepaliveMs: 20,
      election,
    })
    const ticker = createTicker({
      newest: () => tick(counting),
      log,
      election,
      isWatched: listener.isAnswering,
      idleMs: 20,
    })
    const close = async (): Promise<void> => {
      await ticker.close()
      await listener.close()
    }
    t.teardown(close)
    ticker.subscribe(({ number }) => windows.push(number))
    return { election, windows, close, looks: () => looks }
  }
  let gateways = [open(), open(), open()]
  const roles = (): string =>
    gateways
      .map(({ election }) => election.role())
      .sort()
      .join()
  const leader = () => gateways.find(({ election }) => election.role() === 'leader')
  const change = () =>
    owner.query(`insert into tenantry_runtime.changes (workspace_id, table_oid, operation, is_complete)
      values (gen_random_uuid(), 0, 't', false)`)
  await until('one of them leads', () => roles() === 'follower,follower,leader')
  const before = gateways.map(({ looks }) => looks())
  const first = leader()
  const from = first?.looks() ?? 0
  await until('the leader has looked often', () => (first?.looks() ?? 0) > from + 30)
  const looked = gateways.map(({ looks }, at) => looks() - (before[at] ?? 0))
  t.is(looked.filter((count) => count > 5).length, 1, looked.join())
  await change()
  await until('all have the window', () =>
    gateways.every(({ windows }) => windows.at(-1) === first?.windows.at(-1) && windows.at(-1) === 2),
  )

  // The leader's process dies.
  await first?.close()
  gateways = gateways.filter((each) => each !== first)
  await until('another one leads', () => roles() === 'follower,leader')
  await change()
  await until('both have the window', () => gateways.every(({ windows }) => windows.at(-1) === 3))

  // The leader's connection breaks.
  const { rows } = await owner.query(LOCK_HOLDERS)
  t.is(rows.length, 1)
  await owner.query('select pg_terminate_backend($1::int)', [rows[0].pid])
  await change()
  await until('both have the window after a break', () =>
    gateways.every(({ windows }) => windows.at(-1) === 4),
  )
  await until('one leads again', () => roles() === 'follower,leader')
})
