// The operator API: workspaces from above, under /admin. In: a request with an operator's key or session; out: JSON, and a row of
// the audit table for everything that was changed. Keys of workspaces open nothing here, and operators' keys nothing elsewhere.

import type { Pool } from 'pg'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import { audit, findOperator, type Operator } from '../../tenants/operator.ts'
import { countingFailures } from '../auth/failures.ts'
import type { Sessions } from '../auth/session.ts'
import { methodNotAllowed, Problem } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, Middleware } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'
import { ACTIONS, namesOf, type Outcome, takesBody } from './actions.ts'
import { bodyOf } from './body.ts'

export interface AdminOptions {
  readonly pool: Pool
  readonly readJson: ReadJson
  readonly throttle: Pick<Throttle, 'fail'>
  readonly sessions: Pick<Sessions, 'of'>
  /** Null: the one that the caller used. */
  readonly publicUrl: string | null
}

const PATH = /^\/admin\/(workspaces)(?:\/([^/]+)(?:\/([a-z-]+)(?:\/([^/]+))?)?)?\/?$/

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Route {
  readonly pattern: string
  readonly reference: string
  /** Id of a part of the workspace; empty where the path names none. */
  readonly part: string
}

const routeOf = (path: string): Route | null => {
  const found = PATH.exec(path)
  if (found === null) return null
  const [, collection = '', reference, verb, part] = found
  const pattern = [
    collection,
    ...(reference === undefined ? [] : [':id']),
    ...(verb === undefined ? [] : [verb]),
    ...(part === undefined ? [] : [':part']),
  ]
  return { pattern: pattern.join('/'), reference: decoded(reference ?? ''), part: decoded(part ?? '') }
}

export const createAdmin = ({ pool, readJson, throttle, sessions, publicUrl }: AdminOptions): Middleware => {
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
    const { pattern, reference, part } = route
    const action = ACTIONS[`${ctx.method} ${pattern}`]
    if (action === undefined) {
      const methods = Object.keys(ACTIONS).flatMap((key) =>
        key.endsWith(` ${pattern}`) ? [key.split(' ')[0] ?? ''] : [],
      )
      if (methods.length === 0) return next()
      throw methodNotAllowed(ctx.method, methods)
    }
    ctx.state.route = `/admin/${pattern}`
    const call = {
      reference,
      part,
      // Before the transaction begins: a slow sender holds no connection of the owner.
      body: takesBody(ctx.method, pattern)
        ? bodyOf(await readJson(ctx.req), namesOf(ctx.method, pattern))
        : {},
      origin: publicUrl ?? `${ctx.protocol}://${ctx.host}`,
    }
    const run = async (connection: Connection): Promise<Outcome> => {
      const outcome = await action({ ...call, connection })
      const { action: name, workspaceId = null, details = {} } = outcome
      if (name !== undefined) await audit(connection, operator, { action: name, workspaceId, details })
      return outcome
    }
    // What is changed and what is written about it stand or fall together.
    const { status = 200, body } = ctx.method === 'GET' ? await run(pool) : await inTransaction(pool, run)
    ctx.status = status
    ctx.body = body
  }
}
