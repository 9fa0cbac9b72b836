// The two questions of an orchestrator. `/healthz`: does the process serve? `/readyz`: can it answer
// requests, that is, does Postgres answer and is the gateway not on its way up or down? Neither needs a key,
// and neither tells more than that.

import type { Context, PublicHandler } from './context.ts'

export type Phase = 'starting' | 'serving' | 'closing'

export interface Health {
  /** Whether Postgres answers; settles quickly and never rejects. */
  readonly isDatabaseThere: () => Promise<boolean>
  readonly phase: () => Phase
}

const livenessOf = (phase: Phase): string | null => (phase === 'starting' ? 'starting' : null)

const readinessOf = async ({ phase, isDatabaseThere }: Health): Promise<string | null> => {
  if (phase() === 'starting') return 'starting'
  if (phase() === 'closing') return 'shutting down'
  return (await isDatabaseThere()) ? null : 'Postgres does not answer'
}

/** By path. */
export const createHealth = (health: Health): Readonly<Record<'/healthz' | '/readyz', PublicHandler>> => {
  const answer = async (ctx: Context, reason: string | null): Promise<void> => {
    ctx.status = reason === null ? 200 : 503
    ctx.body = reason === null ? { status: 'ok' } : { status: 'unavailable', reason }
  }
  return {
    '/healthz': (ctx) => answer(ctx, livenessOf(health.phase())),
    '/readyz': async (ctx) => answer(ctx, await readinessOf(health)),
  }
}
