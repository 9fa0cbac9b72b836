// A gateway with two servers under load: a planned switch-over, a crash, and a server that comes back as a
// second primary. Clients keep a ledger of what was acknowledged.

import test from 'ava'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { type EventStream, openEventStream } from '../support/eventStream.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { type Server, startPair, untilCaughtUp, urlOf } from '../support/replication.ts'
import { until } from '../support/until.ts'

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

test('requests follow the server that accepts writes', async (t) => {
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
    environment: { ADMIN_PORT: '0' },
  })
  t.teardown(server.close)
  t.teardown(() => pool.end())
  const client = await server.enter()
  const admin = `http://127.0.0.1:${server.gateway.adminPort()}`
  const authorization = { authorization: `Bearer ${client.token}` }
  const stream = await openEventStream(`${server.url}/changes/stream?include=record`, authorization)
  t.teardown(stream.close)

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
})
