// A stream as server-sent events (WHATWG HTML §9.2) on a response.

import type { ServerResponse } from 'node:http'
import type { Problem } from '../error/problem.ts'
import type { Sink } from './stream.ts'

/** Clients that are cut off together do not reconnect together. */
const RETRY_MS = { least: 2_000, spread: 3_000 }

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

export const eventOf = (id: string, name: string, data: string): string =>
  `id: ${id}\nevent: ${name}\ndata: ${data}\n\n`

const ofPosition = (name: string, id: string): string => eventOf(id, name, JSON.stringify({ position: id }))

/** Without an id: a client that reconnects goes on where it was. */
const endOf = ({ code, message, options }: Problem): string =>
  `event: end\ndata: ${JSON.stringify({ code: options.subCode ?? code, message })}\n\n`

/** A client that does not read the end of its stream is cut off. */
const END_WITHIN_MS = 5_000

export const endEventStream = (response: ServerResponse, text: string): void => {
  response.end(text)
  const timer = setTimeout(() => response.destroy(), END_WITHIN_MS).unref()
  response.once('close', () => clearTimeout(timer))
}

/** Sends the headers. */
export const openEventStream = (response: ServerResponse): Omit<Sink, 'reset' | 'end'> => {
  response.writeHead(200, STREAM_HEADERS)
  const retry = RETRY_MS.least + Math.floor(Math.random() * RETRY_MS.spread)
  response.write(`retry: ${retry}\n\n`)
  return {
    write: (events) => void response.write(events.join('')),
    beat: () => {
      if (response.writableLength === 0) response.write(': heartbeat\n\n')
    },
    unsentBytes: () => response.writableLength,
    cut: () => response.destroy(),
  }
}

/** @param id of the position that the stream begins after */
export const openFeedStream = (response: ServerResponse, id: string): Sink => {
  const stream = openEventStream(response)
  response.write(ofPosition('open', id))
  return {
    ...stream,
    reset: (position) => void response.write(ofPosition('reset', position)),
    end: (problem) => endEventStream(response, problem === null ? '' : endOf(problem)),
  }
}
