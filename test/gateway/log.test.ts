// Errors in lines of the log.

import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { runInNewContext } from 'node:vm'
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
  t.regex(err.client, /^\[\w+\]$/)
  t.true(lines[0] !== undefined && lines[0].length < 3_000, lines[0])
  await pool.end()
  t.is((await other.query('select 1')).rowCount, 1)
})

test('errors keep their data and their causes, without sockets and other live objects', (t) => {
  const { lines, log } = openLog()
  const socket = connect({ port: 1, host: '127.0.0.1' }).on('error', () => {})
  const data = { code: 'X', detail: { a: [1, { b: 2 }] }, list: ['c'], none: null }
  const live = {
    socket,
    options: { socket },
    sockets: [socket],
    raw: new Error('raw'),
    bytes: Buffer.from('x'),
  }
  const at = new Date(0)
  const url = new URL('http://receiver.test/x')
  const inner = Object.assign(new Error('inner'), { ...live, ...data, at, url })
  const foreign = runInNewContext("Object.assign(new TypeError('of another realm'), { code: 'Y' })")
  const outer = Object.assign(new AggregateError([inner, 'text'], 'outer', { cause: inner }), {
    ...data,
    options: { cause: inner },
    inner,
    foreign,
  })
  const kept = { ...live, options: { ...live.options } }
  log.warn({ err: Object.freeze(outer) }, 'all')
  const { err } = JSON.parse(lines[0] ?? '{}')
  t.is(err.type, 'AggregateError')
  t.is(err.message, 'outer')
  t.like(err.foreign, { type: 'TypeError', message: 'of another realm', code: 'Y' })
  t.is(err.errors[1], 'text')
  for (const each of [err.inner, err.cause, err.errors[0], err.options.cause]) {
    t.like(each, { ...data, message: 'inner', at: at.toJSON(), url: url.href })
    t.like(each, { socket: '[Socket]', sockets: ['[Socket]'], bytes: '[Buffer]', raw: { message: 'raw' } })
    t.is(each.options.socket, '[Socket]')
    t.regex(each.stack, /log\.test/)
  }
  t.like(inner, kept)
  socket.destroy()
})

test('a line of the log is bounded, shows what was thrown, and ends with errors that contain themselves', (t) => {
  const { lines, log } = openLog()
  const endless = Object.assign(new Error('x'.repeat(200_000)), { self: null as unknown, nested: {} })
  endless.self = endless
  endless.nested = { again: [endless] }
  log.warn({ err: endless }, 'endless')
  t.true((lines[0]?.length ?? 0) < 1_000_000)
  t.true(JSON.parse(lines[0] ?? '{}').err.message.length < 10_000)
  for (const thrown of ['a text', undefined, null, 7, { message: 'no error' }])
    log.warn({ err: thrown }, 'odd')
  t.deepEqual(
    lines.slice(1).map((line) => JSON.parse(line).err?.message ?? JSON.parse(line).err),
    ['a text', undefined, null, 7, 'no error'],
  )
})
