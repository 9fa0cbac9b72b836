// One stream of changes: every change after a position, until the client leaves, the caller loses its rights
// or reads too slowly. Every batch is read with the rights that the caller has then. Nothing is buffered
// beyond one batch: the next one is read when the client has taken this one. A client that does not is cut
// off, and resumes with its last position.
//
//   idle ─ pump ─> reading ─ batch ─> written ─ more? ─> reading
//     ^                      │ ^         │ no
//     │            unsent    v │ taken   │
//     │                     full         │
//     └──────────────────────────────────┘      pumped meanwhile: reading
//   reading ─ Postgres is away ─> idle, and reads again a little later
//   any state ─ client gone, rights gone, full for long ─> ended

import { setTimeout as sleep } from 'node:timers/promises'
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
  /** Closes the connection with what is unsent. */
  readonly cut: () => void
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
  readonly unsentBytes: () => number
  readonly end: (problem?: Problem) => void
  /** The client reads too slowly. */
  readonly cut: () => void
}

interface StreamOptions<Reader, Position> {
  readonly sink: Sink
  readonly caller: string
  readonly request: StreamRequest<Reader, Position>
  readonly batches: Pick<Batches<Reader, Position>, 'read'>
  readonly idOf: (position: Position) => string
  readonly onEnd: () => void
  /** A batch was written that the client has not taken at once. */
  readonly onUnsent: () => void
  readonly log: Log
  /** How long a client may take for a batch, for tests. */
  readonly slowMs?: number | undefined
}

const positionUnknown = (): Problem =>
  new Problem('CONFLICT', 'The position is no longer in the change log.', {
    subCode: 'POSITION_UNKNOWN',
    hint: "Read the data again, and subscribe without 'after'.",
  })

/** Above it, no further batch is read. */
const MAX_UNSENT_BYTES = 65_536
const LOOK_AGAIN_MS = 20
const SLOW_MS = 30_000
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

/** Why a stream ends with an error; null where clients should connect again. */
const endingOf = (error: unknown, log: Log): Problem | null => {
  const problem = problemOf(error)
  if (problem.status >= 500) log.warn({ err: problem.options.cause ?? problem }, 'a change stream ended')
  return error instanceof Problem || problem.code !== 'UNAVAILABLE' ? problem : null
}

/** Waits until the client has taken what was written. @returns false: it took too long */
const isTaken = async (
  { unsentBytes }: Sink,
  isEnded: () => boolean,
  { onUnsent, slowMs = SLOW_MS }: Pick<StreamOptions<unknown, unknown>, 'onUnsent' | 'slowMs'>,
): Promise<boolean> => {
  if (unsentBytes() <= MAX_UNSENT_BYTES) return true
  onUnsent()
  const untilMs = performance.now() + slowMs
  while (!isEnded() && unsentBytes() > MAX_UNSENT_BYTES) {
    if (performance.now() > untilMs) return false
    await sleep(LOOK_AGAIN_MS, undefined, { ref: false })
  }
  return true
}

export const createStream = <Reader, Position>(options: StreamOptions<Reader, Position>): Stream => {
  const { sink, request, batches, idOf, log } = options
  const outage = createOutage()
  let { position } = request
  let isReading = false
  let isDue = false
  let isEnded = false

  const close = (how: () => void): void => {
    if (isEnded) return
    isEnded = true
    options.onEnd()
    how()
  }
  const end = (problem: Problem | null): void => close(() => sink.end(problem))
  const cut = (): void => close(sink.cut)
  const fail = (error: unknown): void => {
    if (!outage.mayPass(error, pump)) end(endingOf(error, log))
  }
  const reset = (): void => (sink.reset === null ? end(positionUnknown()) : sink.reset(idOf(position)))
  /** @returns whether there may be more to read */
  const readBatch = async (): Promise<boolean> => {
    const batch = await batches.read(await request.renew(), request, position)
    if (isEnded) return false
    outage.isOver()
    position = batch.end
    if (batch.events === null) reset()
    else if (batch.events.length > 0) sink.write(batch.events)
    if (!(await isTaken(sink, () => isEnded, options))) cut()
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
    unsentBytes: sink.unsentBytes,
    end: (problem) => end(problem ?? null),
    cut,
  }
}
