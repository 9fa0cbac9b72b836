// The admin port: probes and metrics for the machines that run the gateway, and the operator API where it is
// private, on an address of its own that callers do not reach. Probes need no credential and return status
// and version only. Metrics need the token, or a host name of the allow-list, and so do other requests:
// without that check a page in a browser on the same machine could read it through a name that resolves to
// 127.0.0.1.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { Logger } from 'pino'
import type { Operator } from '../../tenants/operator.ts'
import { createApp } from '../app.ts'
import { Problem } from '../error/problem.ts'
import type { Context, Handler, Middleware, PublicHandler, Route, RouteRow } from '../http/context.ts'
import type { Health } from '../http/health.ts'
import { livenessOf, readinessOf, startupOf } from '../http/health.ts'
import { createHttpServer, type HttpServer } from '../http/server.ts'
import { answerOptions, routesOf, withoutAuthorisation } from '../http/surface.ts'
import { VERSION } from '../version.ts'
import type { Metrics } from './metrics.ts'

/** The operator API and the operators' side of the console. */
export interface OperatorSurface {
  readonly authorise: (handle: Handler<Operator>) => Middleware
  readonly rows: readonly RouteRow<Handler<Operator>>[]
  readonly session: Readonly<Record<'show' | 'signIn' | 'signOut', PublicHandler>>
  readonly sendPage: ((ctx: Context) => Promise<boolean>) | undefined
}

interface HostNames {
  /** Address that the port listens on. */
  readonly host: string
  /** Further host names that requests may be sent to. */
  readonly allowedHosts: readonly string[]
}

interface OperatorServerOptions extends HostNames {
  readonly log: Logger
  readonly operators: OperatorSurface
}

interface AdminServerOptions extends HostNames {
  readonly log: Logger
  readonly health: Health
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  /** Null: metrics are protected by the address and the host names alone. */
  readonly token: string | null
  /** Null: they are served on the public port, or by the listener `beyond`. */
  readonly operators: OperatorSurface | null
  /** Answers requests for other paths than those of probes and metrics. */
  readonly beyond?: RequestListener | undefined
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The name in a `Host` header, without its port. */
const hostNameOf = (header: string): string => header.replace(/:\d+$/, '').toLowerCase()

const bearerOf = (ctx: Context): string | null =>
  /^Bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1] ?? null

/** Refuses names that a page in a browser made resolve to this port. */
const createHostCheck = ({ host, allowedHosts }: HostNames) => {
  const names = new Set([...LOOPBACK, host.toLowerCase(), ...allowedHosts.map((name) => name.toLowerCase())])
  return (ctx: Context): void => {
    if (!names.has(hostNameOf(ctx.get('host'))))
      throw new Problem(
        'FORBIDDEN',
        'This host name is not allowed. ADMIN_ALLOWED_HOSTS lists the names of the admin port.',
      )
  }
}

const createMetricsGuard = ({ token }: AdminServerOptions, checkHost: (ctx: Context) => void) => {
  const expected = token === null ? null : digest(token)
  return (handle: Handler): Middleware =>
    async (ctx) => {
      const given = bearerOf(ctx)
      if (expected !== null) {
        if (given === null)
          throw new Problem('UNAUTHENTICATED', 'Metrics require `Authorization: Bearer` with METRICS_TOKEN.')
        if (!timingSafeEqual(digest(given), expected))
          throw new Problem('UNAUTHENTICATED', 'Not the METRICS_TOKEN of this gateway.', {
            hint: 'API keys and operator keys do not open /metrics.',
          })
      } else checkHost(ctx)
      await handle(ctx, null)
    }
}

const answerProbe = async (ctx: Context, reason: string | null, warning?: string | null): Promise<void> => {
  ctx.state.isRoutine = true
  ctx.status = reason === null ? 200 : 503
  ctx.body = { status: reason ?? 'ok', version: VERSION, ...(warning ? { warning } : {}) }
}

const reading = (handle: Handler) => ({ GET: handle, HEAD: handle })

const operatorRoutes = (
  { authorise, rows, session }: OperatorSurface,
  checkHost: (ctx: Context) => void,
): readonly Route[] => {
  const checked =
    (inner: Middleware): Middleware =>
    (ctx, next) => {
      checkHost(ctx)
      return inner(ctx, next)
    }
  const sessions = {
    ...reading(session.show),
    POST: session.signIn,
    DELETE: session.signOut,
    OPTIONS: answerOptions,
  }
  return [
    ...routesOf({ authorise: (handle) => checked(withoutAuthorisation(handle)), spelling: 'exact' }, [
      { pattern: '/console/session', methods: sessions },
    ]),
    ...routesOf({ authorise: (handle) => checked(authorise(handle)) }, rows),
  ]
}

const pagesOf = ({ sendPage }: OperatorSurface, checkHost: (ctx: Context) => void) =>
  sendPage &&
  ((ctx: Context) => {
    checkHost(ctx)
    return sendPage(ctx)
  })

/** The operators' part of the port in one of several processes; the primary passes the requests on. */
export const createOperatorServer = ({ log, operators, ...names }: OperatorServerOptions): HttpServer => {
  const checkHost = createHostCheck(names)
  const app = createApp({
    log,
    isHttps: false,
    // The primary, which sets X-Forwarded-For itself.
    trustedProxies: 1,
    routes: operatorRoutes(operators, checkHost),
    corsOrigins: [],
    sendPage: pagesOf(operators, checkHost),
  })
  return createHttpServer(app.callback())
}

const observedRoutes = (options: AdminServerOptions, checkHost: (ctx: Context) => void): readonly Route[] => {
  const { health, metrics } = options
  const probes = { authorise: withoutAuthorisation, spelling: 'exact' } as const
  const guarded = { authorise: createMetricsGuard(options, checkHost), spelling: 'exact' } as const
  return [
    ...routesOf(probes, [
      { pattern: '/live', methods: reading((ctx) => answerProbe(ctx, livenessOf(health))) },
      {
        pattern: '/ready',
        methods: reading(async (ctx) =>
          answerProbe(ctx, await readinessOf(health), await health.warning?.()),
        ),
      },
      { pattern: '/startup', methods: reading((ctx) => answerProbe(ctx, startupOf(health.phase()))) },
    ]),
    ...routesOf(guarded, [
      {
        pattern: '/metrics',
        methods: reading(async (ctx) => {
          ctx.state.isRoutine = true
          ctx.type = metrics.contentType
          ctx.body = await metrics.text()
        }),
      },
    ]),
  ]
}

export const createAdminServer = (options: AdminServerOptions): HttpServer => {
  const { log, operators, beyond } = options
  const checkHost = createHostCheck(options)
  const observed = observedRoutes(options, checkHost)
  const app = createApp({
    log,
    isHttps: false,
    trustedProxies: 0,
    routes: [...observed, ...(operators === null ? [] : operatorRoutes(operators, checkHost))],
    corsOrigins: [],
    sendPage: operators === null ? undefined : pagesOf(operators, checkHost),
  })
  const answer = app.callback()
  if (beyond === undefined) return createHttpServer(answer)
  const own = new Set(observed.map(({ pattern }) => pattern))
  return createHttpServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    if (own.has(path)) answer(request, response)
    else beyond(request, response)
  })
}

/** @returns the port in use */
export const listenAdmin = (server: HttpServer, port: number, host: string): Promise<number> =>
  server.listen(port, host).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`ADMIN_PORT ${port} of ADMIN_HOST ${host} cannot be opened: ${reason}.`, { cause })
  })
