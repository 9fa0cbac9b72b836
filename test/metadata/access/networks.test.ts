// Binding keys and roles to networks over both protocols: what is stored, who is refused, what is recorded.

import test from 'ava'
import { createKey } from '../../../tenants/key.ts'
import { createMember } from '../../../tenants/member/memberCreate.ts'
import { findRole } from '../../../tenants/permission/role.ts'
import { signInMember } from '../../support/console.ts'
import { type Answer, type Client, clientAt, startTestGateway } from '../../support/gateway.ts'

const server = await startTestGateway()
const { pool } = server.gateway
const admin = await server.enter()
const { workspace } = admin
test.after.always(() => server.close())

const LATER = '2099-12-31T23:59:59Z'
const ELSEWHERE = ['192.0.2.0/24']

interface Known {
  readonly client: Client
  readonly id: string
}

const newKey = async (label = 'Admin', networks: readonly string[] = []): Promise<Known> => {
  const { id: roleId } = await findRole(pool, workspace.id, label)
  const wanted = { workspaceId: workspace.id, roleId, name: 'k', expiresAt: new Date(LATER), networks }
  const key = await createKey(pool, wanted)
  const token = await server.gateway.tokens.issue({ keyId: key.id, ...key })
  return { client: clientAt(server.url, { token, workspace }), id: key.id }
}

let made = 0
const newRole = async (
  networks: readonly string[] = [],
): Promise<{ readonly id: string; readonly label: string }> => {
  made += 1
  const body = { label: `Role ${made}`, canReadAllObjectRecords: true, networks }
  return (await admin.request('POST', '/rest/metadata/roles', body)).body
}

const metadata = (client: Pick<Client, 'request'>, query: string, variables: Record<string, unknown>) =>
  client.request('POST', '/metadata', { query, variables })

/** The status that REST has, or the code of GraphQL's error. */
const outcomeOf = ({ status, body }: Answer): string =>
  body.errors?.[0].extensions.subCode ?? body.errors?.[0].extensions.code ?? body.code ?? String(status)

const UPDATE_KEY = 'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { networks } }'
const ASSIGN = `mutation ($id: UUID!, $roleId: UUID!, $force: Boolean) {
  assignRoleToApiKey(apiKeyId: $id, roleId: $roleId, force: $force) }`
const UPDATE_ROLE =
  'mutation ($input: UpdateRoleInput!) { updateOneRole(updateRoleInput: $input) { networks } }'
const DEFAULT_ROLE = `mutation ($id: UUID!, $force: Boolean) {
  updateWorkspace(data: { defaultRoleId: $id }, force: $force) { id } }`

const networksOf = async (id: string): Promise<unknown> =>
  (await admin.get(`/rest/metadata/apiKeys/${id}`)).body.networks

/** @param id of the key or the role; other tests of this file change theirs at the same time */
const lastAudit = async (action: string, id: string) => {
  const { rows } = await pool.query(
    `select details, address from tenantry.audit
     where action = $1 and workspace_id = $2 and $3 in (details ->> 'keyId', details ->> 'roleId') order by id desc limit 1`,
    [action, workspace.id, id],
  )
  return rows[0]
}

test('networks are created, listed, changed and lifted over both protocols', async (t) => {
  const role = await newRole(['10.0.0.0/8', ' 2001:DB8::/32'])
  t.deepEqual((await admin.get(`/rest/metadata/roles/${role.id}`)).body.networks, [
    '10.0.0.0/8',
    '2001:db8::/32',
  ])
  const body = { name: 'k', expiresAt: LATER, roleId: role.id, networks: ['::ffff:192.0.2.7', '192.0.2.7'] }
  const key = await admin.request('POST', '/rest/metadata/apiKeys', body)
  t.is(key.status, 201, key.text)
  t.deepEqual(key.body.networks, ['192.0.2.7/32'])
  const input = { id: key.body.id, networks: ['2001:db8::/48'] }
  const changed = await metadata(admin, UPDATE_KEY, { input })
  t.deepEqual(changed.body.data.updateApiKey.networks, ['2001:db8::/48'])
  t.like(await lastAudit('apiKey.update', key.body.id), {
    details: { networks: ['2001:db8::/48'], networksBefore: ['192.0.2.7/32'] },
    address: '127.0.0.1',
  })
  const renamed = await admin.request('PATCH', `/rest/metadata/apiKeys/${key.body.id}`, {
    name: 'n',
    networks: null,
  })
  t.deepEqual(renamed.body.networks, ['2001:db8::/48'], 'null: as it is')
  t.false('networksBefore' in (await lastAudit('apiKey.update', key.body.id)).details)
  const lifted = await admin.request('PATCH', `/rest/metadata/apiKeys/${key.body.id}`, { networks: [] })
  t.deepEqual(lifted.body.networks, [])
  const update = { id: role.id, update: { networks: [] } }
  t.deepEqual((await metadata(admin, UPDATE_ROLE, { input: update })).body.data.updateOneRole.networks, [])
  t.like((await lastAudit('role.update', role.id)).details, {
    networks: [],
    networksBefore: ['10.0.0.0/8', '2001:db8::/32'],
  })
  const query = '{ apiKeys { id networks } getRoles { id networks apiKeys { id } } }'
  const { apiKeys, getRoles } = (await metadata(admin, query, {})).body.data
  t.deepEqual(apiKeys.find(({ id }: Known) => id === key.body.id).networks, [])
  t.deepEqual(getRoles.find(({ id }: Known) => id === role.id).networks, [])
})

for (const [what, networks] of [
  ['a name', ['example.com']],
  ['bits after the prefix', ['10.0.0.1/8']],
  ['101 networks', Array.from({ length: 101 }, (_, index) => `10.0.0.${index}`)],
] as const)
  test(`${what} is refused for keys and roles, and changes nothing`, async (t) => {
    const [role, key] = [await newRole(ELSEWHERE), await newKey('Guest', ELSEWHERE)]
    const answers = [
      await admin.request('PATCH', `/rest/metadata/apiKeys/${key.id}`, { networks }),
      await admin.request('PATCH', `/rest/metadata/roles/${role.id}`, { networks }),
      await admin.request('POST', '/rest/metadata/roles', { label: `Bad ${what}`, networks }),
      await admin.request('POST', '/rest/metadata/apiKeys', {
        ...{ name: 'k', expiresAt: LATER, roleId: role.id },
        networks,
      }),
    ]
    for (const { status, text } of answers) t.is(status, 400, text)
    const input = { id: key.id, networks }
    t.is(outcomeOf(await metadata(admin, UPDATE_KEY, { input })), 'BAD_USER_INPUT')
    t.deepEqual(await networksOf(key.id), ELSEWHERE)
    t.deepEqual((await admin.get(`/rest/metadata/roles/${role.id}`)).body.networks, ELSEWHERE)
  })

/** Changes that would shut out the caller's own address, with and without force. */
const LOCK_OUTS: Readonly<Record<string, (own: Known, isForced: boolean) => Promise<Answer>>> = {
  'binds its key over REST': ({ client, id }, force) =>
    client.request('PATCH', `/rest/metadata/apiKeys/${id}`, { networks: ELSEWHERE, force }),
  'binds its key over GraphQL': ({ client, id }, force) =>
    metadata(client, UPDATE_KEY, { input: { id, networks: ELSEWHERE, force } }),
  'binds its key by an id in capitals': ({ client, id }, force) =>
    metadata(client, UPDATE_KEY, { input: { id: id.toUpperCase(), networks: ELSEWHERE, force } }),
  'gives its key a bound role over REST': async ({ client, id }, force) =>
    client.request('PATCH', `/rest/metadata/apiKeys/${id}`, { roleId: (await newRole(ELSEWHERE)).id, force }),
  'gives its key a bound role over GraphQL': async ({ client, id }, force) =>
    metadata(client, ASSIGN, { id, roleId: (await newRole(ELSEWHERE)).id, force }),
}

for (const [what, act] of Object.entries(LOCK_OUTS))
  test(`a caller ${what} away from its address only by force`, async (t) => {
    const own = await newKey()
    t.is(outcomeOf(await act(own, false)), 'NETWORKS_EXCLUDE_CALLER')
    t.is((await own.client.get('/rest/companies')).status, 200)
    t.is((await act(own, true)).body.errors, undefined)
    const { status, body } = await own.client.get('/rest/companies')
    t.is(status, 403)
    t.is(body.code, 'ADDRESS_NOT_ALLOWED')
  })

test('a caller binds its own key to a network with its address, and other keys as it likes', async (t) => {
  const [own, other] = [await newKey(), await newKey('Guest')]
  const patch = (id: string, networks: readonly string[]) =>
    own.client.request('PATCH', `/rest/metadata/apiKeys/${id}`, { networks })
  t.is((await patch(own.id, ['127.0.0.0/8', ...ELSEWHERE])).status, 200)
  t.is((await patch(other.id, ELSEWHERE)).status, 200)
  t.is((await other.client.get('/rest/companies')).status, 403)
  t.is((await own.client.get('/rest/companies')).status, 200)
  // 409 has the address, and no change.
  const refused = await patch(own.id, ELSEWHERE)
  t.is(refused.status, 409)
  t.regex(refused.body.messages.join(' '), /127\.0\.0\.1.*force/)
  t.deepEqual(await networksOf(own.id), ['127.0.0.0/8', ...ELSEWHERE])
})

test('a new default role does not shut out a member who has it, except by force', async (t) => {
  const flags = { permissionFlagKeys: ['ROLES', 'WORKSPACE'] }
  const [here, elsewhere] = [await newRole(), await newRole(ELSEWHERE)]
  for (const { id } of [here, elsewhere])
    await admin.request('PUT', `/rest/metadata/roles/${id}/permissionFlags`, flags)
  const names = { firstName: 'Mia', lastName: '', roleId: here.id }
  const { id } = await createMember(pool, workspace.id, names)
  const person = await signInMember(server.url, pool, workspace.id, id)
  t.is(outcomeOf(await metadata(admin, DEFAULT_ROLE, { id: here.id })), '200')
  await pool.query('delete from tenantry.member_roles where workspace_member_id = $1', [id])
  t.is(outcomeOf(await metadata(person, DEFAULT_ROLE, { id: elsewhere.id })), 'NETWORKS_EXCLUDE_CALLER')
  t.is((await person.request('GET', '/rest/companies')).status, 200)
  t.is(outcomeOf(await metadata(person, DEFAULT_ROLE, { id: elsewhere.id, force: true })), '200')
  t.is((await person.request('GET', '/rest/companies')).body.code, 'ADDRESS_NOT_ALLOWED')
})

test('the role of administrators is bound to no network, not even by SQL', async (t) => {
  const { id } = await findRole(pool, workspace.id, 'Admin')
  const rest = await admin.request('PATCH', `/rest/metadata/roles/${id}`, { networks: ['127.0.0.0/8'] })
  t.is(outcomeOf(rest), 'ROLE_NOT_EDITABLE')
  const input = { id, update: { networks: ['127.0.0.0/8'] } }
  t.is(outcomeOf(await metadata(admin, UPDATE_ROLE, { input })), 'ROLE_NOT_EDITABLE')
  const sql = "update tenantry.roles set networks = '{127.0.0.0/8}' where id = $1"
  await t.throwsAsync(pool.query(sql, [id]), { message: /roles_administrators_unbound/ })
})

test('no caller changes the networks of its own role', async (t) => {
  const role = await newRole()
  await admin.request('PUT', `/rest/metadata/roles/${role.id}/permissionFlags`, {
    permissionFlagKeys: ['ROLES'],
  })
  const { client } = await newKey(role.label)
  const answer = await client.request('PATCH', `/rest/metadata/roles/${role.id}`, { networks: ELSEWHERE })
  t.is(outcomeOf(answer), 'CANNOT_UPDATE_SELF_ROLE')
})
