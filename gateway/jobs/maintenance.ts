// Background maintenance, at the start and every ten minutes, in one gateway at a time: restores record rules
// lost by hand, finishes interrupted model changes, recomputes search vectors of earlier versions, empties
// old trash, deletes expired rows, indexes large tables. Logs counts. A failed round is logged and retried at
// its next time. tenants/ decides what is old. Sizes of workspaces are measured every three minutes.

import type { Pool } from 'pg'
import { tryAlone } from '../../sql/advisoryLock.ts'
import type { Log } from '../../sql/log.ts'
import { measureSizes } from '../../tenants/quota/size.ts'
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
/** Between measurements of sizes, for the quotas. */
const MEASURED_EVERY_MS = 180_000

/** Rounds one after the other, the next one some time after the end of the last. */
const createRounds = (everyMs: number, round: () => Promise<void>): Maintenance => {
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let isClosed = false
  const run = (): Promise<void> => {
    running = running.then(round)
    return running
  }
  const repeat = async (): Promise<void> => {
    await run()
    // Random, so that gateways started together drift apart.
    if (!isClosed) timer = setTimeout(() => void repeat(), everyMs * (0.9 + 0.2 * Math.random())).unref()
  }
  return {
    start: () => void repeat(),
    run,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await running
    },
  }
}

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
  let isClosed = false
  const indexed = new Map<string, string>()
  const isEnding = () => isClosed
  const context = { pool, log, clock, auditDays, feedRetentionDays, feedMaxMb, indexed, isEnding }

  const attempt = async (name: string, job: () => Promise<unknown>): Promise<void> => {
    if (isClosed) return
    try {
      await traced(name, job)
    } catch (error) {
      log.warn({ err: error, job: name }, 'a background job failed; trying again later')
    }
  }
  const alone = async (lock: string, work: () => Promise<void>): Promise<void> => {
    if (isClosed) return
    try {
      await tryAlone(pool, lock, work)
    } catch (error) {
      log.warn({ err: error }, 'cannot reach Postgres for background work; trying again later')
    }
  }
  const jobs = createRounds(everyMs, () =>
    alone('upkeep', async () => {
      for (const job of MAINTENANCE_JOBS) await attempt(job.name, () => job(context))
    }),
  )
  const sizes = createRounds(MEASURED_EVERY_MS, () =>
    alone('sizes', () => attempt('measure', () => measureSizes(pool, isEnding))),
  )

  return Object.freeze({
    start: () => {
      jobs.start()
      sizes.start()
    },
    run: jobs.run,
    close: async () => {
      isClosed = true
      await Promise.all([jobs.close(), sizes.close()])
    },
  })
}
