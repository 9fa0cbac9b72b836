// Answers that clients do not read. Node handles all pipelined requests of a connection at once, and keeps
// their answers until they are read. So few requests of a connection are handled at a time, a connection
// whose client has stopped reading is closed, and all connections together keep a bounded number of bytes.

import type { RequestListener, Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

export interface UnreadOptions {
  /** How long a client may read nothing of an answer; how often that is looked at follows from it. */
  readonly stalledMs?: number | undefined
  /** Of the unread answers of all connections. */
  readonly maxBytes?: number | undefined
}

const MOST_AT_ONCE = 4
const STALLED_MS = 60_000
const MAX_BYTES = 256_000_000
const SWEEP_MS = 1_000

interface Connection {
  /** Requests that are handled, or whose answers are not sent yet. */
  running: number
  readonly waiting: (() => void)[]
  readonly onClose: () => void
}

const createConnection = (): Connection => {
  const connection: Connection = {
    running: 0,
    waiting: [],
    onClose: () => {
      connection.running -= 1
      connection.waiting.shift()?.()
    },
  }
  return connection
}

/** The ones with the most bytes, without which the others are within the bound. */
export const largestBeyond = <One>(
  all: Iterable<One>,
  bytesOf: (one: One) => number,
  maxBytes: number,
): readonly One[] => {
  const sized = [...all].map((one) => ({ one, bytes: bytesOf(one) }))
  let total = sized.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total <= maxBytes) return []
  const largest: One[] = []
  for (const { one, bytes } of sized.sort((a, b) => b.bytes - a.bytes)) {
    if (total <= maxBytes) break
    total -= bytes
    largest.push(one)
  }
  return largest
}

const closeLargest = (sockets: Iterable<Socket>, maxBytes: number): void => {
  for (const socket of largestBeyond(sockets, ({ writableLength }) => writableLength, maxBytes))
    socket.destroy()
}

/** The listener with few requests of a connection at a time. */
export const boundUnread = (
  listener: RequestListener,
  { stalledMs = STALLED_MS, maxBytes = MAX_BYTES }: UnreadOptions = {},
) => {
  const connections = new Map<Socket, Connection>()
  let sweep: NodeJS.Timeout | undefined

  const handle = (connection: Connection, response: ServerResponse, begin: () => void): void => {
    connection.running += 1
    response.once('close', connection.onClose)
    begin()
  }
  const onRequest: RequestListener = (request, response) => {
    const connection = connections.get(request.socket)
    if (connection === undefined) return listener(request, response)
    const begin = (): void => {
      if (!request.socket.destroyed) handle(connection, response, () => listener(request, response))
    }
    if (connection.running < MOST_AT_ONCE) begin()
    else connection.waiting.push(begin)
  }

  const watch = (server: Server): void => {
    // Node resets the timeout whenever something is read or sent.
    server.timeout = stalledMs
    server.on('timeout', (socket) => {
      const isHandled = (connections.get(socket)?.running ?? 0) > 0
      if (!isHandled || socket.writableLength > 0) socket.destroy()
      else socket.setTimeout(stalledMs)
    })
    server.on('connection', (socket) => {
      if (!(socket instanceof Socket)) return
      connections.set(socket, createConnection())
      sweep ??= setInterval(() => closeLargest(connections.keys(), maxBytes), SWEEP_MS).unref()
      socket.once('close', () => {
        connections.delete(socket)
        if (connections.size > 0) return
        clearInterval(sweep)
        sweep = undefined
      })
    })
  }
  return { onRequest, watch }
}
