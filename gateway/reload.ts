// Reads the settings again while the gateway runs (SIGHUP, POST /admin/reload), applies the ones that can
// change without a restart, and lists the others. With a fault everything stays as it is.

import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { AccessLog } from './http/identify.ts'
import type { Throttle } from './limits/throttle.ts'
import { SETTINGS } from './settings.ts'

export interface Reloaded {
  /** Variables whose new values hold from now on. */
  readonly applied: readonly string[]
  /** Variables whose new values hold after a restart. */
  readonly needRestart: readonly string[]
}

export interface Live {
  readonly log: Pick<Logger, 'level'>
  readonly accessLog: AccessLog
  readonly throttle: Pick<Throttle, 'setLimits'>
}

/** Takes effect while the gateway runs. */
const LIVE: ReadonlySet<string> = new Set([
  'logLevel',
  'slowLogMs',
  'loggedPercent',
  'rateLimitPerMinute',
  'workspaceRateLimitPerMinute',
])

type Name = keyof typeof SETTINGS & keyof Config

const NAMES = Object.keys(SETTINGS) as readonly Name[]

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const changedNames = (before: Config, after: Config): readonly Name[] =>
  NAMES.filter((name) => !isEqual(before[name], after[name]))

const variablesOf = (names: readonly Name[]): readonly string[] =>
  names.map((name) => SETTINGS[name].variable)

/**
 * What a reload changed.
 * @param running the settings of the running processes, which may have started at different times
 */
export const reloadedOf = (current: Config, next: Config, running: readonly Config[]): Reloaded => ({
  applied: variablesOf(changedNames(current, next).filter((name) => LIVE.has(name))),
  needRestart: variablesOf(
    NAMES.filter((name) => !LIVE.has(name) && running.some((each) => !isEqual(each[name], next[name]))),
  ),
})

/** The settings of a process that started before, with the live ones of now. */
export const withLiveSettings = (started: Config, current: Config): Config => {
  const live = NAMES.filter((name) => LIVE.has(name)).map((name) => [name, current[name]])
  return { ...started, ...Object.fromEntries(live) }
}

const apply = ({ log, accessLog, throttle }: Live, config: Config): void => {
  log.level = config.logLevel
  accessLog.slowMs = config.slowLogMs
  accessLog.percent = config.loggedPercent
  throttle.setLimits({
    perKey: config.rateLimitPerMinute,
    perWorkspace: config.workspaceRateLimitPerMinute,
  })
}

/** @param read throws a ConfigError for a fault; reloads take turns. */
export const createReload = (
  started: Config,
  read: () => Promise<Config>,
  live: Live,
): (() => Promise<Reloaded>) => {
  let current = started
  let running: Promise<unknown> = Promise.resolve()
  const reload = async (): Promise<Reloaded> => {
    const next = await read()
    const reloaded = reloadedOf(current, next, [started])
    apply(live, next)
    current = next
    return reloaded
  }
  return () => {
    const turn = running.then(reload)
    running = turn.catch(() => undefined)
    return turn
  }
}
