// From environment variables to a frozen Config, or one ConfigError that names every fault. Pure: reads no
// file and opens no connection. The settings are defined in settings.ts.

import type { Setting } from './setting.ts'
import { type LogLevel, SETTINGS } from './settings.ts'

export interface Config {
  readonly port: number
  readonly host: string
  /** Without a trailing slash. */
  readonly publicUrl: string | null
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly secretKey: string | null
  /** The one before, while it is replaced. */
  readonly previousSecretKey: string | null
  readonly logLevel: LogLevel
  /** 0: none is slow. */
  readonly slowLogMs: number
  readonly loggedPercent: number
  readonly servesConsole: boolean
  readonly servesDocs: boolean
  readonly processes: number | 'auto'
  readonly processTimeoutSeconds: number
  readonly connections: number
  /** Further ones for each of `connections`, while their backends are full. */
  readonly poolGrowth: number
  readonly rateLimitPerMinute: number
  readonly sessionRateLimitPerMinute: number
  /** 0: no ceiling. */
  readonly workspaceRateLimitPerMinute: number
  readonly maxBatchRecords: number
  readonly maxConcurrentStatements: number
  readonly requestTimeoutMs: number
  readonly bodyLimitBytes: number
  /** Null: derived from the limits of the process. */
  readonly cacheMemoryMb: number | null
  /** Null: 400 in a new installation; one from before keeps the audit log. */
  readonly auditDays: number | null
  readonly graceDays: number
  readonly capture: 'on' | 'demand'
  readonly feedRetentionDays: number
  readonly feedMaxMb: number
  readonly drainDelaySeconds: number
  readonly maxWebhooks: number
  readonly outboundAllowedHosts: readonly string[]
  readonly outboundProxy: string | null
  readonly maxStreams: number
  readonly maxStreamsPerCaller: number
  readonly corsOrigins: '*' | readonly string[]
  /** Null: off. */
  readonly adminPort: number | null
  readonly adminHost: string
  readonly adminApi: 'public' | 'private'
  readonly adminAllowedHosts: readonly string[]
  readonly metricsToken: string | null
  /** Of the command line. */
  readonly operatorKey: string | null
  readonly trustedProxies: number
}

/** All faults of the environment, one line each. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.join('\n')}`,
    )
    this.name = 'ConfigError'
  }

  /** One that another process has thrown. */
  static again(message: string): ConfigError {
    return Object.assign(new ConfigError([]), { message })
  }
}

const describe = (text: string, isSecret: boolean): string =>
  isSecret
    ? `a value of ${text.length} characters`
    : JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)

const refuseContradictions = (config: Config, faults: string[]): void => {
  if (config.previousSecretKey !== null && config.previousSecretKey === config.secretKey)
    faults.push('  SECRET_KEY_PREVIOUS equals SECRET_KEY; it is the key before.')
  if (config.adminPort !== null && config.metricsToken === null && !isLoopback(config.adminHost))
    faults.push('  METRICS_TOKEN is not set; it is needed where ADMIN_HOST is not a loopback address.')
  if (config.adminPort === null && config.adminApi === 'private')
    faults.push('  ADMIN_PORT is not set; ADMIN_API=private needs it.')
}

/** Checks the whole environment before throwing; an empty variable counts as unset. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const faults: string[] = []
  const read = <T>(setting: Setting<T>): T => {
    const text = environment[setting.variable]?.trim() ?? ''
    if (text === '') return setting.absent
    const parsed = setting.parse(text)
    if (parsed !== undefined) return parsed
    const { variable, accepts, isSecret = false } = setting
    faults.push(`  ${variable} is ${describe(text, isSecret)}; expected ${accepts}.`)
    return setting.absent
  }
  const config: Config = {
    port: read(SETTINGS.port),
    host: read(SETTINGS.host),
    publicUrl: read<string | null>(SETTINGS.publicUrl),
    dataDir: read(SETTINGS.dataDir),
    databaseUrl: read<string | null>(SETTINGS.databaseUrl),
    redisUrl: read<string | null>(SETTINGS.redisUrl),
    secretKey: read<string | null>(SETTINGS.secretKey),
    previousSecretKey: read<string | null>(SETTINGS.previousSecretKey),
    logLevel: read<LogLevel>(SETTINGS.logLevel),
    slowLogMs: read(SETTINGS.slowLogMs),
    loggedPercent: read(SETTINGS.loggedPercent),
    servesConsole: read<boolean>(SETTINGS.servesConsole),
    servesDocs: read<boolean>(SETTINGS.servesDocs),
    processes: read<number | 'auto'>(SETTINGS.processes),
    processTimeoutSeconds: read(SETTINGS.processTimeoutSeconds),
    connections: read(SETTINGS.connections),
    poolGrowth: read(SETTINGS.poolGrowth),
    rateLimitPerMinute: read(SETTINGS.rateLimitPerMinute),
    sessionRateLimitPerMinute: read(SETTINGS.sessionRateLimitPerMinute),
    workspaceRateLimitPerMinute: read(SETTINGS.workspaceRateLimitPerMinute),
    maxBatchRecords: read(SETTINGS.maxBatchRecords),
    maxConcurrentStatements: read(SETTINGS.maxConcurrentStatements),
    requestTimeoutMs: read(SETTINGS.requestTimeoutMs),
    bodyLimitBytes: read(SETTINGS.bodyLimitBytes),
    cacheMemoryMb: read<number | null>(SETTINGS.cacheMemoryMb),
    auditDays: read<number | null>(SETTINGS.auditDays),
    graceDays: read(SETTINGS.graceDays),
    capture: read<'on' | 'demand'>(SETTINGS.capture),
    feedRetentionDays: read(SETTINGS.feedRetentionDays),
    feedMaxMb: read(SETTINGS.feedMaxMb),
    drainDelaySeconds: read(SETTINGS.drainDelaySeconds),
    maxWebhooks: read(SETTINGS.maxWebhooks),
    outboundAllowedHosts: read<readonly string[]>(SETTINGS.outboundAllowedHosts),
    outboundProxy: read<string | null>(SETTINGS.outboundProxy),
    maxStreams: read(SETTINGS.maxStreams),
    maxStreamsPerCaller: read(SETTINGS.maxStreamsPerCaller),
    corsOrigins: read<'*' | readonly string[]>(SETTINGS.corsOrigins),
    adminPort: read<number | null>(SETTINGS.adminPort),
    adminHost: read(SETTINGS.adminHost),
    adminApi: read<'public' | 'private'>(SETTINGS.adminApi),
    adminAllowedHosts: read<readonly string[]>(SETTINGS.adminAllowedHosts),
    metricsToken: read<string | null>(SETTINGS.metricsToken),
    operatorKey: read<string | null>(SETTINGS.operatorKey),
    trustedProxies: read(SETTINGS.trustedProxies),
  }
  refuseContradictions(config, faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze(config)
}
