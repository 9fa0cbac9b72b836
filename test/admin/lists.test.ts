import test from 'ava'
import { createOperatorKey } from '../../tenants/operator.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { addMember } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway()
const { pool } = gateway.gateway
const { secret } = await createOperatorKey(pool, 'Lists')
test.after.always(() => gateway.close())

const admin = (path: string) =>
  ask(`${gateway.url}/admin/${path}`, 'GET', undefined, { authorization: `Bearer ${secret}` })

interface Named {
  readonly id: string
  readonly name?: string
  readonly label?: string
}

/** Follows the `Link` headers. `between` runs after each page. */
const walk = async (
  path: string,
  name: string,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly Named[]> => {
  const all: Named[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, body, headers } = await admin(next)
    if (status !== 200) throw new Error(`${next}: ${status}`)
    all.push(...body[name])
    await between()
    const link: string | undefined = /^<\/admin\/(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    if ((link !== undefined) !== body.pageInfo.hasNextPage) throw new Error('Link and pageInfo differ.')
    next = link
  }
  return all
}

test('pages of workspaces contain each one once, while others are created and dropped', async (t) => {
  const ids: string[] = []
  for (let n = 0; n < 7; n++)
    ids.push((await createWorkspace(pool, { name: `Paged ${n}`, standardObjects: false })).id)
  let created = 0
  const found = await walk('workspaces?limit=2&search=paged', 'workspaces', async () => {
    // The item that the next page begins after is dropped, and another workspace is new.
    if (created === 0) await pool.query('delete from tenantry.workspaces where id = $1', [ids[1]])
    created += 1
    if (created < 3) await createWorkspace(pool, { name: `Paged late ${created}`, standardObjects: false })
  })
  t.deepEqual(found.map(({ id }) => id).slice(0, 7), ids)
  t.is(found.length, 9)
  t.is(new Set(found.map(({ id }) => id)).size, 9)
  t.is((await admin('workspaces?limit=1&search=paged')).body.totalCount, 8)
})

test('workspaces are found by the beginnings of words of name and subdomain, in any letter case', async (t) => {
  await createWorkspace(pool, {
    name: "Łódź O'Brien_Works",
    subdomain: 'lodz-brewery',
    standardObjects: false,
  })
  const found = async (search: string): Promise<number> =>
    (await admin(`workspaces?search=${encodeURIComponent(search)}`)).body.workspaces.length
  for (const search of ['łódź', 'ŁÓDŹ brien', 'WORK', 'brew', "o'brien", 'lodz-brew', 'wor lod'])
    t.is(await found(search), 1, search)
  for (const search of ['odź', 'rewery', 'brien nobody', "' | 'x", 'zz:*', 'brien & !x'])
    t.is(await found(search), 0, search)
})

test('the search of workspaces is served by an index', async (t) => {
  const client = await pool.connect()
  try {
    await client.query('set enable_seqscan = off')
    const { rows } = await client.query(
      `explain select id from tenantry.workspaces
       where tenantry.words_of(name || ' ' || subdomain) @@ to_tsquery('simple', 'acme:*')`,
    )
    t.regex(rows.map((row) => row['QUERY PLAN']).join('\n'), /workspaces_words_idx/)
  } finally {
    client.release(true)
  }
})

test('keys, members and roles of a workspace are paged and searched', async (t) => {
  const { workspace, request } = await gateway.enter('Parts')
  const { body: roles } = await request('GET', '/rest/metadata/roles')
  const roleId = roles.find(({ label }: Named) => label === 'Member').id
  for (const name of ['First key', 'Second key', 'Third key']) {
    const expiresAt = '2099-01-01T00:00:00Z'
    await request('POST', '/rest/metadata/apiKeys', { name, expiresAt, roleId })
  }
  for (const name of ['Ada', 'Grace', 'Edsger']) await addMember(pool, workspace.schemaName, [name, 'Byron'])
  const path = `workspaces/${workspace.id}`
  t.deepEqual(
    (await walk(`${path}/keys?limit=2&search=KEY`, 'keys')).map(({ name }) => name),
    ['Third key', 'Second key', 'First key', 'Key of Admin'],
  )
  t.deepEqual(
    (await walk(`${path}/members?limit=1&search=gra`, 'members')).map(({ name }) => name),
    ['Grace Byron'],
  )
  t.is((await walk(`${path}/members?limit=1`, 'members')).length, 3)
  t.deepEqual(
    (await walk(`${path}/roles?limit=1`, 'roles')).map(({ label }) => label),
    ['Admin', 'Member', 'Guest'],
  )
  await request(
    'DELETE',
    `/rest/metadata/apiKeys/${(await admin(`${path}/keys?search=first`)).body.keys[0].id}`,
  )
  t.is((await admin(`${path}/keys?search=first`)).body.totalCount, 0)
  t.is((await admin(`${path}/keys?search=first&include_revoked=true`)).body.totalCount, 1)
})

for (const [query, message] of [
  ['limit=1000000', /limit takes an integer from 1 to 1000, not "1000000"/],
  ['limit=-1', /limit takes an integer from 1 to 1000, not "-1"/],
  ['limit=0', /limit takes an integer from 1 to 1000, not "0"/],
  ['limit=', /limit takes an integer from 1 to 1000, not ""/],
  ['limit=1e2', /limit takes an integer from 1 to 1000, not "1e2"/],
  ['limit=1&limit=2', /"limit" is given 2 times/],
  ['starting_after=7', /"7" is not an id/],
  ['search=%2B%2B', /search must contain a letter or a digit/],
  [`search=${'x'.repeat(201)}`, /search must have at most 200 characters/],
  ['Limit=10', /There is no parameter "Limit" here/],
  ['page=2', /There is no parameter "page" here/],
] as const)
  test(`a list with ${query.slice(0, 40)} is a 400 that names the fault`, async (t) => {
    const { workspace, get } = await gateway.enter('Faults')
    for (const path of [
      'workspaces',
      ...['keys', 'members', 'roles'].map((part) => `workspaces/${workspace.id}/${part}`),
    ]) {
      const { status, text } = await admin(`${path}?${query}`)
      t.is(status, 400, path)
      t.regex(JSON.parse(text).messages?.join() ?? text, message)
    }
    for (const path of ['apiKeys', 'roles']) {
      const { status, text } = await get(`/rest/metadata/${path}?${query}`)
      t.is(status, 400, path)
      t.regex(JSON.parse(text).messages?.join() ?? text, message)
    }
  })

test('the lists of /metadata stay bare without arguments, and are paged and searched with them', async (t) => {
  const admin = await gateway.enter('Bare')
  const { body: roles } = await admin.get('/rest/metadata/roles')
  const roleId = roles.find(({ label }: Named) => label === 'Member').id
  for (let n = 0; n < 3; n++)
    await admin.request('POST', '/rest/metadata/apiKeys', {
      name: `Bare key ${n}`,
      expiresAt: '2099-01-01T00:00:00Z',
      roleId,
    })
  const whole = await admin.get('/rest/metadata/apiKeys')
  t.is(whole.headers.get('link'), null)
  t.is(whole.body.length, 4)
  const first = await admin.get('/rest/metadata/apiKeys?limit=2&search=bare')
  t.deepEqual(
    first.body.map(({ name }: Named) => name),
    ['Bare key 2', 'Bare key 1'],
  )
  const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  t.deepEqual(
    (await admin.get(link)).body.map(({ name }: Named) => name),
    ['Bare key 0'],
  )
  const graphql = async (query: string): Promise<string> =>
    JSON.stringify((await admin.request('POST', '/metadata', { query })).body)
  const after = first.body[1].id
  t.is(
    await graphql(`{ apiKeys(first: 1, after: "${after}", search: "BARE") { name } }`),
    '{"data":{"apiKeys":[{"name":"Bare key 0"}]}}',
  )
  t.is(await graphql('{ getRoles(search: "gue") { label } }'), '{"data":{"getRoles":[{"label":"Guest"}]}}')
  t.is(
    await graphql('{ getRoles(first: 1) { label workspaceMembers(first: 1, search: "x") { id } } }'),
    '{"data":{"getRoles":[{"label":"Admin","workspaceMembers":[]}]}}',
  )
  for (const list of ['apiKeys', 'getRoles', 'getApiKeyRoles', 'workspaceMembers'])
    for (const faulty of ['first: 1000000', 'first: -1', 'first: 0', 'search: "+"'])
      t.regex(await graphql(`{ ${list}(${faulty}) { id } }`), /BAD_USER_INPUT/, `${list} ${faulty}`)
})

test('a role is read by its id, with the numbers of its members and keys, and pages of both', async (t) => {
  const { workspace, request, get } = await gateway.enter('Counted')
  for (const name of ['Ada', 'Grace', 'Edsger']) await addMember(pool, workspace.schemaName, [name, 'Byron'])
  const { body: roles } = await get('/rest/metadata/roles')
  const roleId = roles.find(({ label }: Named) => label === 'Member').id
  for (const name of ['First key', 'Second key', 'Third key'])
    await request('POST', '/rest/metadata/apiKeys', { name, expiresAt: '2099-01-01T00:00:00Z', roleId })
  const graphql = async (query: string) => (await request('POST', '/metadata', { query })).body.data
  const revoked = (await graphql('{ apiKeys(search: "first") { id } }')).apiKeys[0].id
  await request('DELETE', `/rest/metadata/apiKeys/${revoked}`)
  const { role } =
    await graphql(`{ role(id: "${roleId.toUpperCase()}") { label workspaceMemberCount apiKeyCount
    workspaceMembers(first: 2) { id name { firstName } } apiKeys(first: 1) { id name } } }`)
  t.like(role, { label: 'Member', workspaceMemberCount: 3, apiKeyCount: 2 })
  t.deepEqual(
    role.apiKeys.map(({ name }: Named) => name),
    ['Third key'],
  )
  const next = await graphql(`{ role(id: "${roleId}") {
    apiKeys(first: 5, after: "${role.apiKeys[0].id}") { name }
    workspaceMembers(after: "${role.workspaceMembers[1].id}") { name { firstName } }
    found: apiKeys(search: "thi") { name } } }`)
  t.deepEqual(next.role, {
    apiKeys: [{ name: 'Second key' }],
    workspaceMembers: [{ name: { firstName: 'Edsger' } }],
    found: [{ name: 'Third key' }],
  })
  t.is((await graphql('{ role(id: "00000000-0000-4000-8000-000000000000") { id } }')).role, null)
  const { body: elsewhere } = await (await gateway.enter('Elsewhere')).get('/rest/metadata/roles')
  t.is((await graphql(`{ role(id: "${elsewhere[0].id}") { id } }`)).role, null)
  t.deepEqual(
    await graphql('{ workspaceMembers(search: "gra byr") { name { firstName } roles { label } } }'),
    {
      workspaceMembers: [{ name: { firstName: 'Grace' }, roles: [{ label: 'Member' }] }],
    },
  )
  await request('PATCH', `/rest/metadata/roles/${roleId}`, { canBeAssignedToApiKeys: false })
  t.deepEqual(await graphql('{ getApiKeyRoles(first: 1, search: "gu") { label } }'), {
    getApiKeyRoles: [{ label: 'Guest' }],
  })
  t.deepEqual((await graphql('{ getApiKeyRoles { label } }')).getApiKeyRoles, [
    { label: 'Admin' },
    { label: 'Guest' },
  ])
})

test('a bare list holds at most 1000 items, and links to the next page', async (t) => {
  const admin = await gateway.enter('Many')
  const { rows } = await pool.query(
    "select id from tenantry.roles where workspace_id = $1 and label = 'Member'",
    [admin.workspace.id],
  )
  await pool.query(
    `insert into tenantry.api_keys (workspace_id, role_id, name, expires_at)
     select $1, $2, 'key ' || n, 'infinity' from generate_series(1, 1004) n`,
    [admin.workspace.id, rows[0].id],
  )
  const first = await admin.get('/rest/metadata/apiKeys')
  t.is(first.body.length, 1000)
  const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  const second = await admin.get(link)
  t.is(second.body.length, 5)
  t.is(second.headers.get('link'), null)
  t.is(new Set([...first.body, ...second.body].map(({ id }: Named) => id)).size, 1005)
  const { body } = await admin.request('POST', '/metadata', { query: '{ apiKeys { id } }' })
  t.is(body.data.apiKeys.length, 1000)
})
