// Connections through a forward proxy (CONNECT, RFC 9110 §9.3.6). The proxy gets an address that was checked
// and not a name, which it could resolve to another one.

import { isIP, Socket } from 'node:net'
import { errors, Pool } from 'undici'

export interface Tunnel {
  /** A connection to the first of the addresses that the proxy reaches. */
  readonly open: (addresses: readonly string[], port: number) => Promise<Socket>
  readonly close: () => Promise<void>
}

/** The proxy cannot be used for any receiver. Tenants see the message, and the operator the cause. */
export class ProxyUnavailable extends Error {}

/** All addresses together. */
const OPEN_WITHIN_MS = 10_000
const REACH_PROXY_WITHIN_MS = 3_000
const AUTHENTICATION_REQUIRED = 407

const credentialsOf = ({ username, password }: URL): Readonly<Record<string, string>> => {
  if (username === '') return {}
  const text = [username, password].map(decodeURIComponent).join(':')
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

export const createTunnel = (proxy: string): Tunnel => {
  const url = new URL(proxy)
  const pool = new Pool(url.origin, { connect: { timeout: REACH_PROXY_WITHIN_MS } })
  const credentials = credentialsOf(url)
  const connect = async (address: string, port: number, withinMs: number): Promise<Socket> => {
    const path = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
    const headers = { ...credentials, host: path }
    const signal = AbortSignal.timeout(withinMs)
    const { statusCode, socket } = await pool.connect({ path, headers, signal }).catch((error: unknown) => {
      // Some proxies close the connection where they do not reach the receiver.
      if (signal.aborted || error instanceof errors.SocketError) throw error
      throw new ProxyUnavailable('the outbound proxy does not respond', { cause: error })
    })
    if (statusCode === 200 && socket instanceof Socket) return socket
    socket.on('error', () => {}).destroy()
    const message = `the outbound proxy returned ${statusCode}`
    throw statusCode === AUTHENTICATION_REQUIRED ? new ProxyUnavailable(message) : new Error(message)
  }
  return {
    open: async (addresses, port) => {
      const endsAt = performance.now() + OPEN_WITHIN_MS
      let failure: unknown = new Error('the name has no address')
      for (const [at, address] of addresses.entries())
        try {
          const leftMs = Math.max(endsAt - performance.now(), 0)
          return await connect(address, port, Math.ceil(leftMs / (addresses.length - at)))
        } catch (error) {
          if (error instanceof ProxyUnavailable) throw error
          failure = error
        }
      throw failure
    },
    close: () => pool.destroy(),
  }
}
