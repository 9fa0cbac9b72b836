import test from 'ava'
import { decodeJwt } from 'jose'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { suspendWorkspace } from '../../tenants/workspace.ts'
import { addMember, signIn } from '../support/console.ts'
import { ask, GRAPHQL_ACCEPT, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { SESSION_RATE_LIMIT_PER_MINUTE: '77' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const PAIR = `{ tokens { accessOrWorkspaceAgnosticToken { token expiresAt } refreshToken { token expiresAt } } }`
const LOGIN = `mutation ($loginToken: String!, $origin: String!) {
  getAuthTokensFromLoginToken(loginToken: $loginToken, origin: $origin) ${PAIR} }`
const RENEW = `mutation ($appToken: String!) { renewToken(appToken: $appToken) ${PAIR} }`

const metadata = (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
  ask(`${gateway.url}/metadata`, 'POST', { query, variables }, { ...GRAPHQL_ACCEPT, ...headers })

const enter = async () => {
  const { workspace, token: apiKey } = await gateway.enter()
  const memberId = await addMember(pool, workspace.schemaName)
  const { secret } = await createSignInLink(pool, workspace.id, memberId)
  const login = () => metadata(LOGIN, { loginToken: secret, origin: gateway.url })
  return { workspace, apiKey, memberId, login }
}

const accessIn = (pair: { tokens: { accessOrWorkspaceAgnosticToken: { token: string } } }): string =>
  pair.tokens.accessOrWorkspaceAgnosticToken.token

const companies = (token: string, method = 'GET', body?: unknown) =>
  ask(`${gateway.url}/rest/companies`, method, body, { authorization: `Bearer ${token}` })

test('a login token becomes a token of the member, for half an hour', async (t) => {
  const { workspace, memberId, login } = await enter()
  const { status, body } = await login()
  t.is(status, 200)
  const pair = body.data.getAuthTokensFromLoginToken
  const { expiresAt } = pair.tokens.accessOrWorkspaceAgnosticToken
  t.true(Math.abs(Date.parse(expiresAt) - Date.now() - 30 * 60_000) < 60_000)
  t.like(decodeJwt(accessIn(pair)), {
    type: 'ACCESS',
    sub: memberId,
    workspaceId: workspace.id,
    workspaceMemberId: memberId,
  })
  const made = await companies(accessIn(pair), 'POST', { name: 'x' })
  t.is(made.status, 201, 'no CSRF token is asked of a header')
  t.is(made.headers.get('x-ratelimit-limit'), '77')
  t.like(made.body.data.createCompany.createdBy, { source: 'MANUAL', workspaceMemberId: memberId })
  const second = await login()
  t.is(second.body.data, null)
  t.like(second.body.errors[0], { extensions: { code: 'UNAUTHENTICATED' } })
})

test('a refresh token renews it, and is worth nothing itself as a bearer', async (t) => {
  const { login } = await enter()
  const refresh = (await login()).body.data.getAuthTokensFromLoginToken.tokens.refreshToken.token
  const renewed = (await metadata(RENEW, { appToken: refresh })).body.data.renewToken
  t.is(renewed.tokens.refreshToken.token, refresh)
  t.is((await companies(accessIn(renewed))).status, 200)
  t.is((await companies(refresh)).status, 401)
  for (const appToken of ['', 'x', `tenantry_session_${'A'.repeat(43)}`, accessIn(renewed)])
    t.like((await metadata(RENEW, { appToken })).body.errors[0], { extensions: { code: 'UNAUTHENTICATED' } })
  const { apiKey } = await enter()
  const ofKey = (await signIn(gateway.url, { apiKey })).cookie.slice('tenantry_session='.length)
  t.like((await metadata(RENEW, { appToken: ofKey })).body.errors[0], {
    extensions: { code: 'UNAUTHENTICATED' },
  })
})

test('renewing counts like any request', async (t) => {
  const { login } = await enter()
  const appToken = (await login()).body.data.getAuthTokensFromLoginToken.tokens.refreshToken.token
  const answers = await Promise.all(Array.from({ length: 80 }, () => metadata(RENEW, { appToken })))
  const refused = answers.filter(({ body }) => body.errors?.[0].extensions.code === 'RATE_LIMITED')
  t.is(refused.length, 80 - 76, 'signing in was the first of 77')
})

test('a token ends with its member and rests with its workspace', async (t) => {
  const { workspace, memberId, login } = await enter()
  const token = accessIn((await login()).body.data.getAuthTokensFromLoginToken)
  t.is((await companies(token)).status, 200)
  await suspendWorkspace(pool, workspace.id)
  await until('it is refused', async () => (await companies(token)).status === 403)
  const gone = await enter()
  const orphan = accessIn((await gone.login()).body.data.getAuthTokensFromLoginToken)
  await pool.query(`delete from "${gone.workspace.schemaName}".workspace_member where id = $1`, [
    gone.memberId,
  ])
  await until('it is refused', async () => (await companies(orphan)).status === 401)
  t.truthy(memberId)
})

test("a member's token is not an API key and cannot sign in to the console", async (t) => {
  const { login } = await enter()
  const token = accessIn((await login()).body.data.getAuthTokensFromLoginToken)
  const person = await signIn(gateway.url, { apiKey: token })
  t.is(person.answer.status, 401)
  t.is(person.cookie, '')
})

test('an anonymous caller gets nothing else from /metadata', async (t) => {
  t.is((await metadata('{ currentWorkspace { id } }')).status, 401)
  t.is((await metadata('{ objects { edges { node { id } } } }')).status, 401)
  t.is((await metadata(`mutation { renewToken(appToken: "x") ${PAIR} createApiKey { id } }`)).status, 401)
  t.is((await metadata(`{ __schema { queryType { fields { name } } } } # renewToken`)).status, 401)
  t.is((await metadata(LOGIN, { loginToken: 1 })).status, 400)
  t.is((await metadata('mutation { renewToken')).status, 401)
  t.is((await ask(`${gateway.url}/metadata`, 'POST', [])).status, 401)
  t.is((await ask(`${gateway.url}/metadata`, 'POST', '{')).status, 401)
  const { apiKey } = await enter()
  const known = await metadata(
    '{ currentWorkspace { id } } # renewToken',
    {},
    { authorization: `Bearer ${apiKey}` },
  )
  t.is(known.status, 200)
})

test('an expired token does not block another one', async (t) => {
  const { login, apiKey } = await enter()
  const pair = (await login()).body.data.getAuthTokensFromLoginToken
  const appToken = pair.tokens.refreshToken.token
  for (const authorization of ['Bearer over', `Bearer ${accessIn(pair)}`, `Bearer ${apiKey}`]) {
    const { status, body } = await metadata(RENEW, { appToken }, { authorization })
    t.is(status, 200)
    t.is((await companies(accessIn(body.data.renewToken))).status, 200)
  }
  const mixed = `mutation { renewToken(appToken: "${appToken}") ${PAIR} updateWorkspace(data: {}) { id } }`
  t.is((await metadata(mixed, {}, { authorization: 'Bearer over' })).status, 401)
  const known = await metadata(mixed, {}, { authorization: `Bearer ${apiKey}` })
  t.is(known.body.errors[0].message, 'Tokens can only be exchanged in a separate request.')
})
