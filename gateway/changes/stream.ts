// One stream of server-sent events (WHATWG HTML §9.2): every change after a position, until the client
// leaves, the caller loses its rights or reads too slowly. Every batch is read with the caller's rights of
// that moment. Nothing is buffered beyond the socket: a slow reader is cut off, and resumes with its last id.
//
//   idle ─ pump ─> reading ─ batch ─> written ─ more? ─> reading
//     ^                                  │ no
//     └──────────────────────────────────┘      pumped meanwhile: reading
//   any state ─ client gone, rights gone, slow ─> ended

import type { ServerResponse } from 'node:http'
import type { Log } from '../../sql/log.ts'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { type Batches, type BatchRequest, eventOf } from './batches.ts'

export interface StreamRequest extends BatchRequest {
  readonly position: FeedPosition
  /** The caller's context as it is now; rejects when the caller may no longer read. */
  readonly renew: () => Promise<RequestContext<unknown>>
}

export interface Stream {
  /** Id of the key or the member. */
  readonly caller: string
  /** New changes may be there. */
  readonly pump: () => void
  /** Ends the stream if the caller lost its rights. */
  readonly renew: () => void
  readonly beat: () => void
  readonly end: () => void
}

export interface StreamOptions {
  readonly response: ServerResponse
  readonly caller: string
  readonly request: StreamRequest
  readonly batches: Batches
  readonly idOf: (position: FeedPosition) => string
  readonly onEnd: () => void
  readonly log: Log
}

/** Clients that are cut off together do not reconnect together. */
const RETRY_MS = { least: 2_000, spread: 3_000 }

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** @param id of the position that the stream begins after */
export const openEventStream = (response: ServerResponse, id: string): void => {
  response.writeHead(200, HEADERS)
  const retry = RETRY_MS.least + Math.floor(Math.random() * RETRY_MS.spread)
  response.write(`retry: ${retry}\n${eventOf(id, 'open', JSON.stringify({ position: id }))}`)
}

const MAX_UNSENT_BYTES = 1_048_576

export const createStream = (options: StreamOptions): Stream => {
  const { response, request, batches, idOf, log } = options
  let { position } = request
  let isReading = false
  let isDue = false
  let isEnded = false

  const end = (): void => {
    if (isEnded) return
    isEnded = true
    options.onEnd()
    response.end()
  }
  const fail = (error: unknown): void => {
    log.debug({ err: error }, 'a stream of changes ended')
    end()
  }
  /** @returns whether there may be more to read */
  const readBatch = async (): Promise<boolean> => {
    const batch = await batches.read(await request.renew(), request, position)
    if (isEnded) return false
    position = batch.end
    const id = idOf(position)
    if (batch.text === null) response.write(eventOf(id, 'reset', JSON.stringify({ position: id })))
    else if (batch.text !== '') response.write(batch.text)
    if (response.writableLength > MAX_UNSENT_BYTES) end()
    return batch.hasMore && !isEnded
  }
  const readAll = async (): Promise<void> => {
    while (isDue && !isEnded) {
      isDue = false
      while (await readBatch());
    }
  }

  return {
    caller: options.caller,
    pump: () => {
      isDue = true
      if (isReading) return
      isReading = true
      readAll()
        .catch(fail)
        .finally(() => {
          isReading = false
        })
    },
    renew: () => void request.renew().catch(fail),
    beat: () => void response.write(': heartbeat\n\n'),
    end,
  }
}
