// Errors in lines of the log.

import { connect } from 'node:net'
import { Writable } from 'node:stream'
import test from 'ava'
import { createLog } from '../../gateway/http/log.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { asAdmin, createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const openLog = () => {
  const lines: string[] = []
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, log: createLog('debug', { stream }).log }
}

test('a lost connection to Postgres is a short line, without the connection', async (t) => {
  const { ownerUrl, pool: other } = await createTestDatabase(t)
  const { lines, log } = openLog()
  const pool = createOwnerPool(ownerUrl, { log })
  const { rows } = await pool.query('select pg_backend_pid() as pid')
  await asAdmin((client) => client.query('select pg_terminate_backend($1)', [rows[0].pid]))
  await until('a line of the log', () => lines.length > 0)
  const { err, msg } = JSON.parse(lines[0] ?? '{}')
  t.is(msg, 'an idle connection of the owner broke')
  t.is(err.code, '57P01')
  t.regex(err.message, /terminating connection/)
  t.false('client' in err)
  t.true(lines[0] !== undefined && lines[0].length < 3_000, lines[0])
  await pool.end()
  t.is((await other.query('select 1')).rowCount, 1)
})

test('errors keep their data and their causes, and lose sockets and other live objects', (t) => {
  const { lines, log } = openLog()
  const socket = connect({ port: 1, host: '127.0.0.1' }).on('error', () => {})
  const data = { code: 'X', detail: { a: [1, { b: 2 }] }, list: ['c'], none: null }
  const inner = Object.assign(new Error('inner'), { socket, ...data })
  const cause = new Error('the cause')
  const outer = Object.assign(new AggregateError([inner, 'text'], 'outer', { cause }), {
    socket,
    inner,
    ...data,
  })
  log.warn({ err: outer }, 'all')
  socket.destroy()
  const { err } = JSON.parse(lines[0] ?? '{}')
  t.regex(err.message, /outer.*the cause/)
  for (const each of [err, err.inner, err.aggregateErrors[0]]) {
    t.like(each, data)
    t.false('socket' in each)
    t.regex(each.stack, /log\.test/)
  }
  for (const thrown of ['a text', undefined, null, 7, { message: 'no error' }])
    log.warn({ err: thrown }, 'odd')
  t.deepEqual(
    lines.slice(1).map((line) => JSON.parse(line).err?.message ?? JSON.parse(line).err),
    ['a text', undefined, null, 7, 'no error'],
  )
})
