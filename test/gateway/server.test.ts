import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import pino from 'pino'
import { createHttpServer } from '../../gateway/http/server.ts'
import { inOrder, inTurn } from '../../gateway/shutdown.ts'
import { until } from '../support/until.ts'
import { sendRaw, serve } from './serve.ts'

const garbage: Readonly<Record<string, string | Buffer>> = {
  'random bytes': Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0xff, 0x00, 0x0a, 0x0d]),
  'a line that is no request': 'hello?\r\n\r\n',
  'an unknown version': 'GET / HTTP/9.9\r\n\r\n',
  'a header without a colon': 'GET / HTTP/1.1\r\nHost x\r\n\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'a length beside chunks':
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a broken chunk': 'POST /rest/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
  'a NUL in a header': 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n',
}

for (const [name, bytes] of Object.entries(garbage)) {
  test(`bytes other than HTTP get a 400 in JSON: ${name}`, async (t) => {
    const { port } = await serve(t)
    const answer = await sendRaw(port, bytes)
    t.regex(answer, /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/json/)
    t.like(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))), {
      statusCode: 400,
      error: 'BadRequestException',
    })
  })
}

test('headers past the limit are a 431 in JSON', async (t) => {
  const { port } = await serve(t)
  const answer = await sendRaw(
    port,
    `GET /rest/a?filter=${'and('.repeat(10_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  )
  t.regex(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/)
  t.regex(answer, /larger than 32768 bytes/)
})

test('a port that is taken is an error of listen', async (t) => {
  const { port } = await serve(t)
  const second = createHttpServer(() => {})
  await t.throwsAsync(second.listen(port, '127.0.0.1'), { code: 'EADDRINUSE' })
})

/** A connection that is kept alive, and what came back over it. */
const openConnection = async (t: ExecutionContext, port: number) => {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  socket.on('error', (error) => {
    text += error.message
  })
  const ended = once(socket, 'close')
  await once(socket, 'connect')
  return {
    ask: () => socket.write(`GET /rest/a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n`),
    answers: () => text.match(/HTTP\/1\.1 \d+ \w+/g) ?? [],
    text: () => text,
    ended,
  }
}

test('a close reads what has arrived, answers it, and then ends idle connections', async (t) => {
  const { port, close } = await serve(t)
  const connections = await Promise.all([openConnection(t, port), openConnection(t, port)])
  const [asking, silent] = connections
  for (const { ask } of connections) ask()
  await until('both are answered', () => connections.every(({ answers }) => answers().length === 1))
  // The bytes reach the kernel at once; the server reads them in a later turn of the event loop.
  asking?.ask()
  const closed = close(10_000)
  await Promise.all(connections.map(({ ended }) => ended))
  await closed
  t.deepEqual(asking?.answers(), ['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'])
  t.regex(asking?.text() ?? '', /Connection: close/i)
  t.deepEqual(silent?.answers(), ['HTTP/1.1 200 OK'])
  t.notRegex(connections.map(({ text }) => text()).join(), /ECONNRESET|EPIPE/)
})

test('steps of a shutdown run in order, past failures, and past one that does not end', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const done: string[] = []
  const step = (name: string) => async (): Promise<void> => {
    await turn()
    done.push(name)
  }
  const failing = async (): Promise<void> => {
    throw new Error('no connection')
  }
  await inOrder(log, 60_000, [step('a'), failing, step('b')])
  t.deepEqual(done, ['a', 'b'])
  const endless = () => new Promise<void>(() => {})
  await inOrder(log, 1, [endless, step('c'), failing, step('d')])
  await until('the rest has run', () => done.length === 4)
  t.deepEqual(done, ['a', 'b', 'c', 'd'])
  const failed = 'part of the gateway did not close cleanly'
  t.deepEqual(lines, [failed, 'the gateway did not close in time', failed])
  const waits: number[] = []
  await inTurn(
    5_000,
    async (ms) => void waits.push(ms),
    async (ms) => void waits.push(ms),
  )
  t.true(waits[0] === 5_000 && (waits[1] ?? 0) >= 1_000 && (waits[1] ?? 0) <= 5_000, String(waits))
})
