// The route table: for each surface its path matching, authorisation, methods, and rows of paths, methods and
// handlers. The first route that matches a path answers, so surfaces with paths inside another's come first.

import { type Authorisation, createAuthorisation, type Handler, type Retry } from './entry/authorise.ts'
import type { Context, Middleware, PublicHandler, Route, RouteRow } from './http/context.ts'
import { createHealth, type Health } from './http/health.ts'
import { answerOptions, routesOf, withoutAuthorisation, withTwins } from './http/surface.ts'
import type { RateLimitSubject } from './limits/throttle.ts'

type Rows<Given> = readonly RouteRow<Handler<Given>>[]

interface GraphQLEndpoint<RequestContext> {
  readonly handle: Handler<RequestContext>
  readonly isUpgrade: (ctx: Context) => boolean
  /** The socket's first message authenticates. */
  readonly openSocket: PublicHandler
}

interface RouteParts<Caller extends RateLimitSubject, RequestContext, Operator> {
  readonly authorisation: Authorisation<Caller, RequestContext>
  readonly health: Health
  readonly root: PublicHandler
  readonly keySet: PublicHandler
  readonly console: {
    readonly session: Readonly<Record<'show' | 'signIn' | 'signOut', PublicHandler>>
    readonly usage: PublicHandler
    readonly audit: PublicHandler
  }
  readonly admin: {
    readonly authorise: (handle: Handler<Operator>) => Middleware
    readonly rows: Rows<Operator>
  }
  /** OpenAPI documents, public too. */
  readonly documents: Rows<RequestContext | null>
  readonly metadata: Rows<RequestContext>
  readonly records: Rows<RequestContext>
  /** The change feed. */
  readonly changes: Rows<RequestContext>
  /** Streams of changes, which a ticket may open. */
  readonly streams: Rows<RequestContext>
  readonly authenticateStream: (ctx: Context) => Promise<Caller>
  /** Retries a request if the model changed under it. */
  readonly retry: Retry<RequestContext>
  readonly graphql: GraphQLEndpoint<RequestContext>
  readonly metadataGraphql: {
    /** Null: an anonymous caller. */
    readonly handle: Handler<RequestContext | null>
    /** Whether everything in the request is public. */
    readonly isPublic: (ctx: Context) => Promise<boolean>
  }
}

const READING = ['GET', 'HEAD', 'OPTIONS'] as const
const REST = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const GRAPHQL = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const

const reading = <Handle>(handle: Handle) => ({ GET: handle, HEAD: handle })

const consoleReads = (
  handlers: Readonly<Record<string, PublicHandler>>,
): readonly RouteRow<PublicHandler>[] =>
  Object.entries(handlers).map(([pattern, handle]) => ({
    pattern,
    methods: { ...reading(handle), OPTIONS: answerOptions },
  }))

/** Upgrades open their socket instead. */
const unlessSocket =
  <RequestContext>(
    { isUpgrade, openSocket }: GraphQLEndpoint<RequestContext>,
    authorise: (handle: Handler<RequestContext>) => Middleware,
  ) =>
  (handle: Handler<RequestContext>): Middleware => {
    const authorised = authorise(handle)
    return (ctx, next) => (isUpgrade(ctx) ? openSocket(ctx) : authorised(ctx, next))
  }

export const createRoutes = <Caller extends RateLimitSubject, RequestContext, Operator>(
  parts: RouteParts<Caller, RequestContext, Operator>,
): readonly Route[] => {
  const authorised = createAuthorisation(parts.authorisation)
  const streaming = createAuthorisation({ ...parts.authorisation, authenticate: parts.authenticateStream })
  const authorisedOr =
    (isPublic: (ctx: Context) => Promise<boolean>) =>
    (handle: Handler<RequestContext | null>): Middleware => {
      const known = authorised(handle)
      return async (ctx, next) => ((await isPublic(ctx)) ? handle(ctx, null) : known(ctx, next))
    }
  const metadata = parts.metadataGraphql.handle
  const { session, usage, audit } = parts.console
  const health = createHealth(parts.health)
  const rest = {
    authorise: (handle: Handler<RequestContext>) => authorised(handle, { retry: parts.retry }),
    known: REST,
  }
  const graphql = { protocol: 'graphql', known: GRAPHQL, isCrossOrigin: true, spelling: 'caseless' } as const
  return [
    routesOf({ authorise: withoutAuthorisation, spelling: 'exact', isCrossOrigin: true }, [
      { pattern: '/', methods: reading(parts.root) },
      { pattern: '/healthz', methods: reading(health['/healthz']) },
      { pattern: '/readyz', methods: reading(health['/readyz']) },
      { pattern: '/.well-known/jwks.json', methods: reading(parts.keySet) },
    ]),
    routesOf({ authorise: withoutAuthorisation, spelling: 'exact' }, [
      {
        pattern: '/console/session',
        methods: {
          ...reading(session.show),
          POST: session.signIn,
          DELETE: session.signOut,
          OPTIONS: answerOptions,
        },
      },
      ...consoleReads({ '/console/usage': usage, '/console/audit': audit }),
    ]),
    routesOf({ authorise: parts.admin.authorise }, parts.admin.rows),
    routesOf({ ...graphql, authorise: unlessSocket(parts.graphql, authorised) }, [
      { pattern: '/graphql', methods: { ...reading(parts.graphql.handle), POST: parts.graphql.handle } },
    ]),
    routesOf({ ...graphql, authorise: authorisedOr(parts.metadataGraphql.isPublic) }, [
      { pattern: '/metadata', methods: { ...reading(metadata), POST: metadata } },
    ]),
    routesOf(
      {
        authorise: (handle) => authorised(handle, { answerAnonymous: handle }),
        known: READING,
        isCrossOrigin: true,
        spelling: 'caseless',
      },
      parts.documents,
    ),
    routesOf({ authorise: authorised, isCrossOrigin: true }, parts.changes),
    routesOf({ authorise: streaming, isCrossOrigin: true }, parts.streams),
    routesOf({ ...rest, isCrossOrigin: true }, withTwins(parts.metadata)),
    routesOf({ ...rest, isCrossOrigin: true }, parts.records),
  ].flat()
}
