// The two questions of an orchestrator. `/healthz`: does the process serve? `/readyz`: can it answer requests, that is, does
// Postgres answer and is the gateway not on its way up or down? Neither needs a key, and neither tells more than that.

import { methodNotAllowed } from '../error/problem.ts'
import type { Middleware } from './context.ts'

export type Phase = 'starting' | 'serving' | 'closing'

export interface Health {
  /** Whether Postgres answers; settles quickly and never rejects. */
  readonly isDatabaseThere: () => Promise<boolean>
  readonly phase: () => Phase
}

const reasonOf = async (path: string, { phase, isDatabaseThere }: Health): Promise<string | null> => {
  if (phase() === 'starting') return 'starting'
  if (path === '/healthz') return null
  if (phase() === 'closing') return 'shutting down'
  return (await isDatabaseThere()) ? null : 'Postgres does not answer'
}

export const answerHealth =
  (health: Health): Middleware =>
  async (ctx, next) => {
    const { path } = ctx
    if (path !== '/healthz' && path !== '/readyz') return next()
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw methodNotAllowed(ctx.method, ['GET', 'HEAD'])
    const reason = await reasonOf(path, health)
    ctx.status = reason === null ? 200 : 503
    ctx.body = reason === null ? { status: 'ok' } : { status: 'unavailable', reason }
  }
