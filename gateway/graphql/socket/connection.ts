// One WebSocket by the protocol graphql-transport-ws. `connection_init` authenticates its caller, and every
// `subscribe` opens a stream of changes. Both count as requests, and are authorised as such.
//
//   new ─ connection_init ─> authorising ─ connection_ack ─> ready
//   any state ─ client gone, message outside the protocol, caller gone, slow ─> closed

import {
  CloseCode,
  type ConnectionInitMessage,
  type Message,
  MessageType,
  type SubscribeMessage,
} from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { Log } from '../../../sql/log.ts'
import type { Sink, Stream } from '../../changes/stream.ts'
import { badInput, problemOf } from '../../error/problem.ts'
import { type GraphQLRequest, readParameters } from '../graphqlRequest.ts'
import { closeCodeOf, closeReason, errorOf, nextOf, readMessage, TRY_AGAIN } from './messages.ts'

interface ConnectionOptions {
  readonly socket: WebSocket
  /**
   * Authenticates the caller; rejects with a Problem.
   * @param authorization as in the header, which it replaces
   */
  readonly init: (authorization: string | undefined) => Promise<void>
  /** Authorises a subscription and opens its stream. Rejects with a Problem. */
  readonly open: (request: GraphQLRequest, sink: Sink) => Promise<Stream>
  readonly onClose: () => void
  readonly initWaitMs: number
  readonly log: Log
}

export interface SocketConnection {
  readonly close: (code: number, reason: string) => void
  readonly terminate: () => void
  readonly closed: Promise<unknown>
}

/** A subscription; it has no stream until that is open. */
interface Operation {
  stream: Stream | null
}

const PING_MS = 20_000
const MAX_UNSENT_BYTES = 1_048_576
/** The id is repeated in every message of the subscription. */
const MAX_ID_LENGTH = 200

const authorizationIn = (payload: ConnectionInitMessage['payload']): string | undefined => {
  const given = payload?.authorization ?? payload?.Authorization
  if (given === undefined || typeof given === 'string') return given
  throw badInput("'authorization' of connection_init must be a string")
}

const messageIn = (data: Buffer, isBinary: boolean): Message | Error => {
  if (isBinary) return new Error('Messages are text')
  try {
    return readMessage(data.toString())
  } catch (error) {
    return error instanceof Error ? error : new Error('Invalid message')
  }
}

/** Ends a peer that does not answer a ping until the next one. @returns what stops it */
const keepAlive = (socket: WebSocket): (() => void) => {
  let isAlive = true
  socket.on('pong', () => {
    isAlive = true
  })
  const timer = setInterval(() => {
    if (!isAlive) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.ping()
    isAlive = false
  }, PING_MS).unref()
  return () => clearInterval(timer)
}

interface Outgoing {
  readonly send: (text: string) => void
  /** Cuts off a client that sends without reading. */
  readonly reply: (text: string) => void
  readonly close: SocketConnection['close']
}

/** The subscriptions of a socket. */
const createOperations = (
  { open, log }: Pick<ConnectionOptions, 'open' | 'log'>,
  socket: WebSocket,
  { send, reply, close }: Outgoing,
) => {
  const operations = new Map<string, Operation>()

  const fail = (id: string, error: unknown): void => {
    operations.delete(id)
    const problem = problemOf(error)
    if (problem.status >= 500) log.warn({ err: problem.options.cause ?? problem }, problem.message)
    reply(errorOf(id, error))
    if (problem.status === 401) close(CloseCode.Unauthorized, problem.message)
  }

  const sinkOf = (id: string, operation: Operation): Sink => ({
    write: (events) => {
      for (const event of events) send(nextOf(id, event))
    },
    reset: null,
    // The socket has its own.
    beat: () => {},
    unsentBytes: () => socket.bufferedAmount,
    cut: () => socket.terminate(),
    end: (problem) => {
      if (operations.get(id) !== operation) return
      if (problem !== null) fail(id, problem)
      else close(TRY_AGAIN, 'The stream was interrupted. Subscribe again after the last position.')
    },
  })

  return {
    begin: async ({ id, payload }: SubscribeMessage): Promise<void> => {
      if (id.length > MAX_ID_LENGTH)
        return close(CloseCode.BadRequest, `An id has at most ${MAX_ID_LENGTH} characters`)
      if (operations.has(id))
        return close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`)
      const operation: Operation = { stream: null }
      operations.set(id, operation)
      try {
        operation.stream = await open(readParameters(payload), sinkOf(id, operation))
        if (operations.get(id) !== operation) operation.stream.end()
      } catch (error) {
        if (operations.get(id) === operation) fail(id, error)
      }
    },
    complete: (id: string): void => {
      const operation = operations.get(id)
      operations.delete(id)
      operation?.stream?.end()
    },
    endAll: (): void => {
      const all = [...operations.values()]
      operations.clear()
      for (const { stream } of all) stream?.end()
    },
  }
}

interface Handlers extends Omit<Outgoing, 'send'> {
  readonly init: (message: ConnectionInitMessage) => Promise<void>
  readonly begin: (message: SubscribeMessage) => Promise<void> | void
  readonly complete: (id: string) => void
}

const dispatch = (
  message: Message,
  { init, begin, complete, reply, close }: Handlers,
): Promise<void> | void => {
  switch (message.type) {
    case MessageType.ConnectionInit:
      return init(message)
    case MessageType.Subscribe:
      return begin(message)
    case MessageType.Complete:
      return complete(message.id)
    case MessageType.Ping:
      return reply(JSON.stringify({ ...message, type: MessageType.Pong }))
    case MessageType.Pong:
      return
    default:
      return close(CloseCode.BadRequest, `A client sends no '${message.type}'`)
  }
}

interface Listener {
  /** No `connection_init` has come. */
  readonly timeOut: () => void
  readonly receive: (message: Message | Error) => void
  readonly end: () => void
}

/** @returns what stops the wait for `connection_init` */
const listen = (
  { socket, log, initWaitMs, onClose }: ConnectionOptions,
  { timeOut, receive, end }: Listener,
): (() => void) => {
  const initWait = setTimeout(timeOut, initWaitMs).unref()
  const stopWaiting = (): void => clearTimeout(initWait)
  const stopPings = keepAlive(socket)
  // Faults of frames: `ws` closes with the code for them, 1009 beyond the limit of bytes.
  socket.on('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
  socket.on('message', (data, isBinary) => receive(messageIn(data, isBinary)))
  socket.once('close', () => {
    stopWaiting()
    stopPings()
    end()
    onClose()
  })
  return stopWaiting
}

export const openSocketConnection = (options: ConnectionOptions): SocketConnection => {
  const { socket } = options
  let state: 'new' | 'authorising' | 'ready' = 'new'

  const send = (text: string): void => {
    if (socket.readyState === socket.OPEN) socket.send(text)
  }
  const reply = (text: string): void => {
    send(text)
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate()
  }
  const close = (code: number, reason: string): void => {
    operations.endAll()
    socket.close(code, closeReason(reason))
  }
  const operations = createOperations(options, socket, { send, reply, close })

  const init = async ({ payload }: ConnectionInitMessage): Promise<void> => {
    if (state !== 'new')
      return close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    state = 'authorising'
    stopWaiting()
    try {
      await options.init(authorizationIn(payload))
    } catch (error) {
      const problem = problemOf(error)
      return close(closeCodeOf(problem), problem.message)
    }
    state = 'ready'
    send(`{"type":"${MessageType.ConnectionAck}"}`)
  }

  const answer = (message: Message): Promise<void> | void =>
    dispatch(message, {
      init,
      begin: (given) =>
        state === 'ready' ? operations.begin(given) : close(CloseCode.Unauthorized, 'Unauthorized'),
      complete: operations.complete,
      reply,
      close,
    })

  const stopWaiting = listen(options, {
    timeOut: () => close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
    receive: (message) => {
      if (message instanceof Error) close(CloseCode.BadRequest, message.message)
      else void answer(message)
    },
    end: operations.endAll,
  })
  if (socket.protocol === '') close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
  return {
    close,
    terminate: () => socket.terminate(),
    closed: new Promise((resolve) => socket.once('close', resolve)),
  }
}
