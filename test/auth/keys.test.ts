import test from 'ava'
import { decodeProtectedHeader } from 'jose'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { rotateSigningKey } from '../../gateway/auth/signing.ts'
import { createKey, listKeys, revokeKey } from '../../tenants/key.ts'
import { assignRoleToKey, deleteKey, findKey, regenerateKey, updateKey } from '../../tenants/keyChange.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import { createRole, findRole } from '../../tenants/permission/role.ts'
import { addMember, signInMember } from '../support/console.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'

const one = await startTestGateway()
const two = await startTestGateway({ database: one.database })
const { pool } = one.gateway
const admin = await one.enter()
test.after.always(async () => {
  await two.close()
  await one.close()
})

const expiresAt = new Date(Date.now() + 3_600_000)
const workspaceId = admin.workspace.id
const issue = async (label = 'Admin') => {
  const role = await findRole(pool, workspaceId, label)
  const key = await createKey(pool, { workspaceId, roleId: role.id, name: 'k', expiresAt })
  const token = await one.gateway.tokens.issue({ ...key, keyId: key.id })
  return { key, token }
}
const statusAt = async (url: string, token: string, path = '/rest/companies'): Promise<number> =>
  (await ask(url + path, 'GET', undefined, { authorization: `Bearer ${token}` })).status
const onBoth = async (token: string): Promise<string> =>
  `${await statusAt(one.url, token)} ${await statusAt(two.url, token)}`

const becomes = (token: string, expected: string): Promise<void> =>
  until(`the gateways answer ${expected}`, async () => (await onBoth(token)) === expected)

test('a key that is revoked, regenerated, restored or deleted is so on every gateway', async (t) => {
  const { key, token } = await issue()
  t.is(await onBoth(token), '200 200')
  await revokeKey(pool, key.id)
  await becomes(token, '401 401')
  await updateKey(pool, workspaceId, key.id, { revokedAt: null })
  await becomes(token, '200 200')
  const renewed = await regenerateKey(pool, workspaceId, key.id)
  await becomes(token, '401 401')
  const fresh = await one.gateway.tokens.issue({ ...renewed, keyId: renewed.id })
  t.is(await onBoth(fresh), '200 200')
  await deleteKey(pool, workspaceId, key.id)
  await becomes(fresh, '401 401')
})

test('keys and sessions of a dropped workspace answer that it is gone, on every gateway', async (t) => {
  const dropped = await one.enter()
  const memberId = await addMember(pool, dropped.workspace.schemaName)
  const person = await signInMember(two.url, pool, dropped.workspace.id, memberId)
  const { id } = dropped.workspace
  const member = await one.gateway.tokens.issueForMember({
    workspaceId: id,
    workspaceMemberId: memberId,
    expiresAt,
  })
  t.is(await onBoth(dropped.token), '200 200')
  t.is(await onBoth(member), '200 200')
  t.is((await person.request('GET', '/rest/companies')).status, 200)
  await dropWorkspace(pool, id)
  await becomes(dropped.token, '401 401')
  await becomes(member, '401 401')
  for (const url of [one.url, two.url])
    for (const path of ['/rest/companies', '/graphql', '/metadata', '/rest/metadata/objects']) {
      const method = /graphql|metadata$/.test(path) ? 'POST' : 'GET'
      const body = method === 'POST' ? { query: '{ __typename }' } : undefined
      for (const token of [dropped.token, member]) {
        const answer = await ask(url + path, method, body, { authorization: `Bearer ${token}` })
        t.is(answer.status, 401)
        t.regex(answer.text, /Workspace not found/, path)
        t.regex(answer.text, /WORKSPACE_NOT_FOUND/, path)
      }
    }
  t.is((await person.request('GET', '/rest/companies')).status, 401)
})

test('a key is revoked even if the notifying connection has died silently', async (t) => {
  const proxy = await openProxy(one.database.ownerUrl)
  t.teardown(proxy.close)
  const deaf = await startTestGateway({ database: { ...one.database, ownerUrl: proxy.url } })
  t.teardown(deaf.close)
  const { key, token } = await issue()
  t.is(await statusAt(deaf.url, token), 200)
  proxy.hush('tenantry (listener)')
  await revokeKey(pool, key.id)
  // Seconds, on a busy machine; a gateway that trusts its cached row until a notification would take a
  // minute.
  await until('the gateway has found out', async () => (await statusAt(deaf.url, token)) === 401, 45_000)
  t.is(await statusAt(deaf.url, token), 401)
})

test("a key with a new role gets that role's rights at once", async (t) => {
  const { key, token } = await issue()
  const guest = await findRole(pool, workspaceId, 'Guest')
  await assignRoleToKey(pool, workspaceId, key.id, guest.id)
  const authorization = `Bearer ${token}`
  await until(
    'the other gateway knows it',
    async () =>
      (await ask(`${two.url}/rest/companies`, 'POST', { name: 'x' }, { authorization })).status === 403,
  )
  t.is(await onBoth(token), '200 200')
})

test('a key or its workspace may have a limit of its own', async (t) => {
  const { key, token } = await issue()
  const limit = async (): Promise<string | null> =>
    (
      await ask(`${one.url}/rest/companies`, 'GET', undefined, { authorization: `Bearer ${token}` })
    ).headers.get('x-ratelimit-limit')
  t.is(await limit(), '1000000')
  await updateKey(pool, workspaceId, key.id, { rateLimitPerMinute: 7 })
  await until('the gateways know it', async () => (await limit()) === '7')
  t.like(await findKey(pool, workspaceId, key.id), { rateLimitPerMinute: 7, prefix: key.id.slice(0, 13) })
  t.true((await listKeys(pool, workspaceId)).some(({ id }) => id === key.id))
})

test("managing keys requires the flag, and a role beyond one's own can be neither assigned nor changed", async (t) => {
  const managerRole = await createRole(pool, workspaceId, {
    label: 'key manager',
    canReadAllObjectRecords: true,
    canUpdateAllSettings: true,
  })
  const actor = { roleId: managerRole.id }
  const [adminRole, guestRole] = [
    await findRole(pool, workspaceId, 'Admin'),
    await findRole(pool, workspaceId, 'Guest'),
  ]
  const wanted = { workspaceId, name: 'k', expiresAt }
  await t.throwsAsync(createKey(pool, { ...wanted, roleId: adminRole.id }, actor), {
    message: /exceeds your own/,
  })
  const made = await createKey(pool, { ...wanted, roleId: guestRole.id }, actor)
  await t.throwsAsync(assignRoleToKey(pool, workspaceId, made.id, adminRole.id, actor), {
    message: /exceeds your own/,
  })
  const { key: strong } = await issue()
  await t.throwsAsync(regenerateKey(pool, workspaceId, strong.id, actor), { message: /exceeds your own/ })
  await t.throwsAsync(deleteKey(pool, workspaceId, strong.id, actor), { message: /exceeds your own/ })
  await t.throwsAsync(createKey(pool, { ...wanted, roleId: guestRole.id }, { roleId: guestRole.id }), {
    message: 'Entity performing the request does not have permission',
  })
  const closed = await createRole(pool, workspaceId, { label: 'people only', canBeAssignedToApiKeys: false })
  await t.throwsAsync(createKey(pool, { ...wanted, roleId: closed.id }), {
    message: /cannot be assigned to API keys/,
  })
})

test('a key of another workspace is not there', async (t) => {
  const otherWorkspace: Client = await one.enter('Other', { standardObjects: false })
  const { key } = await issue()
  await t.throwsAsync(findKey(pool, otherWorkspace.workspace.id, key.id), {
    message: `API Key with id ${key.id} not found`,
  })
  await t.throwsAsync(deleteKey(pool, otherWorkspace.workspace.id, key.id), {
    message: `API Key with id ${key.id} not found`,
  })
})

test.serial('publishes the keys that verify tokens; a rotation breaks no token', async (t) => {
  const { token } = await issue()
  const before = await ask(`${one.url}/.well-known/jwks.json`, 'GET')
  t.is(before.status, 200)
  t.is(before.body.keys.length, 1)
  t.false('d' in before.body.keys[0], 'the private half stays here')
  await rotateSigningKey(pool, createKeyring(one.database.secretKey))
  t.is(await onBoth(token), '200 200')
  const kidOf = (jwt: string): string | undefined => decodeProtectedHeader(jwt).kid
  await until('the gateway signs with the new one', async () => kidOf((await issue()).token) !== kidOf(token))
  t.is(await onBoth((await issue()).token), '200 200', 'without a restart')
  const three = await startTestGateway({ database: one.database })
  t.teardown(three.close)
  const jwks = await ask(`${three.url}/.well-known/jwks.json`, 'GET')
  t.is(jwks.body.keys.length, 2)
  t.is(await statusAt(three.url, token), 200)
  t.is((await ask(`${one.url}/.well-known/jwks.json`, 'POST')).status, 405)
})
