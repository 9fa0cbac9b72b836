// Authenticates operators.

import type { Pool } from 'pg'
import { findOperator, type Operator } from '../../../tenants/operator.ts'
import { refuseOperatorElsewhere } from '../../auth/networks.ts'
import type { Sessions } from '../../auth/session.ts'
import { Problem } from '../../error/problem.ts'
import type { Context } from '../../http/context.ts'
import { sourceOf } from '../../http/source.ts'

/** The operator of a request, by its key or the session of its cookie. */
export const createIdentify = (
  pool: Pool,
  sessions: Pick<Sessions, 'of'>,
  use?: { readonly isUse: boolean },
) => {
  const findBySession = async (ctx: Context): Promise<Operator | null> => {
    const holder = (await sessions.of(ctx))?.holder
    return holder?.kind === 'operator'
      ? {
          id: holder.operatorKeyId,
          name: holder.operatorName,
          scopes: holder.scopes,
          workspaceIds: holder.workspaceIds,
          networks: holder.networks,
        }
      : null
  }

  return async (ctx: Context): Promise<Operator> => {
    const { authorization } = ctx.req.headers
    const secret = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    const byHeader = secret === undefined ? null : await findOperator(pool, secret, use)
    const operator = authorization === undefined ? await findBySession(ctx) : byHeader
    if (operator === null) throw new Problem('UNAUTHENTICATED', 'Not an operator key.')
    refuseOperatorElsewhere(operator, ctx)
    return { ...operator, source: sourceOf(ctx) }
  }
}
