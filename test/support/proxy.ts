// A TCP proxy in front of Postgres that notes the type of every message each way, for tests that count round
// trips.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createReader } from '../../sql/wire/reader.ts'

export interface Proxy {
  /** The URL with the proxy's port in place of the server's. */
  readonly url: string
  /** Type letters in order, one line per direction; both are emptied by reading them. */
  takeSent(): string
  takeReceived(): string
  /**
   * Lets nothing through any more on connections whose client has named itself so, and breaks none: as a
   * network that loses packets.
   */
  hush(applicationName: string): void
  /** Lets everything through again on connections that are opened from here on, and breaks the others. */
  unhush(): void
  /** Breaks all connections and refuses new ones. */
  refuse(): Promise<void>
  /** Accepts connections again. */
  accept(): Promise<void>
  /** Breaks all connections, as a network would. */
  cut(): void
  close(): Promise<void>
}

/** Changes bytes on their way, without changing how many there are. */
interface Rewriting {
  readonly sent?: (chunk: Buffer) => void
  readonly received?: (chunk: Buffer) => void
}

/** The first message of a client has no type byte. */
const startupLength = (chunk: Buffer): number => chunk.readUInt32BE(0)

export const openProxy = async (target: string, rewriting: Rewriting = {}): Promise<Proxy> => {
  const { hostname, port } = new URL(target)
  let sent = ''
  let received = ''
  const sockets = new Set<Socket>()
  const hushed = new Set<string>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const readSent = createReader((type) => (sent += String.fromCharCode(type)))
    const readReceived = createReader((type) => (received += String.fromCharCode(type)))
    let hasStarted = false
    let startup = ''
    const isHushed = (): boolean => [...hushed].some((name) => startup.includes(name))
    client.on('data', (chunk: Buffer) => {
      if (!hasStarted) startup = chunk.toString('latin1')
      if (isHushed()) return
      readSent(hasStarted ? chunk : chunk.subarray(startupLength(chunk)))
      hasStarted = true
      rewriting.sent?.(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (isHushed()) return
      readReceived(chunk)
      rewriting.received?.(chunk)
      client.write(chunk)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = new URL(target)
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const refuse = async (): Promise<void> => {
    server.close()
    cut()
    await once(server, 'close')
  }
  return {
    url: url.href,
    takeSent: () => {
      const taken = sent
      sent = ''
      return taken
    },
    takeReceived: () => {
      const taken = received
      received = ''
      return taken
    },
    hush: (applicationName) => void hushed.add(applicationName),
    unhush: () => {
      hushed.clear()
      cut()
    },
    refuse,
    accept: async () => {
      server.listen(Number(url.port), '127.0.0.1')
      await once(server, 'listening')
    },
    cut,
    close: async () => {
      if (server.listening) await refuse()
    },
  }
}
