// Bounds in bytes: a page of the log ends where its images become too large, and a stream holds one batch for
// a client that does not read.

import { once } from 'node:events'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { Pool } from 'pg'
import { eventOf, openFeedStream } from '../../gateway/changes/eventStream.ts'
import { createStream } from '../../gateway/changes/stream.ts'
import { createStreams } from '../../gateway/changes/streams.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { openFeed } from '../../tenants/changes/capture.ts'
import { PAGE_BYTES, readFeed, tick } from '../../tenants/changes/feed.ts'
import { createHostFeed, type HostPosition } from '../../tenants/changes/hostFeed.ts'
import { settleWorkspace } from '../../tenants/changes/settle.ts'
import { readWebhookFeed, startWebhookFeed } from '../../tenants/changes/webhookFeed.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestGateway } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const ROWS = 6
const TEXT = PAGE_BYTES / 4
const MOST = PAGE_BYTES + 2 * TEXT + 100_000

interface Sized {
  readonly before: string | null
  readonly after: string | null
}

const sizeOf = (rows: readonly Sized[]): number =>
  rows.reduce((sum, { before, after }) => sum + (before?.length ?? 0) + (after?.length ?? 0), 0)

/** A small change, large ones and a small one. @returns their number */
const write = async (pool: Pool, schemaName: string): Promise<number> => {
  const table = `${quoteIdentifier(schemaName)}.larges`
  await pool.query(`create table ${table} (id integer primary key, t text, n integer)`)
  await pool.query(`insert into ${table} values (0, '', 0)`)
  await pool.query(
    `insert into ${table} select n, repeat('x', ${TEXT}), 0 from generate_series(1, ${ROWS}) n`,
  )
  await pool.query(`update ${table} set n = 1 where id > 0`)
  await pool.query(`update ${table} set n = 1 where id = 0`)
  return 2 * ROWS + 2
}

test.serial('pages of a workspace end at a number of bytes, and no change is left out', async (t) => {
  const client = await gateway.enter()
  const { position: start } = (await client.get('/changes')).body
  const after = await tick(pool)
  const changes = await write(pool, client.workspace.schemaName)
  const ids: string[] = []
  for (let [position, hasMore] = [start, true]; hasMore; ) {
    const response = await client.get(`/changes?after=${position}&limit=1000&include=record,previous`)
    t.is(response.status, 200)
    const { body } = response
    t.true(JSON.stringify(body).length < 2 * MOST)
    ids.push(...body.data.changes.map((each: { position: string }) => each.position))
    position = body.position
    hasMore = body.hasMore
  }
  t.is(new Set(ids).size, changes)
  t.is(ids.length, changes)

  await tick(pool)
  let read = 0
  for (let [position, hasMore] = [{ after } as Parameters<typeof readFeed>[2], true]; hasMore; ) {
    const page = await readFeed(pool, client.workspace.id, position, 1_000)
    if (page === null) return t.fail('The position is unknown.')
    t.true(sizeOf(page.rows) < MOST)
    read += page.rows.length
    position = page.end
    hasMore = page.hasMore
  }
  t.is(read, changes)
})

test.serial('pages of all workspaces end at a number of bytes', async (t) => {
  const clients = [await gateway.enter(), await gateway.enter(), await gateway.enter()]
  await tick(pool)
  const isAsked = (id: string): boolean => clients.some(({ workspace }) => workspace.id === id)
  const feed = createHostFeed(pool)
  const after = await tick(pool)
  let changes = 0
  for (const client of clients) changes += await write(pool, client.workspace.schemaName)
  await tick(pool)

  const ids: string[] = []
  let position: HostPosition = { after, aside: [] }
  for (let hasMore = true; hasMore; ) {
    const page = await feed(position, { limit: 1_000, isAsked })
    if (page === null) return t.fail('The position is unknown.')
    // A half is for the workspaces that are read apart.
    t.true(sizeOf(page.rows.map(({ row }) => row)) < 2 * MOST)
    ids.push(...page.rows.map(({ row }) => row.id))
    position = page.end
    hasMore = page.hasMore
  }
  t.is(new Set(ids).size, changes)
  t.is(ids.length, changes)
})

test('pages of webhooks end at a number of bytes', async (t) => {
  const { pool: own } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(own, { name: 'Large', standardObjects: false })
  await inTransaction(own, async (client) => {
    await client.query(
      `insert into tenantry.webhooks (workspace_id, target_url, host, owner_name) values ($1, 'https://a.test/', 'a.test', 'x')`,
      [id],
    )
    await startWebhookFeed(client)
  })
  await openFeed(own, 'on')
  await settleWorkspace(own, id)
  const changes = await write(own, schemaName)
  await tick(own)
  let delivered = 0
  for (let hasMore = true; hasMore; )
    await inTransaction(own, async (client) => {
      const page = await readWebhookFeed(client, 1_000)
      if (page === null) return t.fail('Another reader holds the position.')
      t.true(sizeOf(page.rows) < MOST)
      delivered += page.rows.length
      hasMore = page.hasMore
      await page.advance()
    })
  t.is(delivered, changes)
})

const EVENT = eventOf('1', 'change', 'x'.repeat(2_000_000))

/** A stream that has always more to send, and the response that its client gets. */
const endless = async (t: ExecutionContext, options: { slowMs?: number; batches?: number } = {}) => {
  const { slowMs, batches = Number.POSITIVE_INFINITY } = options
  const server = createServer()
  t.teardown(() => void server.close().closeAllConnections())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  let read = 0
  const ended = Promise.withResolvers<void>()
  server.once('request', (_, response) => {
    const stream = createStream<null, number>({
      ...{ sink: openFeedStream(response, '0'), caller: 'a', idOf: String, log: createTestLog(), slowMs },
      request: { position: 0, renew: async () => null, read: async () => null, queryText: '' },
      batches: {
        read: async (_context, _request, position) => {
          read += 1
          return { events: [EVENT], end: position + 1, hasMore: position + 1 < batches }
        },
      },
      onEnd: ended.resolve,
      onUnsent: () => {},
    })
    response.once('close', () => stream.end())
    stream.pump()
  })
  const { port } = server.address() as AddressInfo
  const [response] = (await once(get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    IncomingMessage,
  ]
  return { response, ended: ended.promise, read: () => read }
}

test('a client that does not read is cut off, and nothing is read for it meanwhile', async (t) => {
  const { response, ended, read } = await endless(t, { slowMs: 300 })
  response.pause()
  await ended
  // Buffers of the system take some batches.
  t.true(read() < 20, String(read()))
  const received = async (): Promise<number> => {
    let bytes = 0
    for await (const chunk of response) bytes += (chunk as Buffer).length
    return bytes
  }
  await t.throwsAsync(received(), { message: 'aborted' })
})

test('a client that reads receives batches of any size', async (t) => {
  const { response, read } = await endless(t, { batches: 40 })
  let received = 0
  for await (const chunk of response) {
    received += (chunk as Buffer).length
    if (received > 40 * EVENT.length) break
  }
  t.is(read(), 40)
})

test('streams together hold a bounded number of bytes: the furthest behind is cut off', async (t) => {
  const cut: string[] = []
  const noted = { subscribe: () => () => {}, ring: () => {}, onAnnounced: () => {}, close: async () => {} }
  const streams = createStreams<string, number>({
    ...{
      ticker: noted,
      log: createTestLog(),
      maxStreams: 10,
      maxStreamsPerCaller: 10,
      maxUnsentBytes: 500_000,
    },
    callerOf: (name) => name,
    idOf: (_, position) => String(position),
    batches: {
      onWindow: () => {},
      read: async () => ({ events: ['x'], end: 1, hasMore: false }),
    },
  })
  t.teardown(() => streams.close())
  const open = (name: string, unsent: number): void => {
    streams.open(
      name,
      { position: 0, renew: async () => name, read: async () => null, queryText: '' },
      () => ({
        write: () => {},
        reset: null,
        beat: () => {},
        unsentBytes: () => unsent,
        end: () => {},
        cut: () => void cut.push(name),
      }),
    )
  }
  open('quick', 0)
  open('slow', 200_000)
  open('slowest', 250_000)
  await until('all have been read for', () => streams.count() === 3)
  t.deepEqual(cut, [])
  open('another', 100_000)
  await until('one has been cut off', () => cut.length > 0)
  t.deepEqual(cut, ['slowest'])
  t.is(streams.count(), 3)
})
