import { request as httpRequest } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import test, { type ExecutionContext } from 'ava'
import { createJsonReader } from '../../gateway/http/body.ts'
import { sendRaw, serve, withKey } from './serve.ts'

const LIMIT_BYTES = 4096

const serveEcho = (t: ExecutionContext) => {
  const readJson = createJsonReader({ limitBytes: LIMIT_BYTES })
  return serve(t, {
    rest: async (ctx) => {
      ctx.body = { read: await readJson(ctx.req) }
    },
  })
}

const post = async (
  url: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`${url}/rest/companies`, {
    method: 'POST',
    headers: { ...withKey('k').headers, ...headers },
    body,
  })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

test('reads JSON in every spelling of its content type', async (t) => {
  const { url } = await serveEcho(t)
  for (const type of [
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;charset="utf-8"',
    'application/vnd.api+json',
  ]) {
    t.deepEqual(await post(url, '{"name":"Ä"}', { 'content-type': type }), {
      status: 200,
      body: { read: { name: 'Ä' } },
    })
  }
})

test('refuses other formats with 415', async (t) => {
  const { url } = await serveEcho(t)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'x',
  ]) {
    const { status, body } = await post(url, '{}', { 'content-type': type })
    t.is(status, 415, type)
    t.is(body.error, 'UnsupportedMediaTypeException')
  }
  const { status, body } = await post(url, Buffer.from('{}'), {})
  t.is(status, 415)
  t.regex(String(body.messages), /no Content-Type/)
})

test('reports the position of a fault in malformed JSON', async (t) => {
  const { url } = await serveEcho(t)
  const { status, body } = await post(url, '{"name": "Acme"\n "x": 1}')
  t.is(status, 400)
  t.is(body.code, 'MALFORMED_JSON')
  t.regex(String(body.messages), /line 2, column 2/)
  for (const text of ['{', 'nope', '{"a":}', '[1,]', "{'a':1}", '\u0000', '{"a":"\u0000"}']) {
    t.is((await post(url, text)).status, 400, text)
  }
})

test('refuses an empty body with 400', async (t) => {
  const { url } = await serveEcho(t)
  for (const text of ['', ' \n']) {
    const { status, body } = await post(url, text)
    t.is(status, 400)
    t.regex(String(body.messages), /empty/)
  }
})

test('refuses invalid UTF-8 with 400', async (t) => {
  const { url } = await serveEcho(t)
  const { status, body } = await post(url, Buffer.from([0x22, 0xff, 0xfe, 0x22]))
  t.is(status, 400)
  t.regex(String(body.messages), /UTF-8/)
})

test('refuses more than the limit with 413, announced or chunked, and the connection lives on', async (t) => {
  const { url, port } = await serveEcho(t)
  const full = JSON.stringify('x'.repeat(LIMIT_BYTES - 2))
  t.is((await post(url, full)).status, 200)
  t.is((await post(url, `${full} `)).status, 413)
  t.is((await post(url, JSON.stringify('x'.repeat(2_000_000)))).status, 413)

  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const request = httpRequest(
      `${url}/rest/companies`,
      { method: 'POST', headers: { ...withKey('k').headers, 'content-type': 'application/json' } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    request.on('error', reject)
    for (let i = 0; i < 10; i += 1) request.write('"'.padEnd(1000, 'x'))
    request.end()
  })
  t.is(chunked, 413)

  const head = 'Host: x\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n'
  const answers = await sendRaw(
    port,
    `POST /rest/a HTTP/1.1\r\n${head}Content-Length: 5000\r\n\r\n${'x'.repeat(5000)}` +
      `POST /rest/a HTTP/1.1\r\n${head}Content-Length: 2\r\nConnection: close\r\n\r\n{}`,
  )
  t.regex(answers, /^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 /)
})

test('reads compressed bodies, and the limit counts their inflated size', async (t) => {
  const { url } = await serveEcho(t)
  const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
  for (const [encoding, compress] of Object.entries(compressors)) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    t.deepEqual(await post(url, compress('{"a":1}'), headers), { status: 200, body: { read: { a: 1 } } })
    t.is((await post(url, compress(JSON.stringify('x'.repeat(1_000_000))), headers)).status, 413, encoding)
    t.is((await post(url, '{"a":1}', headers)).status, 400, encoding)
  }
  for (const encoding of ['zstd', 'gzip, gzip', 'constructor']) {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
    t.is((await post(url, '{}', headers)).status, 415, encoding)
  }
})

test('refuses too deep nesting in any spelling', async (t) => {
  const { url } = await serveEcho(t)
  t.is((await post(url, `${'['.repeat(2000)}${']'.repeat(2000)}`)).status, 400)
  t.is((await post(url, `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`)).status, 400)
  t.is((await post(url, `${'['.repeat(100)}${']'.repeat(100)}`)).status, 200)
  t.is((await post(url, JSON.stringify('['.repeat(2000)))).status, 200)
  t.is((await post(url, JSON.stringify(`\\"${'['.repeat(2000)}`))).status, 200)
})

test('refuses a key that would reach the prototype', async (t) => {
  const { url } = await serveEcho(t)
  t.is((await post(url, '{"__proto__":{"isAdmin":true}}')).status, 400)
  t.is((await post(url, '{"a":[{"\\u005f_proto__":1}]}')).status, 400)
  t.is((await post(url, '{"a":"__proto__"}')).status, 200)
})

test('a caller who hangs up in the middle of a body does no harm', async (t) => {
  const { url, port } = await serveEcho(t)
  await t.throwsAsync(
    new Promise((resolve, reject) => {
      const request = httpRequest(
        `${url}/rest/companies`,
        { method: 'POST', headers: { ...withKey('k').headers, 'content-type': 'application/json' } },
        resolve,
      )
      request.on('error', reject)
      request.write('{"a":', () => request.destroy())
    }),
  )
  t.regex(
    await sendRaw(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 200 /,
  )
})
