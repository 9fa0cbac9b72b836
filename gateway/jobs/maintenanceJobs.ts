// The jobs of background maintenance, each of which logs its counts.

import type { Pool } from 'pg'
import type { Log } from '../../sql/log.ts'
import type { WorkerNodes } from '../../sql/placement.ts'
import { openArrivals } from '../../tenants/arrivals.ts'
import { turnAudit } from '../../tenants/audit/partitions.ts'
import { purgeFeed, turnFeed } from '../../tenants/changes/capture.ts'
import { boundFeed } from '../../tenants/changes/feedSize.ts'
import { turnHistory } from '../../tenants/changes/history.ts'
import { settleCapture } from '../../tenants/changes/settle.ts'
import { OF_OPERATORS } from '../../tenants/changes/webhookTables.ts'
import { purgeDeleted } from '../../tenants/life/purge.ts'
import { restoreMemberGuards } from '../../tenants/member/memberGuard.ts'
import type { RunOptions } from '../../tenants/model/change/run/runBuilds.ts'
import { buildLargeTableIndexes, type Settled } from '../../tenants/model/largeTables.ts'
import {
  readPlannedFunctions,
  renewSearchVectors,
  replaceSearchFunction,
} from '../../tenants/model/searchUpgrade.ts'
import { restoreRecordRules } from '../../tenants/restoreRules.ts'
import { deleteExpired, deleteExpiredKeys } from '../../tenants/retention.ts'
import { purgeTrash } from '../../tenants/trash.ts'
import { pruneDeliveries, retentionDaysOf } from '../../tenants/webhook/delivery.ts'
import { pruneModelEvents } from '../../tenants/webhook/modelEvents.ts'

interface JobContext {
  readonly pool: Pool
  /** Null: one Postgres has everything. */
  readonly workers: WorkerNodes | null
  readonly log: Log
  readonly clock: () => Date
  /** Checked between transactions. */
  readonly isEnding: () => boolean
  /** Days that the change feed is kept. */
  readonly feedRetentionDays: number
  /** Maximum size of the change feed; 0: none. */
  readonly feedMaxMb: number
  /** Days that the audit log is kept; null: the installation's default. */
  readonly auditDays: number | null
  /** Workspaces whose large tables have their indexes; kept between rounds. */
  readonly indexed: Settled
  /** When builds begin, and when they end. */
  readonly building: RunOptions
}

const restore = async ({ pool, log }: JobContext): Promise<void> => {
  for (const { error, ...place } of await restoreRecordRules(pool))
    if (error === null) log.info(place, 'restored record rules that were dropped from a table in SQL')
    else
      log.warn(
        { ...place, err: error },
        'record rules were dropped from a table in SQL, and no longer fit the table',
      )
}

const open = ({ pool }: JobContext): Promise<void> => openArrivals(pool)

const guard = async ({ pool, log }: JobContext): Promise<void> => {
  for (const workspaceId of await restoreMemberGuards(pool))
    log.info({ workspaceId }, 'restored the trigger that guards members on their table')
}

const replace = async ({ pool, log, isEnding }: JobContext): Promise<void> => {
  for (const workspaceId of await readPlannedFunctions(pool, null)) {
    if (isEnding()) return
    try {
      await replaceSearchFunction(pool, workspaceId)
      log.info({ workspaceId }, 'replaced the search function of an earlier version')
    } catch (error) {
      log.warn(
        { workspaceId, err: error },
        'cannot replace the search function of an earlier version; trying again later',
      )
    }
  }
}

const renew = async ({ pool, log }: JobContext): Promise<void> => {
  for (const { error, ...place } of await renewSearchVectors(pool, null, false))
    if (error === null) log.info(place, 'recomputed a search vector of an earlier version')
    else
      log.warn(
        { ...place, err: error },
        'cannot recompute a search vector of an earlier version; `tenantry upgrade --allow-rewrite` does so for large tables',
      )
}

const empty = async ({ pool, log, clock, isEnding }: JobContext): Promise<void> => {
  for (const purge of await purgeTrash(pool, { now: clock(), isEnding }))
    log.info(purge, 'deleted old records from the trash')
}

const expire = async ({ pool, log, clock, auditDays, isEnding }: JobContext): Promise<void> => {
  const expired = await deleteExpired(pool, { now: clock(), auditDays, isEnding })
  if (Object.values(expired).some((count) => count > 0)) log.info(expired, 'deleted expired rows')
}

/** A node that is away keeps its rows until a later round. */
const expireOnNodes = async ({ workers, log, clock, isEnding }: JobContext): Promise<void> => {
  for (const { name, owner, prepared } of workers?.list() ?? [])
    try {
      await prepared()
      const idempotencyKeys = await deleteExpiredKeys(owner, { now: clock(), isEnding })
      if (idempotencyKeys > 0) log.info({ node: name, idempotencyKeys }, 'deleted expired rows of a node')
    } catch (error) {
      log.warn({ err: error, node: name }, 'cannot delete expired rows of a node; trying again later')
    }
}

const audit = async ({ pool, log, clock, auditDays }: JobContext): Promise<void> => {
  const dropped = await turnAudit(pool, auditDays, clock())
  if (dropped > 0) log.info({ partitions: dropped }, 'dropped old months of the audit log')
}

const capture = async ({ pool, log, isEnding }: JobContext): Promise<void> => {
  const { waiting, ...settled } = await settleCapture(pool, isEnding)
  if (settled.tables > 0)
    log.info(settled, 'turned the capture of changes on or off, according to the settings')
  if (waiting > 0) log.warn({ waiting }, 'tables in use delay turning capture on or off; trying again')
}

const DAY_MS = 86_400_000

const BYTES_PER_MB = 1_000_000
const WARNED_SHARE = 0.8

const bound = async ({ pool, log, feedMaxMb }: JobContext): Promise<void> => {
  if (feedMaxMb === 0) return
  const maxBytes = feedMaxMb * BYTES_PER_MB
  const { bytes, dropped } = await boundFeed(pool, maxBytes)
  const facts = { bytes, maxBytes, dropped }
  if (bytes > maxBytes)
    log.warn(facts, 'the change feed is larger than FEED_MAX_MB; dropping its oldest days')
  else if (bytes > WARNED_SHARE * maxBytes)
    log.warn(facts, 'the change feed has reached four fifths of FEED_MAX_MB')
}

const daysOf = ({ pool, feedRetentionDays }: JobContext): Promise<number> =>
  retentionDaysOf(pool, feedRetentionDays)

/** Separate jobs, because a writer that holds the log makes this one wait for its next round. */
const turn = async (context: JobContext): Promise<void> => turnFeed(context.pool, await daysOf(context))

const turnMonths = ({ pool }: JobContext): Promise<void> => turnHistory(pool)

const blank = async ({ pool, isEnding }: JobContext): Promise<void> => {
  await purgeFeed(pool, isEnding)
}

const prune = async (context: JobContext): Promise<void> => {
  const { pool, clock, isEnding } = context
  const before = new Date(clock().getTime() - (await daysOf(context)) * DAY_MS)
  await pruneDeliveries(pool, before, isEnding)
  await pruneDeliveries(pool, before, isEnding, OF_OPERATORS)
  await pruneModelEvents(pool, before)
}

/** Of a round: the other jobs wait meanwhile. */
const PURGE_MS = 120_000

const purge = async ({ pool, log, clock, isEnding }: JobContext): Promise<void> => {
  const until = performance.now() + PURGE_MS
  const isOver = (): boolean => isEnding() || performance.now() > until
  for (const purged of await purgeDeleted(pool, { now: clock(), isEnding: isOver }))
    if (purged.isDone) log.info(purged, 'purged a deleted workspace')
    else log.warn(purged, 'a deleted workspace is not fully purged; the next round continues')
}

const index = async ({ pool, log, clock, isEnding, indexed, building }: JobContext): Promise<void> => {
  for await (const { error, ...built } of buildLargeTableIndexes(pool, {
    settled: indexed,
    clock,
    isEnding,
    building,
  }))
    if (error === null) log.info(built, 'built an index that a large table needs')
    else
      log.warn({ ...built, err: error }, 'cannot build an index that a large table needs; trying again later')
}

type Job = (context: JobContext) => Promise<void>

/** Record rules first: without them roles are locked out. */
export const START_JOBS: readonly Job[] = [
  restore,
  open,
  guard,
  turn,
  turnMonths,
  bound,
  blank,
  prune,
  capture,
  replace,
  renew,
  empty,
  audit,
  expire,
  expireOnNodes,
  purge,
]

/** Indexes are built in later rounds: a start is a busy time. */
export const MAINTENANCE_JOBS: readonly Job[] = [...START_JOBS, index]
