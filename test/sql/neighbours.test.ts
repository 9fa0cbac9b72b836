import test, { type ExecutionContext } from 'ava'
import type { ConnectionError } from '../../sql/pipeline/error.ts'
import { createEventLoopDelay, createLatencies } from '../../sql/pipeline/latency.ts'
import { createConnectionPool, type Session } from '../../sql/pipeline/pool.ts'
import { createSemaphore } from '../../sql/pipeline/semaphore.ts'
import { createTextIds } from '../../sql/statement.ts'
import { createRandom } from '../../tenants/demo/random.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

const READ = { retryable: true }
const get = { text: 'select name from "__WS__"."Company" where id = $1', values: ['1'] }
/** Sleeps as long as its argument: the same text is quick or slow. */
const sleep = (seconds: number, mark: string) => ({
  text: `select pg_sleep($1::float8) /* ${mark} */`,
  values: [String(seconds)],
})

const open = (t: ExecutionContext) => {
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 2,
    spareConnections: 4,
    waitMs: 60_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  return connections
}
const sleepers = async (mark: string, cancels = false): Promise<number> => {
  const { rowCount } = await db.pool.query(
    `select ${cancels ? 'pg_cancel_backend(pid)' : ''} from pg_stat_activity
     where datname = current_database() and wait_event = 'PgSleep' and position($1 in query) > 0`,
    [mark],
  )
  return rowCount ?? 0
}
const patient = (session: Session, maxLongStatements: number): Session => ({
  ...session,
  timeoutMs: 60_000,
  maxLongStatements,
})

test('one workspace cannot take the connections of another, and runs no more long statements at once than it may', async (t) => {
  const [noisy, quiet] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  const connections = open(t)
  await connections.run(quiet.session, get, READ)
  const long = Array.from({ length: 20 }, () =>
    connections
      .run(patient(noisy.session, 2), sleep(60, noisy.id), READ)
      .catch((error: Error) => error.message),
  )
  await until('two of them run', async () => (await sleepers(noisy.id)) === 2)
  for (let round = 0; round < 50; round++)
    t.deepEqual(await connections.run(quiet.session, get, READ), [['company 1']])
  const fresh = { text: 'select count(*)::text from "__WS__"."Company"', values: [] }
  t.deepEqual(await connections.run(quiet.session, fresh, READ), [['20']], 'a new text too')
  await until('two of them still run', async () => (await sleepers(noisy.id)) === 2)
  t.is(connections.stats().waiting, 18)
  let isOver = false
  const ended = Promise.all(long).then(() => {
    isOver = true
  })
  while (!isOver) await Promise.race([ended, sleepers(noisy.id, true)])
  await ended
})

test('refuses statements known to be long when too many wait, and never new ones', async (t) => {
  const [noisy, quiet] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  const connections = open(t)
  const session = patient(noisy.session, 1)
  // Longer than what is long by as much as a busy machine may be given.
  await connections.run(session, sleep(0.8, noisy.id), READ)
  const outcome = (work: Promise<unknown>) =>
    work.then(() => 'done').catch((error: ConnectionError) => error.code)
  const long = [outcome(connections.run(session, sleep(0.8, noisy.id), READ))]
  for (let n = 0; n < 40; n++) long.push(outcome(connections.run(session, sleep(0, noisy.id), READ)))
  const fresh = Array.from({ length: 40 }, (_, n) =>
    outcome(connections.run(session, sleep(0, `${noisy.id} ${n}`), READ)),
  )
  t.deepEqual(await connections.run(quiet.session, get, READ), [['company 1']])
  t.is((await Promise.all(long)).filter((each) => each === 'workspace_busy').length, 40 - 25)
  t.deepEqual([...new Set(await Promise.all(fresh))], ['done'])
})

test('answers a thousand different statements of one workspace at once', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const { session: single } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const one = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 1,
    log: createTestLog(),
  })
  t.teardown(() => one.close())
  const questions = (count: number, mark: string) =>
    Array.from({ length: count }, (_, n) => ({
      text: `select count(*)::text, pg_sleep(0.03)::text from "__WS__"."Company" where id <> ${-n} /* ${mark} */`,
      values: [],
    }))
  const answers = await Promise.all([
    ...questions(1000, 'a').map((question) => connections.run(patient(session, 8), question, READ)),
    ...questions(200, 'b').map((question) => one.run(patient(single, 4), question, READ)),
  ])
  t.true(answers.every(([row]) => row?.[0] === '20'))
})

test('a cold start under five hundred requests of fifty workspaces refuses none of them', async (t) => {
  const workspaces = await Promise.all(Array.from({ length: 50 }, () => createTestWorkspace(db.pool)))
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 3,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  const burst = () =>
    Promise.all(
      workspaces.flatMap(({ session }) =>
        Array.from({ length: 10 }, () => connections.run(session, get, READ)),
      ),
    )
  t.true((await burst()).every(([row]) => row?.[0] === 'company 1'))
  // What was slow only because it came first is quick from then on.
  await until('the same burst takes a moment', async () => {
    const startMs = performance.now()
    await burst()
    return performance.now() - startMs < 1000
  })
  t.is(connections.stats().waiting, 0)
})

test('texts too long to prepare are known as quick all the same', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const giant = {
    text: `select name from "__WS__"."Company" where id = 1 /* ${'x'.repeat(70_000)} */`,
    values: [],
  }
  for (let round = 0; round < 3; round++) await connections.run(session, giant, READ)
  t.is(connections.stats().prepared, 0)
  const noteText = createTextIds(new Map())
  t.deepEqual(noteText(giant), { id: 1, isRepeated: false, operation: 'SELECT' })
  t.deepEqual(noteText(giant), { id: 1, isRepeated: false, operation: 'SELECT' })
  t.deepEqual(noteText(get), { id: 2, isRepeated: false, operation: 'SELECT' })
  t.deepEqual(noteText(get), { id: 2, isRepeated: true, operation: 'SELECT' })
})

test('reads that stand behind a statement that turns out slow are sent again, and answered once', async (t) => {
  const [noisy, quiet] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  const connections = open(t)
  const session = patient(noisy.session, 4)
  // On a busy machine even the quick ones may be slow at first; then they would not share a connection.
  await until('reads are sent again', async () => {
    for (let warming = 0; warming < 3; warming++) {
      await connections.run(quiet.session, get, READ)
      await connections.run(session, sleep(0, noisy.id), READ)
    }
    // Known to be quick, so they share connections; enough of them to stand before the others on every
    // connection.
    const long = Array.from({ length: 8 }, () => connections.run(session, sleep(0.3, noisy.id), READ))
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => connections.run(quiet.session, get, READ)),
    )
    t.deepEqual(answers, Array(8).fill([['company 1']]))
    await Promise.all(long)
    return connections.stats().retries > 0
  })
})

test('a turn that falls to a read which was answered meanwhile goes on to the next', async (t) => {
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 2,
    spareConnections: 6,
    waitMs: 60_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  const answered = (session: Session, seconds: number, mark: string) =>
    connections.run(patient(session, 1), sleep(seconds, mark), READ)
  const round = async (one: Session, other: Session, mark: string): Promise<void> => {
    for (let warming = 0; warming < 3; warming++)
      for (const session of [one, other]) await answered(session, 0, mark)
    // Takes the one turn.
    const holder = answered(one, 0.6, `${mark} held`)
    // Fills its own connection with what turns slow in this moment, so that the last one stands behind the
    // other's, and is sent again, but to wait for a turn, while the first copy of it is answered.
    const sent = [
      answered(other, 0.15, mark),
      ...[0.1, 0, 0, 0.2, 0].map((seconds) => answered(one, seconds, mark)),
    ]
    await Promise.all([holder, ...sent])
  }
  for (let pair = 0; pair < 6; pair++) {
    const [{ session: a }, { session: b }] = [
      await createTestWorkspace(db.pool),
      await createTestWorkspace(db.pool),
    ]
    for (const [one, other, mark] of [
      [a, b, `there ${pair}`],
      [b, a, `back ${pair}`],
    ] as const) {
      await round(one, other, mark)
      t.deepEqual(await answered(one, 0, `new to all ${mark}`), [['']], 'what is new finds a turn')
    }
  }
  t.is(connections.stats().waiting, 0)
})

test('every permit returns, for any outcome of the statements', async (t) => {
  const connections = createConnectionPool({
    // A database of its own, because the test breaks connections.
    login: { connectionString: db.gatewayUrl, application_name: 'every turn' },
    connections: 2,
    spareConnections: 4,
    waitMs: 60_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  const sessions = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const { session } = await createTestWorkspace(db.pool)
      return patient(session, 2)
    }),
  )
  const outcomes = new Set<string>()
  const random = createRandom(1)
  const seconds = () => (random.chance(0.6) ? 0 : random.pick([0.01, 0.03, 0.06, 0.15]))
  const one = async (session: Session): Promise<void> => {
    const text = random.chance(0.8)
      ? sleep(seconds(), `shared ${random.integer(1, 4)}`)
      : sleep(seconds(), `${random.integer(1, 1e9)}`)
    const broken = { text: 'select 1 / $1::int', values: ['0'] }
    const retryable = random.chance(0.8)
    const outcome = await connections
      .run(session, random.chance(0.1) ? broken : text, { retryable })
      .then(() => 'done')
      .catch((error: ConnectionError) => error.code)
    outcomes.add(outcome)
    if (random.chance(0.02))
      await db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'every turn' order by random() limit 1`,
      )
  }
  for (let round = 0; round < 40; round++)
    await Promise.all(Array.from({ length: 30 }, () => one(random.pick(sessions))))
  t.is(connections.stats().waiting, 0)
  t.deepEqual(
    [...outcomes].filter((each) => each === 'workspace_busy'),
    [],
  )
  for (const [index, session] of sessions.entries()) {
    // Alone on their connections, both at once: a turn that had been lost would leave one of them waiting.
    const both = [0, 1].map((n) =>
      connections.run(session, sleep(60, `last ${index} ${n}`), READ).catch(() => 'over'),
    )
    await until('both run', async () => (await sleepers(`last ${index}`)) === 2)
    let isOver = false
    const ended = Promise.all(both).then(() => {
      isOver = true
    })
    while (!isOver) await Promise.race([ended, sleepers(`last ${index}`, true)])
    await ended
  }
})

const read = (textId: number, workspace: string, busyMs: number, hasSucceeded = true) => ({
  ...{ textId, workspace, busyMs, hasSucceeded },
  isWrite: false,
})

test('a text is quick where it has been quick, and suspected where others have been slow', (t) => {
  let nowMs = 0
  const pace = createLatencies({ clock: () => nowMs })
  t.false(pace.isQuick(1, 'a'), 'never seen')
  pace.note(read(1, 'a', 3, false))
  t.false(pace.isQuick(1, 'a'), 'it only failed early')
  pace.note(read(1, 'a', 3))
  t.true(pace.isQuick(1, 'a'))
  t.true(pace.isQuick(1, 'b'))
  pace.note(read(1, 'b', 300))
  t.deepEqual([pace.isQuick(1, 'a'), pace.isQuick(1, 'b')], [true, false])
  t.deepEqual([pace.isSuspected('a'), pace.isSuspected('b')], [false, true])
  t.deepEqual([pace.isSlow(1, 'b'), pace.isSlow(2, 'b'), pace.isLong(1, 'b')], [true, false, false])
  nowMs = 10_001
  t.deepEqual([pace.isSlow(1, 'b'), pace.isSuspected('b')], [true, false])
  pace.note(read(1, 'b', 600, false))
  t.true(pace.isLong(1, 'b'))
  pace.note(read(1, 'b', 3))
  t.true(pace.isQuick(1, 'b'))
})

test('a quick write that is slow once counts as quick, until it stays slow', (t) => {
  let nowMs = 0
  const pace = createLatencies({ clock: () => nowMs })
  const states = () => [pace.isQuick(1, 'a'), pace.isSlow(1, 'a'), pace.isSuspected('a')]
  const [quick, slow] = [
    [true, false, false],
    [false, true, true],
  ]
  const write = (startedMs: number, endedMs: number) => {
    nowMs = endedMs
    pace.note({ ...read(1, 'a', endedMs - startedMs), isWrite: true })
  }
  write(0, 3)
  // All commits in flight wait for the disk, as do later ones.
  for (const startedMs of [10, 11, 12, 150, 151]) write(startedMs, 200)
  t.deepEqual(states(), quick)
  write(200, 203)
  // One write tidies an index, reported every 25 ms, while others are quick.
  for (let endedMs = 330; endedMs < 5_000; endedMs += 25) {
    write(300, endedMs)
    if (endedMs % 100 === 0) write(endedMs - 3, endedMs)
    t.deepEqual(states(), quick)
  }
  write(5_000, 5_003)
  write(5_010, 5_060)
  write(5_300, 5_320)
  write(5_400, 5_450)
  t.deepEqual(states(), quick, 'a quick one between them')
  write(5_800, 5_850)
  t.deepEqual(states(), slow)
  write(6_000, 6_003)
  t.deepEqual(states().slice(0, 2), quick.slice(0, 2))
  const fresh = createLatencies({ clock: () => nowMs })
  fresh.note({ ...read(2, 'a', 30), isWrite: true })
  t.true(fresh.isSlow(2, 'a'), 'never quick before')
})

test('permits go to the longest waiting job of the same workspace, long ones last', (t) => {
  const turns = createSemaphore<string>()
  t.deepEqual(
    ['1', '2', '3', '4'].map((one) => turns.take('a', 1, one, one === '2')),
    ['taken', 'queued', 'queued', 'queued'],
  )
  t.is(turns.take('b', 1, '5', false), 'taken')
  t.is(turns.waiting(), 3)
  t.deepEqual(
    turns.remove((one) => one === '3'),
    ['3'],
  )
  t.deepEqual([turns.giveBack('a'), turns.giveBack('a'), turns.giveBack('a')], ['4', '2', undefined])
  t.is(turns.take('a', 1, '6', true), 'taken')
  for (let n = 0; n < 25; n++) t.is(turns.take('a', 1, 'long', true), 'queued')
  t.is(turns.take('a', 1, 'long', true), 'full')
  t.is(turns.take('a', 1, 'new', false), 'queued')
})

test('delays of a busy machine are not blamed on a statement, and long is long on any machine', (t) => {
  let nowMs = 0
  const lag = createEventLoopDelay(25, () => nowMs)
  const pace = createLatencies({ allowanceMs: lag.allowanceMs })
  const tickAfter = (ms: number) => {
    nowMs += ms
    lag.tick()
  }
  tickAfter(26)
  t.is(lag.allowanceMs(), 0)
  pace.note(read(1, 'a', 60))
  t.true(pace.isSlow(1, 'a'), 'on a machine that has time')
  tickAfter(40)
  t.is(lag.allowanceMs(), 60)
  pace.note(read(1, 'a', 60))
  t.deepEqual([pace.isQuick(1, 'a'), pace.isSlow(1, 'a')], [true, false])
  tickAfter(5000)
  pace.note(read(1, 'a', 600))
  t.deepEqual([pace.isSlow(1, 'a'), pace.isLong(1, 'a')], [true, false])
  pace.note(read(1, 'a', 800))
  t.true(pace.isLong(1, 'a'))
  for (let n = 0; n < 100; n += 1) tickAfter(25)
  t.is(lag.allowanceMs(), 0, 'and is forgotten')
})
