import test from 'ava'
import { findRole } from '../../../tenants/permission/role.ts'
import { ask, type Client, startTestGateway } from '../../support/gateway.ts'
import { metadataOf } from '../../support/metadata.ts'
import { until } from '../../support/until.ts'

const server = await startTestGateway()
const { pool } = server.gateway
test.after.always(() => server.close())

const LATER = '2099-12-31T23:59:59Z'
const NOBODY = '00000000-0000-7000-8000-000000000000'
const DENIED = 'Entity performing the request does not have permission'

const roleId = async ({ workspace }: Client, label: string): Promise<string> =>
  (await findRole(pool, workspace.id, label)).id
const statusOf = async (token: string): Promise<number> =>
  (await ask(`${server.url}/rest/companies`, 'GET', undefined, { authorization: `Bearer ${token}` })).status

test('keys are made, listed, changed, renewed, revoked and forgotten', async (t) => {
  const admin = await server.enter()
  const guest = await roleId(admin, 'Guest')
  const made = await admin.request('POST', '/rest/metadata/apiKeys', {
    name: 'O\'Brien "x"',
    expiresAt: LATER,
    roleId: guest,
  })
  t.is(made.status, 201)
  const { token, ...key } = made.body
  t.is(await statusOf(token), 200)
  t.like(key, {
    name: 'O\'Brien "x"',
    prefix: key.id.slice(0, 13),
    role: { id: guest, label: 'Guest' },
    expiresAt: '2099-12-31T23:59:59.000Z',
    revokedAt: null,
    rateLimitPerMinute: null,
  })
  const path = `/rest/metadata/apiKeys/${key.id}`
  const { lastUsedAt: _, ...read } = (await admin.get(path)).body
  const { lastUsedAt: _before, ...written } = key
  t.deepEqual(read, written, 'without the token')
  const list = await admin.get('/rest/apiKeys')
  t.true(Array.isArray(list.body))
  t.is(list.body.length, 2)
  t.false(list.text.includes(token))
  t.is((await admin.request('PATCH', path, { name: 'renamed', rateLimitPerMinute: 5 })).body.name, 'renamed')
  t.is(
    (await admin.request('PUT', `/rest/apiKeys/${key.id}`, { rateLimitPerMinute: null })).body
      .rateLimitPerMinute,
    null,
  )
  const renewed = await admin.request('POST', `${path}/token`)
  t.is(renewed.status, 201)
  t.is(await statusOf(token), 401)
  t.is(await statusOf(renewed.body.token), 200)
  const short = await admin.request('POST', `${path}/token`, { expiresAt: '2098-01-01' })
  t.is(short.status, 201)
  const revoked = await admin.request('DELETE', path)
  t.is(revoked.status, 200)
  t.truthy(revoked.body.revokedAt)
  t.is(await statusOf(short.body.token), 401)
  t.is((await admin.get('/rest/metadata/apiKeys')).body.length, 1)
  t.is((await admin.get('/rest/metadata/apiKeys?include_revoked=true')).body.length, 2)
  t.is((await admin.request('POST', `${path}/token`)).body.code, 'API_KEY_REVOKED')
  for (const wrong of ['perhaps', 'True', '1', ''])
    t.is((await admin.request('DELETE', `${path}?permanent=${wrong}`)).status, 400, wrong)
  t.is((await admin.get('/rest/metadata/apiKeys?include_revoked=yes')).status, 400)
  t.is((await admin.request('DELETE', `${path}?permanent=true`)).status, 200)
  t.is((await admin.get(path)).status, 404)
})

test('reports what is wrong with a request about keys', async (t) => {
  const admin = await server.enter()
  const member = await server.client(admin.workspace, 'Member')
  const guest = await roleId(admin, 'Guest')
  const input = { name: 'k', expiresAt: LATER, roleId: guest }
  const rows: readonly (readonly [Client, string, string, unknown, number, RegExp])[] = [
    [admin, 'POST', '/rest/metadata/apiKeys', { ...input, expiresAt: 'soon' }, 400, /is not a date/],
    [admin, 'POST', '/rest/metadata/apiKeys', { name: 'k' }, 400, /Field "expiresAt" of required type/],
    [admin, 'POST', '/rest/metadata/apiKeys', { ...input, token: 'x' }, 400, /"token" is not defined/],
    [admin, 'POST', '/rest/metadata/apiKeys', [input], 400, /must be a JSON object/],
    [admin, 'POST', '/rest/metadata/apiKeys', undefined, 400, /of required type/],
    [admin, 'POST', '/rest/metadata/apiKeys', '{', 400, /not valid JSON/],
    [
      admin,
      'POST',
      '/rest/metadata/apiKeys',
      { ...input, roleId: NOBODY },
      404,
      /^Role with id .* not found$/,
    ],
    [admin, 'GET', `/rest/metadata/apiKeys/${NOBODY}`, undefined, 404, /^API Key with id .* not found$/],
    [admin, 'PATCH', `/rest/metadata/apiKeys/${NOBODY}`, {}, 404, /^API Key with id .* not found$/],
    [admin, 'DELETE', `/rest/metadata/apiKeys/${NOBODY}`, undefined, 404, /not found/],
    [admin, 'GET', '/rest/metadata/apiKeys/%22x', undefined, 400, /'"x' is not an id/],
    [admin, 'GET', `/rest/metadata/apiKeys/${NOBODY}/nothing`, undefined, 404, /There is nothing at/],
    [admin, 'GET', '/rest/metadata/nothing', undefined, 404, /There is nothing at/],
    [admin, 'DELETE', '/rest/metadata/apiKeys', undefined, 405, /not allowed/],
    [admin, 'GET', `/rest/metadata/apiKeys/${NOBODY}/token`, undefined, 405, /not allowed/],
    [member, 'GET', '/rest/metadata/apiKeys', undefined, 403, new RegExp(DENIED)],
    [member, 'GET', `/rest/metadata/apiKeys/${NOBODY}`, undefined, 403, new RegExp(DENIED)],
    [member, 'POST', '/rest/metadata/apiKeys', input, 403, new RegExp(DENIED)],
    [member, 'DELETE', `/rest/metadata/apiKeys/${NOBODY}`, undefined, 403, new RegExp(DENIED)],
    [member, 'GET', '/rest/metadata/roles', undefined, 403, new RegExp(DENIED)],
    [member, 'GET', `/rest/metadata/roles/${guest}`, undefined, 403, new RegExp(DENIED)],
    [member, 'PATCH', `/rest/metadata/roles/${guest}`, {}, 403, new RegExp(DENIED)],
    [admin, 'GET', `/rest/metadata/roles/${NOBODY}`, undefined, 404, /^Role with id .* not found$/],
    [
      admin,
      'POST',
      '/rest/metadata/roles',
      { label: 'Member' },
      409,
      /A role with this label already exists/,
    ],
    [admin, 'POST', `/rest/metadata/roles/${guest}/permissionFlags`, {}, 405, /not allowed/],
    [
      admin,
      'PUT',
      `/rest/metadata/roles/${NOBODY}/permissionFlags`,
      { permissionFlagKeys: [] },
      404,
      /not found/,
    ],
  ]
  for (const [client, method, path, body, status, message] of rows) {
    const answer = await client.request(method, path, body)
    t.is(answer.status, status, `${method} ${path} ${answer.text}`)
    t.regex(answer.body.messages[0], message)
    if (status === 405) t.truthy(answer.headers.get('allow'))
  }
  t.is((await ask(`${server.url}/rest/metadata/apiKeys`, 'GET')).status, 401)
  const head = await admin.request('HEAD', '/rest/metadata/apiKeys')
  t.is(head.status, 200)
  const preflight = await ask(`${server.url}/rest/metadata/apiKeys`, 'OPTIONS', undefined, {
    origin: 'https://example.com',
    'access-control-request-method': 'POST',
  })
  t.regex(preflight.headers.get('access-control-allow-methods') ?? '', /POST/)
})

test('a table of that name gives way', async (t) => {
  const admin = await server.enter()
  await pool.query(`create table "${admin.workspace.schemaName}".api_key (id int primary key)`)
  await until('the gateway knows the table', async () => {
    const { status } = await admin.get('/rest/apiKeyRecords')
    return status === 200
  })
  t.true(Array.isArray((await admin.get('/rest/apiKeys')).body))
})

test('roles are made, read with all they may do, changed and deleted', async (t) => {
  const admin = await server.enter()
  const made = await admin.request('POST', '/rest/metadata/roles', {
    label: 'Seller "x"',
    canReadAllObjectRecords: true,
  })
  t.is(made.status, 201)
  t.false('pgRole' in made.body)
  const path = `/rest/metadata/roles/${made.body.id}`
  t.is(
    (await admin.request('PATCH', path, { id: made.body.id, description: 'Sells' })).body.description,
    'Sells',
  )
  const metadata = metadataOf(admin)
  const objectMetadataId = await metadata.objectId('company')
  const fields = (await admin.get('/rest/metadata/objects/company')).body.data.object.fields
  const fieldMetadataId = fields.find((each: { name: string }) => each.name === 'name').id
  const objects = await admin.request('PUT', `${path}/objectPermissions`, {
    objectPermissions: [{ objectMetadataId, canUpdateObjectRecords: true }],
  })
  t.like(objects.body.objectPermissions[0], { objectMetadataId, canUpdateObjectRecords: true })
  await admin.request('PUT', `${path}/fieldPermissions`, {
    fieldPermissions: [{ objectMetadataId, fieldMetadataId, canUpdateFieldValue: false }],
  })
  await admin.request('PUT', `${path}/permissionFlags`, { permissionFlagKeys: ['VIEWS'] })
  const { status, body } = await admin.request('PUT', `${path}/rowLevelPermissionPredicates`, {
    objectMetadataId,
    predicates: [{ fieldMetadataId, operand: 'IS', value: 'Bern' }],
    predicateGroups: [],
  })
  t.is(status, 200)
  t.like(body, { label: 'Seller "x"', permissionFlags: ['VIEWS'], apiKeys: [], workspaceMembers: [] })
  t.like(body.fieldPermissions[0], { fieldMetadataId, canUpdateFieldValue: false })
  t.like(body.rowLevelPermissionPredicates[0], { fieldMetadataId, value: 'Bern' })
  t.deepEqual((await admin.get(path)).body, body)
  t.is((await admin.get('/rest/metadata/roles')).body.length, 4)
  t.is((await admin.request('DELETE', path)).status, 200)
  t.is((await admin.get(path)).status, 404)
})
