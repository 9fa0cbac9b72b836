// The settings of several processes. The primary alone reads the files; a new process gets the settings that
// the primary accepted. A file with a fault stops no replacement, and processes do not differ.

import type { Config } from '../config.ts'
import { type Reloaded, reloadedOf, withLiveSettings } from '../reload.ts'
import type { WorkerProcess } from './workerPool.ts'

/** The primary keeps these until it exits. */
const OF_PRIMARY = [
  'processes',
  'processTimeoutSeconds',
  'drainDelaySeconds',
  'dataDir',
  'databaseUrl',
  'directDatabaseUrl',
  'secretKey',
  'previousSecretKey',
  'adminPort',
  'adminHost',
  'adminApi',
  'adminAllowedHosts',
  'metricsToken',
] as const satisfies readonly (keyof Config)[]

export interface AcceptedSettings {
  /** The result of the last reload. */
  readonly current: () => Config
  /** The settings for a process that starts. */
  readonly hand: (member: WorkerProcess) => Config
  /** Throws a ConfigError for a fault. Reloads take turns. */
  readonly reload: (serving: readonly WorkerProcess[]) => Promise<Reloaded>
  /** Reads the settings of all processes that start from now on. */
  readonly renew: () => Promise<void>
}

/** @param read throws a ConfigError for a fault */
export const createAcceptedSettings = (
  ofPrimary: Config,
  read: () => Promise<Config>,
  onAccepted: (config: Config) => void,
): AcceptedSettings => {
  const fixed = Object.fromEntries(OF_PRIMARY.map((name) => [name, ofPrimary[name]]))
  const handed = new WeakMap<WorkerProcess, Config>()
  let current = ofPrimary
  let started = ofPrimary
  let running: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(act: (next: Config) => T): Promise<T> => {
    const turn = running.then(read).then((next) => {
      const result = act(next)
      current = next
      onAccepted(next)
      return result
    })
    running = turn.catch(() => undefined)
    return turn
  }
  return {
    current: () => current,
    hand: (member) => {
      const config = withLiveSettings(started, current)
      handed.set(member, config)
      return config
    },
    reload: (serving) =>
      inTurn((next) =>
        reloadedOf(current, next, [started, ...serving.map((member) => handed.get(member) ?? started)]),
      ),
    renew: () =>
      inTurn((next) => {
        started = { ...next, ...fixed }
      }),
  }
}
