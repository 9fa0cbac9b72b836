// One stream of changes: every change after a position, until the client leaves, the caller loses its rights
// or reads too slowly. Every batch is read with the rights that the caller has then. Nothing is buffered
// beyond the socket: a slow reader is cut off, and resumes with its last position.
//
//   idle ─ pump ─> reading ─ batch ─> written ─ more? ─> reading
//     ^                                  │ no
//     └──────────────────────────────────┘      pumped meanwhile: reading
//   reading ─ Postgres is away ─> idle, and reads again a little later
//   any state ─ client gone, rights gone, slow ─> ended

import type { Log } from '../../sql/log.ts'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { TicketConnection } from '../auth/tickets.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem, problemOf } from '../error/problem.ts'
import type { Batches, BatchRequest } from './batches.ts'

export interface StreamRequest<Reader = RequestContext<unknown>, Position = FeedPosition>
  extends BatchRequest<Reader, Position> {
  readonly position: Position
  /** The caller's context as it is now; rejects when the caller may no longer read. */
  readonly renew: () => Promise<Reader>
  readonly ticket?: TicketConnection
}

/** Where the events of a stream go: a response or a socket. */
export interface Sink {
  readonly write: (events: readonly string[]) => void
  /** The position was unknown: the stream continues at `position`, or ends if that is null. */
  readonly reset: ((position: string) => void) | null
  readonly beat: () => void
  readonly unsentBytes: () => number
  /** @param problem why the gateway ends the stream; null: the stream or the gateway closes */
  readonly end: (problem: Problem | null) => void
}

export interface Stream {
  /** Id of the key or the member. */
  readonly caller: string
  readonly ticket: TicketConnection | undefined
  /** New changes may be there. */
  readonly pump: () => void
  /** Ends the stream if the caller lost its rights. */
  readonly renew: () => void
  readonly beat: () => void
  readonly end: (problem?: Problem) => void
}

interface StreamOptions<Reader, Position> {
  readonly sink: Sink
  readonly caller: string
  readonly request: StreamRequest<Reader, Position>
  readonly batches: Pick<Batches<Reader, Position>, 'read'>
  readonly idOf: (position: Position) => string
  readonly onEnd: () => void
  readonly log: Log
}

const positionUnknown = (): Problem =>
  new Problem('CONFLICT', 'The position is no longer in the change log.', {
    subCode: 'POSITION_UNKNOWN',
    hint: "Read the data again, and subscribe without 'after'.",
  })

const MAX_UNSENT_BYTES = 1_048_576
const AGAIN_AFTER_MS = 250
/** A fail-over takes seconds. Rights cannot be checked meanwhile, and nothing is sent. */
const OUTAGE_MS = 60_000

const createOutage = () => {
  let sinceMs: number | null = null
  return {
    /** Whether Postgres is away and may come back; then `again` is called a little later. */
    mayPass: (error: unknown, again: () => void): boolean => {
      sinceMs ??= performance.now()
      if (problemOf(error).code !== 'UNAVAILABLE' || performance.now() - sinceMs > OUTAGE_MS) return false
      setTimeout(again, AGAIN_AFTER_MS).unref()
      return true
    },
    isOver: (): void => {
      sinceMs = null
    },
  }
}

export const createStream = <Reader, Position>(options: StreamOptions<Reader, Position>): Stream => {
  const { sink, request, batches, idOf, log } = options
  const outage = createOutage()
  let { position } = request
  let isReading = false
  let isDue = false
  let isEnded = false

  const end = (problem: Problem | null): void => {
    if (isEnded) return
    isEnded = true
    options.onEnd()
    sink.end(problem)
  }
  const fail = (error: unknown): void => {
    if (outage.mayPass(error, pump)) return
    log.debug({ err: error }, 'a change stream ended')
    end(error instanceof Problem ? error : null)
  }
  const reset = (): void => {
    if (sink.reset !== null) sink.reset(idOf(position))
    else end(positionUnknown())
  }
  /** @returns whether there may be more to read */
  const readBatch = async (): Promise<boolean> => {
    const batch = await batches.read(await request.renew(), request, position)
    if (isEnded) return false
    outage.isOver()
    position = batch.end
    if (batch.events === null) reset()
    else if (batch.events.length > 0) sink.write(batch.events)
    if (sink.unsentBytes() > MAX_UNSENT_BYTES) end(null)
    return batch.hasMore && !isEnded
  }
  const readAll = async (): Promise<void> => {
    while (isDue && !isEnded) {
      isDue = false
      while (await readBatch());
    }
  }
  const pump = (): void => {
    isDue = true
    if (isReading || isEnded) return
    isReading = true
    const stop = (): void => {
      isReading = false
    }
    readAll().finally(stop).catch(fail)
  }

  return {
    caller: options.caller,
    ticket: request.ticket,
    pump,
    renew: () => void request.renew().catch(fail),
    beat: sink.beat,
    end: (problem) => end(problem ?? null),
  }
}
