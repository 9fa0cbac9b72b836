// A workspace with an administrator, keys and roles, and every entry point for changes of access. Requests
// return `done` or the code of the refusal.

import { runCommand } from '../../gateway/admin/terminal.ts'
import { createKey } from '../../tenants/key.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { signInMember } from '../support/console.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { type Answer, ask, startTestGateway } from '../support/gateway.ts'

const server = await startTestGateway()
export const { pool } = server.gateway
const { secret: operatorKey } = await createOperatorKey(pool, 'access')
export const closeWorlds = () => server.close()

export const LATER = '2099-12-31T23:59:59Z'

/** The outcome of an entry point: done, or the code of the refusal; a sentence if it has no codes. */
export type Outcome = string

const outcomeOf = ({ status, body }: Answer): Outcome => {
  const error = body?.errors?.[0]
  if (error !== undefined) return error.extensions.subCode ?? error.message
  return status < 400 ? 'done' : (body.code ?? body.messages[0])
}

export const tenantry = async (...words: string[]): Promise<Outcome> => {
  const faults: string[] = []
  const environment = { DATABASE_URL: server.database.ownerUrl, SECRET_KEY }
  const code = await runCommand(environment, [...words, '--json'], {
    print: () => {},
    complain: (line) => faults.push(line),
  })
  return code === 0 ? 'done' : JSON.parse(faults.join('\n')).error.message
}

export const openWorld = async () => {
  const admin = await server.enter()
  const { workspace } = admin
  const roleId = async (label: string): Promise<string> => (await findRole(pool, workspace.id, label)).id
  const addMember = async (label: string): Promise<string> =>
    (await createMember(pool, workspace.id, { firstName: label, lastName: '', roleId: await roleId(label) }))
      .id
  const addKey = async (label: string): Promise<string> => {
    const wanted = {
      workspaceId: workspace.id,
      roleId: await roleId(label),
      name: 'k',
      expiresAt: new Date(LATER),
    }
    return (await createKey(pool, wanted)).id
  }
  const boss = await addMember('Admin')
  const person = await signInMember(server.url, pool, workspace.id, boss)
  const makeRole = async (label: string, flags: readonly string[] = []): Promise<string> => {
    const { body } = await admin.request('POST', '/rest/metadata/roles', {
      label,
      canReadAllObjectRecords: true,
    })
    await admin.request('PUT', `/rest/metadata/roles/${body.id}/permissionFlags`, {
      permissionFlagKeys: flags,
    })
    return body.id
  }
  await makeRole('Keepers', ['API_KEYS_AND_WEBHOOKS', 'ROLES', 'WORKSPACE', 'WORKSPACE_MEMBERS'])
  const keepers = await server.client(workspace, 'Keepers')
  const metadata = (query: string, variables: Record<string, unknown>, send = admin.request) =>
    send('POST', '/metadata', { query, variables }).then(outcomeOf)
  const rest = (method: string, path: string, body?: unknown, send = admin.request) =>
    send(method, `/rest/metadata/${path}`, body).then(outcomeOf)
  const operator = (method: string, path: string, body?: unknown) =>
    ask(`${server.url}/admin/workspaces/${workspace.id}/${path}`, method, body, {
      authorization: `Bearer ${operatorKey}`,
    }).then(outcomeOf)
  const keepersKey = await addKey('Keepers')
  return {
    admin,
    workspace,
    roleId,
    addMember,
    addKey,
    boss,
    person,
    makeRole,
    keepers,
    keepersKey,
    metadata,
    rest,
    operator,
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>
