// The open streams of a gateway: how many there may be, when they look for changes, what keeps their sockets
// alive. While no stream is open, nothing runs.

import type { Log } from '../../sql/log.ts'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { TicketConnection, Tickets } from '../auth/tickets.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem } from '../error/problem.ts'
import { largestBeyond } from '../http/unread.ts'
import type { Batches } from './batches.ts'
import { createStream, type Sink, type Stream, type StreamRequest } from './stream.ts'
import type { Ticker } from './ticker.ts'

interface StreamsOptions<Reader, Position> {
  readonly ticker: Ticker
  readonly batches: Batches<Reader, Position>
  /** Streams are counted by it. */
  readonly callerOf: (context: Reader) => string
  /** The id of an event at a position. */
  readonly idOf: (context: Reader, position: Position) => string
  readonly log: Log
  readonly maxStreams: number
  readonly maxStreamsPerCaller: number
  /** For tests. */
  readonly slowMs?: number | undefined
  /** For tests. */
  readonly maxUnsentBytes?: number | undefined
}

export interface Streams<Reader = RequestContext<unknown>, Position = FeedPosition> {
  /** Throws Problem RATE_LIMITED if too many are open. */
  readonly refuseTooMany: (caller: string) => void
  /**
   * Opens a stream. Throws Problem RATE_LIMITED if too many are open, before it makes the sink.
   * @param sinkOf takes the id of the position that the stream begins after
   */
  readonly open: (
    context: Reader,
    request: StreamRequest<Reader, Position>,
    sinkOf: (id: string) => Sink,
  ) => Stream
  /** The open streams that a ticket opened. */
  readonly ofTickets: () => readonly (Stream & { readonly ticket: TicketConnection })[]
  /** Rights may have changed: streams whose callers lost theirs end soon. */
  readonly renew: () => void
  /** Calls back when rights may have changed, until the returned function is called. */
  readonly onRenewal: (listener: () => void) => () => void
  readonly count: () => number
  readonly close: () => void
}

/** Of all streams together. Beyond it, the clients that are furthest behind are cut off. */
const MAX_UNSENT_BYTES = 64_000_000

/** Proxies drop connections that are silent for 60 s. */
const HEARTBEAT_MS = 20_000
/** How soon a stream ends after its caller's rights have, if that was not announced. */
export const RENEW_MS = 4_000
/** Announcements that follow each other closely are handled together. */
const ANNOUNCED_MS = 50
const tooMany = (message: string): Problem =>
  new Problem('RATE_LIMITED', message, { subCode: 'TOO_MANY_STREAMS', hint: 'Close one first.' })

/** Ends the streams whose ticket has connected again since. */
export const endReplaced = (
  streams: Pick<Streams, 'ofTickets'>,
  { isReplaced }: Pick<Tickets, 'isReplaced'>,
): void => {
  const problem = new Problem('CONFLICT', 'Another stream with the same ticket replaced this one.', {
    subCode: 'STREAM_REPLACED',
  })
  for (const { ticket, end } of streams.ofTickets()) if (isReplaced(ticket)) end(problem)
}

/** Keeps the streams going. @returns what ends that */
const keepGoing = (
  streams: ReadonlySet<Stream>,
  ticker: Ticker,
  batches: Pick<Batches, 'onWindow'>,
): (() => void) => {
  const each = (work: (stream: Stream) => void) => () => {
    for (const stream of streams) work(stream)
  }
  const pump = each((stream) => stream.pump())
  const unsubscribe = ticker.subscribe((window) => {
    batches.onWindow(window)
    pump()
  })
  const beats = setInterval(
    each((stream) => stream.beat()),
    HEARTBEAT_MS,
  ).unref()
  const renewals = setInterval(
    each((stream) => stream.renew()),
    RENEW_MS,
  ).unref()
  return () => {
    unsubscribe()
    clearInterval(beats)
    clearInterval(renewals)
  }
}

const refuseBeyond = (
  {
    maxStreams,
    maxStreamsPerCaller,
  }: Pick<StreamsOptions<unknown, unknown>, 'maxStreams' | 'maxStreamsPerCaller'>,
  streams: ReadonlySet<Stream>,
  caller: string,
): void => {
  if (streams.size >= maxStreams)
    throw tooMany(`This gateway has ${streams.size} open streams, which is the maximum.`)
  let own = 0
  for (const stream of streams) if (stream.caller === caller) own += 1
  if (own >= maxStreamsPerCaller) throw tooMany(`This caller has ${own} open streams, which is the maximum.`)
}

export const createStreams = <Reader, Position>(
  options: StreamsOptions<Reader, Position>,
): Streams<Reader, Position> => {
  const { ticker, batches, log, slowMs, maxUnsentBytes = MAX_UNSENT_BYTES } = options
  const streams = new Set<Stream>()
  let stop: (() => void) | null = null
  let renewal: NodeJS.Timeout | undefined
  const listeners = new Set<() => void>()

  const refuseTooMany = (caller: string): void => refuseBeyond(options, streams, caller)

  return {
    refuseTooMany,
    open: (context, request, sinkOf) => {
      const caller = options.callerOf(context)
      refuseTooMany(caller)
      const idOf = (position: Position): string => options.idOf(context, position)
      const sink = sinkOf(idOf(request.position))
      const onEnd = (): void => {
        streams.delete(stream)
        if (streams.size > 0) return
        stop?.()
        stop = null
      }
      const onUnsent = (): void => {
        for (const slow of largestBeyond(streams, (each) => each.unsentBytes(), maxUnsentBytes)) slow.cut()
      }
      const stream = createStream({ sink, caller, request, batches, idOf, onEnd, onUnsent, log, slowMs })
      streams.add(stream)
      stop ??= keepGoing(streams, ticker, batches)
      stream.pump()
      return stream
    },
    ofTickets: () =>
      [...streams].flatMap((stream) => {
        const { ticket } = stream
        return ticket === undefined ? [] : [{ ...stream, ticket }]
      }),
    renew: () => {
      renewal ??= setTimeout(() => {
        renewal = undefined
        for (const stream of streams) stream.renew()
        for (const listener of [...listeners]) listener()
      }, ANNOUNCED_MS).unref()
    },
    onRenewal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    count: () => streams.size,
    close: () => {
      clearTimeout(renewal)
      for (const stream of [...streams]) stream.end()
    },
  }
}
