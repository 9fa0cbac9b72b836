import test from 'ava'
import { changesWorkspace, OPERATOR_ACTIONS } from '../../gateway/admin/actions.ts'
import { AUDIT_ACTIONS } from '../../gateway/admin/audit/auditActions.ts'
import { NODE_ACTIONS } from '../../gateway/admin/nodes/nodeActions.ts'
import { OBSERVE_ACTIONS } from '../../gateway/admin/observeActions.ts'
import { USAGE_ACTIONS } from '../../gateway/admin/quota/usageActions.ts'
import { redeemSignInLink } from '../../tenants/member/signIn.ts'
import { createOperatorKey, OPERATOR_SCOPES, revokeOperatorKey } from '../../tenants/operator.ts'
import { signIn } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway()
const { pool } = gateway.gateway
const { key, secret } = await createOperatorKey(pool, `O'Brien "x"`)
test.after.always(() => gateway.close())

const admin = (method: string, path: string, body?: unknown, token = secret) =>
  ask(`${gateway.url}/admin/${path}`, method, body, { authorization: `Bearer ${token}` })

const ACTIONS = {
  ...OPERATOR_ACTIONS,
  ...OBSERVE_ACTIONS,
  ...NODE_ACTIONS,
  ...AUDIT_ACTIONS,
  ...USAGE_ACTIONS,
}

/** Method and path below /admin/. */
const requestOf = (name: string, workspace: string): readonly [string, string] => {
  const [method = '', pattern = ''] = name.split(' ')
  return [method, pattern.slice('/admin/'.length).replace('{id}', workspace).replace('{part}', 'x')]
}

test('makes, lists, suspends, resumes, limits and drops workspaces, and writes it all down', async (t) => {
  const made = await admin('POST', 'workspaces', { name: 'New "x"', subdomain: 'newx' })
  t.is(made.status, 201)
  const client = await gateway.client(made.body)
  t.is((await client.get('/rest/companies')).status, 200)
  t.true(
    (await admin('GET', 'workspaces')).body.workspaces.some(
      (each: { id: string }) => each.id === made.body.id,
    ),
  )
  t.is((await admin('POST', 'workspaces/newx/suspend')).body.status, 'suspended')
  t.is((await client.get('/rest/companies')).status, 403)
  t.regex((await client.get('/rest/companies')).text, /suspended/)
  t.is((await admin('POST', `workspaces/${made.body.id}/resume`)).body.status, 'active')
  t.is((await client.get('/rest/companies')).status, 200)
  t.deepEqual((await admin('PATCH', 'workspaces/newx/limits', { keyRateLimitPerMinute: 9 })).body, {
    keyRateLimitPerMinute: 9,
  })
  t.is((await client.get('/rest/companies')).headers.get('x-ratelimit-limit'), '9')
  t.deepEqual((await admin('PATCH', 'workspaces/newx/limits', { keyRateLimitPerMinute: null })).body, {})
  t.deepEqual((await admin('PATCH', 'workspaces/newx/settings', { countMode: 'none' })).body, {
    countMode: 'none',
  })
  t.is((await client.get('/rest/companies')).body.totalCount, null)
  for (const wrong of [{ countMode: 'some' }, { countmode: 'none' }, {}])
    t.is((await admin('PATCH', 'workspaces/newx/settings', wrong)).status, 400)
  t.deepEqual((await admin('GET', 'workspaces/newx/settings')).body, { countMode: 'none' })
  t.is((await admin('DELETE', 'workspaces/newx?now=true')).status, 200)
  t.is((await admin('GET', 'workspaces/newx')).status, 404)
  const { rows } = await pool.query(
    'select action, operator_name from tenantry.audit where workspace_id = $1 order by id',
    [made.body.id],
  )
  t.deepEqual(
    rows.map(({ action }) => action),
    ['create', 'suspend', 'resume', 'limits', 'limits', 'update', 'drop'].map((verb) => `workspace.${verb}`),
  )
  t.is(rows[0].operator_name, `O'Brien "x"`)
})

test('a deleted workspace ends its keys and sessions until it is restored, or is gone', async (t) => {
  const client = await gateway.enter('Leaving', { standardObjects: false })
  const path = `workspaces/${client.workspace.subdomain}`
  const session = await signIn(gateway.url, { apiKey: client.token })
  const status = async (): Promise<number> => (await client.get('/rest/metadata/objects')).status
  t.is(await status(), 200)
  const deleted = await admin('DELETE', path)
  t.is(deleted.status, 200)
  t.like(deleted.body, { id: client.workspace.id, status: 'deleted' })
  await until('the key is refused', async () => (await status()) === 401)
  t.regex((await client.get('/rest/metadata/objects')).text, /Workspace not found/)
  t.is((await session.request('GET', '/console/session')).status, 401)
  const list = async (query: string): Promise<string[]> =>
    (await admin('GET', `workspaces?limit=1000${query}`)).body.workspaces.map(({ id }: { id: string }) => id)
  t.false((await list('')).includes(client.workspace.id))
  t.deepEqual(await list('&deleted=true'), [client.workspace.id])
  t.is((await admin('GET', path)).body.status, 'deleted')
  t.is((await admin('DELETE', path)).status, 409)
  t.is((await admin('DELETE', `${path}?now=perhaps`)).status, 400)
  t.is((await admin('GET', 'workspaces?deleted=1')).status, 400)
  t.is((await admin('POST', 'workspaces', { name: 'x', subdomain: client.workspace.subdomain })).status, 409)
  const changes = Object.keys(ACTIONS).filter(changesWorkspace)
  t.true(changes.length > 6)
  for (const name of changes) {
    const [method, changed] = requestOf(name, client.workspace.subdomain)
    const refused = await admin(method, changed, method === 'DELETE' ? undefined : {})
    t.is(refused.status, 409, name)
    t.regex(refused.text, /is deleted.*Restore it first/, name)
  }

  t.like((await admin('POST', `${path}/restore`)).body, { status: 'active', deletedAt: null })
  await until('the key works again', async () => (await status()) === 200)
  t.is((await session.request('GET', '/console/session')).status, 401)
  t.is((await admin('POST', `${path}/restore`)).status, 409)
  t.is((await admin('DELETE', path)).status, 200)
  t.deepEqual((await admin('DELETE', `${path}?now=true`)).body, { id: client.workspace.id, keptPgRoles: [] })
  t.is((await admin('POST', `${path}/restore`)).status, 404)
  t.is(await status(), 401)
  const { rows } = await pool.query<{ action: string }>(
    'select action from tenantry.audit where workspace_id = $1 and operator_name is not null order by id',
    [client.workspace.id],
  )
  t.deepEqual(
    rows.map(({ action }) => action),
    ['delete', 'restore', 'delete', 'drop'].map((verb) => `workspace.${verb}`),
  )
})

test('issues links that sign a member in once', async (t) => {
  const { body: workspace } = await admin('POST', 'workspaces', { name: 'People' })
  const members = `workspaces/${workspace.id}/members`
  const made = await admin('POST', members, { firstName: 'Ada', lastName: `O'Byron "x"` })
  t.is(made.status, 201)
  t.deepEqual((await admin('GET', members)).body.members, [made.body])
  t.is((await admin('POST', members, { firstName: ' ' })).status, 400)
  t.is((await admin('POST', members, { firstName: 'x', role: 'Nobody' })).status, 404)
  const { body: bare } = await admin('POST', 'workspaces', { name: 'Bare', standardObjects: false })
  t.deepEqual((await admin('GET', `workspaces/${bare.id}/members`)).body.members, [])
  t.is((await admin('POST', `workspaces/${bare.id}/members`, { firstName: 'x' })).status, 400)
  const { id: workspaceMemberId } = made.body
  const link = await admin('POST', `workspaces/${workspace.id}/sign-in-links`, { workspaceMemberId })
  t.is(link.status, 201)
  t.is(link.body.url, `${gateway.url}/sign-in#${link.body.secret}`)
  t.deepEqual(await redeemSignInLink(pool, link.body.secret), {
    kind: 'member',
    workspaceId: workspace.id,
    workspaceMemberId,
  })
  t.is(await redeemSignInLink(pool, link.body.secret), null)
  const unknownMember = { workspaceMemberId: '0199a000-0000-7000-8000-000000000001' }
  t.is((await admin('POST', `workspaces/${workspace.id}/sign-in-links`, unknownMember)).status, 404)
})

test('the operator API accepts only operators, and names what is wrong', async (t) => {
  const { token, workspace } = await gateway.enter('Tenant', { standardObjects: false })
  t.is((await admin('GET', 'workspaces', undefined, token)).status, 401)
  t.is((await ask(`${gateway.url}/admin/workspaces`, 'GET')).status, 401)
  t.is(
    (await ask(`${gateway.url}/rest/companies`, 'GET', undefined, { authorization: `Bearer ${secret}` }))
      .status,
    401,
  )
  t.is((await admin('PUT', 'workspaces')).status, 405)
  t.is((await admin('GET', 'nothing')).status, 404)
  t.is((await admin('POST', 'workspaces', {})).status, 400)
  t.is((await admin('POST', 'workspaces', [])).status, 400)
  for (const [path, body, message] of [
    ['workspaces', { name: 'x', standardObject: false }, 'Unknown property "standardObject".'],
    ['workspaces', { name: 'x', standardObjects: 'no' }, 'standardObjects must be true or false.'],
    [`workspaces/${workspace.id}/members`, { firstname: 'Ada' }, 'Unknown property "firstname".'],
    [
      `workspaces/${workspace.id}/members`,
      { firstName: 'Ada', email: 'ada' },
      '"ada" is not an e-mail address.',
    ],
  ] as const) {
    const answer = await admin('POST', path, body)
    t.is(answer.status, 400)
    t.is(answer.body.messages[0], message)
  }
  t.is((await admin('PATCH', `workspaces/${workspace.id}/limits`, { frob: 1 })).status, 400)
  t.is((await admin('PATCH', `workspaces/${workspace.id}/limits`, { maxBatchRecords: 201 })).status, 400)
  const { key: brief, secret: briefSecret } = await createOperatorKey(pool, 'brief')
  t.is((await admin('GET', 'workspaces', undefined, briefSecret)).status, 200)
  await revokeOperatorKey(pool, brief.id)
  t.is((await admin('GET', 'workspaces', undefined, briefSecret)).status, 401)
  const { rows } = await pool.query('select * from tenantry.operator_keys where id = $1', [key.id])
  t.false(JSON.stringify(rows).includes(secret))
})

// Serial: no other test may write audit rows meanwhile.
test.serial('changes nothing that it cannot write down', async (t) => {
  const { body: workspace } = await admin('POST', 'workspaces', { name: 'Audited', standardObjects: false })
  await pool.query(`alter table tenantry.audit add constraint closed check (details ->> 'name' is distinct from 'Unwritten'
    and not (details ? 'keyRateLimitPerMinute' and details ->> 'keyRateLimitPerMinute' = '13') and action <> 'workspace.suspend') not valid`)
  try {
    t.not((await admin('POST', 'workspaces', { name: 'Unwritten' })).status, 201)
    t.not(
      (await admin('PATCH', `workspaces/${workspace.id}/limits`, { keyRateLimitPerMinute: 13 })).status,
      200,
    )
    t.not((await admin('POST', `workspaces/${workspace.id}/suspend`)).status, 200)
  } finally {
    await pool.query('alter table tenantry.audit drop constraint closed')
  }
  const { workspaces } = (await admin('GET', 'workspaces')).body
  t.false(workspaces.some(({ name }: { name: string }) => name === 'Unwritten'))
  t.is((await admin('GET', `workspaces/${workspace.id}`)).body.status, 'active')
  t.is((await admin('GET', `workspaces/${workspace.id}/limits`)).body.keyRateLimitPerMinute, null)
})

test("a ceiling of a workspace holds for all its callers together, and is named beside the key's", async (t) => {
  const client = await gateway.enter('Ceiling', { standardObjects: false })
  const other = await gateway.client(client.workspace)
  const limits = `workspaces/${client.workspace.id}/limits`
  t.deepEqual((await admin('PATCH', limits, { rateLimitPerMinute: 5 })).body, { rateLimitPerMinute: 5 })
  await until('the gateway knows it', async () =>
    ((await client.get('/rest/metadata/objects')).headers.get('ratelimit-policy') ?? '').includes(
      '"workspace";q=5;w=60',
    ),
  )
  const answers = []
  for (let n = 0; n < 6; n++) answers.push(await other.get('/rest/metadata/objects'))
  const refused = answers.at(-1)
  t.is(refused?.status, 429)
  t.is(refused?.headers.get('x-ratelimit-limit'), '5')
  t.is(refused?.headers.get('ratelimit-policy'), '"key";q=1000000;w=60, "workspace";q=5;w=60')
  t.regex(refused?.text ?? '', /Rate limit exceeded for workspace: 5 requests per 60s/)
  t.true(Number(refused?.headers.get('retry-after')) > 0)
  t.is((await admin('GET', limits)).body.rateLimitPerMinute, 5)
  t.deepEqual((await admin('PATCH', limits, { rateLimitPerMinute: null })).body, {})
  await until('it is taken back', async () => (await client.get('/rest/metadata/objects')).status === 200)
  t.is((await admin('PATCH', limits, { rateLimitPerMinute: 0 })).status, 400)
})

test('shows what the caches hold, out of one budget', async (t) => {
  const client = await gateway.enter()
  t.is((await client.get('/rest/companies')).status, 200)
  const { status, body } = await admin('GET', 'caches')
  t.is(status, 200)
  t.true(body.bytes > 0 && body.bytes <= body.maxBytes)
  const names = body.caches.map(({ name }: { name: string }) => name)
  t.is(new Set(names).size, names.length)
  for (const name of ['models', 'workspaces', 'keys', 'permissions', 'statement texts'])
    t.true(names.includes(name))
  const sum = body.caches.reduce((all: number, { bytes }: { bytes: number }) => all + bytes, 0)
  t.is(sum, body.bytes)
  for (const cache of body.caches)
    t.deepEqual(Object.keys(cache), ['name', 'entries', 'bytes', 'maxBytes', 'hits', 'misses', 'evictions'])
})

test('every route demands its scope, of keys and of their sessions', async (t) => {
  const { secret: none } = await createOperatorKey(pool, 'nothing', { scopes: [] })
  const person = await signIn(gateway.url, { operatorKey: none })
  for (const [name, { scope }] of Object.entries(ACTIONS)) {
    const [method, path] = requestOf(name, 'x')
    for (const refused of [
      await admin(method, path, undefined, none),
      await person.request(method, `/admin/${path}`),
    ]) {
      t.is(refused.status, 403, name)
      t.is(refused.body.messages[0], `This operator key does not have the scope "${scope}".`)
    }
  }
  const { secret: reader } = await createOperatorKey(pool, 'reader', { scopes: ['read', 'read'] })
  t.is((await admin('GET', 'workspaces', undefined, reader)).status, 200)
  t.is((await admin('POST', 'workspaces', { name: 'x' }, reader)).status, 403)
  const unknown = await t.throwsAsync(createOperatorKey(pool, 'x', { scopes: ['read', 'write'] }))
  t.like(unknown, {
    message: 'There is no scope "write".',
    hint: 'There are: read, provision, limits, sign-in, drop, keys, events, events:values, statements.',
  })
})

test('every route refuses parameters that it does not have, and changes nothing', async (t) => {
  const { body: workspace } = await admin('POST', 'workspaces', { name: 'Kept', standardObjects: false })
  const names = [...Object.keys(ACTIONS), 'GET /admin/webhooks', 'POST /admin/webhooks/{id}/test']
  for (const name of names) {
    const [method, path] = requestOf(name, workspace.id)
    for (const parameter of ['nosuch=1', 'Now=true']) {
      const refused = await admin(
        method,
        `${path}?${parameter}`,
        ['GET', 'DELETE'].includes(method) ? undefined : {},
      )
      t.is(refused.status, 400, name)
      t.regex(refused.text, /There is no parameter \\"(nosuch|Now)\\" here/, name)
    }
  }
  t.is((await admin('DELETE', `workspaces/${workspace.id}?now=true&now=false`)).status, 400)
  t.deepEqual((await admin('GET', `workspaces/${workspace.id}`)).body, workspace)
})

test('a key with a list of workspaces reaches nothing else, and neither do its sessions', async (t) => {
  const [{ body: own }, { body: other }] = [
    await admin('POST', 'workspaces', { name: `Reached "x"`, standardObjects: false }),
    await admin('POST', 'workspaces', { name: 'Out of reach', standardObjects: false }),
  ]
  const { secret: limited } = await createOperatorKey(pool, 'limited', {
    scopes: OPERATOR_SCOPES,
    workspaceIds: [own.id],
  })
  const person = await signIn(gateway.url, { operatorKey: limited })
  for (const send of [
    (method: string, path: string, body?: unknown) => admin(method, path, body, limited),
    (method: string, path: string, body?: unknown) => person.request(method, `/admin/${path}`, body),
  ]) {
    t.deepEqual(
      (await send('GET', 'workspaces')).body.workspaces.map(({ id }: { id: string }) => id),
      [own.id],
    )
    t.is((await send('GET', `workspaces/${own.subdomain}`)).status, 200)
    t.is((await send('POST', `workspaces/${own.id}/suspend`)).status, 200)
    for (const reference of [other.id, other.subdomain, 'unknown']) {
      const answer = await send('GET', `workspaces/${reference}`)
      t.is(answer.status, 404)
      t.is(answer.body.messages[0], `There is no workspace "${reference}".`)
      t.is((await send('POST', `workspaces/${reference}/suspend`)).status, 404)
      t.is((await send('DELETE', `workspaces/${reference}`)).status, 404)
      t.is((await send('POST', `workspaces/${reference}/explain`, { query: '{ x }' })).status, 404)
    }
    const audited = (await send('GET', 'audit')).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    t.true(audited.length > 0)
    t.true(audited.every(({ workspaceId }) => workspaceId === own.id))
    t.is((await send('GET', `audit?workspace=${other.id}`)).text, '')
    const changes = await send('GET', 'changes?after=oldest&kinds=events')
    const seen: { workspaceId: string }[] = changes.body.data.changes
    t.true(seen.length > 0)
    t.true(seen.every(({ workspaceId }) => workspaceId === own.id))
  }
  for (const [method, path] of [
    ...[
      ['POST', 'workspaces'],
      ['GET', 'caches'],
      ['POST', 'reload'],
      ['GET', 'top'],
      ['GET', 'statements'],
    ],
    ...[
      ['POST', 'statements/cancel'],
      ['GET', 'webhooks'],
      ['POST', 'webhooks'],
    ],
  ] as const) {
    const answer = await admin(method ?? '', path ?? '', undefined, limited)
    t.is(answer.status, 403, path)
    t.regex(answer.text, /limited to some workspaces/)
  }
  t.is((await admin('GET', `workspaces/${other.id}`)).body.status, 'active')
})

test('keys of before have every scope but events:values, and expired ones none', async (t) => {
  const { key: made } = await createOperatorKey(pool, 'by default')
  const { rows } = await pool.query(
    `insert into tenantry.operator_keys (name, secret_hash) values ('before', 'x') returning scopes`,
  )
  t.deepEqual(rows, [{ scopes: made.scopes }])
  t.deepEqual(
    OPERATOR_SCOPES.filter((scope) => !made.scopes.includes(scope)),
    ['events:values'],
  )
  const { key: brief, secret: briefSecret } = await createOperatorKey(pool, 'brief', {
    expiresAt: new Date(Date.now() + 3_600_000),
  })
  const person = await signIn(gateway.url, { operatorKey: briefSecret })
  t.is((await admin('GET', 'caches', undefined, briefSecret)).status, 200)
  const { body: session } = await person.request('GET', '/console/session')
  t.is(new Date(session.expiresAt).getTime(), Number(brief.expiresAt))
  await pool.query('update tenantry.operator_keys set expires_at = now() where id = $1', [brief.id])
  t.is((await admin('GET', 'caches', undefined, briefSecret)).status, 401)
})

test('with one Postgres, requests about nodes are refused with the reason, and leave no audit row', async (t) => {
  const { workspace } = await gateway.enter('Alone', { standardObjects: false })
  // A key that cannot reach the whole installation moves nothing.
  const { secret: narrow } = await createOperatorKey(pool, 'narrow', { workspaceIds: [workspace.id] })
  const refused = await admin('POST', `workspaces/${workspace.id}/move`, { node: 'a:5432' }, narrow)
  t.is(refused.status, 403)
  for (const [method, path, body] of [
    ['GET', 'nodes', undefined],
    ['POST', 'nodes/prepare', undefined],
    ['POST', 'nodes/rebalance', {}],
    ['POST', 'nodes/drain', { node: 'a:5432' }],
    ['POST', `workspaces/${workspace.id}/move`, { node: 'a:5432' }],
  ] as const) {
    const { status, text } = await admin(method, path, body)
    t.is(status, 409, path)
    t.regex(text, /One Postgres holds all workspaces/)
  }
  t.is((await admin('POST', 'nodes/drain', {})).status, 400)
  t.is((await admin('POST', 'nodes/drain', { node: 'a', blockWrites: 1 })).status, 400)
  const { rows } = await pool.query(
    `select action from tenantry.audit where action like 'nodes.%' or action = 'workspace.move'`,
  )
  t.deepEqual(rows, [])
})
