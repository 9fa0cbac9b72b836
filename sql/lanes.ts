// The request path's way to Postgres: a few pipelined connections shared by all workspaces. In: a session and a statement;
// out: rows as text, or the statement's own error. Decided here: who waits, and what is tried again. Which connection a
// statement takes is laneSlots.ts, how it is sent lane.ts, who it runs as preamble.ts.

import type pg from 'pg'
import type { Failure, Request } from './lane.ts'
import { LaneError } from './laneError.ts'
import { createLaneSlots } from './laneSlots.ts'
import type { Log } from './log.ts'
import type { Session } from './preamble.ts'
import { createTextIds, type Rows, type Statement } from './statement.ts'

export type { Session } from './preamble.ts'
export type { Rows, Statement } from './statement.ts'

export interface LanesOptions {
  /** Login of the gateway's own role. */
  readonly connection: pg.ClientConfig
  readonly lanes: number
  readonly log: Log
  /** Further lanes while all are held up by long statements. Default: three times `lanes`. */
  readonly spareLanes?: number
  readonly maxPreparedPerLane?: number
  /** Age at which a lane is replaced. */
  readonly maxAgeMs?: number
  /** Memory, by our estimate of what a backend has come to keep, at which its lane is replaced. */
  readonly maxBackendBytes?: number
  /** How long a request waits for a connection. */
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
   * Runs one statement in one round trip. `retryable`: it may run twice, so it is sent once more when the connection
   * breaks under it. Rejects with pg.DatabaseError or LaneError.
   */
  run(session: Session, statement: Statement, how: { readonly retryable: boolean }): Promise<Rows>
  stats(): LanesStats
  /** Refuses new statements, lets the running ones finish, and closes the connections. */
  close(): Promise<void>
}

interface Job extends Request {
  readonly reject: (error: Error) => void
  readonly isRetryable: boolean
  readonly waitUntilMs: number
  hasBeenRetried: boolean
  mayPrepare: boolean
}

/** A queue this old is no passing burst: one more lane is opened. */
const GROW_AFTER_MS = 25

export const createLanes = (options: LanesOptions): Lanes => {
  const waitMs = options.waitMs ?? 5_000
  const waiting: Job[] = []
  const counts = { statements: 0, retries: 0 }
  let isClosed = false
  let growing: NodeJS.Timeout | null = null

  const unavailable = (message: string): LaneError => {
    const cause = slots.lastConnectError()
    return new LaneError('lane_unavailable', message, cause && { cause })
  }

  /** Wakes while somebody waits: gives up on those who have waited long enough, and asks for one more lane. */
  const tend = (): void => {
    growing = null
    const now = performance.now()
    while (waiting[0] !== undefined && waiting[0].waitUntilMs <= now) {
      waiting.shift()?.reject(unavailable(`No connection to Postgres was free within ${waitMs} ms.`))
    }
    if (waiting.length === 0) return
    slots.grow()
    growing = setTimeout(tend, GROW_AFTER_MS)
  }

  /** False: no lane is free. A job that cannot be written is rejected, and thereby placed. */
  const isPlaced = (job: Job): boolean => {
    const lane = slots.choose(job.session.workspace)
    if (lane === null) return false
    try {
      lane.submit(job)
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  const place = (job: Job): void => {
    if (waiting.length === 0 && isPlaced(job)) return
    waiting.push(job)
    growing ??= setTimeout(tend, GROW_AFTER_MS)
  }

  const retry = (job: Job): void => {
    job.hasBeenRetried = true
    counts.retries++
    place(job)
  }

  const onFailed = (job: Job, { error, isRefused }: Failure): void => {
    if (!isRefused || job.hasBeenRetried || isClosed) {
      job.reject(error)
      return
    }
    // Others may be preparing the same statement, and fail at it: what they meet must not be taken for this one's error.
    job.mayPrepare = false
    retry(job)
  }

  const onLost = (cause: Error, sent: readonly Job[], unsent: readonly Job[]): void => {
    for (const job of sent) {
      if (job.isRetryable && !job.hasBeenRetried && !isClosed) retry(job)
      else {
        const outcome = job.isRetryable ? '' : ' Whether the change was made is unknown.'
        job.reject(new LaneError('lane_lost', `The connection to Postgres was lost.${outcome}`, { cause }))
      }
    }
    for (const job of unsent) place(job)
  }

  const onFree = (): void => {
    while (waiting[0] !== undefined && isPlaced(waiting[0])) waiting.shift()
  }

  const slots = createLaneSlots<Job>({
    connection: options.connection,
    permanent: options.lanes,
    spare: options.spareLanes ?? options.lanes * 3,
    maxPrepared: options.maxPreparedPerLane ?? 500,
    maxAgeMs: options.maxAgeMs ?? 15 * 60_000,
    maxBackendBytes: options.maxBackendBytes ?? 256_000_000,
    sweepMs: options.sweepMs ?? 5_000,
    noteText: createTextIds(),
    log: options.log,
    onFailed,
    onLost,
    onFree,
  })

  const abandonWaiting = (): void => {
    for (const job of waiting.splice(0)) job.reject(unavailable('The gateway is stopping.'))
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
        place({
          session,
          statement,
          resolve,
          reject,
          isRetryable: retryable,
          waitUntilMs: performance.now() + waitMs,
          hasBeenRetried: false,
          mayPrepare: true,
        })
      }),
    stats: () => ({ ...slots.stats(), waiting: waiting.length, ...counts }),
    close: async () => {
      isClosed = true
      abandonWaiting()
      await slots.close()
      abandonWaiting()
    },
  }
}
