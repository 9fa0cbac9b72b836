// GraphQL subscriptions to changes over WebSocket, by the protocol graphql-transport-ws.

import { Writable } from 'node:stream'
import test from 'ava'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'undici'
import { createLog } from '../../gateway/http/log.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { signIn } from '../support/console.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { openGraphQLSocket } from '../support/graphqlSocket.ts'
import { until } from '../support/until.ts'

const environment = {
  CAPTURE: 'on',
  MAX_STREAMS_PER_KEY: '3',
  MAX_STREAMS: '12',
  BODY_LIMIT_BYTES: '4000',
  CORS_ORIGINS: 'https://shop.example',
}
const lines: string[] = []
const { log } = createLog('info', {
  stream: new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  }),
})
const gateway = await startTestGateway({ environment, log })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const URL_OF_GRAPHQL = `${gateway.url}/graphql`
const QUERY = 'subscription { companyChanges { operation id record { name } } }'

const open = async ({ token }: Pick<Client, 'token'>) => {
  const socket = await openGraphQLSocket(URL_OF_GRAPHQL)
  const answer = await socket.init({ authorization: `Bearer ${token}` })
  return { ...socket, answer }
}

const noStreams = () => until('no stream is open', () => gateway.gateway.stats().streams === 0)
const streams = (count: number) =>
  until(`${count} streams are open`, () => gateway.gateway.stats().streams === count)

test.serial('faults of a document are answered, and are no lines of the log', async (t) => {
  const socket = await open(await gateway.enter())
  const documents = [
    'subscription { ä',
    'subscription { companyChanges { nothing } }',
    '{ companies { __typename } }',
  ]
  for (const [at, document] of documents.entries()) {
    socket.subscribe(String(at), document)
    await until('an answer', () =>
      socket.messages.some(({ id, type }) => id === String(at) && type === 'error'),
    )
  }
  t.deepEqual(
    lines.filter((line) => JSON.parse(line).level >= 40),
    [],
  )
  socket.close()
  await noStreams()
})

test.serial('two subscriptions share a socket, and each receives its own changes', async (t) => {
  const client = await gateway.enter()
  const socket = await open(client)
  t.is(socket.answer, 'connection_ack')
  socket.subscribe('a', QUERY)
  socket.subscribe('"b"', 'subscription ($o: [String!]) { personChanges(operations: $o) { id position } }', {
    o: ['created'],
  })
  await streams(2)
  const { body } = await client.request('POST', '/rest/companies', { name: 'one' })
  const { id } = body.data.createCompany
  await client.request('POST', '/rest/people', { name: { firstName: 'Ada' } })
  await pool.query(
    `update ${quoteIdentifier(client.workspace.schemaName)}.company set name = 'two' where id = $1`,
    [id],
  )
  await until('all have arrived', () => socket.received('a').length + socket.received('"b"').length === 3)
  t.deepEqual(
    socket.received('a').map(({ data }) => [data.companyChanges.operation, data.companyChanges.id]),
    [
      ['created', id],
      ['updated', id],
    ],
  )
  t.is(typeof socket.received('"b"')[0].data.personChanges.position, 'string')
  socket.send({ id: 'a', type: 'complete' })
  await streams(1)
  socket.send({ type: 'ping', payload: { asked: 1 } })
  await until('the pong has arrived', () => socket.messages.at(-1)?.type === 'pong')
  t.deepEqual(socket.messages.at(-1)?.payload, { asked: 1 })
  socket.close()
  await noStreams()
})

test.serial('the client of graphql-ws subscribes and resumes after a position', async (t) => {
  const client = await gateway.enter()
  const graphql = createClient({
    url: URL_OF_GRAPHQL.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${client.token}` },
    retryAttempts: 0,
  })
  const query = 'subscription ($after: String) { companyChanges(after: $after) { position record { name } } }'
  interface Received {
    readonly companyChanges: { readonly position: string; readonly record: { readonly name: string } }
  }
  const first = graphql.iterate<Received>({ query })
  const next = first.next()
  await streams(1)
  for (const name of ['one', 'two']) await client.request('POST', '/rest/companies', { name })
  const { value } = await next
  t.is(value?.data?.companyChanges.record.name, 'one')
  await first.return?.()
  const again = graphql.iterate<Received>({
    query,
    variables: { after: value?.data?.companyChanges.position },
  })
  t.is((await again.next()).value?.data?.companyChanges.record.name, 'two')
  await again.return?.()
  await graphql.dispose()
  await noStreams()
})

test.serial(
  'a subscription is refused with the errors of a request, and the socket stays open',
  async (t) => {
    const client = await gateway.enter()
    const socket = await open(client)
    const refusal = async (query: string): Promise<string> => {
      socket.subscribe('x', query)
      const count = socket.received('x', 'error').length
      await until('the error has arrived', () => socket.received('x', 'error').length > count)
      return JSON.stringify(socket.received('x', 'error').at(-1))
    }
    t.regex(await refusal('subscription { rocketChanges { id } }'), /GRAPHQL_VALIDATION_FAILED/)
    t.regex(
      await refusal('subscription { companyChanges(operations: ["changed"]) { id } }'),
      /created, updated/,
    )
    t.regex(await refusal('{ companies { totalCount } }'), /Only subscriptions/)
    t.regex(await refusal('mutation { createCompany(data: {}) { id } }'), /Only subscriptions/)
    t.regex(await refusal('subscription {'), /GRAPHQL_PARSE_FAILED/)
    t.true(socket.isOpen())
    for (const id of ['1', '2', '3', '4']) socket.subscribe(id, QUERY)
    await until('the fourth is refused', () =>
      ['1', '2', '3', '4'].some((id) => socket.received(id, 'error').length > 0),
    )
    t.regex(JSON.stringify(socket.messages.at(-1)), /TOO_MANY_STREAMS/)
    const overHttp = await openEventStream(
      URL_OF_GRAPHQL,
      { authorization: `Bearer ${client.token}`, accept: 'text/event-stream' },
      { query: QUERY },
    )
    t.is(overHttp.status(), 429)
    socket.close()
    await noStreams()
  },
)

test.serial('messages outside the protocol close the socket with its codes', async (t) => {
  const { workspace } = await gateway.enter()
  const codeAfter = async (send: (socket: Awaited<ReturnType<typeof open>>) => unknown): Promise<number> => {
    const socket = await open(await gateway.client(workspace))
    send(socket)
    return (await socket.closed())?.code ?? 0
  }
  t.is(await codeAfter((socket) => socket.send('no JSON')), 4400)
  t.is(await codeAfter((socket) => socket.send({ type: 'unknown' })), 4400)
  t.is(await codeAfter((socket) => socket.send({ id: '1', type: 'next', payload: {} })), 4400)
  t.is(await codeAfter((socket) => socket.sendBytes(new Uint8Array([1]))), 4400)
  t.is(await codeAfter((socket) => socket.subscribe('x'.repeat(300), QUERY)), 4400)
  t.is(await codeAfter((socket) => socket.send({ type: 'connection_init' })), 4429)
  t.is(await codeAfter((socket) => socket.send({ type: 'ping', payload: { text: 'x'.repeat(4000) } })), 1009)
  t.is(
    await codeAfter((socket) => {
      socket.subscribe('1', QUERY)
      socket.subscribe('1', QUERY)
    }),
    4409,
  )
  const early = await openGraphQLSocket(URL_OF_GRAPHQL)
  early.subscribe('1', QUERY)
  t.is((await early.closed())?.code, 4401)
  t.is((await (await openGraphQLSocket(URL_OF_GRAPHQL, {}, [])).closed())?.code, 4406)
  await noStreams()
})

test.serial(
  'a key comes with connection_init or the upgrade, and a wrong one closes with 4401',
  async (t) => {
    const client = await gateway.enter()
    const answerOf = async (headers: Record<string, string>, payload?: Record<string, unknown>) => {
      const socket = await openGraphQLSocket(URL_OF_GRAPHQL, headers)
      const answer = await socket.init(payload)
      socket.close()
      return typeof answer === 'object' ? answer.code : answer
    }
    const authorization = `Bearer ${client.token}`
    t.is(await answerOf({ authorization }), 'connection_ack')
    t.is(
      await answerOf({ authorization: 'Bearer wrong' }, { Authorization: authorization }),
      'connection_ack',
    )
    t.is(await answerOf({}), 4401)
    t.is(await answerOf({ authorization }, { authorization: 'Bearer wrong' }), 4401)
    t.is(await answerOf({}, { authorization: 1 }), 4403)
  },
)

test.serial('a page of another origin cannot use the cookie of the console', async (t) => {
  const client = await gateway.enter()
  const { cookie } = await signIn(gateway.url, { apiKey: client.token })
  const answerOf = async (origin: string, payload?: Record<string, unknown>) => {
    const socket = await openGraphQLSocket(URL_OF_GRAPHQL, { cookie, origin })
    if (!socket.isOpen()) return 'refused'
    const answer = await socket.init(payload)
    socket.close()
    return typeof answer === 'object' ? answer.code : answer
  }
  t.is(await answerOf(gateway.url), 'connection_ack')
  t.is(await answerOf('https://evil.example'), 'refused')
  t.is(await answerOf('https://shop.example'), 4403)
  t.is(await answerOf('https://shop.example', { authorization: `Bearer ${client.token}` }), 'connection_ack')

  const overHttp = async (path: string, origin: string) => {
    const headers = { cookie, origin, accept: 'text/event-stream' }
    const stream = await openEventStream(gateway.url + path, headers, undefined, true)
    stream.close()
    return stream.status()
  }
  for (const path of [`/graphql?${new URLSearchParams({ query: QUERY })}`, '/changes/stream', '/changes']) {
    t.is(await overHttp(path, gateway.url), 200, path)
    t.is(await overHttp(path, 'https://shop.example'), 403, path)
    t.is(await overHttp(path, 'https://evil.example'), 403, path)
  }
  await noStreams()
})

test.serial('a subscription ends with its key, and the socket with it', async (t) => {
  const admin = await gateway.enter()
  const client = await gateway.client(admin.workspace)
  const socket = await open(client)
  socket.subscribe('1', QUERY)
  await streams(1)
  await pool.query(
    `update tenantry.api_keys set revoked_at = now() where id =
       (select id from tenantry.api_keys where workspace_id = $1 order by created_at desc limit 1)`,
    [admin.workspace.id],
  )
  t.is((await socket.closed())?.code, 4401)
  t.is(socket.received('1', 'error')[0]?.[0].extensions.code, 'UNAUTHENTICATED')
  await noStreams()
})

test.serial('other paths and methods ignore an upgrade, and a wrong handshake is a 400', async (t) => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  const statusOf = async (path: string): Promise<number> => {
    const stream = await openEventStream(gateway.url + path, headers)
    return stream.status()
  }
  t.is(await statusOf('/healthz'), 200)
  t.is(await statusOf('/graphql'), 400)
})

test.serial('too many sockets of a caller and of the gateway are refused', async (t) => {
  const client = await gateway.enter()
  const opened = [await open(client), await open(client), await open(client)]
  t.true(opened.every(({ answer }) => answer === 'connection_ack'))
  const { answer } = await open(client)
  t.is(typeof answer === 'object' && answer.code, 1013)
  const others: Awaited<ReturnType<typeof openGraphQLSocket>>[] = []
  await until('the gateway refuses a socket', async () => {
    const socket = await openGraphQLSocket(URL_OF_GRAPHQL)
    if (socket.isOpen()) others.push(socket)
    return !socket.isOpen()
  })
  t.true(opened.length + others.length <= 12)
  for (const socket of [...opened, ...others]) socket.close()
})

test.serial(
  'a socket without connection_init closes with 4408, and a closing gateway ends sockets',
  async (t) => {
    const { database } = gateway
    const brief = await startTestGateway({ database, environment, socketInitMs: 50 })
    const idle = await openGraphQLSocket(`${brief.url}/graphql`)
    t.is((await idle.closed())?.code, 4408)
    await brief.close()
    // A socket of a busy machine may take longer than that.
    const second = await startTestGateway({ database, environment })
    const client = await gateway.enter()
    const socket = await openGraphQLSocket(`${second.url}/graphql`)
    t.is(await socket.init({ authorization: `Bearer ${client.token}` }), 'connection_ack')
    socket.subscribe('1', QUERY)
    await until('the stream is open', () => second.gateway.stats().streams === 1)
    await second.close()
    t.is((await socket.closed())?.code, 1001)
  },
)
