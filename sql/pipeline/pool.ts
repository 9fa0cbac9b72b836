// The request path's way to Postgres: a few pipelined connections shared by all workspaces. In: a session and
// a statement; out: rows as text, or the statement's own error. Decided here: who waits, and what is tried
// again. Which connection a statement takes is slots.ts, how it is sent connection.ts, who it runs as
// session.ts.
//
// Quick statements share connections. Slow and new statements run alone on a connection, a limited number for
// each workspace at once, so that one workspace's slow statements leave connections to the others. New
// statements queue; long statements are refused when the workspace's queue is full.
//
//   run ─ quick ──────────────────────┬─> free? ─> sent ─> answered ─> resolved
//    │                                │     │ no          ├ read, lost: placed again, at most twice
//    └─ slow ─> semaphore ─ permit ───┘     v             ├ undone or refused: retried once
//                   │ none                queue           └ write, lost: rejected, outcome unknown
//                   v                       │ too long
//                 queue ─ too long ───> rejected

import type pg from 'pg'
import type { Log } from '../log.ts'
import { RECONNECT_WITHIN_MS } from '../reconnect.ts'
import { createTextIds, type Rows, type Statement } from '../statement.ts'
import type { Failure } from './connection.ts'
import { ConnectionError } from './error.ts'
import { createEventLoopDelay } from './eventLoopDelay.ts'
import type { Job } from './job.ts'
import { createLatencies, QUICK_MS } from './latency.ts'
import { createSemaphore } from './semaphore.ts'
import type { Session } from './session.ts'
import { createPoolSlots } from './slots.ts'

export type { Rows, Statement } from '../statement.ts'
export type { Session } from './session.ts'

export interface ConnectionPoolOptions {
  /** Login of the gateway's own role. */
  readonly login: pg.ClientConfig
  readonly connections: number
  readonly log: Log
  /**
   * Further connections, for slow statements. Default: three times `connections`. Without any, slow and quick
   * statements share.
   */
  readonly spareConnections?: number
  readonly maxPreparedPerConnection?: number
  /** Age at which a connection is replaced. */
  readonly maxAgeMs?: number
  /** Memory, by our estimate of what a backend has come to keep, at which its connection is replaced. */
  readonly maxBackendBytes?: number
  /**
   * How long a request waits for Postgres to be there. While it is, requests wait as long as their statements
   * may take.
   */
  readonly waitMs?: number
  readonly sweepMs?: number
}

export interface ConnectionPoolStats {
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

export interface ConnectionPool {
  /**
   * Runs one statement in one round trip. `retryable`: it may run twice, so it is sent again when the
   * connection breaks under it. Rejects with pg.DatabaseError or ConnectionError.
   */
  run(session: Session, statement: Statement, how: { readonly retryable: boolean }): Promise<Rows>
  stats(): ConnectionPoolStats
  /** Refuses new statements, lets the running ones finish, and closes the connections. */
  close(): Promise<void>
}

/** A queue this old is no passing burst: one more connection is opened. */
const GROW_AFTER_MS = 25
/** What may be slow leaves permanent connections to others for so long, in the hope of a spare one. */
const SPARE_WITHIN_MS = 250

/** Incidents that a read outlives. */
const MAX_LOSSES = 2

/** Postgres gave the statement up for the sake of others, and undid it as a whole: 40001, 40P01. */
const isUndone = (error: Error & { readonly code?: unknown }): boolean =>
  error.code === '40001' || error.code === '40P01'

export const createConnectionPool = (options: ConnectionPoolOptions): ConnectionPool => {
  const waitMs = options.waitMs ?? RECONNECT_WITHIN_MS
  const spare = options.spareConnections ?? options.connections * 3
  const noteText = createTextIds()
  const eventLoopDelay = createEventLoopDelay(QUICK_MS)
  const latencies = createLatencies(eventLoopDelay)
  const semaphore = createSemaphore<Job>()
  /** For a connection: those that share one, and those that want one for themselves. */
  const queues: { sharing: Job[]; alone: Job[] } = { sharing: [], alone: [] }
  const counts = { statements: 0, retries: 0 }
  let isClosed = false
  let growing: NodeJS.Timeout | null = null

  const unavailable = (message: string): ConnectionError => {
    const cause = slots.lastConnectError()
    return new ConnectionError('connection_unavailable', message, cause && { cause })
  }
  const busy = (): ConnectionError =>
    new ConnectionError(
      'workspace_busy',
      'Too many long statements of this workspace are running or waiting.',
    )

  const waiting = (): number => queues.sharing.length + queues.alone.length + semaphore.waiting()

  const patienceMs = ({ session }: Job): number =>
    slots.stats().open > 0 ? Math.max(waitMs, session.timeoutMs) : waitMs

  /**
   * Wakes while somebody waits: gives up on those who have waited long enough, and asks for one more
   * connection.
   */
  const tend = (): void => {
    growing = null
    const now = performance.now()
    const isTired = (job: Job): boolean => now - job.sinceMs >= patienceMs(job)
    // A copy of the job may be in flight; then its answer counts.
    for (const job of semaphore.remove(isTired)) if (job.copies === 0) job.reject(busy())
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

  const wantsOwnConnection = ({ text, session }: Job): boolean =>
    spare > 0 && !latencies.isQuick(text.id, session.workspace)

  const releasePermit = (job: Job): void => {
    if (!job.hasPermit) return
    job.hasPermit = false
    const { workspace } = job.session
    // A job that has become quick meanwhile passes its permit on. A loop: hundreds may do so at once.
    for (let next = semaphore.giveBack(workspace); next !== undefined; next = semaphore.giveBack(workspace)) {
      // A duplicate already answered this job while it waited. Skip it, or its permit leaks.
      if (next.isSettled || next.hasPermit) continue
      if (wantsOwnConnection(next)) {
        next.hasPermit = true
        enter(next, true)
        return
      }
      enter(next, false)
    }
  }

  const chooseConnection = ({ text, session: { workspace }, isAlone, sinceMs }: Job) => {
    if (!isAlone) return slots.choose(workspace)
    if (latencies.isSlow(text.id, workspace)) return slots.chooseIdle(workspace, 'spare')
    const waitedMs = performance.now() - sinceMs
    if (latencies.isSuspected(workspace))
      return slots.chooseIdle(workspace, waitedMs < SPARE_WITHIN_MS ? 'spare' : 'most')
    return slots.chooseIdle(workspace, waitedMs < GROW_AFTER_MS ? 'most' : 'all')
  }

  /** False: no connection is free. A job that cannot be written is rejected, and thereby placed. */
  const isPlaced = (job: Job): boolean => {
    if (job.isSettled) return true
    const connection = chooseConnection(job)
    if (connection === null) return false
    try {
      connection.submit(job)
      job.copies++
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  /** Takes a connection, or waits for one. */
  const enter = (job: Job, isAlone: boolean): void => {
    job.isAlone = isAlone
    const queue = isAlone ? queues.alone : queues.sharing
    if ((isAlone || queue.length === 0) && isPlaced(job)) return
    queue.push(job)
    wake()
  }

  const place = (job: Job): void => {
    if (job.isSettled) return
    if (!wantsOwnConnection(job)) {
      releasePermit(job)
      enter(job, false)
      return
    }
    if (!job.hasPermit) {
      const { workspace, maxLongStatements } = job.session
      const turn = semaphore.take(workspace, maxLongStatements, job, latencies.isLong(job.text.id, workspace))
      if (turn === 'full' && job.copies === 0) job.reject(busy())
      if (turn === 'queued') wake()
      if (turn !== 'taken') return
      job.hasPermit = true
    }
    enter(job, true)
  }

  const retry = (job: Job): void => {
    job.hasBeenRetried = true
    counts.retries++
    place(job)
  }

  /** Whether this was the last copy of an unsettled job. */
  const isOver = (job: Job): boolean => {
    job.copies--
    return !job.isSettled && job.copies === 0
  }

  const onFailed = (job: Job, { error, isRefused }: Failure): void => {
    if (!isOver(job)) return
    if (!(isRefused || isUndone(error)) || job.hasBeenRetried || isClosed) {
      job.reject(error)
      return
    }
    // Others may be preparing the same statement, and fail at it: what they meet must not be taken for this
    // one's error.
    if (isRefused) job.mayPrepare = false
    retry(job)
  }

  /**
   * A crash of one backend ends all of them, and a read that moves on may meet several connections that are
   * about to break: they belong to one incident. Only connections opened since the last loss count as another
   * one, so that a read which makes backends crash is not repeated for ever.
   */
  const mayFollowLoss = (job: Job, openedMs: number): boolean => {
    if (!job.isRetryable || isClosed) return false
    if (openedMs > job.lostAtMs) job.losses++
    job.lostAtMs = performance.now()
    return job.losses <= MAX_LOSSES
  }

  const onLost = (cause: Error, openedMs: number, sent: readonly Job[], unsent: readonly Job[]): void => {
    for (const job of sent.filter(isOver)) {
      if (mayFollowLoss(job, openedMs)) {
        counts.retries++
        place(job)
      } else {
        const outcome = job.isRetryable ? '' : ' Whether the change was made is unknown.'
        job.reject(
          new ConnectionError('connection_lost', `The connection to Postgres was lost.${outcome}`, { cause }),
        )
      }
    }
    for (const job of unsent.filter(isOver)) place(job)
  }

  const onLong = ({ text, session }: Job, busyMs: number, behind: readonly Job[]): void => {
    latencies.note(text.id, session.workspace, busyMs, false)
    for (const job of behind) {
      if (job.isRetryable && !job.hasBeenRetried && !job.isSettled && !isClosed) retry(job)
    }
  }

  const onAnswered = ({ text, session }: Job, busyMs: number, hasSucceeded: boolean): void =>
    latencies.note(text.id, session.workspace, busyMs, hasSucceeded)

  const onFree = (): void => {
    // Placed again: a job that waited to be alone may be known as quick by now.
    for (const job of queues.alone.splice(0)) place(job)
    while (queues.sharing[0] !== undefined && isPlaced(queues.sharing[0])) queues.sharing.shift()
  }

  const slots = createPoolSlots<Job>({
    login: options.login,
    permanent: options.connections,
    spare,
    maxPrepared: options.maxPreparedPerConnection ?? 500,
    maxAgeMs: options.maxAgeMs ?? 15 * 60_000,
    maxBackendBytes: options.maxBackendBytes ?? 256_000_000,
    sweepMs: options.sweepMs ?? 5_000,
    log: options.log,
    eventLoopDelay,
    onFailed,
    onAnswered,
    onLost,
    onLong,
    onFree,
  })

  const abandonWaiting = (): void => {
    const abandoned = [
      ...semaphore.remove(() => true),
      ...queues.alone.splice(0),
      ...queues.sharing.splice(0),
    ]
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
        const job: Job = {
          session,
          statement,
          text: noteText(statement),
          // The permit ends with the job, whichever way it ends.
          resolve: (rows) => {
            job.isSettled = true
            resolve(rows)
            releasePermit(job)
          },
          reject: (error) => {
            job.isSettled = true
            reject(error)
            releasePermit(job)
          },
          isRetryable: retryable,
          sinceMs: performance.now(),
          hasBeenRetried: false,
          losses: 0,
          lostAtMs: Number.NEGATIVE_INFINITY,
          mayPrepare: true,
          isAlone: false,
          hasPermit: false,
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
