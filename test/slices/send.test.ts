// Long answers over real sockets.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import Koa from 'koa'
import { sendText } from '../../gateway/slices/send.ts'
import { countTurns } from '../support/turns.ts'

const MAX_BYTES = 100_000

test('a long text is sent in slices, however fast its reader is', async (t) => {
  const pieces = Array.from({ length: 200 }, (_, index) => Buffer.alloc(10_000 + index, index))
  const turns = countTurns()
  const slices: (readonly [turn: number, bytes: number])[] = []
  const app = new Koa()
  app.use((ctx) => {
    ctx.type = 'application/json'
    sendText(ctx, pieces, {
      maxUnits: MAX_BYTES,
      onSlice: (bytes) => slices.push([turns.count(), bytes]),
    })
  })
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}`)
  const body = Buffer.from(await answer.arrayBuffer())
  turns.end()
  server.close()
  const whole = Buffer.concat(pieces)
  t.is(answer.headers.get('content-length'), `${whole.length}`)
  t.true(body.equals(whole))
  t.is(
    slices.reduce((sum, [, bytes]) => sum + bytes, 0),
    whole.length,
  )
  t.true(slices.every(([, bytes]) => bytes < MAX_BYTES + 10_200))
  t.is(new Set(slices.map(([turn]) => turn)).size, slices.length)
})
