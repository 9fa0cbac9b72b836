// Backends that stand still while others go on, and the reads behind them.

import test from 'ava'
import type { PipelinedConnection } from '../../sql/pipeline/connection.ts'
import { createStalls } from '../../sql/pipeline/latency.ts'
import { createConnectionPool, type Statement } from '../../sql/pipeline/pool.ts'
import type { StatementRequest } from '../../sql/pipeline/statementRequest.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

const READ = { retryable: true }
const WRITE = { retryable: false }

const backend: Statement = {
  text: `select pg_catalog.pg_backend_pid()::text, (select min(id) from "__WS__"."Company")`,
  values: [],
}
const hire: Statement = {
  text: `update "__WS__"."Company" set employees = employees + 1 where id = $1 returning employees::text`,
  values: ['1'],
}

test('reads behind a backend that stands still are answered by others, and writes run once', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 3,
    spareConnections: 0,
    sweepMs: 600_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  await until('all connections are open', () => connections.stats().open === 3)
  const ask = async (statement: Statement, how: { readonly retryable: boolean }): Promise<number> => {
    const [[pid] = []] = await connections.run(session, statement, how)
    return Number(pid)
  }
  const askMany = (amount: number) => Promise.all(Array.from({ length: amount }, () => ask(backend, READ)))
  const pids = new Set<number>()
  // Known as quick, and often enough that twelve may be sent again.
  const employees = await ask(hire, WRITE)
  await until('all connections have answered, and 250 reads', async () => {
    for (let round = 0; round < 25; round++) for (const pid of await askMany(10)) pids.add(pid)
    return pids.size === 3
  })
  const [stopped = 0] = pids
  const before = connections.stats().retries
  process.kill(stopped, 'SIGSTOP')
  t.teardown(() => process.kill(stopped, 'SIGCONT'))
  let answered = 0
  const writes = Array.from({ length: 6 }, () => ask(hire, WRITE))
  const reads = Array.from({ length: 12 }, async () => {
    const pid = await ask(backend, READ)
    answered += 1
    return pid
  })
  // The stopped backend has one of them, which a second copy cannot help: it may be slow in truth.
  await until('all reads but one are answered', () => answered >= 11)
  t.true(connections.stats().retries > before)
  t.true(connections.stats().inFlight > 0)
  process.kill(stopped, 'SIGCONT')
  const answers = await Promise.all(reads)
  t.is(answers.length, 12)
  t.true(answers.filter((pid) => pid === stopped).length <= 1)
  t.deepEqual(
    (await Promise.all(writes)).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6].map((more) => employees + more),
  )
  await until('nothing is in flight', () => connections.stats().inFlight === 0)
})

interface Fake {
  readonly busyMs: number
  /** Statements in flight. */
  readonly textIds: readonly number[]
}

const USUAL_MS = [0.2, 1, 2, 5, 20, Number.POSITIVE_INFINITY]

const fakeOf = ({ busyMs, textIds }: Fake) => {
  const requests = textIds.map((id) => ({ text: { id } }))
  return { busySinceMs: () => 1_000 - busyMs, requests: () => requests }
}

const openOf = (fakes: readonly Fake[]) =>
  fakes.map(fakeOf) as unknown as readonly PipelinedConnection<StatementRequest>[]

const stallsOf = (
  connections: readonly PipelinedConnection<StatementRequest>[],
  onStalled: (behind: readonly unknown[], most: number) => number,
  clock = () => 1_000,
) =>
  createStalls({
    open: new Set(connections),
    usualMs: (textId) => USUAL_MS[textId] ?? Number.POSITIVE_INFINITY,
    onStalled,
    clock,
  })

test('a connection is stalled when its statement takes several times as long as usual', (t) => {
  for (const [textId, usualMs] of USUAL_MS.entries())
    for (const busyMs of [0, 1, 4, 7.9, 8, 9, 19, 21, 79, 81, 5_000, Number.NEGATIVE_INFINITY]) {
      const [connection, ...others] = openOf([
        { busyMs, textIds: [textId, textId, textId] },
        { busyMs: 1, textIds: [textId] },
        { busyMs: Number.NEGATIVE_INFINITY, textIds: [] },
      ])
      let behind = -1
      const stalls = stallsOf([...(connection === undefined ? [] : [connection]), ...others], (requests) => {
        behind = requests.length
        return 0
      })
      stalls.look()
      const isStalled = busyMs >= 8 && busyMs >= usualMs * 4
      t.is(connection !== undefined && stalls.has(connection), isStalled, `${busyMs} ms, usually ${usualMs}`)
      t.is(behind, isStalled ? 2 : -1)
      t.false(others.some(stalls.has))
    }
})

test('no more than one statement in twenty is sent again, and 50 at once', (t) => {
  let nowMs = 1_000
  const sent: number[] = []
  const connections = openOf([
    { busyMs: 500, textIds: Array(400).fill(0) },
    { busyMs: 500, textIds: Array(30).fill(1) },
  ])
  const stalls = stallsOf(
    connections,
    (behind, most) => {
      const amount = Math.min(behind.length, most)
      sent.push(amount)
      return amount
    },
    () => nowMs,
  )
  stalls.look()
  t.deepEqual(sent.splice(0), [0, 0])
  // At the same moment: looked at once.
  for (let statement = 0; statement < 10_000; statement++) stalls.answered()
  t.deepEqual(sent.splice(0), [])
  nowMs += 2
  stalls.look()
  t.deepEqual(sent.splice(0), [50, 0])
  for (let statement = 0; statement < 2_000; statement++) {
    nowMs += 1
    stalls.answered()
  }
  const again = sent.reduce((sum, amount) => sum + amount, 0)
  t.true(again >= 95 && again <= 100, `${again} of 2,000`)
})
