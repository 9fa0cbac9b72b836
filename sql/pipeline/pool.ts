// The request path's way to Postgres: a few pipelined connections shared by all workspaces. A job passes
// these stages:
//
//   run ─> admission.ts ─> queues.ts ─> choice.ts ─> connection.ts ─> resolved or rejected
//             ^  permits    waits for                    │ failed, lost, stuck
//             │             a connection                 v
//             └───────────────────────────────────── recovery.ts
//
// slots.ts keeps the connections open, queueTimeout.ts gives up on jobs that wait too long, session.ts
// sets the role and schema of a statement.

import type { Log } from '../log.ts'
import { RECONNECT_WITHIN_MS } from '../reconnect.ts'
import { createTextIds, type NoteText, type Rows, type Statement } from '../statement.ts'
import { createAdmission } from './admission.ts'
import { connectionFor } from './choice.ts'
import type { Login } from './connect.ts'
import { unavailable, workspaceBusy } from './error.ts'
import { createJob, type Job } from './job.ts'
import { createEventLoopDelay, createLatencies, type Latencies, QUICK_MS } from './latency.ts'
import { createQueues } from './queues.ts'
import { createQueueTimeout } from './queueTimeout.ts'
import { createRecovery, type Recovery } from './recovery.ts'
import type { Session } from './session.ts'
import { createPoolSlots, type RequestEvents } from './slots.ts'
import type { StatementOutcome } from './statementRequest.ts'

export type { Rows, Statement } from '../statement.ts'
export type { Session } from './session.ts'

export interface ConnectionPoolOptions {
  /** Login of the gateway's own role. */
  readonly login: Login
  readonly connections: number
  readonly log: Log
  /** Pools that share it agree on the ids of texts. Default: ids of its own, without a bound. */
  readonly noteText?: NoteText | undefined
  /**
   * Shared connections beyond `connections`, opened when these hold as many workspaces as they have room for,
   * or when small writes wait. Default: none.
   */
  readonly furtherConnections?: number
  /**
   * Further connections, for slow statements. Default: three times `connections`. Without any, slow and quick
   * statements share.
   */
  readonly spareConnections?: number
  readonly maxPreparedPerConnection?: number
  /** Age at which a connection is replaced. */
  readonly maxAgeMs?: number
  /** Estimated memory of a backend at which its connection is replaced. */
  readonly maxBackendBytes?: number
  /**
   * How long a request waits while Postgres is unreachable. While it is reachable, requests wait up to the
   * timeout of their statements.
   */
  readonly waitMs?: number | undefined
  /**
   * Once Postgres has been unreachable for so long, requests fail at once, until it is back. Default: each
   * waits `waitMs`.
   */
  readonly awayAfterMs?: number | undefined
  readonly sweepMs?: number
  /** Called for every statement that Postgres has answered. */
  readonly onStatement?: ((run: StatementRun) => void) | undefined
  /** Called when a statement that may have written has ended. */
  readonly onWrite?: (() => void) | undefined
}

/** One run of a statement. */
export interface StatementRun extends StatementOutcome {
  /** Id of the workspace. */
  readonly workspace: string
  /** `SELECT`, `INSERT` and so on. */
  readonly operation: string
}

export interface ConnectionPoolStats {
  readonly open: number
  /** Open connections that run something, and how many may be open. */
  readonly busy: number
  readonly max: number
  readonly inFlight: number
  readonly waiting: number
  readonly prepared: number
  /** These four count since the start. */
  readonly statements: number
  readonly retries: number
  readonly lost: number
  readonly recycled: number
  /** Of these, by cause. */
  readonly age: number
  readonly memory: number
}

export interface RunningSession {
  /** Process id of the backend. */
  readonly pid: number
  readonly session: Session
}

export interface ConnectionPool {
  /**
   * Runs one statement in one round trip. `retryable`: it may run twice, so it is sent again if the
   * connection breaks under it. Rejects with pg.DatabaseError or ConnectionError.
   */
  run(session: Session, statement: Statement, options: { readonly retryable: boolean }): Promise<Rows>
  /** The session of the statement that each backend works on. */
  running(): readonly RunningSession[]
  stats(): ConnectionPoolStats
  /** Refuses new statements, lets the running ones finish, and closes the connections. */
  close(): Promise<void>
}

const STOPPING = 'The gateway is stopping.'

const slotsOptionsOf = (options: ConnectionPoolOptions) => ({
  login: options.login,
  permanent: options.connections,
  further: options.furtherConnections ?? 0,
  spare: options.spareConnections ?? options.connections * 3,
  maxPrepared: options.maxPreparedPerConnection ?? 5_000,
  maxAgeMs: options.maxAgeMs ?? 15 * 60_000,
  maxBackendBytes: options.maxBackendBytes ?? 160_000_000,
  sweepMs: options.sweepMs ?? 5_000,
  waitMs: options.waitMs ?? RECONNECT_WITHIN_MS,
  awayAfterMs: options.awayAfterMs ?? Number.POSITIVE_INFINITY,
  log: options.log,
})

const eventsOf = (
  latencies: Latencies,
  { onFailed, onLost, onStuck }: Recovery,
  { onFree, onRoom }: { readonly onFree: () => void; readonly onRoom: () => void },
  onStatement: ConnectionPoolOptions['onStatement'],
): RequestEvents<Job> => {
  const note = ({ text, session, isRetryable }: Job, busyMs: number, hasSucceeded: boolean): void => {
    const { workspace } = session
    latencies.note({ textId: text.id, workspace, busyMs, hasSucceeded, isWrite: !isRetryable })
  }
  return {
    onFailed,
    onLost,
    onAnswered: (job, { busyMs, sqlstate, rows }) => {
      note(job, busyMs, sqlstate === null)
      const { workspace } = job.session
      onStatement?.({ workspace, operation: job.text.operation, sqlstate, busyMs, rows })
      onRoom()
    },
    onLong: (job, busyMs, behind) => {
      note(job, busyMs, false)
      onStuck(behind)
    },
    onStalled: onStuck,
    onFree,
  }
}

export const createConnectionPool = (options: ConnectionPoolOptions): ConnectionPool => {
  const limits = slotsOptionsOf(options)
  const noteText = options.noteText ?? createTextIds(new Map())
  const eventLoopDelay = createEventLoopDelay(QUICK_MS)
  const latencies = createLatencies(eventLoopDelay)
  let statements = 0
  let isClosed = false

  const onQueued = (): void => queueTimeout.wake()
  const queueEvents = { onQueued, takesMore: () => slots.takesMore() }
  const queues = createQueues((job) => connectionFor(slots, latencies, job), queueEvents)
  const admission = createAdmission({
    latencies,
    hasSpare: limits.spare > 0,
    enter: queues.enter,
    onQueued,
    refuse: (job) => job.reject(workspaceBusy()),
  })
  const onSettled = (job: Job): void => {
    admission.release(job)
    if (!job.isRetryable) options.onWrite?.()
  }
  const recovery = createRecovery(admission.admit, () => isClosed)
  const drain = (): void => {
    // Admitted again: the statement of a job that waited to run alone may be known as quick by now.
    for (const job of queues.takeAlone()) admission.admit(job)
    queues.drain()
  }
  const onRoom = (): void => {
    queues.drain()
    slots.noteAnswer()
  }
  const events = eventsOf(latencies, recovery, { onFree: drain, onRoom }, options.onStatement)
  const slots = createPoolSlots<Job>({ ...limits, eventLoopDelay, usualMs: latencies.usualMs, events })
  const queueTimeout = createQueueTimeout({ ...limits, queues, admission, slots, drain })

  return {
    run: (session, statement, { retryable }) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(unavailable(STOPPING, slots.lastConnectError()))
        statements++
        const text = noteText(statement)
        admission.admit(createJob(session, statement, text, retryable, resolve, reject, onSettled))
      }),
    running: () => slots.running().map(({ pid, request }) => ({ pid, session: request.session })),
    stats: () => ({
      ...slots.stats(),
      max: limits.permanent + limits.further + limits.spare,
      waiting: queueTimeout.waiting(),
      statements,
      retries: recovery.retries(),
    }),
    close: async () => {
      isClosed = true
      queueTimeout.abandon(STOPPING)
      await slots.close()
      queueTimeout.abandon(STOPPING)
    },
  }
}
