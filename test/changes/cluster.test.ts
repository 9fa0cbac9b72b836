// Changes of workspaces on the workers of a Citus cluster, which TEST_CITUS_URL names: streams, webhooks and
// history get each once and in order, while the workspaces are written to, move, and lose their connections.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { asSuperuser, openCitusDatabase } from '../support/citus.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { onCluster } from '../support/where.ts'
import { startReceiver } from '../webhooks/receiver.ts'

const RECORDS = 3
const ROUNDS = 4
/** Between the writes of a record: a delivery waits for the one before it. */
const PAUSE_MS = 50

/** The positions that a consumer saw, by record, in the order of arrival. */
type Seen = ReadonlyMap<string, readonly number[]>

const seenIn = (arrived: readonly (readonly [string, number])[]): Seen => {
  const seen = new Map<string, number[]>()
  for (const [id, position] of arrived) seen.set(id, [...(seen.get(id) ?? []), position])
  return seen
}

/** The node or its connections were away: the request may have been executed. */
const isAway = (status: number): boolean => status === 503

/** Counts in records until it is stopped. What an answer leaves open is read from the record. */
const startWriters = async (client: Client) => {
  const counts = new Map<string, number>()
  const ids: string[] = []
  for (let at = 0; at < RECORDS; at++) {
    const { status, text, body } = await client.request('POST', '/rest/companies', { position: 0 })
    if (status !== 201) throw new Error(text)
    ids.push(body.data.createCompany.id)
  }
  let isOver = false
  let failed = 0
  const current = async (id: string): Promise<number> => {
    for (;;) {
      const { status, text, body } = await client.get(`/rest/companies/${id}`)
      if (status === 200) return body.data.company.position
      if (!isAway(status)) throw new Error(text)
    }
  }
  const writing = ids.map(async (id) => {
    for (let count = 1; !isOver; ) {
      const { status, text } = await client.request('PATCH', `/rest/companies/${id}`, { position: count })
      if (status !== 200 && !isAway(status)) throw new Error(text)
      if (status !== 200) failed += 1
      if (status === 200 || (await current(id)) === count) {
        counts.set(id, count)
        count += 1
      }
      await sleep(PAUSE_MS)
    }
  })
  return {
    written: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    failed: () => failed,
    /** @returns what each record has counted: 0, 1, …, n */
    stop: async (): Promise<Seen> => {
      isOver = true
      await Promise.all(writing)
      return new Map(ids.map((id) => [id, Array.from({ length: (counts.get(id) ?? 0) + 1 }, (_, n) => n)]))
    },
  }
}

const startConsumers = async (
  client: Client,
  url: string,
  receiver: Awaited<ReturnType<typeof startReceiver>>,
) => {
  const settings = await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { history } }',
  })
  if (settings.body.data?.updateWorkspace.history !== true) throw new Error(settings.text)
  const path = `/${client.workspace.id}`
  const hook = await client.request('POST', '/rest/webhooks', {
    targetUrl: receiver.url(path),
    ordered: true,
  })
  if (hook.body.id === undefined) throw new Error(hook.text)
  const stream = await openEventStream(`${url}/changes/stream?include=previous`, {
    authorization: `Bearer ${client.token}`,
  })
  return {
    // An entry has the record as it was before.
    stream: (): Seen =>
      seenIn(
        stream
          .changes()
          .map(({ data: { id, previous } }) => [id, previous === null ? 0 : previous.position + 1]),
      ),
    webhooks: (): Seen =>
      seenIn(receiver.at(path).map(({ body: { record } }) => [record.id, record.position])),
    history: async (id: string): Promise<readonly number[]> => {
      const found: number[] = []
      for (let after = ''; ; ) {
        const { body, text } = await client.get(`/rest/companies/${id}/history?limit=60${after}`)
        if (body?.data === undefined) throw new Error(text)
        found.push(
          ...body.data.companyHistory.map((entry: { after: { position: number } }) => entry.after.position),
        )
        if (!body.pageInfo.hasNextPage) return found.toReversed()
        after = `&starting_after=${body.pageInfo.endCursor}`
      }
    },
    close: stream.close,
  }
}

const placeOf = async (pool: Pool, schema: string): Promise<number> => {
  const { rows } = await pool.query<{ port: number }>(
    `select distinct nodeport as port from citus_shards where split_part(table_name::text, '.', 1) = $1`,
    [schema],
  )
  return rows[0]?.port ?? 0
}

/** Connections of the gateway end in the middle of transactions, as when the node restarts. */
const breakNode = (url: string) =>
  asSuperuser(url, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'tenantry%'`,
    ),
  )

onCluster(
  'changes on workers arrive once and in order, while workspaces move and connections end',
  async (t, coordinator) => {
    const receiver = await startReceiver()
    const database = await openCitusDatabase(coordinator)
    const gateway = await startTestGateway({
      database,
      environment: { CAPTURE: 'on', POOL_SIZE: '9', OUTBOUND_ALLOWED_HOSTS: '127.0.0.1' },
    })
    t.teardown(async () => {
      await gateway.close()
      await receiver.close()
      await database.close()
    })
    const { pool, workers } = database
    const ports = workers.map((worker) => Number(new URL(worker).port))
    const clients = [await gateway.enter('one'), await gateway.enter('two')]

    // A table made by hand is logged under its own oid, not its shard's, from the first row on.
    for (const { workspace, get } of clients) {
      const tally = `"${workspace.schemaName}".tally`
      await pool.query(`create table ${tally} (id int primary key)`)
      await until('the table is served', async () => (await get('/rest/tallies')).status === 200)
      const { position } = (await get('/changes')).body
      await pool.query(`insert into ${tally} values (1)`)
      await until(
        'it arrives',
        async () => (await get(`/changes?after=${position}`)).body.data.changes.length === 1,
      )
    }

    const consumers = await Promise.all(
      clients.map((client) => startConsumers(client, gateway.url, receiver)),
    )
    const writers = await Promise.all(clients.map(startWriters))
    for (let round = 0; round < ROUNDS; round++) {
      const before = writers.map(({ written }) => written())
      await until('all go on', () => writers.every(({ written }, at) => written() > (before[at] ?? 0) + 9))
      if (round % 2 === 1) await breakNode(workers[(round >> 1) % workers.length] ?? '')
      const { schemaName } = clients[round % 2]?.workspace ?? { schemaName: '' }
      const from = await placeOf(pool, schemaName)
      const to = new URL(workers[ports.findIndex((port) => port !== from)] ?? '')
      await pool.query('select citus_schema_move($1::regnamespace, $2, $3, $4)', [
        schemaName,
        to.hostname,
        Number(to.port),
        round < 2 ? 'force_logical' : 'block_writes',
      ])
    }
    for (const [at, { stop, failed }] of writers.entries()) {
      const expected = await stop()
      const consumer = consumers[at]
      if (consumer === undefined) throw new Error('no consumer')
      const amount = [...expected.values()].flat().length
      const count = (seen: Seen) => [...seen.values()].flat().length
      await until(`the stream has ${amount}`, () => count(consumer.stream()) >= amount)
      await until(`the webhook has ${amount}`, () => count(consumer.webhooks()) >= amount)
      t.deepEqual(new Map(consumer.stream()), expected)
      t.deepEqual(new Map(consumer.webhooks()), expected)
      for (const [id, counts] of expected) t.deepEqual(await consumer.history(id), counts)
      consumer.close()
      t.log(`${amount} changes, ${failed()} requests to be repeated`)
    }
  },
)
