// The admin port: probes and metrics for the machines that run the gateway, on an address of its own that
// callers do not reach. Probes need no credential and return status and version only. Metrics need the token,
// or a host name of the allow-list: without that check a page in a browser on the same machine could read
// them through a name that resolves to 127.0.0.1.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Logger } from 'pino'
import { createApp } from '../app.ts'
import { Problem } from '../error/problem.ts'
import type { Context, Handler, Middleware } from '../http/context.ts'
import type { Health } from '../http/health.ts'
import { livenessOf, readinessOf, startupOf } from '../http/health.ts'
import { createHttpServer, type HttpServer } from '../http/server.ts'
import { routesOf, withoutAuthorisation } from '../http/surface.ts'
import { VERSION } from '../version.ts'
import type { Metrics } from './metrics.ts'

interface AdminServerOptions {
  readonly log: Logger
  readonly health: Health
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  /** Null: metrics are protected by the address and the host names alone. */
  readonly token: string | null
  /** Address that the port listens on. */
  readonly host: string
  /** Further host names that requests may be sent to. */
  readonly allowedHosts: readonly string[]
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The name in a `Host` header, without its port. */
const hostNameOf = (header: string): string => header.replace(/:\d+$/, '').toLowerCase()

const bearerOf = (ctx: Context): string | null =>
  /^Bearer +(\S+)$/i.exec(ctx.get('authorization'))?.[1] ?? null

const createGuard = ({ token, host, allowedHosts }: AdminServerOptions) => {
  const names = new Set([...LOOPBACK, host.toLowerCase(), ...allowedHosts.map((name) => name.toLowerCase())])
  const expected = token === null ? null : digest(token)
  return (handle: Handler): Middleware =>
    async (ctx) => {
      const given = bearerOf(ctx)
      if (expected !== null) {
        if (given === null || !timingSafeEqual(digest(given), expected))
          throw new Problem('UNAUTHENTICATED', 'Metrics need `Authorization: Bearer` with METRICS_TOKEN.')
      } else if (!names.has(hostNameOf(ctx.get('host'))))
        throw new Problem(
          'FORBIDDEN',
          'This host name is not allowed. ADMIN_ALLOWED_HOSTS lists the names of the admin port.',
        )
      await handle(ctx, null)
    }
}

const answerProbe = async (ctx: Context, reason: string | null): Promise<void> => {
  ctx.status = reason === null ? 200 : 503
  ctx.body = { status: reason ?? 'ok', version: VERSION }
}

const reading = (handle: Handler) => ({ GET: handle, HEAD: handle })

export const createAdminServer = (options: AdminServerOptions): HttpServer => {
  const { log, health, metrics } = options
  const probes = { authorise: withoutAuthorisation, spelling: 'exact' } as const
  const guarded = { authorise: createGuard(options), spelling: 'exact' } as const
  const routes = [
    ...routesOf(probes, [
      { pattern: '/live', methods: reading((ctx) => answerProbe(ctx, livenessOf(health.phase()))) },
      { pattern: '/ready', methods: reading(async (ctx) => answerProbe(ctx, await readinessOf(health))) },
      { pattern: '/startup', methods: reading((ctx) => answerProbe(ctx, startupOf(health.phase()))) },
    ]),
    ...routesOf(guarded, [
      {
        pattern: '/metrics',
        methods: reading(async (ctx) => {
          ctx.type = metrics.contentType
          ctx.body = await metrics.text()
        }),
      },
    ]),
  ]
  // Probes come every few seconds: only their failures belong in the log.
  const app = createApp({
    log: log.child({}, { level: 'warn' }),
    isHttps: false,
    trustedProxies: 0,
    routes,
    corsOrigins: [],
  })
  return createHttpServer(app.callback())
}
