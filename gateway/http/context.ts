// State of a request, beyond Koa's own. Set on the way in, in the order of app.ts. The types of the route
// table are here too, because a request carries its matched route.

import type { Middleware as KoaMiddleware, ParameterizedContext } from 'koa'
import type { TicketClaims } from '../auth/ticketClaims.ts'

/** The error format of a surface. */
export type Protocol = 'rest' | 'graphql'

/** In the order of the `Allow` header. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'] as const
export type Method = (typeof METHODS)[number]

/** A path, and the handler of each method. */
export interface RouteRow<Operation> {
  /**
   * `{name}` matches one segment of the path, `{...}` at the end any number of segments, everything else
   * itself.
   */
  readonly pattern: string
  readonly methods: Readonly<Partial<Record<Method, Operation>>>
  /** For other methods; a 405 by default. */
  readonly otherwise?: Operation
}

/** A row of the route table. */
export interface Route {
  readonly pattern: string
  readonly protocol: Protocol
  /** Pages of other origins may call it. */
  readonly isCrossOrigin: boolean
  /**
   * `exact`: the path equals the pattern; `caseless`: in upper or lower case, optionally with a slash at the
   * end; otherwise empty segments of the path are ignored.
   */
  readonly spelling: 'exact' | 'caseless' | 'segments'
  /** The `Allow` header, as far as the route alone decides it. */
  readonly allow: readonly Method[]
  /** Other methods than these are refused before authentication; null: none are. */
  readonly known: readonly string[] | null
  /** Authorisation and handler. */
  readonly answers: ReadonlyMap<string, Middleware>
  readonly otherwise: Middleware
}

/** The request target, read once. */
export interface RequestTarget {
  /** As sent, still percent-encoded. */
  readonly path: string
  /** The query string without its question mark. */
  readonly search: string
  /** Null: no route matches. */
  readonly route: Route | null
  /** Segments captured by the pattern, still percent-encoded. */
  readonly params: Readonly<Record<string, string>>
}

interface RequestState {
  requestId: string
  protocol: Protocol
  target: RequestTarget
  /** The authenticated caller, for the access log. */
  workspaceId?: string
  callerId?: string
  /** Names the sign-in link that is tried, without revealing it. */
  signInLink?: string
  /** The ticket that opens a stream. */
  ticket?: TicketClaims
  /** Ids of its span, where requests are traced. */
  trace?: { readonly traceId: string; readonly spanId: string }
  /** Something was written: the request must not be retried. */
  hasWritten?: boolean
  /** A probe or a file of the console: its success is not worth a line of the log. */
  isRoutine?: boolean
  /** Of a request that waits for a change, as it has asked: it is not slow. */
  waitedMs?: number
  /** The route's pattern, for the access log, if more informative than the path. */
  route?: string
}

export type Context = ParameterizedContext<RequestState>
export type Middleware = KoaMiddleware<RequestState>
/** Handles a request with the result of its authorisation. */
export type Handler<Given = null> = (ctx: Context, given: Given) => Promise<void>
/** Handles requests of anonymous callers too. */
export type PublicHandler = (ctx: Context) => Promise<void>
