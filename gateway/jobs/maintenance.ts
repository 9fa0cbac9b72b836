// Background maintenance, at the start and every ten minutes, in one gateway at a time: restores record rules
// lost by hand, finishes interrupted model changes, recomputes search vectors of earlier versions, empties
// old trash, deletes expired rows, indexes large tables. Logs counts. A failed round is logged and retried at
// its next time. tenants/ decides what is old.

import type { Pool } from 'pg'
import { tryAlone } from '../../sql/advisoryLock.ts'
import type { Log } from '../../sql/log.ts'
import { MAINTENANCE_JOBS } from './maintenanceJobs.ts'

interface Maintenance {
  /** Starts; the first round runs at once. */
  readonly start: () => void
  /** One round, now. Never rejects. */
  readonly run: () => Promise<void>
  /** Stops after the running transaction. */
  readonly close: () => Promise<void>
}

interface MaintenanceOptions {
  readonly pool: Pool
  readonly log: Log
  /** Days that the change feed is kept. */
  readonly feedRetentionDays: number
  /** Maximum size of the change feed; 0: none. */
  readonly feedMaxMb?: number
  readonly clock?: () => Date
  readonly everyMs?: number
  /** Days that the audit log is kept; null: the installation's default. */
  readonly auditDays?: number | null
  /** Runs a job as part of a trace. */
  readonly traced?: (<T>(name: string, work: () => Promise<T>) => Promise<T>) | undefined
}

const EVERY_MS = 600_000

export const createMaintenance = ({
  pool,
  log,
  feedRetentionDays,
  feedMaxMb = 0,
  clock = () => new Date(),
  everyMs = EVERY_MS,
  auditDays = null,
  traced = (_, work) => work(),
}: MaintenanceOptions): Maintenance => {
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let isClosed = false
  const indexed = new Map<string, string>()
  const isEnding = () => isClosed
  const context = { pool, log, clock, auditDays, feedRetentionDays, feedMaxMb, indexed, isEnding }

  const round = async (): Promise<void> => {
    for (const job of MAINTENANCE_JOBS) {
      if (isClosed) return
      try {
        await traced(job.name, () => job(context))
      } catch (error) {
        log.warn({ err: error, job: job.name }, 'a background job failed; trying again later')
      }
    }
  }

  const runAlone = async (): Promise<void> => {
    if (isClosed) return
    try {
      await tryAlone(pool, 'upkeep', round)
    } catch (error) {
      log.warn({ err: error }, 'cannot reach Postgres for background work; trying again later')
    }
  }

  const run = (): Promise<void> => {
    running = running.then(runAlone)
    return running
  }

  const repeat = async (): Promise<void> => {
    await run()
    // Random, so that gateways started together drift apart.
    if (!isClosed) timer = setTimeout(() => void repeat(), everyMs * (0.9 + 0.2 * Math.random())).unref()
  }

  return Object.freeze({
    start: () => void repeat(),
    run,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await running
    },
  })
}
