// A gateway with two servers under load: a planned switch-over, a crash, and a server that comes back as a
// second primary. Clients keep a ledger of what was acknowledged; a stream and a webhook are compared with it.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { judgeServers } from '../../gateway/doctor/servers.ts'
import { freePort } from '../../sql/embedded/port.ts'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createServers, type Servers } from '../../sql/servers/servers.ts'
import { adminUrl, SECRET_KEY } from '../support/environment.ts'
import { type EventStream, openEventStream } from '../support/eventStream.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { type Server, startPair, untilCaughtUp, urlOf } from '../support/replication.ts'
import { until } from '../support/until.ts'
import { type Receiver, startReceiver } from '../webhooks/receiver.ts'

const DATABASE = 'ledger'

/** Writes companies with names of their own until it ends, and remembers the acknowledged ones. */
const startLedger = (client: Client, prefix: string) => {
  const acknowledged: string[] = []
  const refused = new Map<number, number>()
  let isOver = false
  const write = async (writer: number): Promise<void> => {
    for (let at = 0; !isOver; at++) {
      const name = `${prefix} ${writer} ${at}`
      const { status } = await client.request('POST', '/rest/companies', { name })
      if (status === 201) acknowledged.push(name)
      else refused.set(status, (refused.get(status) ?? 0) + 1)
    }
  }
  const writers = [write(0), write(1)]
  return {
    acknowledged,
    refused,
    end: async () => {
      isOver = true
      await Promise.all(writers)
    },
  }
}

const names = async (client: Client, prefix: string): Promise<ReadonlySet<string>> => {
  const found = new Set<string>()
  let cursor = ''
  for (let hasMore = true; hasMore; ) {
    const filter = encodeURIComponent(`name[like]:"${prefix} %"`)
    const { body } = await client.get(`/rest/companies?limit=200&filter=${filter}${cursor}`)
    for (const { name } of body.data.companies) found.add(name)
    hasMore = body.pageInfo.hasNextPage
    cursor = `&starting_after=${body.pageInfo.endCursor}`
  }
  return found
}

const missing = (acknowledged: readonly string[], there: ReadonlySet<string>): readonly string[] =>
  acknowledged.filter((name) => !there.has(name))

const serves = (client: Client): Promise<void> =>
  until('a write succeeds', async () => {
    const { status } = await client.request('POST', '/rest/companies', { name: 'again' })
    return status === 201
  })

const untilStreamed = (stream: EventStream, name: string): Promise<void> =>
  until(`the change ${name} is streamed`, () =>
    stream.changes().some(({ data }) => data.record?.name === name),
  )

/** How many records were promised and lost: the standby gets nothing any more, and then the primary dies. */
const loseSome = async (client: Client, primary: Server, standby: Server): Promise<readonly string[]> => {
  await untilCaughtUp(primary, standby)
  await standby.query(`alter system set primary_conninfo = ''`)
  await standby.query('select pg_reload_conf()')
  await until('the standby receives nothing', async () => {
    const rows = await primary.query('select from pg_stat_replication')
    return rows.length === 0
  })
  const lost = ['lost 0', 'lost 1']
  for (const name of lost) await client.request('POST', '/rest/companies', { name })
  return lost
}

const HOOK = '/hook'

/** Ids of the deliveries of each record: one that is repeated keeps its id. */
const deliveredTo = (receiver: Receiver): ReadonlyMap<string, ReadonlySet<unknown>> => {
  const found = new Map<string, Set<unknown>>()
  for (const { body, headers } of receiver.at(HOOK)) {
    const ids = found.get(body.record.name) ?? new Set()
    found.set(body.record.name, ids.add(headers['webhook-id']))
  }
  return found
}

/** As if the leases of deliveries whose claim was not answered had expired. */
const EXPIRE = 'update tenantry_runtime.deliveries set due_at = now() where lease is not null'

const untilDelivered = async (
  receiver: Receiver,
  primary: Server,
  expected: readonly string[],
): Promise<void> => {
  await primary.query(EXPIRE, DATABASE)
  await until('everything is delivered', () => {
    const delivered = deliveredTo(receiver)
    return expected.every((name) => delivered.has(name))
  })
}

/** A server of another cluster, behind a port where nothing listens yet. */
const openForeign = async (t: ExecutionContext) => {
  const target = new URL(adminUrl())
  const port = await freePort()
  const forwarding = createServer((socket) => {
    const upstream = connect(Number(target.port), target.hostname)
    socket.pipe(upstream).pipe(socket)
    for (const end of [socket, upstream]) end.on('error', () => {})
  })
  t.teardown(async () => void forwarding.close())
  return {
    port,
    listen: async (): Promise<void> => {
      forwarding.listen(port, '127.0.0.1')
      await once(forwarding, 'listening')
    },
  }
}

const ROLE = `tenantry_test_clusters_${randomBytes(4).toString('hex')}`

/** Servers of two clusters in one list. */
const mixClusters = async (t: ExecutionContext, inUse: Server): Promise<void> => {
  const role = `drop role if exists ${ROLE}; create role ${ROLE} login password 'pw'`
  const other = createOwnerPool(adminUrl())
  t.teardown(async () => {
    await other.query(`drop role ${ROLE}`)
    await other.end()
  })
  await other.query(role)
  await inUse.query(role)
  const foreign = await openForeign(t)
  const listed = (): Servers =>
    createServers(`postgres://${ROLE}:pw@127.0.0.1:${inUse.port},127.0.0.1:${foreign.port}/postgres`)
  const servers = listed()
  t.regex(await servers.locate(), new RegExp(`:${inUse.port}/`))
  t.is(await servers.warning(), null)

  await foreign.listen()
  const error = await t.throwsAsync(listed().locate())
  t.regex(
    error?.message ?? '',
    /^The servers of the list are of different clusters: .+ \(system \d+\), .+ \(system \d+\)\. List/,
  )
  servers.doubt()
  await servers.locate()
  await until('it is reported', async () => (await servers.warning()) !== null)
  t.like(servers.state(), { rivals: [], foreign: [`127.0.0.1:${foreign.port}`], moves: 0 })

  // A login that may not read identifiers.
  await inUse.query('revoke execute on function pg_control_system() from public')
  const blind = listed()
  await blind.locate().catch(() => {})
  t.false(blind.state().servers[0]?.isIdentified)
  t.regex(judgeServers(servers)?.message ?? '', /primary, .+ primary$/)

  await inUse.stop()
  servers.doubt()
  await t.throwsAsync(servers.locate(), {
    message: new RegExp(`:${foreign.port} accepts writes \\(of another cluster\\)\\.$`),
  })
}

test('requests, streams and webhooks follow the server that accepts writes', async (t) => {
  const pair = await startPair(DATABASE)
  t.teardown(pair.close)
  const { one, two } = pair
  const ownerUrl = `${urlOf([one.port, two.port], DATABASE)}?target_session_attrs=read-write`
  const pool = createOwnerPool(ownerUrl)
  const server = await startTestGateway({
    database: {
      ...{ name: DATABASE, ownerUrl, secretKey: SECRET_KEY, pool, close: () => pool.end() },
      gatewayUrl: gatewayUrl(urlOf([one.port], DATABASE), SECRET_KEY),
    },
    environment: { ADMIN_PORT: '0', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
  })
  t.teardown(server.close)
  t.teardown(() => pool.end())
  const client = await server.enter()
  const admin = `http://127.0.0.1:${server.gateway.adminPort()}`
  const authorization = { authorization: `Bearer ${client.token}` }
  const stream = await openEventStream(`${server.url}/changes/stream?include=record`, authorization)
  t.teardown(stream.close)
  const receiver = await startReceiver()
  t.teardown(receiver.close)
  const hook = { targetUrl: receiver.url(HOOK), operations: ['company.created'] }
  t.is((await client.request('POST', '/rest/webhooks', hook)).status, 201)

  // Planned: the primary ends cleanly, which leaves its standby with everything.
  const planned = startLedger(client, 'planned')
  await until('records are written', () => planned.acknowledged.length > 20)
  await untilCaughtUp(one, two)
  await one.stop()
  const before = planned.acknowledged.length
  await two.query('select pg_promote()')
  const promotedMs = performance.now()
  await until('writes are acknowledged', () => planned.acknowledged.length > before)
  t.log(`planned: acknowledged ${Math.round(performance.now() - promotedMs)} ms after the promotion`)
  await planned.end()
  t.deepEqual(missing(planned.acknowledged, await names(client, 'planned')), [])
  await untilStreamed(stream, planned.acknowledged.at(-1) ?? '')
  t.deepEqual(
    stream.events.filter(({ event }) => event === 'reset' || event === 'end'),
    [],
  )
  // Every acknowledged record was streamed once.
  const streamed = stream.changes().map(({ data }) => data.record?.name)
  for (const name of planned.acknowledged) t.is(streamed.filter((each) => each === name).length, 1, name)

  // And delivered, under one id where it came twice.
  await untilDelivered(receiver, two, planned.acknowledged)
  t.deepEqual(
    [...deliveredTo(receiver).values()].filter(({ size }) => size > 1),
    [],
  )

  // A crash: what the standby had not received is lost, and readers of changes start over.
  one.follow(two.port)
  await one.start()
  const crashed = startLedger(client, 'crashed')
  await until('records are written', () => crashed.acknowledged.length > 20)
  await crashed.end()
  const lost = await loseSome(client, two, one)
  await untilStreamed(stream, 'lost 1')
  await two.kill()
  await one.query('select pg_promote()')
  const crashPromotedMs = performance.now()
  await serves(client)
  t.log(`crash: acknowledged ${Math.round(performance.now() - crashPromotedMs)} ms after the promotion`)
  t.deepEqual(missing(crashed.acknowledged, await names(client, 'crashed')), [])
  t.deepEqual(missing(lost, await names(client, 'lost')), lost)
  await until('the stream starts over', () => stream.events.some(({ event }) => event === 'reset'))
  await client.request('POST', '/rest/companies', { name: 'afterwards' })
  await untilStreamed(stream, 'afterwards')
  // A webhook goes on. It may have had what was lost, and nothing else that is not there.
  await untilDelivered(receiver, one, [...crashed.acknowledged, 'afterwards'])
  const known = new Set([...planned.acknowledged, ...crashed.acknowledged, ...lost, 'again', 'afterwards'])
  t.deepEqual(
    [...deliveredTo(receiver).keys()].filter((name) => !known.has(name)),
    [],
  )

  // The server that crashed comes back, and takes itself for the primary.
  t.is((await ask(`${admin}/ready`, 'GET')).body.warning, undefined)
  await two.start()
  await until('the second primary is reported', async () => {
    const { status, body } = await ask(`${admin}/ready`, 'GET')
    return status === 200 && new RegExp(`127.0.0.1:${two.port} .*127.0.0.1:${one.port}`).test(body.warning)
  })
  t.regex((await ask(`${admin}/metrics`, 'GET')).text, /^tenantry_database_rivals 1$/m)
  t.regex((await ask(`${admin}/metrics`, 'GET')).text, /^tenantry_database_moves_total 2$/m)
  await client.request('POST', '/rest/companies', { name: 'stays' })
  const [kept] = await one.query<{ schema: string }>(
    'select schema_name as schema from tenantry.workspaces',
    DATABASE,
  )
  const count = `select count(*)::int from ${kept?.schema}.company where name = 'stays'`
  t.deepEqual(await one.query(count, DATABASE), [{ count: 1 }])
  t.deepEqual(await two.query(count, DATABASE), [{ count: 0 }])

  // A start with two primaries is refused, and changes neither.
  const error = await t.throwsAsync(startTestGateway({ database: server.database }))
  t.regex(
    error?.message ?? '',
    /^Several servers of the list accept writes: 127.0.0.1:\d+ .*, 127.0.0.1:\d+ /,
  )

  await server.close()
  await mixClusters(t, one)
})
