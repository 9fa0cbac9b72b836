// What a gateway is made from, and what it offers to the process, tests and benchmarks.

import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { ConnectionPoolStats } from '../sql/pipeline/pool.ts'
import type { Placement, PlacementOptions } from '../sql/placement.ts'
import type { Tokens } from './auth/token.ts'
import type { Config } from './config.ts'
import type { ConsoleBuilt } from './console/console.ts'
import type { Route } from './http/context.ts'
import type { Tracing } from './observe/trace/tracing.ts'
import type { Siblings } from './processes/siblings.ts'
import type { Reloaded } from './reload.ts'
import type { WebhookWorld } from './webhooks/webhooks.ts'

export interface GatewayOptions {
  readonly config: Config
  /** The owner's URL, of a new database or one that Tenantry has used. */
  readonly ownerUrl: string
  readonly secretKey: string
  readonly log: Logger
  /** Reads the settings again, for a reload; without it the ones of the start stay. */
  readonly readSettings?: () => Promise<Config>
  /** The caller closes it after the gateway. */
  readonly tracing?: Tracing | undefined
  readonly console?: ConsoleBuilt
  /** Of a gateway with several processes. */
  readonly siblings?: Siblings
  /** For tests. */
  readonly webhookWorld?: WebhookWorld
  /** For tests. Default: one Postgres, or the nodes of a Citus cluster. */
  readonly openPlacement?: ((options: PlacementOptions) => Placement) | undefined
  /** How long a WebSocket may stay without `connection_init`, for tests. */
  readonly socketInitMs?: number
}

export interface Gateway {
  /** The owner's; ends with the gateway. */
  readonly pool: Pool
  readonly tokens: Tokens
  /** Looks for due deliveries of webhooks, now. */
  readonly deliver: () => void
  /** Sizes of its caches and pools, for tests and diagnosis. */
  readonly stats: () => {
    readonly connections: ConnectionPoolStats
    readonly schemaVersions: number
    readonly compilations: number
    readonly workspaces: number
    readonly streams: number
  }
  /** The route table, for tests. */
  readonly routes: readonly Pick<Route, 'pattern' | 'answers'>[]
  /** This database never had a workspace. */
  readonly isFirstStart: boolean
  /**
   * Takes the port, runs `beforeServing` (after the port, so that nothing is lost if the port is in use), and
   * starts to serve. Returns the public address.
   */
  readonly listen: (beforeServing?: () => Promise<void>) => Promise<string>
  /** Port of the probes and metrics, once it listens; null: there is none. */
  readonly adminPort: () => number | null
  /** Reads the settings again and applies what can be applied; rejects with a ConfigError. */
  readonly reload: () => Promise<Reloaded>
  /**
   * Goes on serving for the time of DRAIN_DELAY_SECONDS, no longer ready and with `Connection: close` in
   * every answer. Call it before `close`. A process that others replace stays ready, for `replacedAfterMs`.
   */
  readonly drain: (replacedAfterMs?: number) => Promise<void>
  /** Finishes running requests, for 10 seconds at most, and releases all resources. */
  readonly close: () => Promise<void>
}
