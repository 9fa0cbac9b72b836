import test from 'ava'
import { inTransaction } from '../../sql/pool.ts'
import { createTestDatabase } from '../support/database.ts'

test('commits what returns and rolls back what throws', async (t) => {
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
