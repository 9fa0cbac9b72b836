// The open streams of a gateway: how many there may be, when they look for changes, what keeps their sockets
// alive. While no stream is open, nothing runs.

import type { Log } from '../../sql/log.ts'
import type { FeedWindow } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import { type Batches, createBatches } from './batches.ts'
import type { Positions } from './position.ts'
import type { ReadChanges } from './read.ts'
import { createStream, openEventStream, type Stream, type StreamRequest } from './stream.ts'
import type { Ticker } from './ticker.ts'

export interface StreamsOptions {
  readonly ticker: Ticker
  readonly positions: Positions
  readonly read: ReadChanges
  readonly newest: () => Promise<FeedWindow>
  readonly log: Log
  readonly maxStreams: number
  readonly maxStreamsPerCaller: number
}

export interface Streams {
  /** Answers with a stream. Throws Problem RATE_LIMITED if too many are open. */
  readonly open: (ctx: Context, context: RequestContext<unknown>, request: StreamRequest) => void
  readonly count: () => number
  readonly close: () => void
}

/** Proxies drop connections that are silent for 60 s. */
const HEARTBEAT_MS = 20_000
/** How soon a stream ends after its caller's rights have. */
const RENEW_MS = 4_000
const tooMany = (message: string): Problem =>
  new Problem('RATE_LIMITED', message, { subCode: 'TOO_MANY_STREAMS', hint: 'Close one first.' })

/** Keeps the streams going. @returns what ends that */
const keepGoing = (streams: ReadonlySet<Stream>, ticker: Ticker, batches: Batches): (() => void) => {
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

export const createStreams = (options: StreamsOptions): Streams => {
  const { ticker, positions, log, maxStreams, maxStreamsPerCaller } = options
  const streams = new Set<Stream>()
  const batches = createBatches(options)
  let stop: (() => void) | null = null

  const refuseTooMany = (caller: string): void => {
    if (streams.size >= maxStreams)
      throw tooMany(`This gateway has ${streams.size} streams open, which is its limit.`)
    let own = 0
    for (const stream of streams) if (stream.caller === caller) own += 1
    if (own >= maxStreamsPerCaller) throw tooMany(`This caller has ${own} streams open, which is its limit.`)
  }

  return {
    open: (ctx, context, request) => {
      const caller = context.caller.callerId
      refuseTooMany(caller)
      ctx.respond = false
      const { res: response } = ctx
      const idOf: (position: StreamRequest['position']) => string = (position) =>
        positions.write(context.workspace.id, position)
      const id = idOf(request.position)
      openEventStream(response, id)
      const onEnd = (): void => {
        streams.delete(stream)
        if (streams.size > 0) return
        stop?.()
        stop = null
      }
      const stream = createStream({ response, caller, request, batches, idOf, onEnd, log })
      streams.add(stream)
      response.once('close', stream.end)
      stop ??= keepGoing(streams, ticker, batches)
      stream.pump()
    },
    count: () => streams.size,
    close: () => {
      for (const stream of [...streams]) stream.end()
    },
  }
}
