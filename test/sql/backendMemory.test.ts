import test from 'ava'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createBackendMemory, createPreparedNames } from '../../sql/pipeline/backendMemory.ts'
import { createConnectionPool } from '../../sql/pipeline/pool.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace, type TestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

test('a connection whose backend has touched many tables is replaced, and counted by its cause', async (t) => {
  const workspaces = await Promise.all(Array.from({ length: 6 }, () => createTestWorkspace(db.pool)))
  // Room for two workspaces of one table each.
  const connections = createConnectionPool({
    login: { connectionString: db.gatewayUrl },
    connections: 1,
    spareConnections: 0,
    maxBackendBytes: 100_000,
    // Not by the sweep, but as soon as the connection is over its limit.
    sweepMs: 60_000,
    log: createTestLog(),
  })
  t.teardown(() => connections.close())
  const pids = new Set<string | null | undefined>()
  const askFor = async ({ session }: TestWorkspace): Promise<void> => {
    const statement = { text: 'select pg_backend_pid()::text from "__WS__"."Company" limit 1', values: [] }
    const [[pid] = []] = await connections.run(session, statement, { retryable: true })
    pids.add(pid)
  }
  for (let round = 1; round <= 3; round++) {
    for (const workspace of workspaces) await askFor(workspace)
    await until('another backend answers', async () => {
      await Promise.all(workspaces.slice(0, 1).map(askFor))
      return pids.size > round
    })
  }
  const { memory, age, recycled, lost } = connections.stats()
  t.true(memory >= 3, `${memory} replacements`)
  t.deepEqual({ age, recycled, lost }, { age: 0, recycled: memory, lost: 0 })
})

test('a workspace counts for each of its tables, once', (t) => {
  const { touch, bytes } = createBackendMemory()
  const text = (id: number, isRepeated = true) => ({ id, isRepeated })
  touch('w_a', 'select * from "__WS__"."company" c left join "__WS__"."per""son" p on true', text(1))
  const two = bytes()
  t.true(two > 0)
  touch('w_a', 'select * from "__WS__"."company"', text(2))
  touch('w_a', 'select 1 from "__WS__"."company"', text(3, false))
  t.is(bytes(), two)
  touch('w_b', 'select * from "__WS__"."company"', text(2))
  t.is(bytes(), (two / 2) * 3)
})

test('a written table counts for the triggers of each kind of write, once', (t) => {
  const { touch, bytes } = createBackendMemory()
  const text = (id: number) => ({ id, isRepeated: true, operation: 'INSERT' })
  touch('w_a', 'select * from "__WS__"."company"', text(1))
  const read = bytes()
  touch('w_a', 'with r as (insert into "__WS__"."company" ("update") values (1) returning *) select', text(2))
  const inserted = bytes()
  t.true(inserted > 2 * read)
  touch('w_a', 'insert into "__WS__"."company" default values', text(3))
  t.is(bytes(), inserted)
  touch('w_a', 'update "__WS__"."company" set name = $1', text(4))
  const updated = bytes()
  t.true(updated > inserted)
  touch('w_a', 'delete from "__WS__"."company" where id = $1', text(5))
  t.true(bytes() > updated)
})

test('prepared statements take no more than their share of a backend, by the length of their texts', (t) => {
  const names = createPreparedNames(100, 1_000_000)
  for (let n = 0; n < 50; n++) names.claim(`key ${n}`, 'x'.repeat(2_000))
  t.true(names.bytes() <= 1_000_000)
  t.true(names.size() < 10)
  t.is(names.toClose.length, 50 - names.size())
  t.deepEqual(names.claim('giant', 'x'.repeat(20_000)), { name: '', isNew: true })
})

test("the owner's connections are replaced by what they were used for", async (t) => {
  const backends = async (uses: number, text: string): Promise<number> => {
    const pool = createOwnerPool(db.ownerUrl, { size: 1, maxBackendBytes: 1_000_000 })
    const pids = new Set<number>()
    for (let use = 0; use < uses; use++)
      pids.add(
        (await pool.query<{ pid: number }>(`select pg_backend_pid() as pid ${text}`)).rows[0]?.pid ?? 0,
      )
    await pool.end()
    return pids.size
  }
  t.is(await backends(5, ''), 1)
  t.is(await backends(40, ''), 4)
  t.is(await backends(4, `-- ${'x'.repeat(100_000)}`), 4, 'by the length of the statements')
})

test("the owner's connections are replaced by age", async (t) => {
  const pool = createOwnerPool(db.ownerUrl, { size: 1, maxAgeSeconds: 1 })
  t.teardown(() => pool.end())
  const pids = new Set<number>()
  await until('another backend answers', async () => {
    pids.add((await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0)
    return pids.size > 1
  })
  t.pass()
})
