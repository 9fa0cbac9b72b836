// Operators act as a member, where the workspace allows it, and what they do carries both names.

import test from 'ava'
import { updateWorkspaceMemberRole } from '../../tenants/member/member.ts'
import { createOperatorKey, revokeOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { addMember, signIn } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway()
const { pool } = gateway.gateway
test.after.always(gateway.close)

const HOSTILE = `Op "x'; --`

const enter = async () => {
  const client = await gateway.enter()
  const { key, secret } = await createOperatorKey(pool, HOSTILE)
  const { id } = client.workspace
  const memberId = await addMember(pool, client.workspace.schemaName)
  const admin = await findRole(pool, id, 'Admin')
  await updateWorkspaceMemberRole(pool, id, memberId, admin.id)
  const request = (link = 'impersonation-links') =>
    ask(
      `${gateway.url}/admin/workspaces/${id}/${link}`,
      'POST',
      { workspaceMemberId: memberId },
      { authorization: `Bearer ${secret}` },
    )
  const allow = (allowImpersonation: boolean) =>
    client.request('POST', '/metadata', {
      query:
        'mutation ($data: UpdateWorkspaceInput!) { updateWorkspace(data: $data) { allowImpersonation } }',
      variables: { data: { allowImpersonation } },
    })
  return { client, key, memberId, request, allow }
}

test('a link is refused until an administrator of the workspace allows it, and a sign-in link is the member’s', async (t) => {
  const { client, request, allow } = await enter()
  const refused = await request()
  t.is(refused.status, 403, refused.text)
  t.regex(refused.text, /does not allow impersonation/)
  const guest = await gateway.client(client.workspace, 'Member')
  const asGuest = await guest.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { allowImpersonation: true }) { id } }',
  })
  t.regex(asGuest.text, /permission/)
  t.is((await request()).status, 403)
  t.deepEqual((await allow(true)).body.data, { updateWorkspace: { allowImpersonation: true } })
  t.is((await request()).status, 201)
  const ordinary = await signIn(gateway.url, { secret: (await request('sign-in-links')).body.secret })
  t.is(ordinary.answer.body.impersonator, null)
  const hours = (Date.parse(ordinary.answer.body.expiresAt) - Date.now()) / 3_600_000
  t.true(hours > 11)
})

test('the session carries the operator into records, changes and the audit log, for an hour', async (t) => {
  const { client, key, memberId, request, allow } = await enter()
  await allow(true)
  const link = (await request()).body
  const tokens = await client.request(
    'POST',
    '/metadata',
    {
      query: `mutation { getAuthTokensFromLoginToken(loginToken: "${link.secret}", origin: "x") { tokens { refreshToken { token } } } }`,
    },
    { authorization: '' },
  )
  t.falsy(tokens.body.data?.getAuthTokensFromLoginToken)
  const person = await signIn(gateway.url, { secret: link.secret })
  t.like(person.answer.body, { kind: 'member', name: `Zoë 'x' O"Brien`, impersonator: HOSTILE })
  t.true(Math.abs(Date.parse(person.answer.body.expiresAt) - Date.now() - 3_600_000) < 60_000)
  t.is((await signIn(gateway.url, { secret: link.secret })).answer.status, 401, 'a link works once')

  const position = (await client.get('/changes')).body.position
  const made = await person.request('POST', '/rest/companies', { name: 'By hand' })
  t.is(made.status, 201, made.text)
  t.like(made.body.data.createCompany.createdBy, {
    name: `Zoë 'x' O"Brien (operator ${HOSTILE})`,
    workspaceMemberId: memberId,
  })
  await until('the change is in the feed', async () => {
    const { data } = (await client.get(`/changes?after=${position}`)).body
    return data.changes.length > 0
  })
  const [change] = (await client.get(`/changes?after=${position}`)).body.data.changes
  t.like(change.actor, { workspaceMemberId: memberId, operatorKeyId: key.id, operatorName: HOSTILE })

  const renamed = await person.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { displayName: "Renamed" }) { id } }',
  })
  t.truthy(renamed.body.data, renamed.text)
  const { rows } = await pool.query(
    `select action, operator_key_id as key, operator_name as name, workspace_member_id as member, address, details from tenantry.audit
     where workspace_id = $1 and operator_name is not null and action <> 'impersonationLink.create' order by at, id`,
    [client.workspace.id],
  )
  t.like(rows[0], { action: 'impersonation.begin', key: key.id, name: HOSTILE, address: '127.0.0.1' })
  t.like(rows[1], { action: 'workspace.update', key: key.id, name: HOSTILE, member: memberId })
  t.is(rows[1].details.actingAs, `Zoë 'x' O"Brien`)

  await pool.query(
    `update tenantry.sessions set created_at = now() - interval '61 minutes' where impersonator_key_id = $1`,
    [key.id],
  )
  const other = await startTestGateway({ database: gateway.database })
  t.is((await ask(`${other.url}/rest/companies`, 'GET', undefined, { cookie: person.cookie })).status, 401)
  await other.gateway.close()
})

test('the session ends when the workspace forbids it, and when the operator’s key is revoked', async (t) => {
  const { client, key, request, allow } = await enter()
  await allow(true)
  const waiting = (await request()).body.secret
  const person = await signIn(gateway.url, { secret: (await request()).body.secret })
  t.is((await person.request('GET', '/rest/companies')).status, 200)
  await allow(false)
  await until('it is over', async () => (await person.request('GET', '/rest/companies')).status === 401)
  t.is((await signIn(gateway.url, { secret: waiting })).answer.status, 401)

  await updateWorkspaceSettings(pool, client.workspace.id, { allowImpersonation: true })
  const again = await signIn(gateway.url, { secret: (await request()).body.secret })
  t.is((await again.request('GET', '/rest/companies')).status, 200)
  await revokeOperatorKey(pool, key.id)
  await until('it is over', async () => (await again.request('GET', '/rest/companies')).status === 401)
})
