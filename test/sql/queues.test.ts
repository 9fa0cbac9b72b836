// Jobs that wait for room on the connections that all share.

import test from 'ava'
import type { PipelinedConnection } from '../../sql/pipeline/connection.ts'
import { createJob, type Job } from '../../sql/pipeline/job.ts'
import { createConnectionPool } from '../../sql/pipeline/pool.ts'
import { createQueues } from '../../sql/pipeline/queues.ts'
import { createRecovery } from '../../sql/pipeline/recovery.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
const { session } = await createTestWorkspace(db.pool)
test.after.always(() => db.close())

const jobOf = (workspace: string, mark: string, isRetryable = true): Job =>
  createJob(
    { ...session, workspace },
    { text: mark, values: [] },
    { id: 1, isRepeated: true, operation: 'SELECT' },
    isRetryable,
    ...([() => {}, () => {}, () => {}] as const),
  )

/** Queues before one connection, which has room for `room` jobs. */
const queuesOf = (room: { amount: number }, takesMore = true) => {
  const sent: string[] = []
  const connection = {
    submit: ({ statement }: Job) => {
      room.amount -= 1
      sent.push(statement.text)
    },
  } as unknown as PipelinedConnection<Job>
  const queues = createQueues(() => (room.amount > 0 ? connection : null), {
    onQueued: () => {},
    takesMore: () => takesMore,
  })
  return { queues, sent }
}

test('workspaces take turns, few jobs or many', (t) => {
  for (const amounts of [[5, 1], [1, 5], [3, 3, 3], [10, 1, 2], [1, 1, 1, 1], [7]]) {
    const room = { amount: 0 }
    const { queues, sent } = queuesOf(room)
    const names = amounts.map((_, index) => String.fromCharCode(97 + index))
    for (const [index, amount] of amounts.entries())
      for (let job = 0; job < amount; job++)
        queues.enter(jobOf(names[index] ?? '', `${names[index]}${job}`), false)
    t.is(
      queues.count(),
      amounts.reduce((sum, amount) => sum + amount),
    )
    t.deepEqual(sent, [])
    const expected = Array.from({ length: Math.max(...amounts) }, (_, job) =>
      names.filter((_, index) => job < (amounts[index] ?? 0)).map((name) => `${name}${job}`),
    ).flat()
    while (queues.count() > 0) {
      room.amount = 1
      queues.drain()
    }
    t.deepEqual(sent, expected)
  }
})

test('a job that is sent again does not wait behind others, and none is lost when some give up', (t) => {
  const room = { amount: 0 }
  const { queues, sent } = queuesOf(room)
  for (const mark of ['a0', 'a1', 'b0', 'b1', 'c0']) queues.enter(jobOf(mark.charAt(0), mark), false)
  const again = jobOf('a', 'again')
  again.isHedged = true
  room.amount = 1
  queues.enter(again, false)
  t.deepEqual(sent.splice(0), ['again'])
  t.deepEqual(
    queues
      .remove(({ statement }) => ['a1', 'c0'].includes(statement.text))
      .map(({ statement }) => statement.text),
    ['a1', 'c0'],
  )
  room.amount = 9
  queues.drain()
  t.deepEqual(sent, ['a0', 'b0', 'b1'])
  t.is(queues.count(), 0)
})

test('jobs that wait for room alone need no further connection', (t) => {
  const [busy, held] = [queuesOf({ amount: 0 }), queuesOf({ amount: 0 }, false)]
  for (const { queues } of [busy, held]) queues.enter(jobOf('a', 'one'), false)
  t.deepEqual([busy.queues.isShort(), held.queues.isShort()], [false, true])
  busy.queues.enter(jobOf('a', 'alone'), true)
  t.true(busy.queues.isShort())
})

test('a connection takes eight quick statements at a time, and answers all that wait', async (t) => {
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 1,
    // On a busy machine statements may count as slow, and would run on these as well.
    spareConnections: 0,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  await until('the connection is open', () => connections.stats().open === 1)
  const get = { text: 'select count(*)::text from "__WS__"."Company"', values: [] }
  const ask = () => connections.run(session, get, { retryable: true })
  await until('it is known as quick', async () => {
    await ask()
    return connections.stats().open === 1
  })
  const most: number[] = []
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const answer = await ask()
      most.push(connections.stats().inFlight)
      return answer
    }),
  )
  t.is(answers.length, 100)
  t.true(Math.max(...most) <= 8, `${Math.max(...most)}`)
  t.is(connections.stats().waiting, 0)
})

test('a statement that Postgres refuses or undoes is sent once more, also when it was sent twice', (t) => {
  const undone = Object.assign(new Error('undone'), { code: '40001' })
  const other = new Error('refused')
  for (const isHedged of [false, true])
    for (const [error, isRefused, isDemoted] of [
      [other, true, false],
      [other, false, true],
      [undone, false, false],
    ] as const) {
      const admitted: Job[] = []
      const rejected: Error[] = []
      const failure = { error, isRefused, isDemoted, isConnectionUnfit: false }
      const job: Job = { ...jobOf('a', 'read'), reject: (cause) => rejected.push(cause) }
      const { onFailed, onStuck } = createRecovery(
        (one) => {
          one.copies++
          admitted.push(one)
        },
        () => false,
      )
      job.copies = 1
      if (isHedged) t.deepEqual([onStuck([job], 1), onStuck([job], 1)], [1, 0])
      for (let copy = isHedged ? 2 : 1; copy > 0; copy--) onFailed(job, failure)
      t.is(admitted.length, isHedged ? 2 : 1)
      t.deepEqual(rejected, [])
      onFailed(job, failure)
      t.deepEqual([admitted.length, rejected], [isHedged ? 2 : 1, [error]])
    }
})
