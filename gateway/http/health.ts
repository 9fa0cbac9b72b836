// Health checks. `/healthz`: the process serves. `/readyz`: it can answer requests, that is, Postgres is
// reachable and the gateway is neither starting nor stopping. Both are public and return no more than that.

import type { Context, PublicHandler } from './context.ts'

export type Phase = 'starting' | 'serving' | 'closing'

export interface Health {
  /** Why requests cannot be answered now; settles quickly and never rejects. */
  readonly obstacle: () => Promise<string | null>
  readonly phase: () => Phase
  /** Why the process should be restarted. Absent where a process that answers needs no restart. */
  readonly fault?: () => string | null
  /** What an operator should look at although requests are answered. */
  readonly warning?: () => Promise<string | null>
}

/** @param isDatabaseThere whether Postgres is reachable; settles quickly and never rejects */
export const obstacleOf = (isDatabaseThere: () => Promise<boolean>) => async (): Promise<string | null> =>
  (await isDatabaseThere()) ? null : 'Postgres is unreachable'

/** Null: the process answers. */
export const livenessOf = ({ phase, fault }: Health): string | null => startupOf(phase()) ?? fault?.() ?? null

/** Null: the start is over, its migrations included. */
export const startupOf = (phase: Phase): string | null => (phase === 'starting' ? 'starting' : null)

/** Null: requests can be answered. */
export const readinessOf = async ({ phase, obstacle }: Health): Promise<string | null> => {
  if (phase() === 'starting') return 'starting'
  if (phase() === 'closing') return 'shutting down'
  return obstacle()
}

/** By path. */
export const createHealth = (health: Health): Readonly<Record<'/healthz' | '/readyz', PublicHandler>> => {
  const answer = async (ctx: Context, reason: string | null): Promise<void> => {
    ctx.status = reason === null ? 200 : 503
    ctx.body = reason === null ? { status: 'ok' } : { status: 'unavailable', reason }
  }
  return {
    '/healthz': (ctx) => answer(ctx, livenessOf(health)),
    '/readyz': async (ctx) => answer(ctx, await readinessOf(health)),
  }
}
