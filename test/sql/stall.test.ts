// Backends that stand still while others go on, and the reads behind them.

import test, { type ExecutionContext } from 'ava'
import type { PipelinedConnection } from '../../sql/pipeline/connection.ts'
import type { ConnectionError } from '../../sql/pipeline/error.ts'
import { createStalls } from '../../sql/pipeline/latency.ts'
import { createConnectionPool, type Statement } from '../../sql/pipeline/pool.ts'
import type { Session } from '../../sql/pipeline/session.ts'
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

/** Three connections, all of which have the statement, that may send reads again. */
const openWarm = async (t: ExecutionContext, session: Session, read: Statement) => {
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 3,
    spareConnections: 0,
    sweepMs: 600_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  await until('all connections are open', () => connections.stats().open === 3)
  const ask = async (statement = read, how = READ): Promise<string> => {
    const [[value] = []] = await connections.run(session, statement, how)
    return value ?? ''
  }
  const answers = new Set<string>()
  await ask()
  await until('all connections have answered, and a thousand reads', async () => {
    for (let round = 0; round < 100; round++)
      for (const answer of await Promise.all(Array.from({ length: 10 }, () => ask()))) answers.add(answer)
    return connections.stats().prepared >= 3
  })
  return { ...connections, ask, answers }
}

test('reads behind a backend that stands still are answered by others, and writes run once', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const { ask, answers: pids, stats } = await openWarm(t, session, backend)
  t.is(pids.size, 3)
  const employees = Number(await ask(hire, WRITE))
  const [stopped] = pids
  const before = stats().retries
  process.kill(Number(stopped), 'SIGSTOP')
  t.teardown(() => process.kill(Number(stopped), 'SIGCONT'))
  let answered = 0
  const writes = Array.from({ length: 6 }, () => ask(hire, WRITE))
  const reads = Array.from({ length: 12 }, async () => {
    const pid = await ask()
    answered += 1
    return pid
  })
  // The stopped backend has one of them, which is not sent again: it may be slow in truth. Further reads let
  // more be sent twice, where a busy machine has used up what the first ones allowed.
  const further: Promise<string>[] = []
  await until('all reads but one are answered', () => {
    for (let more = 0; more < 10; more++) further.push(ask())
    return answered >= 11
  })
  t.true(stats().retries > before)
  t.true(stats().inFlight > 0)
  process.kill(Number(stopped), 'SIGCONT')
  await Promise.all(further)
  t.true((await Promise.all(reads)).filter((pid) => pid === stopped).length <= 1)
  t.deepEqual(
    (await Promise.all(writes)).map(Number).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6].map((more) => employees + more),
  )
  await until('nothing is in flight', () => stats().inFlight === 0)
})

test('statements that wait for their turn while Postgres answers nothing fail as unavailable', async (t) => {
  const { session: usual } = await createTestWorkspace(db.pool)
  const session = { ...usual, timeoutMs: 300 }
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    ...{ connections: 1, spareConnections: 2, sweepMs: 600_000, waitMs: 300, log: createTestLog() },
  })
  t.teardown(() => connections.close())
  let texts = 0
  /** A text that is unknown to the pool: few of them run at a time. */
  const ask = (seconds: number): Promise<string> => {
    texts += 1
    const text = `select pg_catalog.pg_backend_pid()::text, pg_catalog.pg_sleep(${seconds})::text as n${texts}`
    return connections.run(session, { text, values: [] }, READ).then(
      (rows) => rows[0]?.[0] ?? '',
      (error: ConnectionError) => error.code,
    )
  }
  const askMany = (seconds: number) => Array.from({ length: 12 }, () => ask(seconds))
  const pids = new Set<string>()
  await until('all connections have answered', async () => {
    for (const pid of await Promise.all(askMany(0.01))) if (/^\d+$/.test(pid)) pids.add(pid)
    return pids.size === 3
  })
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const pid of pids) process.kill(Number(pid), name)
  }
  signal('SIGSTOP')
  t.teardown(() => signal('SIGCONT'))
  const outcomes: string[] = []
  const waiting = askMany(0)
  for (const each of waiting) void each.then((outcome) => outcomes.push(outcome))
  await until('most were given up', () => outcomes.length >= 8)
  t.deepEqual([...new Set(outcomes)], ['connection_unavailable'])
  signal('SIGCONT')
  await Promise.all(waiting)
})

test('reads that were sent twice during a change of a type are answered with the new one', async (t) => {
  const { session, q } = await createTestWorkspace(db.pool)
  const read = { text: 'select employees from "__WS__"."Company" where id = 1', values: [] }
  const { ask, answers, stats } = await openWarm(t, session, read)
  t.deepEqual([...answers], ['10'])
  const before = stats().retries
  const changing = await db.pool.connect()
  t.teardown(() => changing.release(true))
  await changing.query(`begin; alter table ${q}."Company" alter employees type numeric(10, 2)`)
  const reads = Array.from({ length: 12 }, () => ask())
  await until('some are sent twice', () => stats().retries > before)
  await changing.query('commit')
  t.deepEqual(await Promise.all(reads), Array(12).fill('10.00'))
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
