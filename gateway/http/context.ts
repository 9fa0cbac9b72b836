// What middlewares know of one request, beside what Koa knows. Filled on the way in, in the order of app.ts.

import type { Middleware as KoaMiddleware, ParameterizedContext } from 'koa'

/** How a surface words its answers. */
export type Face = 'rest' | 'graphql'

export interface RequestState {
  requestId: string
  face: Face
  /** Who asks, once it is known; for the access log. */
  workspaceId?: string
  spenderId?: string
  /** Something was written already: the request must not begin anew. */
  hasWritten?: boolean
  /** The route's pattern, for the access log, where it says more than the path. */
  route?: string
}

export type Context = ParameterizedContext<RequestState>
export type Middleware = KoaMiddleware<RequestState>
