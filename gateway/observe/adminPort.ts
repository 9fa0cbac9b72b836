// Opens the admin port, if it has one. What serves it is loaded only then: a gateway without it keeps no
// metrics, and pays nothing for them.

import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { type Health, readinessOf } from '../http/health.ts'
import type { HttpServer } from '../http/server.ts'
import type { Siblings } from '../processes/siblings.ts'
import type { OperatorSurface } from './adminServer.ts'
import type { Metrics, Sources } from './metrics.ts'

interface AdminPort {
  readonly metrics: Metrics
  readonly listen: (
    parts: Sources & {
      readonly log: Logger
      readonly health: Health
      readonly operators: OperatorSurface
    },
  ) => Promise<void>
  /** The port in use; null before `listen`. */
  readonly port: () => number | null
  readonly close: () => Promise<void>
}

const DRAIN_MS = 1_000

/** Null: ADMIN_PORT is off. With siblings the primary serves it, and asks this process. */
export const openAdminPort = async (
  config: Pick<
    Config,
    'adminPort' | 'adminHost' | 'adminApi' | 'adminAllowedHosts' | 'metricsToken' | 'metricsWorkspaces'
  >,
  siblings?: Siblings,
): Promise<AdminPort | null> => {
  const { adminPort, adminHost: host, adminAllowedHosts: allowedHosts, metricsToken: token } = config
  if (adminPort === null) return null
  const [{ createMetrics }, { createAdminServer, createOperatorServer, listenAdmin }] = await Promise.all([
    import('./metrics.ts'),
    import('./adminServer.ts'),
  ])
  const metrics = createMetrics(config.metricsWorkspaces)
  let server: HttpServer | null = null
  let port: number | null = null
  return Object.freeze({
    metrics,
    listen: async ({ log, health, operators: surface, ...sources }: Parameters<AdminPort['listen']>[0]) => {
      metrics.watch(sources)
      const operators = config.adminApi === 'private' ? surface : null
      if (siblings !== undefined) {
        siblings.answer({
          metrics: metrics.json,
          ready: () => readinessOf(health),
          warning: async () => health.warning?.(),
        })
        port = siblings.adminPort
        if (operators === null || siblings.operatorSocket === null) return
        server = createOperatorServer({ log, host, allowedHosts, operators })
        await server.listenAt(siblings.operatorSocket)
        return
      }
      server = createAdminServer({ log, health, metrics, token, host, allowedHosts, operators })
      port = await listenAdmin(server, adminPort, host)
      log.info({ host, port }, 'serving probes and metrics')
    },
    port: () => port,
    close: async () => {
      metrics.close()
      await server?.close(DRAIN_MS)
    },
  })
}
