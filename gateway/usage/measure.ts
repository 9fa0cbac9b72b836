// Measures requests on their way. In: the inner middlewares; out: a count for every request of a known
// caller, refused ones too. A path that is none has no route of its own: what strangers make up must not fill
// a table.

import type { Middleware } from '../http/context.ts'
import type { Meter } from './meter.ts'

const NO_ROUTE = '(unknown path)'

export const measureRequests =
  (meter: Meter): Middleware =>
  async (ctx, next) => {
    const startMs = performance.now()
    await next()
    const { workspaceId, spenderId, route = NO_ROUTE } = ctx.state
    if (workspaceId === undefined || spenderId === undefined) return
    const ms = performance.now() - startMs
    meter.note({ workspaceId, spenderId, route: `${ctx.method} ${route}`, status: ctx.status, ms })
  }
