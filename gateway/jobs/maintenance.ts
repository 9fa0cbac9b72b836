// Background maintenance, at the start and every ten minutes, in one gateway at a time: restores record rules
// lost by hand, finishes interrupted model changes, recomputes search vectors of earlier versions, empties
// old trash, deletes expired rows. Logs counts. A failed round is logged and retried at its next time.
// tenants/ decides what is old.

import type { Pool } from 'pg'
import { tryAlone } from '../../sql/advisoryLock.ts'
import type { Log } from '../../sql/log.ts'
import { openArrivals } from '../../tenants/arrivals.ts'
import { purgeFeed, settleCapture, turnFeed } from '../../tenants/changes/capture.ts'
import { restoreMemberGuards } from '../../tenants/member/memberGuard.ts'
import { finishAbandoned } from '../../tenants/model/change/run/unfinished.ts'
import { renewSearchVectors } from '../../tenants/model/searchUpgrade.ts'
import { restoreRecordRules } from '../../tenants/restoreRules.ts'
import { DEFAULT_AUDIT_DAYS, deleteExpired } from '../../tenants/retention.ts'
import { purgeTrash } from '../../tenants/trash.ts'

export interface Maintenance {
  /** Starts; the first round runs at once. */
  readonly start: () => void
  /** One round, now. Never rejects. */
  readonly run: () => Promise<void>
  /** Stops after the running transaction. */
  readonly close: () => Promise<void>
}

export interface MaintenanceOptions {
  readonly pool: Pool
  readonly log: Log
  /** Days that the change feed is kept. */
  readonly feedRetentionDays: number
  readonly clock?: () => Date
  readonly everyMs?: number
  /** How long the audit log is kept outside active workspaces. */
  readonly auditDays?: number
}

const EVERY_MS = 600_000

export const createMaintenance = ({
  pool,
  log,
  feedRetentionDays,
  clock = () => new Date(),
  everyMs = EVERY_MS,
  auditDays = DEFAULT_AUDIT_DAYS,
}: MaintenanceOptions): Maintenance => {
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let isClosed = false
  const isEnding = (): boolean => isClosed

  const finish = async (): Promise<void> => {
    for (const { error, ...step } of await finishAbandoned(pool, null))
      if (error === null) log.info(step, 'finished an interrupted change of a model')
      else log.warn({ ...step, err: error }, 'undid an interrupted change of a model: it cannot be finished')
  }

  const restore = async (): Promise<void> => {
    for (const { error, ...place } of await restoreRecordRules(pool))
      if (error === null) log.info(place, 'restored the record rules that a table had lost by hand')
      else
        log.warn({ ...place, err: error }, 'a table lost its record rules by hand and they no longer fit it')
  }

  const open = (): Promise<void> => openArrivals(pool)

  const guard = async (): Promise<void> => {
    for (const workspaceId of await restoreMemberGuards(pool))
      log.info({ workspaceId }, 'restored the trigger that guards members on their table')
  }

  const renew = async (): Promise<void> => {
    for (const { error, ...place } of await renewSearchVectors(pool))
      if (error === null) log.info(place, 'recomputed a search vector of an earlier version')
      else
        log.warn(
          { ...place, err: error },
          'cannot recompute a search vector of an earlier version; trying again later',
        )
  }

  const empty = async (): Promise<void> => {
    for (const purge of await purgeTrash(pool, { now: clock(), isEnding }))
      log.info(purge, 'deleted old records from the trash')
  }

  const expire = async (): Promise<void> => {
    const expired = await deleteExpired(pool, { now: clock(), auditDays, isEnding })
    if (Object.values(expired).some((count) => count > 0)) log.info(expired, 'deleted expired rows')
  }

  const capture = async (): Promise<void> => {
    const { waiting, ...settled } = await settleCapture(pool, isEnding)
    if (settled.tables > 0) log.info(settled, 'turned the capture of changes on or off as the settings say')
    if (waiting > 0)
      log.warn({ waiting }, 'tables in use keep the capture of changes from being settled; it is tried again')
  }

  const turn = async (): Promise<void> => {
    await turnFeed(pool, feedRetentionDays)
    await purgeFeed(pool, isEnding)
  }

  const round = async (): Promise<void> => {
    // Record rules first: without them roles are locked out; unfinished changes may take long.
    for (const job of [restore, open, guard, turn, capture, finish, renew, empty, expire]) {
      if (isClosed) return
      try {
        await job()
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
