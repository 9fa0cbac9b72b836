// The HTTP server around the app: timeouts, the answer to bytes that are not HTTP, and graceful shutdown.

import type { RequestListener, Server } from 'node:http'
import { type AddressInfo, type ListenOptions, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Problem, toRestBody } from '../error/problem.ts'
import { createServer } from './nodeHttp.ts'
import { boundUnread, type UnreadOptions } from './unread.ts'
import type { Upgrades } from './upgrade.ts'

export interface HttpServer {
  /** The actual port; chosen by the system if `port` is 0. */
  readonly listen: (port: number, host: string) => Promise<number>
  /** Listens at a Unix socket of this process alone; among several processes none shares it. */
  readonly listenAt: (path: string) => Promise<void>
  /** From now on every answer ends its connection: clients and balancers open the next one elsewhere. */
  readonly drain: () => void
  /** Stops accepting connections and waits for running requests, at most `drainMs`. */
  readonly close: (drainMs: number) => Promise<void>
}

const LIMITS = {
  /** Filters travel in the URL, and 60 ids are 2.4 KB. */
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /**
   * Longer than the 60 s after which common load balancers drop an idle connection: they must close it first.
   */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const

const SWEEP_MS = 50

const problemOfParser = (code: string | undefined): Problem => {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem(
      'HEADERS_TOO_LARGE',
      `The URL and headers together are larger than ${LIMITS.maxHeaderSize} bytes.`,
    )
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem('REQUEST_TIMEOUT', 'The request did not arrive in time.')
  }
  return new Problem('BAD_USER_INPUT', 'The request is not valid HTTP/1.1.')
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** There is no response object yet, so the answer is written by hand. */
const answerClientError = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOfParser(error.code)
  const body = JSON.stringify(toRestBody(problem))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Bad Request'}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

const listening = (server: Server, at: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, () => {
      server.off('error', reject)
      resolve()
    })
  })

/**
 * Requests that have arrived are unread until the next turn of the event loop, and to end their connections
 * would reset them. The first turn ends the current one.
 */
const readArrived = async (): Promise<void> => {
  await turn()
  await turn()
}

/** @param upgrades without it, requests for an upgrade are answered as if they had not asked for it */
export const createHttpServer = (
  listener: RequestListener,
  upgrades?: Upgrades,
  unread: UnreadOptions = {},
): HttpServer => {
  const shouldUpgradeCallback = upgrades?.isUpgrade ?? (() => false)
  const { onRequest, watch } = boundUnread(listener, unread)
  const server = createServer({ ...LIMITS, shouldUpgradeCallback }, onRequest)
  watch(server)
  /** Before the listener, so that Node sends `Connection: close`. */
  const endConnection: RequestListener = (_request, response) => {
    response.shouldKeepAlive = false
  }
  const drain = (): void => {
    server.off('request', endConnection)
    server.prependListener('request', endConnection)
  }
  server.on('clientError', answerClientError)
  /** Node does not count these among its connections. */
  const upgraded = new Set<Socket>()
  server.on('upgrade', (request, socket, head) => {
    if (upgrades === undefined || !(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    upgraded.add(socket)
    socket.once('close', () => upgraded.delete(socket))
    listener(request, upgrades.responseTo(request, { socket, head }))
  })
  return {
    listenAt: (path) => listening(server, { path, exclusive: true }),
    listen: async (port, host) => {
      await listening(server, { port, host })
      return (server.address() as AddressInfo).port
    },
    drain,
    close: async (drainMs) => {
      drain()
      if (!server.listening) return
      await readArrived()
      await new Promise<void>((resolve) => {
        // `server.close` drops connections that are idle now; one that is still answering would stay open
        // afterwards.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
        const force = setTimeout(() => {
          server.closeAllConnections()
          for (const socket of upgraded) socket.destroy()
        }, drainMs)
        server.close(() => {
          clearInterval(sweep)
          clearTimeout(force)
          resolve()
        })
      })
    },
  }
}
