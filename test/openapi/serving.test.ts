import { request } from 'node:http'
import test from 'ava'
import { freePort } from '../../sql/embedded/port.ts'
import { importSql } from '../../tenants/importSql.ts'
import { signIn } from '../support/console.ts'
import { ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { createContract, type Json } from './contract.ts'
import { lintFaults } from './lint.ts'
import { replayOf } from './replay.ts'

const PATHS = ['/rest/open-api/core', '/open-api/core', '/rest/open-api/metadata', '/open-api/metadata']

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const isBase = (document: Json): boolean =>
  document.openapi === '3.1.1' && !Object.keys(document.paths).some((path) => path !== '/open-api/core')

test('anonymous callers get the base document, with any credentials', async (t) => {
  for (const path of PATHS)
    for (const headers of [
      {},
      { authorization: 'Bearer nonsense' },
      { authorization: 'Basic eDp5' },
    ] as const) {
      const answer = await ask(server.url + path, 'GET', undefined, headers)
      t.is(answer.status, 200)
      t.true(isBase(answer.body), path)
      t.is(answer.headers.get('ratelimit'), null)
      t.deepEqual(lintFaults(answer.body), [])
    }
})

test('a key in the URL is ignored', async (t) => {
  const answer = await ask(`${server.url}/rest/open-api/core?token=${client.token}`, 'GET')
  t.is(answer.status, 200)
  t.true(isBase(answer.body))
  t.false(answer.text.includes(client.token))
})

test('an authenticated caller gets the workspace’s document at both addresses, and the remaining limit', async (t) => {
  const answer = await client.get('/rest/open-api/core')
  t.truthy(answer.body.paths['/people'])
  t.truthy(answer.headers.get('ratelimit'))
  t.is(answer.headers.get('content-type'), 'application/json; charset=utf-8')
  t.deepEqual((await client.get('/open-api/core')).body, answer.body)
  t.truthy((await client.get('/open-api/metadata')).body.paths['/objects'].post)
})

test('a signed-in person gets the document of their role, and the base document afterwards', async (t) => {
  const own = await server.enter()
  const person = await signIn(server.url, { apiKey: own.token })
  for (const path of PATHS) {
    const answer = await person.request('GET', path)
    t.is(answer.status, 200)
    t.false(isBase(answer.body), path)
    t.deepEqual(answer.body, (await own.get(path)).body)
  }
  t.is((await person.request('DELETE', '/console/session')).status, 204)
  for (const path of PATHS) t.true(isBase((await person.request('GET', path)).body), path)
})

test('the document of a role that may not change the model covers only reads', async (t) => {
  const member = await server.client(client.workspace, 'Member')
  const { paths } = (await member.get('/rest/open-api/metadata')).body
  t.deepEqual(Object.keys(paths['/objects']), ['get'])
  t.is((await member.request('POST', '/rest/metadata/objects', {})).status >= 400, true)
})

test('a document that is known already is not sent again', async (t) => {
  for (const path of PATHS) {
    const first = await client.get(path)
    const etag = first.headers.get('etag') ?? ''
    t.regex(etag, /^W\/"[\w-]{22}"$/)
    t.is(first.headers.get('cache-control'), 'private, no-cache')
    t.regex(first.headers.get('vary') ?? '', /Authorization/)
    for (const known of [etag, `"other", ${etag}`, '*', etag.slice(2)]) {
      const again = await client.request('GET', path, undefined, { 'if-none-match': known })
      t.is(again.status, 304, known)
      t.is(again.text, '')
      t.is(again.headers.get('etag'), etag)
    }
    t.is((await client.request('GET', path, undefined, { 'if-none-match': '"other"' })).status, 200)
    const anonymous = await ask(server.url + path, 'GET', undefined, { 'if-none-match': etag })
    t.is(anonymous.status, 200)
    t.true(isBase(anonymous.body))
  }
})

test('a change of the model changes the document of the next request', async (t) => {
  const own = await server.enter()
  const before = await own.get('/rest/open-api/core')
  const objectMetadataId = await metadataOf(own).createObject('rocket')
  const headers = { 'if-none-match': before.headers.get('etag') ?? '' }
  const after = await own.request('GET', '/rest/open-api/core', undefined, headers)
  t.is(after.status, 200)
  t.truthy(after.body.paths['/rockets'])
  const label =
    'mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: { labelPlural: "Big rockets" } }) { id } }'
  await metadataOf(own).ask(label, { id: objectMetadataId })
  t.is((await own.get('/rest/open-api/core')).body.components.schemas.Rocket.title, 'Big rockets')
})

test('equal workspaces get the same document, others see nothing of each other’s objects', async (t) => {
  const [one, two] = [await server.enter('One'), await server.enter('Two')]
  await metadataOf(two).createObject('secret')
  t.is((await one.get('/rest/open-api/core')).text, (await client.get('/rest/open-api/core')).text)
  t.truthy((await two.get('/rest/open-api/core')).body.paths['/secrets'])
  t.is((await one.get('/rest/open-api/core')).body.paths['/secrets'], undefined)
})

interface Served {
  readonly document: Json
  readonly etag: string | undefined
}

/** `fetch` sets the Host header itself. */
const asHost = (host: string, port: string, token: string, path = '/rest/open-api/core'): Promise<Served> =>
  new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${token}` }
    request({ hostname: '127.0.0.1', port, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ document: JSON.parse(Buffer.concat(chunks).toString()), etag: response.headers.etag }),
      )
    })
      .on('error', reject)
      .end()
  })

test('the address is the one that was asked', async (t) => {
  const { port } = new URL(server.url)
  const { document, etag } = await asHost('tenant.example:8443', port, client.token)
  t.is(document.servers[0].url, 'http://tenant.example:8443/rest')
  t.not(etag, (await asHost('other.example', port, client.token)).etag)
  // For an invalid host the server is the address that the document itself came from.
  t.is((await asHost('a<b>', port, client.token)).document.servers[0].url, '/rest')
})

test('the address is the public one where there is one', async (t) => {
  const port = await freePort()
  const environment = { PUBLIC_URL: 'https://api.example/', PORT: String(port) }
  const published = await startTestGateway({ environment })
  t.teardown(published.close)
  const { token } = await published.enter()
  const urlOf = async (path: string): Promise<string> =>
    (await asHost('inner.example', String(port), token, path)).document.servers[0].url
  t.is(await urlOf('/rest/open-api/core'), 'https://api.example/rest')
  t.is(await urlOf('/open-api/metadata'), 'https://api.example/rest/metadata')
})

test('the document is served as it describes itself', async (t) => {
  const { document, send } = await replayOf(t, client)
  await send('GET', '/open-api/core')
  const { headers } = await send('GET', '/rest/open-api/core')
  const known = { 'if-none-match': headers.get('etag') ?? '' }
  t.is((await send('GET', '/rest/open-api/core', undefined, known)).status, 304)
  const { check } = createContract(document)
  const target = '/rest/open-api/core'
  t.deepEqual(check({ method: 'GET', target, answer: await ask(server.url + target, 'GET') }), [])
})

test('large documents are sent compressed to clients that accept it', async (t) => {
  const path = `${server.url}/rest/open-api/core`
  const authorization = `Bearer ${client.token}`
  const plain = await fetch(path, { headers: { authorization, 'accept-encoding': 'identity' } })
  t.is(plain.headers.get('content-encoding'), null)
  const text = await plain.text()
  const packed = await fetch(path, { headers: { authorization, 'accept-encoding': 'gzip' } })
  t.is(packed.headers.get('content-encoding'), 'gzip')
  t.is(await packed.text(), text)
  const length = Number(packed.headers.get('content-length'))
  t.true(length > 0 && length * 10 < text.length, `${length} of ${text.length}`)
})

test('HEAD and OPTIONS are answered, other methods are not', async (t) => {
  for (const path of PATHS) {
    const head = await client.request('HEAD', path)
    t.is(head.status, 200)
    t.is(head.text, '')
    t.is((await client.request('POST', path, {})).status, 405)
    t.is((await client.request('DELETE', path)).headers.get('allow'), 'GET, HEAD, OPTIONS')
    t.is((await client.request('OPTIONS', path)).status, 204)
    const foreign = await client.request('GET', path, undefined, { origin: 'https://docs.example' })
    t.is(foreign.headers.get('access-control-allow-origin'), '*')
    t.regex(foreign.headers.get('access-control-expose-headers') ?? '', /etag/)
  }
})

test('a suspended workspace’s key gets no document', async (t) => {
  const own = await server.enter()
  await server.gateway.pool.query(`update tenantry.workspaces set status = 'suspended' where id = $1`, [
    own.workspace.id,
  ])
  const fresh = await server.client(own.workspace)
  t.is((await fresh.get('/rest/open-api/core')).status, 403)
})

test('200 objects are documented in little processor time, and then in next to none', async (t) => {
  const own = await server.enter('Many')
  const tables = Array.from(
    { length: 190 },
    (_, index) =>
      `create table thing_${index} (id uuid primary key, name text, at timestamptz, amount numeric, is_on boolean,
        ${index === 0 ? '' : `parent_id uuid references thing_${index - 1},`} deleted_at timestamptz);`,
  )
  await importSql(server.gateway.pool, own.workspace.id, tables.join('\n'))
  // The first request to the workspace reads its model.
  await own.get('/rest/companies?limit=1')
  const timed = async (): Promise<number> => {
    // The processor time of this thread alone: other test files run in other threads of the process.
    const started = process.threadCpuUsage()
    const { status, body } = await own.get('/rest/open-api/core')
    t.is(status, 200)
    t.truthy(body.paths['/thing189s'])
    const { user, system } = process.threadCpuUsage(started)
    return Math.round((user + system) / 1000)
  }
  const first = await timed()
  const again = Math.min(await timed(), await timed(), await timed())
  t.log(`first ${first} ms, again ${again} ms`)
  t.true(first < 5_000 && again < first / 2)
})
