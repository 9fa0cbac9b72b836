import test from 'ava'
import { regenerateKey } from '../../tenants/keyChange.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { updateWorkspaceMemberRole } from '../../tenants/member/member.ts'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { createOperatorKey, revokeOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { resumeWorkspace, suspendWorkspace } from '../../tenants/workspace.ts'
import { addMember, cookieIn, signIn, signInMember } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { SESSION_RATE_LIMIT_PER_MINUTE: '321' } })
const other = await startTestGateway({ database: gateway.database })
const { pool } = gateway.gateway
test.after.always(async () => {
  await other.close()
  await gateway.close()
})

const enter = async () => {
  const client = await gateway.enter()
  const memberId = await addMember(pool, client.workspace.schemaName)
  const person = await signInMember(gateway.url, pool, client.workspace.id, memberId)
  return { client, memberId, person, workspace: client.workspace }
}

const COMPANIES = '/rest/companies'
const at = (path: string, cookie: string) => ask(path, 'GET', undefined, { cookie })

test('a link signs a member in, and the answer describes the session', async (t) => {
  const { person, workspace } = await enter()
  t.is(person.answer.status, 200)
  const { csrfToken, expiresAt, flags, ...rest } = person.answer.body
  t.deepEqual(rest, {
    kind: 'member',
    name: `Zoë 'x' O"Brien`,
    workspace: { id: workspace.id, displayName: workspace.name, subdomain: workspace.subdomain },
    role: { id: rest.role.id, label: 'Member' },
    impersonator: null,
    address: '127.0.0.1',
    hasNodes: false,
  })
  t.regex(csrfToken, /^[\w-]{43}$/)
  t.true(Math.abs(Date.parse(expiresAt) - Date.now() - 12 * 3_600_000) < 60_000)
  t.false(flags.includes('DATA_MODEL'))
  const again = await person.request('GET', '/console/session')
  t.like(again, { status: 200, body: { kind: 'member', csrfToken, name: `Zoë 'x' O"Brien` } })
  t.is(again.headers.get('cache-control'), 'no-store')
  t.is((await person.request('HEAD', '/console/session')).status, 200)
})

test('the cookie is out of the reach of scripts and other sites', async (t) => {
  const { person } = await enter()
  t.regex(
    person.answer.headers.get('set-cookie') ?? '',
    /^tenantry_session=tenantry_session_[\w-]{43}; Max-Age=604800; HttpOnly; SameSite=Strict; Path=\/$/,
  )
  const proxied = await startTestGateway({
    database: gateway.database,
    environment: { TRUSTED_PROXIES: '1' },
  })
  t.teardown(proxied.close)
  const { workspace, memberId } = await enter()
  const { secret } = await createSignInLink(pool, workspace.id, memberId)
  const secure = await ask(
    `${proxied.url}/console/session`,
    'POST',
    { secret },
    { 'x-forwarded-proto': 'https' },
  )
  t.regex(secure.headers.get('set-cookie') ?? '', /; Secure$/)
})

test('no stored column of a session opens it', async (t) => {
  const { person } = await enter()
  const { rows } = await pool.query('select * from tenantry.sessions')
  const secret = person.cookie.slice('tenantry_session='.length)
  const kept = rows.map((row) => Object.values(row).map(String).join(' ')).join(' ')
  t.false(kept.includes(secret))
  t.false(kept.includes(person.csrfToken))
})

test('a link works once, and not when it is too old or made up', async (t) => {
  const { workspace, memberId } = await enter()
  const { secret } = await createSignInLink(pool, workspace.id, memberId)
  t.is((await signIn(gateway.url, { secret })).answer.status, 200)
  const second = await signIn(gateway.url, { secret })
  t.is(second.answer.status, 401)
  t.is(second.cookie, '')
  const old = await createSignInLink(pool, workspace.id, memberId)
  await pool.query(
    `update tenantry.sign_in_links set expires_at = now() - interval '1 second' where workspace_id = $1`,
    [workspace.id],
  )
  t.is((await signIn(gateway.url, { secret: old.secret })).answer.status, 401)
  t.is((await signIn(gateway.url, { secret: 'tenantry_sign_in_made-up' })).answer.status, 401)
})

test('the link of a deleted member is refused', async (t) => {
  const { workspace, memberId } = await enter()
  const { secret } = await createSignInLink(pool, workspace.id, memberId)
  await pool.query(`delete from "${workspace.schemaName}".workspace_member where id = $1`, [memberId])
  const late = await signIn(other.url, { secret })
  t.is(late.answer.status, 401)
  t.is(late.cookie, '')
})

test('an invalid sign-in is refused with its reason', async (t) => {
  for (const body of [{}, [], 'x', { secret: 1 }, { secret: 'a', apiKey: 'b' }]) {
    const answer = await ask(`${gateway.url}/console/session`, 'POST', body)
    t.is(answer.status, 400, JSON.stringify(body))
  }
  const form = await ask(`${gateway.url}/console/session`, 'POST', 'secret=x', {
    'content-type': 'application/x-www-form-urlencoded',
  })
  t.is(form.status, 415)
  t.is((await ask(`${gateway.url}/console/session`, 'PUT', {})).status, 405)
  const options = await ask(`${gateway.url}/console/session`, 'OPTIONS')
  t.is(options.status, 204)
  t.is(options.headers.get('access-control-allow-origin'), null)
  t.is((await ask(`${gateway.url}/console/session`, 'GET')).status, 401)
  t.is((await ask(`${gateway.url}/console/nothing`, 'GET')).status, 404)
})

test('a member works with records and the model under their own role, name and limit', async (t) => {
  const { person, memberId } = await enter()
  const list = await person.request('GET', COMPANIES)
  t.is(list.status, 200)
  t.is(list.headers.get('x-ratelimit-limit'), '321')
  const made = await person.request('POST', '/rest/batch/companies', [{ name: 'A' }, { name: 'B' }])
  t.is(made.status, 201)
  for (const company of made.body.data.createCompanies)
    t.like(company.createdBy, { source: 'MANUAL', workspaceMemberId: memberId, name: `Zoë 'x' O"Brien` })
  const query = { query: '{ companies { totalCount } }' }
  t.like((await person.request('POST', '/graphql', query)).body, { data: { companies: { totalCount: 2 } } })
  t.is((await person.request('POST', '/metadata', { query: '{ currentWorkspace { id } }' })).status, 200)
  t.is((await person.request('DELETE', '/rest/metadata/objects/companies')).status, 403)
  t.is((await person.request('GET', '/admin/workspaces')).status, 401)
})

test('a member writes once under an Idempotency-Key', async (t) => {
  const { person } = await enter()
  const headers = { 'idempotency-key': 'mine' }
  const first = await person.request('POST', COMPANIES, { name: 'Once' }, headers)
  t.is(first.status, 201)
  const again = await person.request('POST', COMPANIES, { name: 'Once' }, headers)
  t.is(again.text, first.text)
  t.is(again.headers.get('idempotent-replayed'), 'true')
  t.is((await person.request('GET', COMPANIES)).body.totalCount, 1)
})

test('a change needs the CSRF token of its own session', async (t) => {
  const { person } = await enter()
  const otherPerson = (await enter()).person
  for (const token of ['', 'wrong', otherPerson.csrfToken, person.cookie, `${person.csrfToken} `.repeat(2)])
    for (const [method, path] of [
      ['POST', COMPANIES],
      ['DELETE', '/console/session'],
      ['POST', '/graphql'],
      ['POST', '/metadata'],
      ['PATCH', '/rest/metadata/objects/companies'],
    ] as const) {
      const refused = await person.request(method, path, {}, { 'x-csrf-token': token })
      t.is(refused.status, 403, `${method} ${path} with "${token}"`)
      t.regex(refused.text, /CSRF_TOKEN_INVALID/)
    }
  const without = await ask(gateway.url + COMPANIES, 'POST', { name: 'x' }, { cookie: person.cookie })
  t.is(without.status, 403)
  t.is((await person.request('POST', COMPANIES, { name: 'x' })).status, 201)
})

test('pages of other origins cannot use the session or sign in', async (t) => {
  const { person, workspace, memberId } = await enter()
  const { secret } = await createSignInLink(pool, workspace.id, memberId)
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: gateway.url.replace('127.0.0.1', 'evil.127.0.0.1') },
  ] as Record<string, string>[]) {
    t.is((await person.request('GET', COMPANIES, undefined, headers)).status, 403)
    t.is((await person.request('POST', COMPANIES, { name: 'x' }, headers)).status, 403)
    t.is((await person.request('GET', '/console/session', undefined, headers)).status, 403)
    t.is((await ask(`${gateway.url}/console/session`, 'POST', { secret }, headers)).status, 403)
  }
  const own = { origin: gateway.url, 'sec-fetch-site': 'same-origin' }
  t.is((await ask(`${gateway.url}/console/session`, 'POST', { secret }, own)).status, 200)
  t.is((await person.request('POST', COMPANIES, { name: 'x' }, own)).status, 201)
})

test('an Authorization header overrides the cookie', async (t) => {
  const { person, client } = await enter()
  const key = `Bearer ${client.token}`
  const made = await person.request(
    'POST',
    COMPANIES,
    { name: 'x' },
    { authorization: key, 'x-csrf-token': '' },
  )
  t.is(made.status, 201)
  t.like(made.body.data.createCompany.createdBy, { source: 'API' })
  t.is((await person.request('GET', COMPANIES, undefined, { authorization: 'Bearer wrong' })).status, 401)
  t.is((await person.request('GET', COMPANIES, undefined, { authorization: '' })).status, 401)
})

test('signing out ends the session on every gateway', async (t) => {
  const { person } = await enter()
  t.is((await at(other.url + COMPANIES, person.cookie)).status, 200)
  const out = await person.request('DELETE', '/console/session')
  t.is(out.status, 204)
  t.regex(out.headers.get('set-cookie') ?? '', /^tenantry_session=; Max-Age=0; /)
  const late = await person.request('GET', '/console/session')
  t.is(late.status, 401)
  t.regex(late.headers.get('set-cookie') ?? '', /^tenantry_session=; Max-Age=0; /)
  await until(
    'the other gateway knows it',
    async () => (await at(other.url + COMPANIES, person.cookie)).status === 401,
  )
})

test('every sign-in gets a new secret, with any old cookie', async (t) => {
  const { person, workspace, memberId } = await enter()
  const chosen = `tenantry_session=tenantry_session_${'A'.repeat(43)}`
  t.is((await at(gateway.url + COMPANIES, chosen)).status, 401)
  for (const cookie of [chosen, person.cookie]) {
    const { secret } = await createSignInLink(pool, workspace.id, memberId)
    const answer = await ask(`${gateway.url}/console/session`, 'POST', { secret }, { cookie })
    t.is(answer.status, 200)
    t.not(cookieIn(answer), cookie)
    t.is((await at(gateway.url + COMPANIES, cookieIn(answer))).status, 200)
  }
  await until(
    'the session before is over',
    async () => (await at(gateway.url + COMPANIES, person.cookie)).status === 401,
  )
})

test('two session cookies count as none: one of them was planted', async (t) => {
  const { person } = await enter()
  const otherPerson = (await enter()).person
  t.is((await at(gateway.url + COMPANIES, `${otherPerson.cookie}; ${person.cookie}`)).status, 401)
  t.is((await at(gateway.url + COMPANIES, `theme=dark; ${person.cookie}; x=y`)).status, 200)
  t.is((await at(gateway.url + COMPANIES, `x_${person.cookie}`)).status, 401)
})

test('a session expires after twelve idle hours, and after seven days', async (t) => {
  for (const age of [
    { created: '1 day', seen: '12 hours' },
    { created: '7 days', seen: '1 minute' },
  ]) {
    const { person, memberId } = await enter()
    t.is((await person.request('GET', COMPANIES)).status, 200)
    await pool.query(
      `update tenantry.sessions set created_at = now() - $2::interval, last_seen_at = now() - $3::interval
       where workspace_member_id = $1`,
      [memberId, age.created, age.seen],
    )
    await until('it is over', async () => (await person.request('GET', COMPANIES)).status === 401)
    t.regex((await person.request('GET', COMPANIES)).text, /Session expired/)
    await enter()
    const { rows } = await pool.query('select from tenantry.sessions where workspace_member_id = $1', [
      memberId,
    ])
    t.is(rows.length, 0, 'rows of the past are swept away')
  }
})

test('the role of a member takes effect at once', async (t) => {
  const { person, workspace, memberId } = await enter()
  t.is((await person.request('POST', COMPANIES, { name: 'x' })).status, 201)
  const guest = await findRole(pool, workspace.id, 'Guest')
  await updateWorkspaceMemberRole(pool, workspace.id, memberId, guest.id)
  await until(
    'the gateway knows it',
    async () => (await person.request('POST', COMPANIES, { name: 'x' })).status === 403,
  )
  t.like((await person.request('GET', '/console/session')).body, { role: { id: guest.id, label: 'Guest' } })
})

test('a session ends once the member is in the trash or removed, or the workspace suspended or dropped', async (t) => {
  const { person, workspace, memberId } = await enter()
  const table = `"${workspace.schemaName}".workspace_member`
  const becomes = (status: number) =>
    until(`it becomes ${status}`, async () => (await person.request('GET', COMPANIES)).status === status)
  await pool.query(`update ${table} set deleted_at = now() where id = $1`, [memberId])
  await becomes(401)
  t.is((await person.request('GET', '/console/session')).status, 401)
  await pool.query(`update ${table} set deleted_at = null where id = $1`, [memberId])
  await becomes(200)
  await suspendWorkspace(pool, workspace.id)
  await becomes(403)
  t.is((await person.request('GET', '/console/session')).status, 403)
  await resumeWorkspace(pool, workspace.id)
  await becomes(200)
  await pool.query(`delete from ${table} where id = $1`, [memberId])
  await becomes(401)
  const second = await enter()
  await dropWorkspace(pool, second.workspace.id)
  await until('it is over', async () => (await second.person.request('GET', COMPANIES)).status === 401)
})

test('a recreated table of members signs in no member and breaks nothing', async (t) => {
  const { person, client, workspace, memberId } = await enter()
  const table = `"${workspace.schemaName}".workspace_member`
  await pool.query(`alter table ${table} drop column name_last_name cascade, drop column deleted_at cascade`)
  await until('the name is what is left of it', async () => {
    const { body } = await person.request('GET', '/console/session')
    return body.name === "Zoë 'x'"
  })
  await pool.query(`drop table ${table} cascade; create table ${table} (id integer primary key)`)
  await until('it is over', async () => (await person.request('GET', COMPANIES)).status === 401)
  t.is((await client.get(COMPANIES)).status, 200)
  const { secret } = await createSignInLink(pool, workspace.id, memberId).catch(() => ({ secret: '' }))
  t.is(secret, '')
})

test('a pasted key acts as that key, until it is regenerated or revoked', async (t) => {
  const { client } = await enter()
  const person = await signIn(gateway.url, { apiKey: client.token })
  t.like(person.answer.body, { kind: 'key', name: 'Key of Admin', role: { label: 'Admin' } })
  t.true(person.answer.body.flags.includes('DATA_MODEL'))
  const made = await person.request('POST', COMPANIES, { name: 'x' })
  t.like(made.body.data.createCompany.createdBy, { source: 'API', name: 'Key of Admin' })
  const { rows } = await pool.query('select id from tenantry.api_keys where workspace_id = $1', [
    client.workspace.id,
  ])
  await regenerateKey(pool, client.workspace.id, rows[0].id)
  await until('it is over', async () => (await person.request('GET', COMPANIES)).status === 401)
  t.is((await signIn(gateway.url, { apiKey: client.token })).answer.status, 401)
  t.is((await signIn(gateway.url, { apiKey: 'Bearer' })).answer.status, 401)

  const fresh = await gateway.client(client.workspace)
  const late = await signIn(gateway.url, { apiKey: fresh.token })
  await pool.query('delete from tenantry.api_keys where workspace_id = $1', [client.workspace.id])
  await until('it is over', async () => (await late.request('GET', COMPANIES)).status === 401)
})

test('signing in and reading the session count as requests', async (t) => {
  const { client } = await enter()
  await pool.query('update tenantry.api_keys set rate_limit_per_minute = 3 where workspace_id = $1', [
    client.workspace.id,
  ])
  const person = await signIn(gateway.url, { apiKey: client.token })
  t.is(person.answer.headers.get('ratelimit')?.split(';t=')[0], '"key";r=2')
  t.is((await person.request('GET', '/console/session')).status, 200)
  t.is((await signIn(gateway.url, { apiKey: client.token })).answer.status, 200)
  const { answer } = await signIn(gateway.url, { apiKey: client.token })
  t.is(answer.status, 429)
  t.is(answer.headers.get('set-cookie'), null)
  t.regex(answer.headers.get('retry-after') ?? '', /^\d+$/)
  t.is((await person.request('GET', '/console/session')).status, 429)
  const { rowCount } = await pool.query(
    'select from tenantry.sessions where workspace_id = $1 and api_key_id is not null',
    [client.workspace.id],
  )
  t.is(rowCount, 2)
})

test('an operator opens /admin and nothing else, until the key is revoked', async (t) => {
  const { key, secret } = await createOperatorKey(pool, `Op "x"`)
  const person = await signIn(gateway.url, { operatorKey: secret })
  t.like(person.answer.body, { kind: 'operator', name: 'Op "x"', workspace: null, role: null, flags: [] })
  t.is((await person.request('GET', '/admin/workspaces')).status, 200)
  const made = await person.request('POST', '/admin/workspaces', { name: 'By session' })
  t.is(made.status, 201)
  const { rows } = await pool.query('select operator_key_id from tenantry.audit where workspace_id = $1', [
    made.body.id,
  ])
  t.is(rows[0].operator_key_id, key.id)
  const forged = await person.request('POST', '/admin/workspaces', { name: 'x' }, { 'x-csrf-token': 'x' })
  t.is(forged.status, 403)
  t.is((await person.request('GET', COMPANIES)).status, 401)
  t.is((await signIn(gateway.url, { operatorKey: 'tenantry_operator_x' })).answer.status, 401)
  t.is((await signIn(gateway.url, { secret })).answer.status, 401)
  const memberId = await addMember(pool, made.body.schemaName)
  const link = await person.request('POST', `/admin/workspaces/${made.body.id}/sign-in-links`, {
    workspaceMemberId: memberId,
  })
  t.is(link.body.url, `${gateway.url}/sign-in#${link.body.secret}`)
  await revokeOperatorKey(pool, key.id)
  await until('it is over', async () => (await person.request('GET', '/admin/workspaces')).status === 401)
  t.is((await person.request('GET', '/console/session')).status, 401)
})

test.serial(
  'failed sign-ins are limited per link and address, and no session or valid credential is refused',
  async (t) => {
    const { client, person, memberId, workspace } = await enter()
    const proxied = await startTestGateway({
      database: gateway.database,
      environment: { TRUSTED_PROXIES: '1' },
    })
    t.teardown(() => proxied.gateway.close())
    const attempt = (credential: Record<string, string>, from: string) =>
      ask(`${proxied.url}/console/session`, 'POST', credential, { 'x-forwarded-for': from })
    const used = (await createSignInLink(pool, workspace.id, memberId)).secret
    t.is((await attempt({ secret: used }, '192.0.2.1')).status, 200)
    const tries: number[] = []
    // From one address after another, so that the link is what is limited.
    for (let at = 0; at < 12; at += 1)
      tries.push((await attempt({ secret: used }, `198.51.100.${at}`)).status)
    t.deepEqual(tries, [...Array<number>(10).fill(401), 429, 429])
    const limited = await attempt({ secret: used }, '198.51.100.77')
    t.regex(limited.headers.get('retry-after') ?? '', /^\d+$/)
    t.is(limited.headers.get('set-cookie'), null)

    const statuses: number[] = []
    for (let at = 0; at < 62; at += 1)
      statuses.push((await attempt({ apiKey: `wrong ${at}` }, '192.0.2.1')).status)
    t.deepEqual(statuses, [...Array<number>(60).fill(401), 429, 429])
    t.is((await attempt({ apiKey: client.token }, '192.0.2.1')).status, 200)
    const fresh = (await createSignInLink(pool, workspace.id, memberId)).secret
    t.is((await attempt({ secret: fresh }, '192.0.2.1')).status, 200)
    const kept = { cookie: person.cookie, 'x-forwarded-for': '192.0.2.1' }
    t.is((await ask(`${proxied.url}${COMPANIES}`, 'GET', undefined, kept)).status, 200)
    const wrong = { authorization: 'Bearer wrong', 'x-forwarded-for': '192.0.2.1' }
    t.is((await ask(`${proxied.url}${COMPANIES}`, 'GET', undefined, wrong)).status, 401, 'tokens count apart')
  },
)
