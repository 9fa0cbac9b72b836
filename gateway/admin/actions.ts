// The operators' actions, by method and path, with their audit entries. api.ts authenticates operators and
// runs the transaction.

import type { Connection } from '../../sql/ownerPool.ts'
import { checkedLimits, readLimits, setLimits } from '../../tenants/limits.ts'
import { listMembers } from '../../tenants/member/member.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { deleteMember } from '../../tenants/member/memberDelete.ts'
import { createSignInLink } from '../../tenants/member/signIn.ts'
import { findRole } from '../../tenants/permission/role.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { signInUrl } from '../demo/signInUrl.ts'
import { type Body, flagOf, requiredText, textOf } from './body.ts'

export interface Outcome {
  readonly status?: number
  readonly body: unknown
  /** The audit entry; none for reads. */
  readonly action?: string
  readonly workspaceId?: string
  readonly details?: Body
}

interface Call {
  /** For changes: the transaction that also writes the audit row. */
  readonly connection: Connection
  readonly reference: string
  /** Id of a part of the workspace, if the path has one. */
  readonly part: string
  readonly body: Body
  readonly origin: string
}

export type Action = (call: Call) => Promise<Outcome>

const find = ({ connection, reference }: Call): Promise<workspaces.Workspace> =>
  workspaces.findWorkspace(connection, reference)

/** By method and pattern. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /admin/workspaces': async ({ connection }) => ({
    body: { workspaces: await workspaces.listWorkspaces(connection) },
  }),
  'POST /admin/workspaces': async ({ connection, body }) => {
    const subdomain = textOf(body, 'subdomain')
    const workspace = await workspaces.createWorkspace(connection, {
      name: requiredText(body, 'name'),
      standardObjects: flagOf(body, 'standardObjects', true),
      ...(subdomain === undefined ? {} : { subdomain }),
    })
    const { id: workspaceId, name } = workspace
    return { status: 201, body: workspace, action: 'workspace.create', workspaceId, details: { name } }
  },
  'GET /admin/workspaces/{id}': async (call) => ({ body: await find(call) }),
  'DELETE /admin/workspaces/{id}': async (call) => {
    const { id: workspaceId, name } = await find(call)
    const { keptPgRoles } = await workspaces.dropWorkspace(call.connection, workspaceId)
    return {
      body: { id: workspaceId, keptPgRoles },
      action: 'workspace.drop',
      workspaceId,
      details: { name },
    }
  },
  'POST /admin/workspaces/{id}/suspend': async (call) => {
    const { id: workspaceId } = await find(call)
    const body = await workspaces.suspendWorkspace(call.connection, workspaceId)
    return { body, action: 'workspace.suspend', workspaceId }
  },
  'POST /admin/workspaces/{id}/resume': async (call) => {
    const { id: workspaceId } = await find(call)
    const body = await workspaces.resumeWorkspace(call.connection, workspaceId)
    return { body, action: 'workspace.resume', workspaceId }
  },
  'GET /admin/workspaces/{id}/limits': async (call) => ({
    body: await readLimits(call.connection, (await find(call)).id),
  }),
  'PATCH /admin/workspaces/{id}/limits': async (call) => {
    const { id: workspaceId } = await find(call)
    const limits = checkedLimits(call.body)
    const body = await setLimits(call.connection, workspaceId, limits)
    return { body, action: 'workspace.limits', workspaceId, details: limits }
  },
  'GET /admin/workspaces/{id}/members': async (call) => {
    const { schemaName } = await find(call)
    return { body: { members: await listMembers(call.connection, schemaName) } }
  },
  'POST /admin/workspaces/{id}/members': async (call) => {
    const { id: workspaceId } = await find(call)
    const role = await findRole(call.connection, workspaceId, textOf(call.body, 'role') ?? 'Admin')
    const member = await createMember(call.connection, workspaceId, {
      firstName: textOf(call.body, 'firstName') ?? '',
      lastName: textOf(call.body, 'lastName') ?? '',
      email: textOf(call.body, 'email') ?? null,
      roleId: role.id,
    })
    const details = { workspaceMemberId: member.id, role: role.label }
    return { status: 201, body: member, action: 'member.create', workspaceId, details }
  },
  'DELETE /admin/workspaces/{id}/members/{part}': async (call) => {
    const { id: workspaceId } = await find(call)
    await deleteMember(call.connection, workspaceId, call.part)
    const details = { workspaceMemberId: call.part }
    return { body: { id: call.part }, action: 'member.delete', workspaceId, details }
  },
  'POST /admin/workspaces/{id}/sign-in-links': async (call) => {
    const { id: workspaceId } = await find(call)
    const workspaceMemberId = requiredText(call.body, 'workspaceMemberId')
    const link = await createSignInLink(call.connection, workspaceId, workspaceMemberId)
    const body = { ...link, url: signInUrl(call.origin, link.secret) }
    return { status: 201, body, action: 'signInLink.create', workspaceId, details: { workspaceMemberId } }
  },
}

/** Changes whose only input is their path. */
const BODILESS = new Set(['POST /admin/workspaces/{id}/suspend', 'POST /admin/workspaces/{id}/resume'])

/** @param name method and pattern of an action */
export const takesBody = (name: string): boolean => /^(?:POST|PATCH) /.test(name) && !BODILESS.has(name)

/** Allowed properties of an action's body; actions without an entry check the body themselves. */
export const BODY_NAMES: Readonly<Record<string, readonly string[]>> = {
  'POST /admin/workspaces': ['name', 'subdomain', 'standardObjects'],
  'POST /admin/workspaces/{id}/members': ['firstName', 'lastName', 'email', 'role'],
  'POST /admin/workspaces/{id}/sign-in-links': ['workspaceMemberId'],
}
