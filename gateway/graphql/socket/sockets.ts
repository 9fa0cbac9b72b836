// Subscriptions over WebSocket: which upgrades are accepted, how many sockets a gateway and a caller may
// have open, and their end with the gateway.

import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../../../sql/log.ts'
import type { Feed } from '../../changes/feed.ts'
import { renewing } from '../../changes/renewal.ts'
import type { Stream } from '../../changes/stream.ts'
import type { Config } from '../../config.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { SecondLook } from '../../entry/retry.ts'
import { Problem } from '../../error/problem.ts'
import type { Context } from '../../http/context.ts'
import type { Upgrades } from '../../http/upgrade.ts'
import type { TraceOperation } from '../execute.ts'
import { type GraphQLAnswer, isUnknown } from '../graphqlAnswer.ts'
import type { CompiledSchema } from '../schema/compile.ts'
import type { Subscribe } from '../subscribe.ts'
import { openSocketConnection, type SocketConnection } from './connection.ts'
import { GOING_AWAY, NEXT } from './messages.ts'

export interface SocketsOptions {
  readonly upgrades: Upgrades
  /** Throws a Problem for a page whose origin may not call the API. */
  readonly refuseOrigin: (ctx: Context) => void
  /** Authorises a message like a request; rejects with a Problem. */
  readonly authorise: (ctx: Context) => Promise<RequestContext<CompiledSchema>>
  readonly secondLook: SecondLook<CompiledSchema>
  readonly feed: Feed
  readonly subscribe: Subscribe
  readonly tracing?: { readonly operation: TraceOperation } | undefined
  readonly log: Log
  readonly config: Pick<Config, 'bodyLimitBytes' | 'maxStreams' | 'maxStreamsPerCaller'>
  /** How long `connection_init` may take, for tests. */
  readonly initWaitMs?: number | undefined
}

export interface Sockets {
  /** Takes over the socket of an upgrade, or throws a Problem. */
  readonly open: (ctx: Context) => void
  readonly close: () => Promise<void>
}

const INIT_WAIT_MS = 10_000
/** For the closing handshake, once the gateway closes. */
const CLOSE_WITHIN_MS = 1_000
const CLOSING = 'The gateway is shutting down'

const tooMany = (message: string): Problem =>
  new Problem('RATE_LIMITED', message, { subCode: 'TOO_MANY_STREAMS', hint: 'Close one first.' })

type StreamParts = Pick<SocketsOptions, 'authorise' | 'secondLook' | 'feed' | 'subscribe' | 'tracing'>

const untraced: TraceOperation = (_, work) => work()

/** Each subscription has a trace of its own: the request of the socket was handled when it was opened. */
const createOpenStream =
  ({ authorise, secondLook, feed, subscribe, tracing }: StreamParts) =>
  async (
    ctx: Context,
    ...[request, sink]: Parameters<Parameters<typeof openSocketConnection>[0]['open']>
  ) => {
    const opened: Stream[] = []
    const open = secondLook<GraphQLAnswer | null>(async (_, context) => {
      feed.streams.refuseTooMany(context.caller.callerId)
      const { check, ...subscription } = await subscribe(context, request, NEXT)
      const renew = renewing(() => feed.renew(ctx), context, check)
      opened.push(feed.streams.open(context, { ...subscription, renew }, () => sink))
      return null
    }, isUnknown)
    const trace = tracing?.operation ?? untraced
    await trace({ type: 'subscription', name: request.operationName }, async () =>
      open(ctx, await authorise(ctx)),
    )
    const [stream] = opened
    if (stream === undefined) throw new Error('The subscription has no stream.')
    return stream
  }

/** The open sockets, and how many a gateway and a caller may have. */
const createOpen = ({ maxStreams, maxStreamsPerCaller }: SocketsOptions['config']) => {
  /** With the id of the caller, once that is known. */
  const callers = new Map<SocketConnection, string | null>()
  return {
    refuseTooMany: (): void => {
      if (callers.size >= maxStreams)
        throw tooMany(`This gateway has ${callers.size} open sockets, which is the maximum.`)
    },
    add: (connection: SocketConnection) => callers.set(connection, null),
    setCaller: (connection: SocketConnection, callerId: string): void => {
      const own = [...callers.values()].filter((caller) => caller === callerId).length
      if (own >= maxStreamsPerCaller)
        throw tooMany(`This caller has ${own} open sockets, which is the maximum.`)
      if (callers.has(connection)) callers.set(connection, callerId)
    },
    delete: (connection: SocketConnection) => callers.delete(connection),
    all: (): readonly SocketConnection[] => [...callers.keys()],
  }
}

/** Each with the closing handshake, or without it if the peer does not answer. */
const closeAll = async (connections: readonly SocketConnection[]): Promise<void> => {
  for (const connection of connections) connection.close(GOING_AWAY, CLOSING)
  const timer = setTimeout(() => {
    for (const connection of connections) connection.terminate()
  }, CLOSE_WITHIN_MS)
  await Promise.all(connections.map(({ closed }) => closed))
  clearTimeout(timer)
}

export const createSockets = (options: SocketsOptions): Sockets => {
  const { upgrades, refuseOrigin, authorise, log, config, initWaitMs = INIT_WAIT_MS } = options
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: config.bodyLimitBytes,
    handleProtocols,
  })
  const openStream = createOpenStream(options)
  const open = createOpen(config)
  let isClosed = false

  const onOpen = (ctx: Context, socket: WebSocket): void => {
    ctx.res.statusCode = 101
    const connection = openSocketConnection({
      socket,
      init: async (authorization) => {
        if (authorization !== undefined) ctx.req.headers.authorization = authorization
        open.setCaller(connection, (await authorise(ctx)).caller.callerId)
      },
      open: (request, sink) => openStream(ctx, request, sink),
      onClose: () => open.delete(connection),
      initWaitMs,
      log,
    })
    open.add(connection)
    if (isClosed) connection.close(GOING_AWAY, CLOSING)
  }

  return {
    open: (ctx) => {
      ctx.state.protocol = 'graphql'
      ctx.state.route = ctx.path
      const upgrade = upgrades.of(ctx.req)
      if (upgrade === undefined) throw new Error('The request is not an upgrade.')
      refuseOrigin(ctx)
      open.refuseTooMany()
      ctx.respond = false
      // Of a handshake that `ws` refuses; for the access log.
      ctx.res.statusCode = 400
      server.handleUpgrade(ctx.req, upgrade.socket, upgrade.head, (socket) => onOpen(ctx, socket))
    },
    close: () => {
      isClosed = true
      return closeAll(open.all())
    },
  }
}
