import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import test from 'ava'
import { createOwnerPool, inTransaction } from '../../sql/ownerPool.ts'
import { isConnectionLost } from '../../sql/reconnect.ts'
import { createTestDatabase } from '../support/database.ts'

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
