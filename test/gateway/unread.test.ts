// Clients that send requests and do not read the answers, over real sockets.

import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createHttpServer } from '../../gateway/http/server.ts'
import type { UnreadOptions } from '../../gateway/http/unread.ts'
import { until } from '../support/until.ts'

const BODY = Buffer.alloc(4_000_000, 'x')

const serve = async (t: ExecutionContext, options: UnreadOptions) => {
  let handled = 0
  let cut = 0
  const server = createHttpServer(
    (_, response) => {
      handled += 1
      response.once('close', () => {
        if (!response.writableFinished) cut += 1
      })
      response.end(BODY)
    },
    undefined,
    options,
  )
  const port = await server.listen(0, '127.0.0.1')
  t.teardown(() => server.close(0))
  const connect = async (): Promise<Socket> => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket.pause()
  }
  return { connect, handled: () => handled, cut: () => cut }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

const received = async (socket: Socket): Promise<number> => {
  let bytes = 0
  for await (const chunk of socket) bytes += (chunk as Buffer).length
  return bytes
}

test('few pipelined requests are handled while their answers are not read, and all of them once they are', async (t) => {
  const { connect, handled } = await serve(t, {})
  const socket = await connect()
  socket.write(REQUEST.repeat(50))
  await until('some were handled', () => handled() >= 4)
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.true(handled() < 10, String(handled()))
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  socket.resume()
  await until('all answers have arrived', () => bytes >= 50 * BODY.length)
  t.is(handled(), 50)
  socket.destroy()
})

test('a connection whose client has stopped reading is closed', async (t) => {
  const { connect, handled, cut } = await serve(t, { stalledMs: 300 })
  const socket = await connect()
  socket.write(REQUEST.repeat(20))
  await until('the answers were given up', () => cut() >= 4)
  const bytes = await received(socket.resume()).catch(() => 0)
  t.true(bytes < 4 * BODY.length, String(bytes))
  t.true(handled() < 10)
})

test('a client that reads slowly keeps its connection', async (t) => {
  const { connect, cut } = await serve(t, { stalledMs: 2_000 })
  const socket = await connect()
  socket.write(REQUEST.repeat(4))
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    socket.pause()
    setTimeout(() => socket.resume(), 30)
  })
  socket.resume()
  await until('all answers have arrived', () => bytes >= 4 * BODY.length || cut() > 0)
  t.is(cut(), 0)
  socket.destroy()
})

test('all connections together keep a bounded number of bytes: the largest are closed', async (t) => {
  const { connect, handled, cut } = await serve(t, { maxBytes: 20_000_000 })
  const large = await connect()
  large.write(REQUEST.repeat(4))
  const others = await Promise.all([connect(), connect()])
  for (const socket of others) socket.write(REQUEST)
  const sockets = await Promise.all(Array.from({ length: 4 }, connect))
  for (const socket of sockets) socket.write(REQUEST)
  await until('all were handled', () => handled() === 10)
  await until('the answers of the largest were given up', () => cut() >= 4)
  t.true((await received(large.resume()).catch(() => 0)) < 4 * BODY.length)
  let whole = 0
  for (const socket of [...others, ...sockets]) {
    socket.on('data', (chunk: Buffer) => {
      whole += chunk.length
    })
    socket.resume()
  }
  await until('others get their answers', () => whole >= 3 * BODY.length)
  t.true(whole >= 3 * BODY.length)
  for (const socket of [...others, ...sockets]) socket.destroy()
})
