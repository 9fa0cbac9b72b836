// The part of `ws` 8 that the gateway uses. Another package brings the types of its version 6.

declare module 'ws' {
  import type { EventEmitter } from 'node:events'
  import type { IncomingMessage } from 'node:http'
  import type { Duplex } from 'node:stream'

  interface WebSocketEvents {
    message: [data: Buffer, isBinary: boolean]
    close: [code: number]
    error: [error: Error]
    pong: []
  }

  export interface WebSocket extends EventEmitter<WebSocketEvents> {
    readonly OPEN: 1
    readonly readyState: number
    readonly protocol: string
    readonly bufferedAmount: number
    send(text: string): void
    ping(): void
    close(code: number, reason: string): void
    terminate(): void
  }

  export class WebSocketServer {
    constructor(options: {
      readonly noServer: true
      readonly clientTracking: false
      readonly perMessageDeflate: false
      readonly maxPayload: number
      readonly handleProtocols: (protocols: Set<string>) => string | false
    })
    /** Answers a malformed handshake itself, and does not call back then. */
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      onOpen: (socket: WebSocket) => void,
    ): void
  }
}
