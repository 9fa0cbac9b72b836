// Connections through a forward proxy (CONNECT, RFC 9110 §9.3.6). The proxy gets an address that was checked
// and not a name, which it could resolve to another one.

import { isIP, Socket } from 'node:net'
import { Pool } from 'undici'

export interface Tunnel {
  /** A connection to the first of the addresses that the proxy reaches. */
  readonly open: (addresses: readonly string[], port: number) => Promise<Socket>
  readonly close: () => Promise<void>
}

const CONNECT_WITHIN_MS = 10_000

const credentialsOf = ({ username, password }: URL): Readonly<Record<string, string>> => {
  if (username === '') return {}
  const text = [username, password].map(decodeURIComponent).join(':')
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}

export const createTunnel = (proxy: string): Tunnel => {
  const url = new URL(proxy)
  const pool = new Pool(url.origin)
  const credentials = credentialsOf(url)
  const connect = async (address: string, port: number): Promise<Socket> => {
    const path = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
    const signal = AbortSignal.timeout(CONNECT_WITHIN_MS)
    const { statusCode, socket } = await pool.connect({
      path,
      headers: { ...credentials, host: path },
      signal,
    })
    if (statusCode === 200 && socket instanceof Socket) return socket
    socket.on('error', () => {}).destroy()
    throw new Error(`the outbound proxy answered ${statusCode}`)
  }
  return {
    open: async (addresses, port) => {
      let failure: unknown = new Error('there is no address')
      for (const address of addresses)
        try {
          return await connect(address, port)
        } catch (error) {
          failure = error
        }
      throw failure
    },
    close: () => pool.destroy(),
  }
}
