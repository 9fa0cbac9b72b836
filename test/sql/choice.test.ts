// Which connection a workspace's statements use.

import test, { type ExecutionContext } from 'ava'
import { type ConnectionPoolOptions, createConnectionPool, type Statement } from '../../sql/pipeline/pool.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace, type TestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

const open = (t: ExecutionContext, options: Partial<ConnectionPoolOptions>) => {
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 1,
    spareConnections: 0,
    sweepMs: 600_000,
    log: createTestLog(),
    ...options,
  })
  t.teardown(() => connections.close())
  const ask = async ({ session }: TestWorkspace, statement: Statement): Promise<string> => {
    const [[answer] = []] = await connections.run(session, statement, { retryable: true })
    return answer ?? ''
  }
  return { ...connections, ask }
}

const pid = (mark: string): Statement => ({
  text: `select pg_catalog.pg_backend_pid()::text, (select min(id) from "__WS__"."Company") /* ${mark} */`,
  values: [],
})

test('workspaces beyond the room of the connections get further ones, and stay where they are held', async (t) => {
  const workspaces = await Promise.all(Array.from({ length: 12 }, () => createTestWorkspace(db.pool)))
  // Room for four workspaces of one table each, and for a fifth until one more is open.
  const { ask, stats } = open(t, { furtherConnections: 3, maxBackendBytes: 260_000 })
  const places = async (): Promise<readonly string[]> => {
    const pids: string[] = []
    for (const workspace of workspaces) pids.push(await ask(workspace, pid('held')))
    return pids
  }
  // Until the further ones are open, all share the first.
  let settled: readonly string[] = []
  await until('three backends hold the workspaces, each its own', async () => {
    settled = await places()
    const next = await places()
    return new Set(settled).size === 3 && next.join() === settled.join()
  })
  const { memory } = stats()
  for (let round = 0; round < 5; round++) t.deepEqual(await places(), settled)
  t.is(stats().memory, memory)
})

test('a workspace with several requests at a time uses all connections', async (t) => {
  const workspace = await createTestWorkspace(db.pool)
  const { ask, stats } = open(t, { connections: 3 })
  await until('all connections are open', () => stats().open === 3)
  const own = pid('several')
  await ask(workspace, own)
  await ask(workspace, own)
  const backends = new Set<string>()
  await until('all connections have answered', async () => {
    for (const each of await Promise.all(Array.from({ length: 6 }, () => ask(workspace, own))))
      backends.add(each)
    return backends.size === 3
  })
  t.is(stats().open, 3)
})

test('small writes at the same time open further connections', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const { run, stats } = open(t, { furtherConnections: 3 })
  await until('the connection is open', () => stats().open === 1)
  const write = async (id: number): Promise<string> => {
    const text = `update "__WS__"."Company" set name = $1 where id = $2 returning pg_catalog.pg_backend_pid()::text`
    const [[backend = ''] = []] = await run(
      session,
      { text, values: [`${id}`, `${id}`] },
      { retryable: false },
    )
    return backend ?? ''
  }
  await until('all of them write', async () => {
    const backends = await Promise.all([1, 2, 3, 4, 5, 6].map(write))
    return new Set(backends).size === 4
  })
  t.is(stats().open, 4)
})

test('a large write that waits for a lock holds up one other at most', async (t) => {
  const { session: own, q } = await createTestWorkspace(db.pool)
  const session = { ...own, timeoutMs: 60_000 }
  const { run, stats } = open(t, { connections: 2, spareConnections: 2 })
  await until('both connections are open', () => stats().open >= 2)
  const text = 'update "__WS__"."Company" set name = $1 where id = $2'
  const write = (id: number) =>
    run(session, { text, values: ['x'.repeat(5_000), `${id}`] }, { retryable: false })
  // Once known as quick, it shares connections with others.
  await until('it is quick', async () => {
    await write(1)
    return stats().waiting === 0
  })
  const holder = await db.pool.connect()
  try {
    await holder.query(`begin; update ${q}."Company" set employees = 0 where id = 2`)
    const held = write(2)
    let done = 0
    const others = [3, 4, 5, 6, 7, 8].map(async (id) => {
      await write(id)
      done += 1
    })
    await until('all others but one are done', () => done >= others.length - 1)
    t.true(stats().inFlight <= 2)
    await holder.query('rollback')
    await Promise.all([held, ...others])
  } finally {
    holder.release()
  }
  t.is(stats().waiting, 0)
})

test('a statement by key is planned once for all values, another one for each of its first values', async (t) => {
  const workspace = await createTestWorkspace(db.pool)
  const { ask } = open(t, {})
  const text = (mark: string) => `select name from "__WS__"."Company" where id = $1 /* ${mark} */`
  const plansOf = (mark: string): Promise<string> =>
    ask(workspace, {
      text: `select generic_plans || ' ' || custom_plans from pg_catalog.pg_prepared_statements where statement ~ $1`,
      values: [`${mark} [*]/$`],
    })
  for (const id of ['1', '2', '3']) {
    await ask(workspace, { text: text('keyed'), values: [id], isKeyed: true })
    await ask(workspace, { text: text('other'), values: [id] })
  }
  // A text is prepared at its second use.
  t.is(await plansOf('keyed'), '2 0')
  t.is(await plansOf('other'), '0 2')
})
