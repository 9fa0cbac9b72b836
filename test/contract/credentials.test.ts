// Credential × surface: each refusal has the contract's words and our status.

import test from 'ava'
import { SignJWT } from 'jose'
import { ask, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client
const tokens = new Map<string, string>()

const SURFACES = [
  { name: 'REST', path: '/rest/people', body: undefined },
  { name: 'REST metadata', path: '/rest/metadata/objects', body: undefined },
  { name: 'GraphQL', path: '/graphql', body: { query: '{ __typename }' } },
  { name: 'metadata GraphQL', path: '/metadata', body: { query: '{ __typename }' } },
] as const

const CREDENTIALS = [
  ['none', 'Missing authentication token'],
  ['malformed', 'No payload'],
  ['with another signature', 'Token invalid.'],
  ['of another issuer', 'Token invalid.'],
  ['expired', 'Token has expired.'],
  ['of a revoked key', 'This API Key is revoked'],
  ['of an expired key', 'This API Key is expired'],
  ['of a deleted key', 'This API Key is revoked'],
  // Its keys are gone with it.
  ['of a workspace that is gone', 'Workspace not found', 'WORKSPACE_NOT_FOUND'],
] as const

const keyOf = async ({ token }: Client): Promise<string> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const { pool } = server.gateway
  const changed = async (sql: string): Promise<string> => {
    const other = await server.client(client.workspace)
    await pool.query(sql, [await keyOf(other)])
    return other.token
  }
  const [head = '', payload = ''] = client.token.split('.')
  tokens.set('malformed', 'invalid-token')
  tokens.set('with another signature', `${head}.${payload}.AAAA`)
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  tokens.set(
    'of another issuer',
    await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode('x'.repeat(32))),
  )
  tokens.set(
    'expired',
    await server.gateway.tokens.issue({
      keyId: claims.jti,
      workspaceId: client.workspace.id,
      tokenVersion: 1,
      expiresAt: new Date('2020-01-01'),
    }),
  )
  tokens.set(
    'of a revoked key',
    await changed('update tenantry.api_keys set revoked_at = now() where id = $1'),
  )
  tokens.set(
    'of an expired key',
    await changed(`update tenantry.api_keys set expires_at = now() - interval '1 hour' where id = $1`),
  )
  tokens.set('of a deleted key', await changed('delete from tenantry.api_keys where id = $1'))
  const gone = await server.enter('Gone')
  await pool.query('delete from tenantry.workspaces where id = $1', [gone.workspace.id])
  tokens.set('of a workspace that is gone', gone.token)
})
test.after.always(() => server?.close())

for (const { name, path, body } of SURFACES)
  for (const [credential, message, code] of CREDENTIALS)
    test(`${name} refuses a token: ${credential}`, async (t) => {
      const token = tokens.get(credential)
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const answer = await ask(server.url + path, body === undefined ? 'GET' : 'POST', body, headers)
      t.is(answer.status, 401, answer.text)
      t.is(answer.headers.get('www-authenticate')?.startsWith('Bearer'), true)
      if (body === undefined)
        t.deepEqual(answer.body, {
          statusCode: 401,
          error: 'UNAUTHENTICATED',
          messages: [message],
          ...(code === undefined ? {} : { code }),
        })
      else {
        t.is(answer.body.errors[0].message, message)
        t.is(answer.body.errors[0].extensions.code, 'UNAUTHENTICATED')
      }
    })
