import test from 'ava'
import { createHttpServer } from '../../gateway/http/server.ts'
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
