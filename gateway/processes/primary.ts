// The primary of several processes: it owns what the machine has once (the embedded Postgres, the secret, the
// admin port, the counts of requests) and the signals. It serves no request of the API.

import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config.ts'
import type { Phase } from '../http/health.ts'
import type { LogOutput } from '../http/log.ts'
import type { Reloaded } from '../reload.ts'
import { type AcceptedSettings, createAcceptedSettings } from './acceptedSettings.ts'
import type { Handlers } from './channel.ts'
import { createMachineCounts } from './machineCounts.ts'
import { createMachineMetrics, gatherFrom, openPrimaryServices } from './primaryServices.ts'
import { createWorkerPool, type WorkerPool, type WorkerProcess } from './workerPool.ts'

/** What the primary hands to a process that starts. */
export interface Beginning {
  readonly processes: number
  /** Of the whole gateway, not the share of a process. */
  readonly config: Config
  readonly ownerUrl: string
  readonly secretKey: string
  readonly adminPort: number | null
  readonly operatorSocket: string | null
  /** It makes the demo, prints the welcome, and builds the console. */
  readonly isFirst: boolean
}

interface PrimaryOptions {
  readonly processes: number
  readonly config: Config
  readonly logging: LogOutput
  readonly ownerUrl: string
  readonly secretKey: string
  readonly readSettings: () => Promise<Config>
  readonly onFailed: () => void
}

/** Beyond the delay of DRAIN_DELAY_SECONDS: ten seconds for requests, and some to end. */
const STOP_BEYOND_DELAY_MS = 20_000
const RELOAD_WITHIN_MS = 10_000

/** Entry point of the worker processes. */
const ENTRY = fileURLToPath(import.meta.url).replace(/primary(\.[jt]s)$/, 'entry$1')

const createReloadAll =
  (serving: WorkerPool['serving'], settings: AcceptedSettings) => async (): Promise<Reloaded> => {
    // After a fault no process applies the change.
    const reloaded = await settings.reload(serving())
    await Promise.all(
      // A process that is stuck will be replaced, and the new one gets the settings.
      serving()
        .filter(({ isStuck }) => !isStuck())
        .map(({ channel }) => channel.ask('reload', undefined, RELOAD_WITHIN_MS)),
    )
    return reloaded
  }

export const runPrimary = async (options: PrimaryOptions) => {
  const { processes, config, logging, ownerUrl, secretKey, readSettings } = options
  const { log } = logging
  cluster.setupPrimary({ exec: ENTRY, args: [], serialization: 'advanced' })
  let phase: Phase = 'starting'
  let isFirst = true
  const machineCounts = { ...createMachineCounts(processes) }
  const serving = (): ReturnType<WorkerPool['serving']> => workers.serving()
  const settings = createAcceptedSettings(config, readSettings, ({ logLevel }) => {
    log.level = logLevel
  })
  const reload = createReloadAll(serving, settings)
  const observed = { serving, states: () => workers.states() }
  const metrics = createMachineMetrics(observed)
  const services = await openPrimaryServices({ config, log, phase: () => phase, workers: observed, metrics })
  const handlersOf = (member: WorkerProcess): Handlers => ({
    begin: (): Beginning => {
      const places = {
        adminPort: services?.port ?? null,
        operatorSocket: services?.operatorSocket(member) ?? null,
      }
      const handed = settings.hand(member)
      const beginning = { processes, config: handed, ownerUrl, secretKey, ...places, isFirst }
      isFirst = false
      return beginning
    },
    settings: settings.current,
    ...machineCounts,
    gather: async ({ name, argument }: { name: string; argument: unknown }) =>
      (await gatherFrom(serving(), name, argument)).map(({ answer }) => answer),
    reload,
  })
  const workers = createWorkerPool({
    count: processes,
    log,
    handlersOf,
    onFailed: options.onFailed,
    onEnd: metrics.onEnd,
    timeoutMs: config.processTimeoutSeconds * 1000,
    stopWithinMs: config.drainDelaySeconds * 1000 + STOP_BEYOND_DELAY_MS,
  })
  const stop = async (drains: boolean): Promise<void> => {
    phase = 'closing'
    await workers.stop(drains)
    await services?.close()
  }
  return {
    start: async (): Promise<void> => {
      await workers.start()
      phase = 'serving'
    },
    reload,
    /** Reads the settings first: with a fault in them no process is replaced. */
    replaceAll: async (): Promise<void> => {
      await settings.renew()
      await workers.replaceAll()
    },
    stop,
  }
}
