// The operators' actions, by method and path, with their audit entries. api.ts authenticates operators and
// runs the transaction.

import type { Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import type { WorkerNode } from '../../sql/placement.ts'
import { pageOfKeys } from '../../tenants/key.ts'
import { beginPurge, deleteWorkspace, restoreWorkspace } from '../../tenants/life/deletion.ts'
import { finishPurge } from '../../tenants/life/purge.ts'
import { checkedLimits, readLimits, setLimits } from '../../tenants/limits.ts'
import type { ListPage, PageRequest } from '../../tenants/listPage.ts'
import { pageOfMembers } from '../../tenants/member/member.ts'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { deleteMember } from '../../tenants/member/memberDelete.ts'
import { createImpersonationLink, createSignInLink } from '../../tenants/member/signIn.ts'
import type { Operator, OperatorScope } from '../../tenants/operator.ts'
import { findRole, pageOfRoles } from '../../tenants/permission/role.ts'
import { readSize } from '../../tenants/quota/size.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { readCountMode, setCountMode } from '../../tenants/workspaceSettings.ts'
import { ConfigError } from '../config.ts'
import { signInUrl } from '../demo/signInUrl.ts'
import { badInput } from '../error/problem.ts'
import { flagParameter, PAGE_PARAMETERS, parsePageRequest } from '../http/listQuery.ts'
import type { Query } from '../http/query.ts'
import type { Machine } from '../observe/machine.ts'
import type { Statements } from '../observe/statements.ts'
import type { Reloaded } from '../reload.ts'
import { flagOf, type JsonBody, requiredText, textOf } from './body.ts'

export interface ActionOutcome {
  readonly status?: number
  readonly body: unknown
  /** Of a body that is not JSON. */
  readonly type?: string
  /** Of a list: the id that the next page begins after. */
  readonly nextAfter?: string
  /** The audit entry; none for reads. */
  readonly action?: string
  readonly workspaceId?: string
  readonly details?: JsonBody
  /** Work in transactions of its own. Its result replaces the body. */
  readonly afterCommit?: (pool: Pool) => Promise<unknown>
}

export interface ActionCall {
  /** For changes: the transaction that also writes the audit row. */
  readonly connection: Connection
  readonly operator: Operator
  readonly reference: string
  /** Id of a part of the workspace, if the path has one. */
  readonly part: string
  readonly query: Query
  /** The header. */
  readonly accept: string
  readonly body: JsonBody
  readonly origin: string
  /** Days that a deleted workspace can be restored. */
  readonly graceDays: number
  readonly reload: () => Promise<Reloaded>
  readonly statements: Statements
  readonly machine: Pick<Machine, 'caches' | 'top'>
  /** The nodes beside the coordinator. */
  readonly workers: readonly WorkerNode[]
}

export type OperatorAction = (call: ActionCall) => Promise<ActionOutcome>

const find = ({ connection, reference }: ActionCall): Promise<workspaces.Workspace> =>
  workspaces.findWorkspace(connection, reference)

const DEFAULT_PAGE = 60

const pageRequest = ({ query }: ActionCall, others?: readonly string[]): PageRequest =>
  parsePageRequest(query, DEFAULT_PAGE, others)

const flagIn = ({ query }: ActionCall, name: string): boolean => flagParameter(query, name)

export const listed = <T extends { readonly id: string }>(
  name: string,
  { items, hasNextPage, totalCount }: ListPage<T>,
): ActionOutcome & { readonly body: JsonBody } => ({
  body: {
    [name]: items,
    pageInfo: { hasNextPage, startCursor: items[0]?.id ?? null, endCursor: items.at(-1)?.id ?? null },
    totalCount,
  },
  ...(hasNextPage ? { nextAfter: items.at(-1)?.id ?? '' } : {}),
})

/** With the scope that it demands. */
export interface ScopedAction {
  readonly scope: OperatorScope
  readonly run: OperatorAction
  /** Its query parameters; others are refused. */
  readonly parameters: readonly string[]
}

export const action = (
  scope: OperatorScope,
  run: OperatorAction,
  parameters: readonly string[] = [],
): ScopedAction => ({ scope, run, parameters })

const paged = (run: OperatorAction, others: readonly string[] = []): ScopedAction =>
  action('read', run, [...PAGE_PARAMETERS, ...others])

/** Actions that change a workspace. While it is deleted, only its restore and its purge are possible. */
export const changesWorkspace = (name: string): boolean =>
  /^(?:POST|PATCH|DELETE) \/admin\/workspaces\/\{id\}\/(?!restore$)/.test(name)

/** By method and pattern. */
export const OPERATOR_ACTIONS: Readonly<Record<string, ScopedAction>> = {
  'GET /admin/caches': action('read', async ({ machine }) => ({ body: await machine.caches() })),
  'POST /admin/reload': action('provision', async ({ reload }) => {
    try {
      const { applied, needRestart } = await reload()
      return {
        body: { applied, needRestart },
        action: 'settings.reloaded',
        details: { applied, needRestart },
      }
    } catch (error) {
      if (error instanceof ConfigError) throw badInput(error.message)
      throw error
    }
  }),
  'GET /admin/workspaces': paged(
    async (call) => {
      const request = { ...pageRequest(call, ['deleted']), isDeleted: flagIn(call, 'deleted') }
      const reached = { ...request, ids: call.operator.workspaceIds }
      return listed('workspaces', await workspaces.listWorkspaces(call.connection, reached))
    },
    ['deleted'],
  ),
  'POST /admin/workspaces': action('provision', async ({ connection, body }) => {
    const subdomain = textOf(body, 'subdomain')
    const workspace = await workspaces.createWorkspace(connection, {
      name: requiredText(body, 'name'),
      standardObjects: flagOf(body, 'standardObjects', true),
      ...(subdomain === undefined ? {} : { subdomain }),
    })
    const { id: workspaceId, name } = workspace
    return { status: 201, body: workspace, action: 'workspace.create', workspaceId, details: { name } }
  }),
  'GET /admin/workspaces/{id}': action('read', async (call) => ({ body: await find(call) })),
  'DELETE /admin/workspaces/{id}': action(
    'drop',
    async (call) => {
      const isNow = flagIn(call, 'now')
      const { id: workspaceId, name } = await find(call)
      const { connection, graceDays } = call
      if (!isNow) {
        const body = await deleteWorkspace(connection, workspaceId, graceDays)
        return {
          body,
          action: 'workspace.delete',
          workspaceId,
          details: { name, purgeAfter: body.purgeAfter },
        }
      }
      await beginPurge(connection, workspaceId)
      return {
        body: null,
        action: 'workspace.drop',
        workspaceId,
        details: { name },
        afterCommit: async (pool) => ({ id: workspaceId, keptPgRoles: await finishPurge(pool, workspaceId) }),
      }
    },
    ['now'],
  ),
  'POST /admin/workspaces/{id}/restore': action('drop', async (call) => {
    const { id: workspaceId } = await find(call)
    const body = await restoreWorkspace(call.connection, workspaceId)
    return { body, action: 'workspace.restore', workspaceId }
  }),
  'POST /admin/workspaces/{id}/suspend': action('provision', async (call) => {
    const { id: workspaceId } = await find(call)
    const body = await workspaces.suspendWorkspace(call.connection, workspaceId)
    return { body, action: 'workspace.suspend', workspaceId }
  }),
  'POST /admin/workspaces/{id}/resume': action('provision', async (call) => {
    const { id: workspaceId } = await find(call)
    const body = await workspaces.resumeWorkspace(call.connection, workspaceId)
    return { body, action: 'workspace.resume', workspaceId }
  }),
  'GET /admin/workspaces/{id}/limits': action('read', async (call) => ({
    body: await readLimits(call.connection, (await find(call)).id),
  })),
  'PATCH /admin/workspaces/{id}/limits': action('limits', async (call) => {
    const { id: workspaceId } = await find(call)
    const limits = checkedLimits(call.body)
    const body = await setLimits(call.connection, workspaceId, limits)
    return { body, action: 'workspace.limits', workspaceId, details: limits }
  }),
  'GET /admin/workspaces/{id}/settings': action('read', async (call) => ({
    body: { countMode: await readCountMode(call.connection, (await find(call)).id) },
  })),
  'PATCH /admin/workspaces/{id}/settings': action('limits', async (call) => {
    const { id: workspaceId } = await find(call)
    const { countMode: given } = call.body
    if (given === undefined) throw badInput('"countMode" is missing')
    const countMode = await setCountMode(call.connection, workspaceId, given)
    return { body: { countMode }, action: 'workspace.update', workspaceId, details: { countMode: given } }
  }),
  'GET /admin/workspaces/{id}/size': action('read', async (call) => ({
    body: await readSize(call.connection, (await find(call)).id),
  })),
  'GET /admin/workspaces/{id}/members': paged(async (call) => {
    const { schemaName } = await find(call)
    return listed('members', await pageOfMembers(call.connection, schemaName, pageRequest(call)))
  }),
  'GET /admin/workspaces/{id}/keys': paged(
    async (call) => {
      const request = {
        ...pageRequest(call, ['include_revoked']),
        includesRevoked: flagIn(call, 'include_revoked'),
      }
      return listed('keys', await pageOfKeys(call.connection, (await find(call)).id, request))
    },
    ['include_revoked'],
  ),
  'GET /admin/workspaces/{id}/roles': paged(async (call) =>
    listed('roles', await pageOfRoles(call.connection, (await find(call)).id, pageRequest(call))),
  ),
  'POST /admin/workspaces/{id}/members': action('provision', async (call) => {
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
  }),
  'DELETE /admin/workspaces/{id}/members/{part}': action('drop', async (call) => {
    const { id: workspaceId } = await find(call)
    await deleteMember(call.connection, workspaceId, call.part)
    const details = { workspaceMemberId: call.part }
    return { body: { id: call.part }, action: 'member.delete', workspaceId, details }
  }),
  'POST /admin/workspaces/{id}/sign-in-links': action('sign-in', async (call) => {
    const { id: workspaceId } = await find(call)
    const workspaceMemberId = requiredText(call.body, 'workspaceMemberId')
    const link = await createSignInLink(call.connection, workspaceId, workspaceMemberId)
    const body = { ...link, url: signInUrl(call.origin, link.secret) }
    return { status: 201, body, action: 'signInLink.create', workspaceId, details: { workspaceMemberId } }
  }),
  'POST /admin/workspaces/{id}/impersonation-links': action('sign-in', async (call) => {
    const { id: workspaceId } = await find(call)
    const workspaceMemberId = requiredText(call.body, 'workspaceMemberId')
    const impersonator = { operatorKeyId: call.operator.id, operatorName: call.operator.name }
    const link = await createImpersonationLink(call.connection, workspaceId, workspaceMemberId, impersonator)
    const body = { ...link, url: signInUrl(call.origin, link.secret) }
    return {
      status: 201,
      body,
      action: 'impersonationLink.create',
      workspaceId,
      details: { workspaceMemberId },
    }
  }),
}

/** Changes whose only input is their path. */
const BODILESS = new Set([
  'POST /admin/reload',
  'POST /admin/nodes/prepare',
  'POST /admin/workspaces/{id}/suspend',
  'POST /admin/workspaces/{id}/resume',
  'POST /admin/workspaces/{id}/restore',
])

/** @param name method and pattern of an action */
export const takesBody = (name: string): boolean => /^(?:POST|PATCH) /.test(name) && !BODILESS.has(name)

/** Allowed properties of an action's body; actions without an entry check the body themselves. */
export const BODY_NAMES: Readonly<Record<string, readonly string[]>> = {
  'POST /admin/workspaces': ['name', 'subdomain', 'standardObjects'],
  'PATCH /admin/workspaces/{id}/settings': ['countMode'],
  'POST /admin/workspaces/{id}/members': ['firstName', 'lastName', 'email', 'role'],
  'POST /admin/workspaces/{id}/sign-in-links': ['workspaceMemberId'],
  'POST /admin/workspaces/{id}/impersonation-links': ['workspaceMemberId'],
  'POST /admin/statements/cancel': ['pid', 'backendStart', 'requestId', 'startedAt'],
}
