// The operator API: workspaces from above, under /admin. In: a request with an operator's key or session; out: JSON, and a row of
// the audit table for everything that was changed. Keys of workspaces open nothing here, and operators' keys nothing elsewhere.

import type { Pool } from 'pg'
import { checkedLimits, readLimits, setLimits } from '../../tenants/limits.ts'
import { listMembers } from '../../tenants/member.ts'
import { createMember } from '../../tenants/memberCreate.ts'
import { audit, findOperator, type Operator } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/role.ts'
import { createSignInLink } from '../../tenants/signIn.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { countingFailures } from '../auth/failures.ts'
import type { Sessions } from '../auth/session.ts'
import type { ReadJson } from '../body.ts'
import type { Context, Middleware } from '../context.ts'
import type { Throttle } from '../limits/throttle.ts'
import { methodNotAllowed, Problem } from '../problem.ts'
import { signInUrl } from '../signInUrl.ts'
import { type Body, bodyOf, flagOf, requiredText, textOf } from './body.ts'

export interface AdminOptions {
  readonly pool: Pool
  readonly readJson: ReadJson
  readonly throttle: Pick<Throttle, 'fail'>
  readonly sessions: Pick<Sessions, 'of'>
  /** Null: the one that the caller used. */
  readonly publicUrl: string | null
}

interface Outcome {
  readonly status?: number
  readonly body: unknown
  /** What is audited; nothing for reads. */
  readonly action?: string
  readonly workspaceId?: string
  readonly details?: Body
}

/** @param read the body, which may have these names; any, where whoever takes it says which there are. */
type Action = (
  reference: string,
  read: (names?: readonly string[]) => Promise<Body>,
  origin: string,
) => Promise<Outcome>

const actionsOf = (pool: Pool): Readonly<Record<string, Action>> => {
  const find = (reference: string): Promise<workspaces.Workspace> => workspaces.findWorkspace(pool, reference)
  return {
    'GET workspaces': async () => ({ body: { workspaces: await workspaces.listWorkspaces(pool) } }),
    'POST workspaces': async (_, read) => {
      const body = await read(['name', 'subdomain', 'standardObjects'])
      const subdomain = textOf(body, 'subdomain')
      const workspace = await workspaces.createWorkspace(pool, {
        name: requiredText(body, 'name'),
        standardObjects: flagOf(body, 'standardObjects', true),
        ...(subdomain === undefined ? {} : { subdomain }),
      })
      const { id: workspaceId, name } = workspace
      return { status: 201, body: workspace, action: 'workspace.create', workspaceId, details: { name } }
    },
    'GET workspaces/:id': async (reference) => ({ body: await find(reference) }),
    'DELETE workspaces/:id': async (reference) => {
      const { id: workspaceId, name } = await find(reference)
      const { keptPgRoles } = await workspaces.dropWorkspace(pool, workspaceId)
      return {
        body: { id: workspaceId, keptPgRoles },
        action: 'workspace.drop',
        workspaceId,
        details: { name },
      }
    },
    'POST workspaces/:id/suspend': async (reference) => {
      const { id: workspaceId } = await find(reference)
      const body = await workspaces.suspendWorkspace(pool, workspaceId)
      return { body, action: 'workspace.suspend', workspaceId }
    },
    'POST workspaces/:id/resume': async (reference) => {
      const { id: workspaceId } = await find(reference)
      const body = await workspaces.resumeWorkspace(pool, workspaceId)
      return { body, action: 'workspace.resume', workspaceId }
    },
    'GET workspaces/:id/limits': async (reference) => ({
      body: await readLimits(pool, (await find(reference)).id),
    }),
    'PATCH workspaces/:id/limits': async (reference, read) => {
      const { id: workspaceId } = await find(reference)
      const limits = checkedLimits(await read())
      const body = await setLimits(pool, workspaceId, limits)
      return { body, action: 'workspace.limits', workspaceId, details: limits }
    },
    'GET workspaces/:id/members': async (reference) => {
      const { schemaName } = await find(reference)
      return { body: { members: await listMembers(pool, schemaName) } }
    },
    'POST workspaces/:id/members': async (reference, read) => {
      const { id: workspaceId } = await find(reference)
      const body = await read(['firstName', 'lastName', 'email', 'role'])
      const role = await findRole(pool, workspaceId, textOf(body, 'role') ?? 'Admin')
      const member = await createMember(pool, workspaceId, {
        firstName: textOf(body, 'firstName') ?? '',
        lastName: textOf(body, 'lastName') ?? '',
        email: textOf(body, 'email') ?? null,
        roleId: role.id,
      })
      const details = { workspaceMemberId: member.id, role: role.label }
      return { status: 201, body: member, action: 'member.create', workspaceId, details }
    },
    'POST workspaces/:id/sign-in-links': async (reference, read, origin) => {
      const { id: workspaceId } = await find(reference)
      const workspaceMemberId = requiredText(await read(['workspaceMemberId']), 'workspaceMemberId')
      const link = await createSignInLink(pool, workspaceId, workspaceMemberId)
      const body = { ...link, url: signInUrl(origin, link.secret) }
      return { status: 201, body, action: 'signInLink.create', workspaceId, details: { workspaceMemberId } }
    },
  }
}

const PATH = /^\/admin\/(workspaces)(?:\/([^/]+)(?:\/([a-z-]+))?)?\/?$/

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const routeOf = (path: string): { readonly pattern: string; readonly reference: string } | null => {
  const found = PATH.exec(path)
  if (found === null) return null
  const [, collection = '', reference, verb] = found
  const pattern = [
    collection,
    ...(reference === undefined ? [] : [':id']),
    ...(verb === undefined ? [] : [verb]),
  ]
  return { pattern: pattern.join('/'), reference: decoded(reference ?? '') }
}

export const createAdmin = ({ pool, readJson, throttle, sessions, publicUrl }: AdminOptions): Middleware => {
  const actions = actionsOf(pool)

  const findBySession = async (ctx: Context): Promise<Operator | null> => {
    const holder = (await sessions.of(ctx))?.holder
    return holder?.kind === 'operator' ? { id: holder.operatorKeyId, name: holder.operatorName } : null
  }

  const identify = async (ctx: Context): Promise<Operator> => {
    const { authorization } = ctx.req.headers
    const secret = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    const byHeader = secret === undefined ? null : await findOperator(pool, secret)
    const operator = authorization === undefined ? await findBySession(ctx) : byHeader
    if (operator !== null) return operator
    throw new Problem('UNAUTHENTICATED', 'This is no operator key.')
  }

  return async (ctx, next) => {
    if (ctx.path !== '/admin' && !ctx.path.startsWith('/admin/')) return next()
    const operator = await countingFailures(throttle, ctx, identify)
    const route = routeOf(ctx.path)
    if (route === null) return next()
    const { pattern, reference } = route
    const action = actions[`${ctx.method} ${pattern}`]
    if (action === undefined) {
      const methods = Object.keys(actions).flatMap((key) =>
        key.endsWith(` ${pattern}`) ? [key.split(' ')[0] ?? ''] : [],
      )
      if (methods.length === 0) return next()
      throw methodNotAllowed(ctx.method, methods)
    }
    ctx.state.route = `/admin/${pattern}`
    const {
      status = 200,
      body,
      action: name,
      workspaceId = null,
      details = {},
    } = await action(
      reference,
      async (names) => bodyOf(await readJson(ctx.req), names),
      publicUrl ?? `${ctx.protocol}://${ctx.host}`,
    )
    if (name !== undefined) await audit(pool, operator, { action: name, workspaceId, details })
    ctx.status = status
    ctx.body = body
  }
}
