// A client of the protocol graphql-transport-ws that sends what it is given, over a real socket.

import { WebSocket } from 'undici'
import { until } from './until.ts'

interface Message {
  readonly type: string
  readonly id?: string
  // biome-ignore lint/suspicious/noExplicitAny: payloads are what tests look into.
  readonly payload?: any
}

/** Resolves once the socket is open, or was refused or closed. */
export const openGraphQLSocket = async (
  url: string,
  headers: Record<string, string> = {},
  protocols: string[] = ['graphql-transport-ws'],
) => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { protocols, headers })
  const messages: Message[] = []
  let closed: { readonly code: number; readonly reason: string } | null = null
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(String(data))))
  socket.addEventListener('close', ({ code, reason }) => {
    closed = { code, reason }
  })
  socket.addEventListener('error', () => {})
  await until('the socket is open or closed', () => socket.readyState === WebSocket.OPEN || closed !== null)
  const send = (message: unknown): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    messages,
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send,
    sendBytes: (bytes: Uint8Array<ArrayBuffer>) => socket.send(bytes),
    /** Resolves with the answer: `connection_ack`, or why the socket was closed. */
    init: async (payload?: Record<string, unknown>) => {
      send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) })
      await until('connection_init is answered', () => messages.length > 0 || closed !== null)
      return closed ?? messages[0]?.type
    },
    subscribe: (id: string, query: string, variables: Record<string, unknown> = {}) =>
      send({ id, type: 'subscribe', payload: { query, variables } }),
    /** Payloads of the messages of a subscription. */
    received: (id: string, type = 'next') =>
      messages.flatMap((each) => (each.id === id && each.type === type ? [each.payload] : [])),
    closed: async () => {
      await until('the socket is closed', () => closed !== null)
      return closed
    },
    close: () => socket.close(),
  }
}
