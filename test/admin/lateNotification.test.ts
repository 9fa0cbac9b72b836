// An operator's change counts from the next request to the same gateway on, before its notification arrives.

import test from 'ava'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { signInMember } from '../support/console.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { withoutNotifications } from '../support/lateNotification.ts'

const gateway = await startTestGateway()
const { pool } = gateway.gateway
const { secret } = await createOperatorKey(pool, 'Operator')
test.after.always(() => gateway.close())

const admin = (method: string, path: string, body?: unknown) =>
  ask(`${gateway.url}/admin/workspaces/${path}`, method, body, { authorization: `Bearer ${secret}` })

test.serial('the status and the limits of a workspace', async (t) => {
  const { workspace, get } = await gateway.enter()
  const { id } = workspace
  const status = async (): Promise<number> => (await get('/rest/companies')).status
  t.is(await status(), 200)
  await withoutNotifications(pool, async () => {
    t.is(await status(), 200)
    t.is((await admin('POST', `${id}/suspend`)).status, 200)
    t.is(await status(), 403)
    t.is((await admin('POST', `${id}/resume`)).status, 200)
    t.is(await status(), 200)
    t.is((await admin('PATCH', `${id}/limits`, { keyRateLimitPerMinute: 9 })).status, 200)
    t.is((await get('/rest/companies')).headers.get('x-ratelimit-limit'), '9')
    t.not((await get('/rest/companies')).body.totalCount, null)
    t.is((await admin('PATCH', `${id}/settings`, { countMode: 'none' })).status, 200)
    t.is((await get('/rest/companies')).body.totalCount, null)
  })
  await withoutNotifications(pool, async () => {
    t.is(await status(), 200)
    t.is((await admin('DELETE', id)).status, 200)
    t.true([401, 403].includes(await status()))
  })
})

test.serial('a member who is deleted', async (t) => {
  const { workspace } = await gateway.enter()
  const role = await findRole(pool, workspace.id, 'Guest')
  const names = { firstName: 'Mia', lastName: '', roleId: role.id }
  const { id } = await createMember(pool, workspace.id, names)
  const person = await signInMember(gateway.url, pool, workspace.id, id)
  const status = async (): Promise<number> => (await person.request('GET', '/rest/companies')).status
  t.is(await status(), 200)
  await withoutNotifications(pool, async () => {
    t.is(await status(), 200)
    const { status: deleted, body } = await admin('DELETE', `${workspace.id}/members/${id}`)
    t.is(deleted, 200, JSON.stringify(body))
    t.true([401, 403].includes(await status()))
  })
})
