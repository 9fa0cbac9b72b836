import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { createTransactionSlots } from '../../sql/owner/transactionSlots.ts'
import { connectForJob, createOwnerPool, inRetriedTransaction, inTransaction } from '../../sql/ownerPool.ts'
import { isConnectionLost } from '../../sql/reconnect.ts'
import { createRandom, type Random, seedOf } from '../../tenants/demo/random.ts'
import { createTestDatabase } from '../support/database.ts'

const schemaChange = (of: string | undefined) => (of === undefined ? undefined : { of, isOfSchema: true })

test('commits when the work returns and rolls back when it throws', async (t) => {
  const { pool } = await createTestDatabase(t)
  await pool.query('create table kept (n int)')
  t.is(
    await inTransaction(pool, async (client) => {
      await client.query('insert into kept values (1)')
      return 'done'
    }),
    'done',
  )
  await t.throwsAsync(
    inTransaction(pool, async (client) => {
      await client.query('insert into kept values (2)')
      throw new Error('no')
    }),
    { message: 'no' },
  )
  t.deepEqual((await pool.query('select n from kept')).rows, [{ n: 1 }])
})

test('survives the loss of connections, idle and busy', async (t) => {
  const { pool } = await createTestDatabase(t)
  const terminate = (client: { query: (text: string) => Promise<unknown> }) =>
    client.query('select pg_terminate_backend(pg_backend_pid())')
  await t.throwsAsync(inTransaction(pool, terminate))
  const client = await pool.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  client.release()
  await inTransaction(pool, async (other) => {
    await pool.query('select 1')
    await other.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and pid <> pg_backend_pid()',
      [rows[0]?.pid],
    )
  })
  t.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }])
})

test('a long statement of a server that answers others goes on', async (t) => {
  const { ownerUrl } = await createTestDatabase(t)
  const pool = createOwnerPool(ownerUrl, { waitMs: 5_000 })
  t.teardown(() => pool.end())
  t.is((await pool.query('select pg_sleep(4)')).rowCount, 1)
})

/** A message of the Postgres protocol: its type, its length, its body. */
const message = (type: string, body: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

const AUTHENTICATED = message('R', Buffer.alloc(4))
const READY = message('Z', Buffer.from('I'))
const SHUT_DOWN = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
)

test('a connection that ends in the packet that made it ready fails its query and not the process', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUT_DOWN])))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pool = createOwnerPool(`postgres://owner@127.0.0.1:${port}/tenantry`)
  for (const use of [
    () => inTransaction(pool, async (client) => client.query('select 1')),
    () => pool.query('select 1'),
    async () => (await pool.connect()).release(),
  ]) {
    const error = await use().then(
      () => null,
      (reason: unknown) => reason,
    )
    if (error !== null) t.true(isConnectionLost(error), String(error))
  }
  await pool.end()
  server.close()
  t.pass()
})

test('a connection that others hold is busy, and not lost', async (t) => {
  const { ownerUrl } = await createTestDatabase(t)
  const pool = createOwnerPool(ownerUrl, { size: 1, waitMs: 5_000 })
  t.teardown(() => pool.end())
  const [began, ends] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const held = inTransaction(pool, () => {
    began.resolve()
    return ends.promise
  })
  await began.promise
  const uses = [pool.query('select 1'), inTransaction(pool, async () => 1)]
  for (const error of await Promise.all(uses.map((use) => t.throwsAsync(use, { code: 'owner_busy' }))))
    t.false(isConnectionLost(error))
  ends.resolve()
  await held
  t.is((await pool.query('select 1')).rowCount, 1)
})

test('a transaction inside another one of its pool is refused at once, and not one beside it', async (t) => {
  const { ownerUrl } = await createTestDatabase(t)
  const [pool, other] = [createOwnerPool(ownerUrl), createOwnerPool(ownerUrl)]
  t.teardown(() => Promise.all([pool.end(), other.end()]))
  const nested = { message: /^A transaction may not begin another one/ }
  const one = async (): Promise<number> => 1
  const deep = async () => {
    await turn()
    return inRetriedTransaction(pool, one)
  }
  let late: Promise<number> | undefined
  const over = Promise.withResolvers<void>()
  await inTransaction(
    pool,
    async (client) => {
      await t.throwsAsync(deep, nested)
      await t.throwsAsync(connectForJob(pool), nested)
      // As part of its own, or on another pool, whose transactions may not come back either.
      t.is(await inTransaction(client, one), 1)
      t.is(await inTransaction(other, one), 1)
      await t.throwsAsync(
        inTransaction(other, () => inTransaction(pool, one)),
        nested,
      )
      late = over.promise.then(() => inTransaction(pool, one))
    },
    { afterCommit: () => t.throwsAsync(deep, nested).then(() => undefined) },
  )
  over.resolve()
  t.is(await late, 1)
  t.deepEqual(
    await Promise.all(Array.from({ length: 10 }, () => inTransaction(pool, one))),
    Array(10).fill(1),
  )
})

interface Begun {
  readonly kind: 'job' | 'change' | 'other'
  readonly of?: string
  readonly end: () => void
}

/** Asks for slots and gives them back in random order. */
const shuffleSlots = async (size: number, random: Random, check: (begun: readonly Begun[]) => void) => {
  const slots = createTransactionSlots(size, 60_000)
  const begun: Begun[] = []
  let asked = 0
  let ended = 0
  let jobs = 0
  const ask = (): Promise<void> => {
    asked += 1
    if (jobs < 2 && random.chance(0.2)) {
      jobs += 1
      return slots.takeForJob().then((end) => void begun.push({ kind: 'job', end }))
    }
    const of = random.pick(['', 'a', 'b', 'c', 'd']) || undefined
    const kind = of === undefined ? 'other' : 'change'
    return slots
      .take(schemaChange(of))
      .then((end) => void begun.push({ kind, ...(of === undefined ? {} : { of }), end }))
  }
  const end = (): void => {
    const [done] = begun.splice(random.integer(0, begun.length - 1), 1)
    if (done?.kind === 'job') jobs -= 1
    ended += 1
    done?.end()
  }
  for (let step = 0; step < 300 || begun.length > 0; step += 1) {
    if (begun.length === 0 || (step < 300 && random.chance(0.6))) void ask()
    else end()
    await turn()
    check(begun)
  }
  return { asked, ended, waiting: slots.waiting() }
}

for (const size of [1, 2, 3, 4, 5, 12])
  test(`transactions of a pool of ${size} leave connections to queries and jobs`, async (t) => {
    const count = (begun: readonly Begun[], kind: Begun['kind']): number =>
      begun.filter((each) => each.kind === kind).length
    const outcome = await shuffleSlots(size, createRandom(seedOf(`slots ${size}`)), (begun) => {
      const [jobs, changes, others] = [count(begun, 'job'), count(begun, 'change'), count(begun, 'other')]
      t.true(changes + others <= Math.max(1, size - 2))
      t.true(changes <= Math.max(1, size - 3))
      if (size > 3) t.true(jobs + changes + others < size)
      const names = begun.flatMap(({ of }) => of ?? [])
      t.is(new Set(names).size, names.length)
    })
    t.like(outcome, { ended: outcome.asked, waiting: 0 })
  })

test('transactions wait in order, in a line of bounded length', async (t) => {
  const slots = createTransactionSlots(3, 60_000)
  const order: number[] = []
  const run = async (of: string | undefined, n: number): Promise<void> => {
    const end = await slots.take(schemaChange(of))
    await turn()
    order.push(n)
    end()
  }
  const line = Array.from({ length: 101 }, (_, n) => run('a', n))
  await t.throwsAsync(slots.take(schemaChange('a')), { code: 'owner_busy' })
  await Promise.all([...line, run('b', 101), run(undefined, 102)])
  t.deepEqual(
    order,
    Array.from({ length: 103 }, (_, n) => n),
  )
})

test('a job begins when transactions have left a connection, and a line ends with its time', async (t) => {
  const slots = createTransactionSlots(4, 50)
  const ends = await Promise.all([slots.take(), slots.take()])
  const job = await slots.takeForJob()
  await t.throwsAsync(slots.takeForJob(), { code: 'owner_busy' })
  await t.throwsAsync(slots.take(), { code: 'owner_busy' })
  ends[0]?.()
  const second = await slots.takeForJob()
  await t.throwsAsync(slots.take(), { code: 'owner_busy' })
  for (const end of [job, second]) end()
  ;(await slots.take())()
  t.is(slots.waiting(), 0)
})
