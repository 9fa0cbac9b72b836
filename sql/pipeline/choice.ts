// Chooses the connection for a workspace's next statement.
//
// A backend remembers every workspace it has touched, so a workspace has its own connection and leaves it
// only when that has a queue. A connection with a long statement gets no further requests. Statements that
// must run alone get idle connections; the ones known to be slow only spare ones, so that any number of them
// leaves the permanent connections to quick statements.

import type { PipelinedConnection } from './connection.ts'
import type { Job } from './job.ts'
import type { EventLoopDelay } from './latency.ts'
import { type Latencies, QUICK_MS } from './latency.ts'
import type { Slot } from './slot.ts'
import type { StatementRequest } from './statementRequest.ts'

export interface Choice<R extends StatementRequest> {
  /** null: no connection is open, or all are held up by long statements. */
  choose(workspace: string): PipelinedConnection<R> | null
  /** An idle connection; null: none. `most`: all but the last of the permanent ones. */
  chooseIdle(workspace: string, from: 'all' | 'most' | 'spare'): PipelinedConnection<R> | null
}

/** Queue at its own connection beyond which a workspace goes to the least busy one. */
const OVERFLOW_DEPTH = 4

/** A queue this old is more than a burst: one more connection is opened. */
export const GROW_AFTER_MS = 25
/** How long a suspected statement leaves the permanent connections to others, in the hope of a spare one. */
const SPARE_WITHIN_MS = 250

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value >>> 0
}

export const createChoice = <R extends StatementRequest>(
  slots: readonly Slot<R>[],
  permanent: number,
  eventLoopDelay: EventLoopDelay,
): Choice<R> => ({
  choose: (workspace) => {
    const longSinceMs = performance.now() - QUICK_MS - eventLoopDelay.allowanceMs()
    const isOpen = (connection: PipelinedConnection<R>): boolean =>
      connection.busySinceMs() > longSinceMs && !connection.isTaken()
    const own = slots[hash(workspace) % permanent]?.connection
    if (own && own.inFlight() < OVERFLOW_DEPTH && isOpen(own)) return own
    let best: PipelinedConnection<R> | null = null
    for (const [index, { connection }] of slots.entries()) {
      // The spare ones are for statements that the permanent ones cannot take.
      if (index === permanent && best !== null) break
      if (connection === null || !isOpen(connection)) continue
      if (best === null || connection.inFlight() < best.inFlight()) best = connection
    }
    return best
  },
  chooseIdle: (workspace, from) => {
    const isIdle = (
      connection: PipelinedConnection<R> | null | undefined,
    ): connection is PipelinedConnection<R> => connection?.inFlight() === 0
    const connections = slots.map(({ connection }) => connection)
    const spare = connections.slice(permanent).find(isIdle) ?? null
    if (from === 'spare') return spare
    const untaken = connections
      .slice(0, permanent)
      .filter((connection) => connection !== null && !connection.isTaken())
    if (from === 'most' && untaken.length < 2) return spare
    const own = connections[hash(workspace) % permanent]
    return isIdle(own) ? own : (untaken.find(isIdle) ?? spare)
  },
})

/** The connection for a job, by what is known of its statement; null: none is free. */
export const connectionFor = (
  { choose, chooseIdle }: Choice<Job>,
  latencies: Latencies,
  { text, session: { workspace }, isAlone, sinceMs }: Job,
): PipelinedConnection<Job> | null => {
  if (!isAlone) return choose(workspace)
  if (latencies.isSlow(text.id, workspace)) return chooseIdle(workspace, 'spare')
  const waitedMs = performance.now() - sinceMs
  if (latencies.isSuspected(workspace))
    return chooseIdle(workspace, waitedMs < SPARE_WITHIN_MS ? 'spare' : 'most')
  return chooseIdle(workspace, waitedMs < GROW_AFTER_MS ? 'most' : 'all')
}
