// Chooses the connection for a workspace's next statement.
//
// A backend remembers every workspace it has touched. A statement on a backend that has not read its tables
// takes ten times as long. So a workspace stays on the connections that hold it, unless their queues cost
// more. A new workspace goes to the least busy connection that has room; when none has, one more is opened. A
// connection with a long statement gets no further requests. Statements that must run alone get idle
// connections; the ones known to be slow only spare ones, so that any number of them leaves the shared
// connections to quick statements.
//
// A connection takes a few quick statements at a time. Further ones wait for the first that has room: behind
// one that stalls, more would wait for it.
//
// A small write costs Postgres little and waits for the disk at its commit. Writes of several backends wait
// together, those of one backend after each other, so more connections are opened for them. Spare ones would
// never be idle under such a load.
//
// A large write takes as long as a hundred quick statements, and now and then much longer, when it tidies an
// index. A connection takes one and the next, so that no more wait for it; further ones wait for the first
// connection that has room. With one alone, Postgres would wait for this process between them: measured, a
// fifth fewer batches a second.

import type { PipelinedConnection } from './connection.ts'
import type { Job } from './job.ts'
import type { EventLoopDelay } from './latency.ts'
import { type Latencies, QUICK_MS } from './latency.ts'
import type { Session } from './session.ts'
import type { Slot } from './slot.ts'
import type { StatementRequest } from './statementRequest.ts'

interface ChoiceOptions<R extends StatementRequest> {
  /** The permanent ones, further shared ones, spare ones. */
  readonly slots: readonly Slot<R>[]
  /** Number of the first kind, and of the first two. */
  readonly permanent: number
  readonly shared: number
  readonly eventLoopDelay: EventLoopDelay
  readonly isStalled: (connection: PipelinedConnection<R>) => boolean
  /** All shared connections hold as many workspaces as they have room for. */
  readonly onCrowded: () => void
  /** A small write waits behind another statement, or a large one for long ones. */
  readonly onWriteWaits: () => void
}

export interface Choice<R extends StatementRequest> {
  /** null: no connection is open, all are held up by long statements, or none has room. */
  choose(request: R): PipelinedConnection<R> | null
  /** An idle connection; null: none. `most`: all but the last of the permanent ones. */
  chooseIdle(session: Session, from: 'all' | 'most' | 'spare'): PipelinedConnection<R> | null
  /** A shared connection is open and not held up by a long statement. */
  takesMore(): boolean
}

/**
 * What a request costs on a backend that has not read the tables of its workspace, in quick requests.
 * Measured on Postgres 18: 2.7 ms beside 0.2 ms.
 */
const UNREAD = 8
/** A full backend forgets statements of other workspaces for it, which are then planned again. */
const UNREAD_FULL = 64

/** What a small write costs the ones behind it, in quick requests: its commit takes about a millisecond. */
const SMALL_WRITE = 4
/** A queue this old is more than a burst: one more connection is opened. */
export const GROW_AFTER_MS = 25
/** How long a suspected statement leaves the permanent connections to others, in the hope of a spare one. */
const SPARE_WITHIN_MS = 250
/** Enough that Postgres and this process need not wait for each other. */
const MOST_IN_FLIGHT = 8

/** Number of requests before the next one; the statement of a stalled connection counts as several. */
type QueueOf<R extends StatementRequest> = (connection: PipelinedConnection<R>) => number

const leastBusy = <R extends StatementRequest>(
  queueOf: QueueOf<R>,
  a: PipelinedConnection<R> | null,
  b: PipelinedConnection<R>,
): PipelinedConnection<R> => (a === null || queueOf(b) < queueOf(a) ? b : a)

/**
 * Between a connection whose backend holds the workspace and the least busy of the others. A workspace with
 * several requests at a time may use all connections that have room.
 */
const cheaper = <R extends StatementRequest>(
  queueOf: QueueOf<R>,
  held: PipelinedConnection<R> | null,
  other: PipelinedConnection<R> | null,
  workspace: string,
  cost: number,
): PipelinedConnection<R> | null => {
  if (held === null || other === null) return held ?? other
  const unread = other.isFull() ? UNREAD_FULL : held.isRunning(workspace) ? 0 : UNREAD
  return queueOf(held) * cost <= queueOf(other) * cost + unread ? held : other
}

const isIdle = <R extends StatementRequest>(
  connection: PipelinedConnection<R> | null | undefined,
): connection is PipelinedConnection<R> => connection?.inFlight() === 0

/** Neither working on a long statement nor on one that must be alone. */
const takesMore = <R extends StatementRequest>(
  connection: PipelinedConnection<R> | null | undefined,
  longSinceMs: number,
): connection is PipelinedConnection<R> =>
  connection != null && connection.busySinceMs() > longSinceMs && !connection.isTaken()

/** For statements that the shared connections cannot take. */
const chooseOther = <R extends StatementRequest>(
  { slots, permanent, shared }: Pick<ChoiceOptions<R>, 'slots' | 'permanent' | 'shared'>,
  queueOf: QueueOf<R>,
  longSinceMs: number,
  isLargeWrite: boolean,
): PipelinedConnection<R> | null => {
  const connections = slots.map(({ connection }) => connection)
  // Another large write is about to end.
  if (isLargeWrite && connections.slice(0, permanent).some((each) => takesMore(each, longSinceMs)))
    return null
  let other: PipelinedConnection<R> | null = null
  for (const connection of connections.slice(isLargeWrite ? permanent : shared)) {
    if (!takesMore(connection, longSinceMs) || (isLargeWrite && connection.isWritingMuch())) continue
    other = leastBusy(queueOf, other, connection)
  }
  return other
}

/** The shared connection for a request: one that holds its workspace, unless another one costs less. */
const createSharedChoice =
  <R extends StatementRequest>(
    { slots, permanent, shared, onCrowded }: ChoiceOptions<R>,
    queueOf: QueueOf<R>,
  ) =>
  (
    { session: { workspace, schema }, isLargeWrite, isHedged }: R,
    longSinceMs: number,
    cost: number,
  ): PipelinedConnection<R> | 'none has room' | null => {
    let least: PipelinedConnection<R> | null = null
    let held: PipelinedConnection<R> | null = null
    let roomy: PipelinedConnection<R> | null = null
    let full: PipelinedConnection<R> | null = null
    const most = isLargeWrite ? permanent : shared
    for (let index = 0; index < most; index += 1) {
      const connection = slots[index]?.connection
      if (!takesMore(connection, longSinceMs)) continue
      if (isLargeWrite && connection.isWritingMuch()) continue
      // Connections that small writes have opened: what costs Postgres more is cheaper on few of them.
      const isFurther = index >= permanent && cost < SMALL_WRITE
      if (isFurther && held !== null && held.inFlight() <= UNREAD) continue
      least = leastBusy(queueOf, least, connection)
      if (connection.holds(schema)) {
        if (connection.inFlight() === 0) return connection
        held = leastBusy(queueOf, held, connection)
      } else if (connection.isFull()) full = leastBusy(queueOf, full, connection)
      else roomy = leastBusy(queueOf, roomy, connection)
    }
    if (held === null && roomy === null && full !== null) onCrowded()
    if (!isLargeWrite && !isHedged && least !== null && least.inFlight() >= MOST_IN_FLIGHT)
      return 'none has room'
    return cheaper(queueOf, held, roomy ?? full, workspace, cost)
  }

export const createChoice = <R extends StatementRequest>(options: ChoiceOptions<R>): Choice<R> => {
  const { slots, permanent, shared, eventLoopDelay, isStalled, onWriteWaits } = options
  const queueOf: QueueOf<R> = (connection) =>
    isStalled(connection) ? connection.inFlight() + UNREAD : connection.inFlight()
  const longSince = (): number => performance.now() - QUICK_MS - eventLoopDelay.allowanceMs()
  const chooseShared = createSharedChoice(options, queueOf)
  return {
    choose: (request) => {
      const { isRetryable, isLargeWrite } = request
      const longSinceMs = longSince()
      const isSmallWrite = !isRetryable && !isLargeWrite
      const chosen = chooseShared(request, longSinceMs, isSmallWrite ? SMALL_WRITE : 1)
      if (chosen === 'none has room') {
        if (isSmallWrite) onWriteWaits()
        return null
      }
      if (chosen !== null) {
        if (isSmallWrite && chosen.inFlight() > 0) onWriteWaits()
        return chosen
      }
      const other = chooseOther({ slots, permanent, shared }, queueOf, longSinceMs, isLargeWrite)
      if (isLargeWrite && other === null) onWriteWaits()
      return other
    },
    chooseIdle: ({ schema }, from) => {
      const connections = slots.map(({ connection }) => connection)
      const spare = connections.slice(shared).find(isIdle) ?? null
      if (from === 'spare') return spare
      const untaken = connections
        .slice(0, shared)
        .filter((connection) => connection !== null && !connection.isTaken())
      if (from === 'most' && untaken.length < 2) return spare
      const idle = untaken.filter(isIdle)
      return idle.find(({ holds }) => holds(schema)) ?? idle[0] ?? spare
    },
    takesMore: () => {
      const longSinceMs = longSince()
      return slots.slice(0, shared).some(({ connection }) => takesMore(connection, longSinceMs))
    },
  }
}

/** The connection for a job, by what is known of its statement; null: none is free. */
export const connectionFor = (
  { choose, chooseIdle }: Choice<Job>,
  latencies: Latencies,
  job: Job,
): PipelinedConnection<Job> | null => {
  const { text, session, isAlone, sinceMs } = job
  if (!isAlone) return choose(job)
  const { workspace } = session
  if (latencies.isSlow(text.id, workspace)) return chooseIdle(session, 'spare')
  const waitedMs = performance.now() - sinceMs
  if (latencies.isSuspected(workspace))
    return chooseIdle(session, waitedMs < SPARE_WITHIN_MS ? 'spare' : 'most')
  return chooseIdle(session, waitedMs < GROW_AFTER_MS ? 'most' : 'all')
}
