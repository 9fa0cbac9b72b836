// A change of access counts from the next request to the same gateway on, before its notification arrives.

import test from 'ava'
import { createKey } from '../../../tenants/key.ts'
import { createMember } from '../../../tenants/member/memberCreate.ts'
import { signInMember } from '../../support/console.ts'
import { type Answer, clientAt, startTestGateway } from '../../support/gateway.ts'
import { withoutNotifications } from '../../support/lateNotification.ts'

const server = await startTestGateway()
const { pool } = server.gateway
const admin = await server.enter()
const { workspace } = admin
test.after.always(() => server.close())

const ELSEWHERE = ['192.0.2.0/24']

const newRole = async (label: string, networks: readonly string[] = []): Promise<string> => {
  const body = { label, canReadAllObjectRecords: true, networks }
  return (await admin.request('POST', '/rest/metadata/roles', body)).body.id
}

const newKey = async (roleId: string) => {
  const wanted = {
    workspaceId: workspace.id,
    roleId,
    name: 'k',
    expiresAt: new Date('2099-12-31'),
    networks: [],
  }
  const key = await createKey(pool, wanted)
  const token = await server.gateway.tokens.issue({ keyId: key.id, ...key })
  return { id: key.id, client: clientAt(server.url, { token, workspace }) }
}

const newPerson = async (roleId: string) => {
  const { id } = await createMember(pool, workspace.id, { firstName: 'Mia', lastName: '', roleId })
  return { id, client: await signInMember(server.url, pool, workspace.id, id) }
}

interface Caller {
  readonly id: string
  readonly roleId: string
  readonly client: Pick<typeof admin, 'request'>
}

/** @param role of the caller alone */
type Change = (caller: Caller, elsewhere: string) => Promise<Answer>

const mutate = (query: string, variables: Record<string, unknown>) =>
  admin.request('POST', '/metadata', { query, variables })

const OF_KEYS: Readonly<Record<string, Change>> = {
  'a key is bound to networks': ({ id }) =>
    admin.request('PATCH', `/rest/metadata/apiKeys/${id}`, { networks: ELSEWHERE }),
  'the role of a key is bound to networks': ({ roleId }) =>
    admin.request('PATCH', `/rest/metadata/roles/${roleId}`, { networks: ELSEWHERE }),
  'a key gets another role': ({ id }, elsewhere) =>
    mutate('mutation ($id: UUID!, $roleId: UUID!) { assignRoleToApiKey(apiKeyId: $id, roleId: $roleId) }', {
      id,
      roleId: elsewhere,
    }),
  'a key is revoked': ({ id }) =>
    mutate('mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id } }', { id }),
}

const OF_MEMBERS: Readonly<Record<string, Change>> = {
  'the role of a member is bound to networks': OF_KEYS['the role of a key is bound to networks'] as Change,
  'a member gets another role': ({ id }, elsewhere) =>
    mutate(
      `mutation ($id: UUID!, $roleId: UUID!) {
        updateWorkspaceMemberRole(workspaceMemberId: $id, roleId: $roleId) { id } }`,
      { id, roleId: elsewhere },
    ),
  'members without a role get another default role': async ({ id, roleId }, elsewhere) => {
    const update = 'mutation ($id: UUID!) { updateWorkspace(data: { defaultRoleId: $id }) { id } }'
    await mutate(update, { id: roleId })
    await pool.query('delete from tenantry.member_roles where workspace_member_id = $1', [id])
    return mutate(update, { id: elsewhere })
  },
}

const REFUSED = [401, 403]

// One backend listens for all of them.
for (const [kind, changes, enter] of [
  ['key', OF_KEYS, newKey],
  ['member', OF_MEMBERS, newPerson],
] as const)
  for (const [what, change] of Object.entries(changes))
    test.serial(`the next request counts when ${what}, though the notification is late`, async (t) => {
      const roleId = await newRole(`Here, ${kind}, ${what}`)
      const elsewhere = await newRole(`Elsewhere, ${kind}, ${what}`, ELSEWHERE)
      const caller = { roleId, ...(await enter(roleId)) }
      const status = async (): Promise<number> =>
        (await caller.client.request('GET', '/rest/companies')).status
      t.is(await status(), 200)
      await withoutNotifications(pool, async () => {
        t.is(await status(), 200)
        const { status: changed, body } = await change(caller, elsewhere)
        t.is(changed, 200, JSON.stringify(body))
        t.is(body.errors, undefined)
        t.true(REFUSED.includes(await status()))
      })
    })
