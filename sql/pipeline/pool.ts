// The request path's way to Postgres: a few pipelined connections shared by all workspaces. In: a session and a statement;
// out: rows as text, or the statement's own error. Decided here: who waits, and what is tried again. Which connection a
// statement takes is slots.ts, how it is sent connection.ts, who it runs as session.ts.
//
// Statements known to be quick share lanes. The others, slow or new, run alone on a lane, and only so many of each workspace
// at once: however slow one workspace's statements are, the others keep lanes to run on. New ones wait their turn; only those
// known to be long are refused when too many of them wait.

import type pg from 'pg'
import type { Log } from '../log.ts'
import { RECONNECT_WITHIN_MS } from '../reconnect.ts'
import { createTextIds, type Rows, type Statement } from '../statement.ts'
import type { Failure } from './connection.ts'
import { LaneError } from './error.ts'
import { createLag } from './eventLoopDelay.ts'
import type { LaneJob } from './job.ts'
import { createPace, QUICK_MS } from './latency.ts'
import { createTurns } from './semaphore.ts'
import type { Session } from './session.ts'
import { createLaneSlots } from './slots.ts'

export type { Rows, Statement } from '../statement.ts'
export type { Session } from './session.ts'

export interface LanesOptions {
  /** Login of the gateway's own role. */
  readonly connection: pg.ClientConfig
  readonly lanes: number
  readonly log: Log
  /**
   * Further lanes, for slow statements. Default: three times `lanes`. Without any, slow and quick statements share.
   */
  readonly spareLanes?: number
  readonly maxPreparedPerLane?: number
  /** Age at which a lane is replaced. */
  readonly maxAgeMs?: number
  /** Memory, by our estimate of what a backend has come to keep, at which its lane is replaced. */
  readonly maxBackendBytes?: number
  /** How long a request waits for Postgres to be there. While it is, requests wait as long as their statements may take. */
  readonly waitMs?: number
  readonly sweepMs?: number
}

export interface LanesStats {
  readonly open: number
  readonly inFlight: number
  readonly waiting: number
  readonly prepared: number
  /** These four are counted since the start. */
  readonly statements: number
  readonly retries: number
  readonly lost: number
  readonly recycled: number
}

export interface Lanes {
  /**
   * Runs one statement in one round trip. `retryable`: it may run twice, so it is sent again when the connection breaks
   * under it. Rejects with pg.DatabaseError or LaneError.
   */
  run(session: Session, statement: Statement, how: { readonly retryable: boolean }): Promise<Rows>
  stats(): LanesStats
  /** Refuses new statements, lets the running ones finish, and closes the connections. */
  close(): Promise<void>
}

/** A queue this old is no passing burst: one more lane is opened. */
const GROW_AFTER_MS = 25
/** What may be slow leaves permanent lanes to others for so long, in the hope of a spare one. */
const SPARE_WITHIN_MS = 250

/** Incidents that a read outlives. */
const MAX_LOSSES = 2

/** Postgres gave the statement up for the sake of others, and undid it as a whole: 40001, 40P01. */
const isUndone = (error: Error & { readonly code?: unknown }): boolean =>
  error.code === '40001' || error.code === '40P01'

export const createLanes = (options: LanesOptions): Lanes => {
  const waitMs = options.waitMs ?? RECONNECT_WITHIN_MS
  const spare = options.spareLanes ?? options.lanes * 3
  const noteText = createTextIds()
  const lag = createLag(QUICK_MS)
  const pace = createPace(lag)
  const turns = createTurns<LaneJob>()
  /** For a lane: those that share one, and those that want one for themselves. */
  const queues: { sharing: LaneJob[]; alone: LaneJob[] } = { sharing: [], alone: [] }
  const counts = { statements: 0, retries: 0 }
  let isClosed = false
  let growing: NodeJS.Timeout | null = null

  const unavailable = (message: string): LaneError => {
    const cause = slots.lastConnectError()
    return new LaneError('lane_unavailable', message, cause && { cause })
  }
  const busy = (): LaneError =>
    new LaneError('workspace_busy', 'Too many long statements of this workspace are running or waiting.')

  const waiting = (): number => queues.sharing.length + queues.alone.length + turns.waiting()

  const patienceMs = ({ session }: LaneJob): number =>
    slots.stats().open > 0 ? Math.max(waitMs, session.timeoutMs) : waitMs

  /** Wakes while somebody waits: gives up on those who have waited long enough, and asks for one more lane. */
  const tend = (): void => {
    growing = null
    const now = performance.now()
    const isTired = (job: LaneJob): boolean => now - job.sinceMs >= patienceMs(job)
    // A copy of it may be on its way; then that one is waited for.
    for (const job of turns.remove(isTired)) if (job.copies === 0) job.reject(busy())
    for (const queue of [queues.sharing, queues.alone]) {
      for (const job of queue.filter(isTired)) {
        queue.splice(queue.indexOf(job), 1)
        if (job.copies > 0) continue
        job.reject(unavailable(`No connection to Postgres was free within ${patienceMs(job)} ms.`))
      }
    }
    onFree()
    if (queues.sharing.length + queues.alone.length > 0) slots.grow()
    if (waiting() > 0) wake()
  }
  const wake = (): void => {
    growing ??= setTimeout(tend, GROW_AFTER_MS)
  }

  const wantsLaneAlone = ({ text, session }: LaneJob): boolean =>
    spare > 0 && !pace.isQuick(text.id, session.workspace)

  const endTurn = (job: LaneJob): void => {
    if (!job.hasTurn) return
    job.hasTurn = false
    const { workspace } = job.session
    // Whoever turns out to be quick by now passes the turn on. A loop: hundreds may do so at once.
    for (let next = turns.giveBack(workspace); next !== undefined; next = turns.giveBack(workspace)) {
      // Another copy of it was answered while it waited; whoever holds a turn and runs nothing would hold it for ever.
      if (next.isSettled || next.hasTurn) continue
      if (wantsLaneAlone(next)) {
        next.hasTurn = true
        enter(next, true)
        return
      }
      enter(next, false)
    }
  }

  const laneOf = ({ text, session: { workspace }, isAlone, sinceMs }: LaneJob) => {
    if (!isAlone) return slots.choose(workspace)
    if (pace.isSlow(text.id, workspace)) return slots.chooseIdle(workspace, 'spare')
    const waitedMs = performance.now() - sinceMs
    if (pace.isSuspected(workspace))
      return slots.chooseIdle(workspace, waitedMs < SPARE_WITHIN_MS ? 'spare' : 'most')
    return slots.chooseIdle(workspace, waitedMs < GROW_AFTER_MS ? 'most' : 'all')
  }

  /** False: no lane is free. A job that cannot be written is rejected, and thereby placed. */
  const isPlaced = (job: LaneJob): boolean => {
    if (job.isSettled) return true
    const lane = laneOf(job)
    if (lane === null) return false
    try {
      lane.submit(job)
      job.copies++
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  /** Takes a lane, or waits for one. */
  const enter = (job: LaneJob, isAlone: boolean): void => {
    job.isAlone = isAlone
    const queue = isAlone ? queues.alone : queues.sharing
    if ((isAlone || queue.length === 0) && isPlaced(job)) return
    queue.push(job)
    wake()
  }

  const place = (job: LaneJob): void => {
    if (job.isSettled) return
    if (!wantsLaneAlone(job)) {
      endTurn(job)
      enter(job, false)
      return
    }
    if (!job.hasTurn) {
      const { workspace, maxLongStatements } = job.session
      const turn = turns.take(workspace, maxLongStatements, job, pace.isLong(job.text.id, workspace))
      if (turn === 'full' && job.copies === 0) job.reject(busy())
      if (turn === 'queued') wake()
      if (turn !== 'taken') return
      job.hasTurn = true
    }
    enter(job, true)
  }

  const retry = (job: LaneJob): void => {
    job.hasBeenRetried = true
    counts.retries++
    place(job)
  }

  /** Whether nothing else is to be heard of the job. */
  const isOver = (job: LaneJob): boolean => {
    job.copies--
    return !job.isSettled && job.copies === 0
  }

  const onFailed = (job: LaneJob, { error, isRefused }: Failure): void => {
    if (!isOver(job)) return
    if (!(isRefused || isUndone(error)) || job.hasBeenRetried || isClosed) {
      job.reject(error)
      return
    }
    // Others may be preparing the same statement, and fail at it: what they meet must not be taken for this one's error.
    if (isRefused) job.mayPrepare = false
    retry(job)
  }

  /**
   * A crash of one backend ends all of them, and a read that moves on may meet several connections that are about to break: they belong
   * to one incident. Only connections opened since the last loss count as another one, so that a read which makes backends crash is
   * not repeated for ever.
   */
  const mayFollowLoss = (job: LaneJob, openedMs: number): boolean => {
    if (!job.isRetryable || isClosed) return false
    if (openedMs > job.lostAtMs) job.losses++
    job.lostAtMs = performance.now()
    return job.losses <= MAX_LOSSES
  }

  const onLost = (
    cause: Error,
    openedMs: number,
    sent: readonly LaneJob[],
    unsent: readonly LaneJob[],
  ): void => {
    for (const job of sent.filter(isOver)) {
      if (mayFollowLoss(job, openedMs)) {
        counts.retries++
        place(job)
      } else {
        const outcome = job.isRetryable ? '' : ' Whether the change was made is unknown.'
        job.reject(new LaneError('lane_lost', `The connection to Postgres was lost.${outcome}`, { cause }))
      }
    }
    for (const job of unsent.filter(isOver)) place(job)
  }

  const onLong = ({ text, session }: LaneJob, busyMs: number, behind: readonly LaneJob[]): void => {
    pace.note(text.id, session.workspace, busyMs, false)
    for (const job of behind) {
      if (job.isRetryable && !job.hasBeenRetried && !job.isSettled && !isClosed) retry(job)
    }
  }

  const onAnswered = ({ text, session }: LaneJob, busyMs: number, hasSucceeded: boolean): void =>
    pace.note(text.id, session.workspace, busyMs, hasSucceeded)

  const onFree = (): void => {
    // Anew: what waited to be alone may be known as quick by now.
    for (const job of queues.alone.splice(0)) place(job)
    while (queues.sharing[0] !== undefined && isPlaced(queues.sharing[0])) queues.sharing.shift()
  }

  const slots = createLaneSlots<LaneJob>({
    connection: options.connection,
    permanent: options.lanes,
    spare,
    maxPrepared: options.maxPreparedPerLane ?? 500,
    maxAgeMs: options.maxAgeMs ?? 15 * 60_000,
    maxBackendBytes: options.maxBackendBytes ?? 256_000_000,
    sweepMs: options.sweepMs ?? 5_000,
    log: options.log,
    lag,
    onFailed,
    onAnswered,
    onLost,
    onLong,
    onFree,
  })

  const abandonWaiting = (): void => {
    const abandoned = [...turns.remove(() => true), ...queues.alone.splice(0), ...queues.sharing.splice(0)]
    for (const job of abandoned) job.reject(unavailable('The gateway is stopping.'))
    if (growing !== null) clearTimeout(growing)
  }

  return {
    run: (session, statement, { retryable }) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(unavailable('The gateway is stopping.'))
          return
        }
        counts.statements++
        const job: LaneJob = {
          session,
          statement,
          text: noteText(statement),
          // Whatever becomes of it, its turn ends with it.
          resolve: (rows) => {
            job.isSettled = true
            resolve(rows)
            endTurn(job)
          },
          reject: (error) => {
            job.isSettled = true
            reject(error)
            endTurn(job)
          },
          isRetryable: retryable,
          sinceMs: performance.now(),
          hasBeenRetried: false,
          losses: 0,
          lostAtMs: Number.NEGATIVE_INFINITY,
          mayPrepare: true,
          isAlone: false,
          hasTurn: false,
          copies: 0,
          isSettled: false,
        }
        place(job)
      }),
    stats: () => ({ ...slots.stats(), waiting: waiting(), ...counts }),
    close: async () => {
      isClosed = true
      abandonWaiting()
      await slots.close()
      abandonWaiting()
    },
  }
}
