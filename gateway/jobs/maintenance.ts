// Background maintenance, at the start and every ten minutes, in one gateway at a time: restores record rules
// lost by hand, recomputes search vectors of earlier versions, empties old trash, deletes expired rows, and,
// except at the start, indexes large tables. Logs counts. A failed round is logged and retried at its next
// time. tenants/ decides what is old. Sizes of workspaces are measured every three minutes.

import type { Pool } from 'pg'
import { tryAlone } from '../../sql/advisoryLock.ts'
import type { Log } from '../../sql/log.ts'
import type { WorkerNodes } from '../../sql/placement.ts'
import { measureSizes } from '../../tenants/quota/size.ts'
import { isWithin } from '../maintenanceWindow.ts'
import { createBuilds } from './builds.ts'
import { MAINTENANCE_JOBS, START_JOBS } from './maintenanceJobs.ts'
import { createRounds, type Rounds } from './rounds.ts'

interface Maintenance extends Rounds {
  /** Runs the builds of model changes that are due. Never rejects. */
  readonly build: () => Promise<void>
}

interface MaintenanceOptions {
  readonly pool: Pool
  /** Null: one Postgres has everything. */
  readonly workers?: WorkerNodes | null
  readonly log: Log
  /** Days that the change feed is kept. */
  readonly feedRetentionDays: number
  /** Maximum size of the change feed; 0: none. */
  readonly feedMaxMb?: number
  readonly clock?: () => Date
  readonly everyMs?: number
  /** Days that the audit log is kept; null: the installation's default. */
  readonly auditDays?: number | null
  /** Time of the day in which builds begin (maintenanceWindow.ts); null: always. */
  readonly maintenanceWindow?: string | null
  /** Runs a job as part of a trace. */
  readonly traced?: (<T>(name: string, work: () => Promise<T>) => Promise<T>) | undefined
}

const EVERY_MS = 600_000
/** Between measurements of sizes, for the quotas. */
const MEASURED_EVERY_MS = 180_000

export const createMaintenance = ({
  pool,
  workers = null,
  log,
  feedRetentionDays,
  feedMaxMb = 0,
  clock = () => new Date(),
  everyMs = EVERY_MS,
  auditDays = null,
  maintenanceWindow = null,
  traced = (_, work) => work(),
}: MaintenanceOptions): Maintenance => {
  const indexed = new Map<string, string>()
  const ending = new AbortController()
  const isEnding = (): boolean => ending.signal.aborted
  const mayBegin = (): boolean => isWithin(maintenanceWindow, clock())
  const building = { mayBegin, signal: ending.signal }
  const bounds = { auditDays, feedRetentionDays, feedMaxMb }
  const context = { pool, workers, log, clock, ...bounds, indexed, isEnding, building }

  const attempt = async (name: string, job: () => Promise<unknown>): Promise<void> => {
    if (isEnding()) return
    try {
      await traced(name, job)
    } catch (error) {
      log.warn({ err: error, job: name }, 'a background job failed; trying again later')
    }
  }
  const alone = async (lock: string, work: () => Promise<void>): Promise<void> => {
    if (isEnding()) return
    try {
      await tryAlone(pool, lock, work)
    } catch (error) {
      log.warn({ err: error }, 'cannot reach Postgres for background work; trying again later')
    }
  }
  const jobs = createRounds(everyMs, (isAtStart) =>
    // The name of the lock is shared with gateways of earlier versions.
    alone('upkeep', async () => {
      for (const job of isAtStart ? START_JOBS : MAINTENANCE_JOBS) await attempt(job.name, () => job(context))
    }),
  )
  const sizes = createRounds(MEASURED_EVERY_MS, () =>
    alone('sizes', () => attempt('measure', () => measureSizes(pool, isEnding))),
  )

  const builds = createBuilds({ pool, log, options: building, attempt })
  const all = [jobs, sizes, builds]
  return Object.freeze({
    start: () => {
      for (const { start } of all) start()
    },
    run: jobs.run,
    build: builds.run,
    close: async () => {
      ending.abort()
      await Promise.all(all.map(({ close }) => close()))
    },
  })
}
