// What middlewares know of one request, beside what Koa knows. Filled on the way in, in the order of app.ts.
// The rows of the table of routes are here too, because a request carries the one that it matched.

import type { Middleware as KoaMiddleware, ParameterizedContext } from 'koa'

/** How a surface words its answers. */
export type Protocol = 'rest' | 'graphql'

/** In the order in which `Allow` lists them. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'] as const
export type Method = (typeof METHODS)[number]

/** A path, and what each method means there. */
export interface Row<Operation> {
  /**
   * `{name}` stands for one segment of the path, `{...}` at the end for any number of segments, everything
   * else for itself.
   */
  readonly pattern: string
  readonly methods: Readonly<Partial<Record<Method, Operation>>>
  /** For methods that are not listed; a 405 by default. */
  readonly otherwise?: Operation
}

/** A row of the table that requests are matched against. */
export interface Route {
  readonly pattern: string
  readonly protocol: Protocol
  /** Pages of other origins may call it. */
  readonly isCrossOrigin: boolean
  /**
   * `exact`: the path is the pattern; `caseless`: letters of either case, and a slash at the end; otherwise
   * empty segments of the path are ignored.
   */
  readonly spelling: 'exact' | 'caseless' | 'segments'
  /** What `Allow` lists, as far as the route alone decides it. */
  readonly allow: readonly Method[]
  /** Methods that are refused before the caller is known are all but these; null: none. */
  readonly known: readonly string[] | null
  /** Authorisation and handler. */
  readonly answers: ReadonlyMap<string, Middleware>
  readonly otherwise: Middleware
}

/** The request target, read once. */
export interface Target {
  /** As it was sent, still percent-encoded. */
  readonly path: string
  /** The query string without its question mark. */
  readonly search: string
  /** Null: no route has this path. */
  readonly route: Route | null
  /** Segments that the pattern names, still percent-encoded. */
  readonly params: Readonly<Record<string, string>>
}

export interface RequestState {
  requestId: string
  protocol: Protocol
  target: Target
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
/** Answers a request, with what authorising it gave. */
export type Handler<Given = null> = (ctx: Context, given: Given) => Promise<void>
/** Answers everybody. */
export type PublicHandler = (ctx: Context) => Promise<void>
