// Requests without a valid token, one test for each numbered example. Where the contract's versions differ in
// the status, all of them are 401 here.

import test from 'ava'
import { ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const unauthenticated = (message: string) => ({
  statusCode: 401,
  error: 'UNAUTHENTICATED',
  messages: [message],
})

test("a request without a token gets the contract's 401", async (t) => {
  const { status, headers, body } = await ask(`${server.url}/rest/people`, 'POST', {})
  t.is(status, 401)
  t.is(headers.get('www-authenticate'), 'Bearer')
  t.deepEqual(body, unauthenticated('Missing authentication token'))
})

test('an invalid bearer token gets its own message', async (t) => {
  const { status, body } = await ask(`${server.url}/rest/people`, 'POST', {}, bearer('invalid-token'))
  t.is(status, 401)
  t.deepEqual(body, unauthenticated('No payload'))
})

test('a token in the query string counts for nothing', async (t) => {
  const { status, body } = await ask(`${server.url}/rest/open-api/core?token=${client.token}`, 'GET')
  t.is(status, 200)
  t.is(body.paths['/people'], undefined)
  const withHeader = await client.get('/rest/open-api/core')
  t.truthy(withHeader.body.paths['/people'])
})

test('GraphQL and the metadata API refuse in their own words, with the same status', async (t) => {
  for (const path of ['/graphql', '/metadata']) {
    const { status, headers, body } = await ask(`${server.url}${path}`, 'POST', { query: '{ __typename }' })
    t.is(status, 401)
    t.is(headers.get('www-authenticate'), 'Bearer')
    t.is(body.errors[0].message, 'Missing authentication token')
    t.is(body.errors[0].extensions.code, 'UNAUTHENTICATED')
  }
})

test('a forged token, a revoked key and an expired one have different messages', async (t) => {
  const metadata = metadataOf(client)
  const change = async (update: (id: string) => Promise<unknown>): Promise<string> => {
    const other = await server.client(client.workspace)
    const { apiKeys } = await metadata.ask('{ apiKeys { id } }')
    // Keys are listed newest first.
    await update(apiKeys[0].id)
    return other.token
  }
  const revoke = (id: string) =>
    metadata.ask('mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id } }', { id })
  const expire = (id: string) =>
    server.gateway.pool.query(
      "update tenantry.api_keys set expires_at = now() - interval '1 hour' where id = $1",
      [id],
    )
  const [head, payload] = client.token.split('.')
  for (const [token, message] of [
    [`${head}.${payload}.AAAA`, 'Token invalid.'],
    [await change(revoke), 'This API Key is revoked'],
    [await change(expire), 'This API Key is expired'],
  ] as const) {
    const { status, headers, body } = await ask(`${server.url}/rest/people`, 'GET', undefined, bearer(token))
    t.is(status, 401)
    t.is(headers.get('www-authenticate'), 'Bearer')
    t.deepEqual(body, unauthenticated(message))
  }
})
