// The request path's way to Postgres: a few pipelined connections shared by all workspaces. In: a session and a statement;
// out: rows as text, or the statement's own error. Decided here: who waits, and what is tried again. Which connection a
// statement takes is laneSlots.ts, how it is sent lane.ts, who it runs as preamble.ts.
//
// Statements known to be quick share lanes. The others, slow or new, run alone on a lane, and only so many of each workspace
// at once: however slow one workspace's statements are, the others keep lanes to run on.

import type pg from 'pg'
import type { Failure, Request } from './lane.ts'
import { LaneError } from './laneError.ts'
import { createLaneSlots } from './laneSlots.ts'
import type { Log } from './log.ts'
import { createPace } from './pace.ts'
import type { Session } from './preamble.ts'
import { createTextIds, type Rows, type Statement } from './statement.ts'
import { createTurns } from './turns.ts'

export type { Session } from './preamble.ts'
export type { Rows, Statement } from './statement.ts'

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
  readonly sinceMs: number
  hasBeenRetried: boolean
  mayPrepare: boolean
  isAlone: boolean
  /** Counts among those of its workspace that run alone. */
  hasTurn: boolean
  /** How many lanes it is on: a read that is held up is sent a second time, and the first answer counts. */
  copies: number
  isSettled: boolean
}

/** A queue this old is no passing burst: one more lane is opened. */
const GROW_AFTER_MS = 25

export const createLanes = (options: LanesOptions): Lanes => {
  const waitMs = options.waitMs ?? 5_000
  const spare = options.spareLanes ?? options.lanes * 3
  const noteText = createTextIds()
  const pace = createPace()
  const turns = createTurns<Job>()
  /** For a lane: those that share one, and those that want one for themselves. */
  const queues: { sharing: Job[]; alone: Job[] } = { sharing: [], alone: [] }
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

  /** Wakes while somebody waits: gives up on those who have waited long enough, and asks for one more lane. */
  const tend = (): void => {
    growing = null
    const now = performance.now()
    const isTired = ({ sinceMs }: Job): boolean => now - sinceMs >= waitMs
    for (const job of turns.remove(isTired)) job.reject(busy())
    for (const queue of [queues.sharing, queues.alone]) {
      for (const job of queue.filter(isTired)) {
        queue.splice(queue.indexOf(job), 1)
        if (job.copies > 0) continue
        job.reject(unavailable(`No connection to Postgres was free within ${waitMs} ms.`))
      }
    }
    onFree()
    if (queues.sharing.length + queues.alone.length > 0) slots.grow()
    if (waiting() > 0) wake()
  }
  const wake = (): void => {
    growing ??= setTimeout(tend, GROW_AFTER_MS)
  }

  const endTurn = (job: Job): void => {
    if (!job.hasTurn) return
    job.hasTurn = false
    const next = turns.giveBack(job.session.workspace)
    if (next === undefined) return
    next.hasTurn = true
    place(next)
  }

  /** False: no lane is free. A job that cannot be written is rejected, and thereby placed. */
  const isPlaced = (job: Job): boolean => {
    if (job.isSettled) return true
    const { workspace } = job.session
    const hasWaited = performance.now() - job.sinceMs >= GROW_AFTER_MS
    const from = pace.isSlow(job.text.id, workspace) ? 'spare' : hasWaited ? 'all' : 'most'
    const lane = job.isAlone ? slots.chooseIdle(workspace, from) : slots.choose(workspace)
    if (lane === null) return false
    try {
      lane.submit(job)
      job.copies++
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  const place = (job: Job): void => {
    const { workspace, maxLongStatements } = job.session
    job.isAlone = spare > 0 && !pace.isQuick(job.text.id, workspace)
    if (!job.isAlone) endTurn(job)
    else if (!job.hasTurn) {
      const turn = turns.take(workspace, maxLongStatements, job)
      if (turn === 'full') job.reject(busy())
      if (turn === 'queued') wake()
      if (turn !== 'taken') return
      job.hasTurn = true
    }
    const queue = job.isAlone ? queues.alone : queues.sharing
    if ((job.isAlone || queue.length === 0) && isPlaced(job)) return
    queue.push(job)
    wake()
  }

  const retry = (job: Job): void => {
    job.hasBeenRetried = true
    counts.retries++
    place(job)
  }

  /** Whether nothing else is to be heard of the job. */
  const isOver = (job: Job): boolean => {
    job.copies--
    return !job.isSettled && job.copies === 0
  }

  const onFailed = (job: Job, { error, isRefused }: Failure): void => {
    if (!isOver(job)) return
    if (!isRefused || job.hasBeenRetried || isClosed) {
      job.reject(error)
      return
    }
    // Others may be preparing the same statement, and fail at it: what they meet must not be taken for this one's error.
    job.mayPrepare = false
    retry(job)
  }

  const onLost = (cause: Error, sent: readonly Job[], unsent: readonly Job[]): void => {
    for (const job of sent.filter(isOver)) {
      if (job.isRetryable && !job.hasBeenRetried && !isClosed) retry(job)
      else {
        const outcome = job.isRetryable ? '' : ' Whether the change was made is unknown.'
        job.reject(new LaneError('lane_lost', `The connection to Postgres was lost.${outcome}`, { cause }))
      }
    }
    for (const job of unsent.filter(isOver)) place(job)
  }

  const onLong = ({ text, session }: Job, busyMs: number, behind: readonly Job[]): void => {
    pace.note(text.id, session.workspace, busyMs, false)
    for (const job of behind) {
      if (job.isRetryable && !job.hasBeenRetried && !job.isSettled && !isClosed) retry(job)
    }
  }

  const onAnswered = ({ text, session }: Job, busyMs: number, hasSucceeded: boolean): void =>
    pace.note(text.id, session.workspace, busyMs, hasSucceeded)

  const onFree = (): void => {
    for (const job of [...queues.alone]) if (isPlaced(job)) queues.alone.splice(queues.alone.indexOf(job), 1)
    while (queues.sharing[0] !== undefined && isPlaced(queues.sharing[0])) queues.sharing.shift()
  }

  const slots = createLaneSlots<Job>({
    connection: options.connection,
    permanent: options.lanes,
    spare,
    maxPrepared: options.maxPreparedPerLane ?? 500,
    maxAgeMs: options.maxAgeMs ?? 15 * 60_000,
    maxBackendBytes: options.maxBackendBytes ?? 256_000_000,
    sweepMs: options.sweepMs ?? 5_000,
    log: options.log,
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
        const job: Job = {
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
