// Middleware that counts every request of an authenticated caller, refused ones too. Unknown paths have no
// route of their own: made-up paths must not fill a table.

import type { Middleware } from '../http/context.ts'
import type { Meter } from './meter.ts'

const NO_ROUTE = '(unknown path)'

export const measureRequests =
  (meter: Meter): Middleware =>
  async (ctx, next) => {
    const startMs = performance.now()
    await next()
    const { workspaceId, callerId, route = NO_ROUTE } = ctx.state
    if (workspaceId === undefined || callerId === undefined) return
    const ms = performance.now() - startMs
    meter.note({ workspaceId, callerId, route: `${ctx.method} ${route}`, status: ctx.status, ms })
  }
