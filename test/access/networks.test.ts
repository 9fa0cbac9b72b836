// Keys and roles that are bound to networks, over real sockets: every way in, from addresses in the networks
// and elsewhere, written as IPv4, IPv6 and IPv4-mapped IPv6.

import test, { type ExecutionContext } from 'ava'
import { createKey } from '../../tenants/key.ts'
import { updateKey } from '../../tenants/keyChange.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { createImpersonationLink, createSignInLink } from '../../tenants/member/signIn.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { signIn } from '../support/console.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Answer, ask, startTestGateway } from '../support/gateway.ts'
import { openGraphQLSocket } from '../support/graphqlSocket.ts'
import { until } from '../support/until.ts'

/** The proxy in front of it appends the address of its peer to X-Forwarded-For. */
const gateway = await startTestGateway({ environment: { TRUSTED_PROXIES: '1', CAPTURE: 'on' } })
const { pool } = gateway.gateway
/** Its proxies connect from elsewhere, so that every header of ours is any client's word. */
const direct = await startTestGateway({
  database: gateway.database,
  environment: { TRUSTED_PROXIES: '203.0.113.9, 2001:db8:1::/48' },
})
const { workspace } = await gateway.enter()
await pool.query(
  `create table "${workspace.schemaName}".deal (id uuid primary key default gen_random_uuid(), name text)`,
)

const NETWORKS = ['203.0.113.0/24', '2001:db8:1::/48']
const INSIDE = ['203.0.113.7', '2001:db8:1::7', '::ffff:203.0.113.7', '::ffff:cb00:7107']
const OUTSIDE = ['203.0.114.7', '2001:db8:2::7', '::ffff:203.0.114.7', '::ffff:cb00:7207', 'unknown']
const LATER = new Date('2099-12-31T23:59:59Z')

/** What a request that passed the proxy has. */
const via = (address: string) => ({ 'x-forwarded-for': `203.0.113.7, ${address}` })

const makeRole = async (label: string, networks: readonly string[]) =>
  createRole(pool, workspace.id, {
    label,
    networks,
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canUpdateAllSettings: true,
    canAccessAllTools: true,
  })
const [boundRole, freeRole] = [await makeRole('Office', NETWORKS), await makeRole('Anywhere', [])]

const makeToken = async (roleId: string, networks: readonly string[]): Promise<string> => {
  const wanted = { workspaceId: workspace.id, roleId, name: 'k', expiresAt: LATER, networks }
  const key = await createKey(pool, wanted)
  return gateway.gateway.tokens.issue({ keyId: key.id, ...key })
}
const boundToken = await makeToken(freeRole.id, NETWORKS)
const TOKENS = { 'its own networks': boundToken, "its role's networks": await makeToken(boundRole.id, []) }
const { id: memberId } = await createMember(pool, workspace.id, {
  firstName: 'Mia',
  lastName: '',
  roleId: boundRole.id,
})
const linkSecret = async (): Promise<string> => (await createSignInLink(pool, workspace.id, memberId)).secret

interface Outcome {
  readonly status: number
  readonly text: string
}
/** A request that a caller sends from an address. */
type Way = (headers: Record<string, string>, address: string) => Promise<Outcome>

const { url } = gateway
const send =
  (method: string, path: string, body?: unknown): Way =>
  (headers, address) =>
    ask(url + path, method, body, { ...headers, ...via(address) })

const QUERY = '{ deals { edges { node { id } } } }'
const SUBSCRIPTION = 'subscription { dealChanges { operation } }'

const stream: Way = async (headers, address) => {
  const opened = await openEventStream(`${url}/changes/stream?objects=deal`, { ...headers, ...via(address) })
  opened.close()
  return { status: opened.status(), text: opened.rest() }
}

/** The ticket is issued inside, and opened from the address. */
const ticket: Way = async (headers, address) => {
  const issued = await send('POST', '/changes/tickets', { objects: ['deal'] })(headers, '203.0.113.7')
  const { ticket: secret } = JSON.parse(issued.text).data
  const opened = await openEventStream(`${url}/changes/stream?ticket=${secret}`, via(address))
  opened.close()
  return { status: opened.status(), text: opened.rest() }
}

const events: Way = async (headers, address) => {
  const accept = { ...headers, ...via(address), accept: 'text/event-stream' }
  const opened = await openEventStream(`${url}/graphql`, accept, { query: SUBSCRIPTION }, true)
  opened.close()
  return { status: opened.status(), text: opened.rest() }
}

const socketOutcome = async (
  socket: Awaited<ReturnType<typeof openGraphQLSocket>>,
  payload?: Record<string, unknown>,
): Promise<Outcome> => {
  const answer = await socket.init(payload)
  socket.close()
  if (answer === 'connection_ack') return { status: 200, text: '' }
  return typeof answer === 'object'
    ? { status: answer.code - 4000, text: answer.reason }
    : { status: 0, text: '' }
}

const socket: Way = async (headers, address) =>
  socketOutcome(await openGraphQLSocket(`${url}/graphql`, { ...headers, ...via(address) }))

const socketByMessage: Way = async ({ authorization }, address) =>
  socketOutcome(await openGraphQLSocket(`${url}/graphql`, via(address)), { authorization })

/** Of a key or a member, by header or cookie. */
const WAYS: Readonly<Record<string, Way>> = {
  'reads records': send('GET', '/rest/deals'),
  'writes a record': send('POST', '/rest/deals', { name: 'x' }),
  'writes a batch': send('POST', '/rest/batch/deals', [{ name: 'x' }, { name: 'y' }]),
  'writes with a key of idempotency': (headers, address) =>
    ask(
      `${url}/rest/deals`,
      'POST',
      { name: 'z' },
      { ...headers, ...via(address), 'idempotency-key': 'same' },
    ),
  'queries records': send('POST', '/graphql', { query: QUERY }),
  'queries records by GET': send('GET', `/graphql?query=${encodeURIComponent(QUERY)}`),
  'queries metadata': send('POST', '/metadata', { query: '{ currentRole { id } }' }),
  'lists keys': send('GET', '/rest/metadata/apiKeys'),
  'lists keys by the older address': send('GET', '/rest/apiKeys'),
  'reads the OpenAPI document': send('GET', '/rest/open-api/core'),
  'reads changes': send('GET', '/changes?objects=deal'),
  'issues a ticket': send('POST', '/changes/tickets', {}),
  'opens a stream': stream,
  'opens a stream by a ticket': ticket,
  'subscribes over server-sent events': events,
  'subscribes over WebSocket': socket,
  'reads usage at the console': send('GET', '/console/usage'),
  'reads the audit log at the console': send('GET', '/console/audit'),
}

const KEY_WAYS: typeof WAYS = {
  'subscribes over WebSocket by a message': socketByMessage,
  'signs in to the console': ({ authorization = '' }, address) =>
    ask(`${url}/console/session`, 'POST', { apiKey: authorization.slice('Bearer '.length) }, via(address)),
}

const SESSION_WAYS: typeof WAYS = { 'shows the session': send('GET', '/console/session') }

/** How the address is written is decided before the credential, so one credential tries all. */
const FEW = { inside: INSIDE.slice(0, 2), outside: [OUTSIDE[0] ?? '', OUTSIDE[3] ?? ''] }

const checkWay = async (
  t: ExecutionContext,
  way: Way,
  headers: Record<string, string>,
  { inside: allowed, outside: refused } = FEW,
): Promise<void> => {
  for (const address of allowed) {
    const { status, text } = await way(headers, address)
    t.true(status >= 200 && status < 300, `${address} ${status} ${text}`)
  }
  for (const address of refused) {
    const { status, text } = await way(headers, address)
    t.is(status, 403, `${address} ${text}`)
    const named = address.replace('::ffff:203', '203').replace('::ffff:cb00:7207', '203.0.114.7')
    t.true(text.includes(`the address ${named} is`), text)
    t.false(
      NETWORKS.some((network) => text.includes(network)),
      text,
    )
  }
}

const inside = via('203.0.113.7')
const cookieOf = (answer: Answer): string => /^[^;]*/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? ''
const person = await ask(`${url}/console/session`, 'POST', { secret: await linkSecret() }, inside)
const SESSION = { cookie: cookieOf(person), 'x-csrf-token': person.body.csrfToken }

const { secret: operatorKey } = await createOperatorKey(pool, 'ops', { networks: NETWORKS })
const operator = await ask(`${url}/console/session`, 'POST', { operatorKey }, inside)
const OPERATOR_WAYS: typeof WAYS = {
  'lists workspaces': send('GET', '/admin/workspaces'),
  'reads changes of all workspaces': send('GET', '/admin/changes'),
  'opens a stream of all workspaces': async (headers, address) => {
    const opened = await openEventStream(`${url}/admin/changes/stream`, { ...headers, ...via(address) })
    opened.close()
    return { status: opened.status(), text: opened.rest() }
  },
}

const exchange = (mutation: string) => (variables: Record<string, unknown>, address: string) =>
  ask(`${url}/metadata`, 'POST', { query: mutation, variables }, via(address))
const TOKENS_OF = 'tokens { accessOrWorkspaceAgnosticToken { token } refreshToken { token } }'
const byLink = exchange(
  `mutation ($loginToken: String!) { getAuthTokensFromLoginToken(loginToken: $loginToken, origin: "x") { ${TOKENS_OF} } }`,
)
const byRefresh = exchange(
  `mutation ($appToken: String!) { renewToken(appToken: $appToken) { ${TOKENS_OF} } }`,
)
const signedIn = await byLink({ loginToken: await linkSecret() }, '203.0.113.7')
const { tokens } = signedIn.body.data.getAuthTokensFromLoginToken

test.after.always(async () => {
  await direct.close()
  await gateway.close()
})

for (const [binding, token] of Object.entries(TOKENS))
  for (const [what, way] of Object.entries({ ...WAYS, ...KEY_WAYS }))
    test.serial(`a key bound by ${binding} ${what} from there alone`, (t) =>
      checkWay(
        t,
        way,
        { authorization: `Bearer ${token}` },
        token === boundToken ? { inside: INSIDE, outside: OUTSIDE } : FEW,
      ),
    )

for (const [holder, headers, ways] of [
  ['its key', { authorization: `Bearer ${operatorKey}` }, OPERATOR_WAYS],
  ['a session', { cookie: cookieOf(operator) }, { ...OPERATOR_WAYS, ...SESSION_WAYS }],
] as const)
  for (const [what, way] of Object.entries(ways))
    test.serial(`an operator bound to networks ${what} with ${holder} from there alone`, (t) =>
      checkWay(t, way, headers),
    )

test.serial('an operator key bound to networks signs in from there alone', (t) =>
  checkWay(t, send('POST', '/console/session', { operatorKey }), {}),
)

for (const [holder, headers, ways] of [
  ['a session', SESSION, { ...WAYS, ...SESSION_WAYS }],
  ['a token', { authorization: `Bearer ${tokens.accessOrWorkspaceAgnosticToken.token}` }, WAYS],
] as const)
  for (const [what, way] of Object.entries(ways))
    test.serial(`a member bound by the role ${what} with ${holder} from there alone`, (t) =>
      checkWay(t, way, headers),
    )

test.serial('connections and tickets of a key are refused elsewhere once it is bound', async (t) => {
  const wanted = { workspaceId: workspace.id, roleId: freeRole.id, name: 'k', expiresAt: LATER }
  const key = await createKey(pool, wanted)
  const headers = { authorization: `Bearer ${await gateway.gateway.tokens.issue({ keyId: key.id, ...key })}` }
  const outside = via('203.0.114.7')
  const issued = await send('POST', '/changes/tickets', { objects: ['deal'] })(headers, '203.0.114.7')
  const opened = await openGraphQLSocket(`${url}/graphql`, outside)
  t.is(await opened.init(headers), 'connection_ack')
  const write = () =>
    ask(
      `${url}/rest/deals`,
      'POST',
      { name: 'once' },
      { ...headers, ...outside, 'idempotency-key': 'before' },
    )
  t.is((await write()).status, 201)
  await updateKey(pool, workspace.id, key.id, { networks: NETWORKS })
  await until('the key is bound', async () => (await write()).status === 403)
  opened.subscribe('a', SUBSCRIPTION)
  await until('the subscription is answered', () => opened.messages.length > 1)
  t.is(opened.received('a', 'error')[0]?.[0].extensions.subCode, 'ADDRESS_NOT_ALLOWED')
  opened.close()
  const { ticket: secret } = JSON.parse(issued.text).data
  const late = await openEventStream(`${url}/changes/stream?ticket=${secret}`, outside)
  t.is(late.status(), 403)
})

test.serial('a member signs in and renews a token from the networks of the role alone', async (t) => {
  const refusal = (answer: Answer) => answer.body.errors?.[0].extensions.subCode ?? answer.body.code
  for (const address of OUTSIDE) {
    const loginToken = await linkSecret()
    for (const answer of [
      await byLink({ loginToken }, address),
      await byRefresh({ appToken: tokens.refreshToken.token }, address),
      await ask(`${url}/console/session`, 'POST', { secret: loginToken }, via(address)),
    ])
      t.is(refusal(answer), 'ADDRESS_NOT_ALLOWED', answer.text)
    // The link was not used up.
    t.is((await ask(`${url}/console/session`, 'POST', { secret: loginToken }, inside)).status, 200)
  }
  t.is((await byRefresh({ appToken: tokens.refreshToken.token }, '2001:db8:1::1')).body.errors, undefined)
  const left = await ask(`${url}/console/session`, 'POST', { secret: await linkSecret() }, inside)
  const own = {
    cookie: cookieOf(left),
    'x-csrf-token': left.body.csrfToken,
  }
  t.is(
    (await ask(`${url}/console/session`, 'DELETE', undefined, { ...own, ...via('203.0.114.7') })).status,
    204,
  )
})

test.serial('an operator who acts as a member is not bound by the role of the member', async (t) => {
  await pool.query(
    `update tenantry.workspaces set settings = settings || '{"allowImpersonation": true}' where id = $1`,
    [workspace.id],
  )
  const impersonator = { operatorKeyId: null, operatorName: 'support' }
  const { secret } = await createImpersonationLink(pool, workspace.id, memberId, impersonator)
  const operator = await signIn(url, { secret })
  t.is(operator.answer.status, 200, operator.answer.text)
  t.is((await operator.request('GET', '/rest/deals', undefined, via('203.0.114.7'))).status, 200)
})

test.serial('an operator who acts as a member is bound by the operator key', async (t) => {
  const links = `${url}/admin/workspaces/${workspace.id}/impersonation-links`
  const byKey = { authorization: `Bearer ${operatorKey}`, ...inside }
  const made = await ask(links, 'POST', { workspaceMemberId: memberId }, byKey)
  t.is(made.status, 201, made.text)
  const redeem = (address: string) =>
    ask(`${url}/console/session`, 'POST', { secret: made.body.secret }, via(address))
  t.is((await redeem('203.0.114.7')).body.code, 'ADDRESS_NOT_ALLOWED')
  const begun = await redeem('203.0.113.7')
  t.is(begun.status, 200, begun.text)
  await checkWay(t, send('GET', '/rest/deals'), { cookie: cookieOf(begun) })
})

test.serial('every operation of the OpenAPI documents is refused from elsewhere', async (t) => {
  const authorization = { authorization: `Bearer ${boundToken}` }
  let asked = 0
  for (const path of ['/rest/open-api/core', '/rest/open-api/metadata']) {
    const { body } = await ask(url + path, 'GET', undefined, { ...authorization, ...inside })
    for (const [pattern, item] of Object.entries<Record<string, unknown>>(body.paths))
      for (const method of Object.keys(item).filter((name) => /^(?:get|post|put|patch|delete)$/.test(name))) {
        const target = pattern.replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000')
        const prefix = pattern.startsWith('/rest') || pattern.startsWith('/changes') ? '' : '/rest'
        const sends = method === 'get' || method === 'delete' ? undefined : {}
        const headers = { ...authorization, ...via('203.0.114.7') }
        const answer = await ask(url + prefix + target, method.toUpperCase(), sends, headers)
        t.is(answer.body?.code, 'ADDRESS_NOT_ALLOWED', `${method} ${target} ${answer.text}`)
        asked += 1
      }
  }
  t.true(asked > 60, String(asked))
})

test.serial('X-Forwarded-For counts as far as its proxies are trusted', async (t) => {
  const read = async (at: string, forwarded?: string) => {
    const headers = { authorization: `Bearer ${boundToken}` }
    return ask(`${at}/rest/deals`, 'GET', undefined, {
      ...headers,
      ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    })
  }
  // What the client wrote stands before what the proxy appended.
  t.is((await read(url, '203.0.113.7, 198.51.100.1')).status, 403)
  t.is((await read(url, '198.51.100.1, 203.0.113.7')).status, 200)
  t.regex((await read(url)).body.messages[0], /127\.0\.0\.1/)
  // The peer is not among the proxies.
  for (const header of ['203.0.113.7', '::1, 203.0.113.7']) {
    const { status, body } = await read(direct.url, header)
    t.is(status, 403)
    t.regex(body.messages[0], /127\.0\.0\.1/)
  }
  for (const name of ['forwarded', 'x-real-ip', 'x-client-ip', 'cf-connecting-ip', 'true-client-ip']) {
    const forged = name === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7'
    const headers = { authorization: `Bearer ${boundToken}`, [name]: forged }
    for (const at of [url, direct.url])
      t.is((await ask(`${at}/rest/deals`, 'GET', undefined, headers)).status, 403)
  }
})
