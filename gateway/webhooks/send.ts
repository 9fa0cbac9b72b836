// Sends one request and reads the beginning of its answer. Addresses are checked where the connection is made
// and the connection goes to an address that was checked, so a name cannot resolve differently in between.
// Redirects are not followed.

import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { Agent, buildConnector, request } from 'undici'
import { AddressRefused, type AddressRules } from './addresses.ts'
import { REQUEST_HEADERS } from './signature.ts'
import { bareHost, portOf } from './target.ts'
import { createTunnel, ProxyUnavailable, type Tunnel } from './tunnel.ts'

export interface Outgoing {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type SendOutcome =
  | {
      readonly status: number
      /** The first kilobyte of the answer, of public hosts alone. */
      readonly answer?: string
      readonly retryAfter?: string
    }
  | {
      readonly error: string
      /** The request did not leave for a reason of this gateway's, as a proxy that is down. */
      readonly unsent?: Error
    }

export interface Sender {
  /** Never rejects. */
  readonly send: (outgoing: Outgoing) => Promise<SendOutcome>
  readonly close: () => Promise<void>
}

export interface SenderOptions {
  readonly rules: AddressRules
  readonly timeoutMs?: number
  /** URL of a forward proxy. */
  readonly proxy?: string | null
}

const TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 65_536
const SHOWN_BYTES = 1_024
/** Seconds that an idle connection stays open, so a name that moved is looked up again. */
const KEEP_ALIVE_MS = 4_000

/** Answers the lookup of a socket with addresses that were checked. */
const answering =
  (addresses: readonly string[]): LookupFunction =>
  (_host, options, callback) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }))
    if (options.all === true) return callback(null, all)
    const [first] = all
    callback(null, first?.address ?? '', first?.family)
  }

/** Over a connection of the proxy where there is one. */
const connecting = async (
  tunnel: Tunnel | null,
  options: buildConnector.Options,
  addresses: readonly string[],
  callback: buildConnector.Callback,
): Promise<void> => {
  if (tunnel === null) return buildConnector({ lookup: answering(addresses) })(options, callback)
  const socket = await tunnel.open(addresses, portOf({ port: options.port, protocol: options.protocol }))
  if (options.protocol === 'https:') buildConnector({})({ ...options, httpSocket: socket }, callback)
  else callback(null, socket)
}

const checking =
  (rules: AddressRules, tunnel: Tunnel | null): buildConnector.connector =>
  (options, callback) => {
    const host = bareHost(options.hostname)
    rules
      .addressesOf(host, portOf({ port: options.port, protocol: options.protocol }))
      .then((addresses) => connecting(tunnel, options, addresses, callback))
      .catch((error: Error) => callback(error, null))
  }

const readBeginning = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    // Leaving the loop destroys the body, and the connection with it.
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the response is larger than ${MAX_ANSWER_BYTES} bytes`)
  }
  return Buffer.concat(chunks).subarray(0, SHOWN_BYTES).toString()
}

/** A failure in a few words. */
const errorOf = (error: unknown, timeoutMs: number): string => {
  if (!(error instanceof Error)) return 'the request failed'
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `no response within ${timeoutMs} ms`
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : ''
  return `${code}${error.message}`.slice(0, 300)
}

export const createSender = ({ rules, timeoutMs = TIMEOUT_MS, proxy = null }: SenderOptions): Sender => {
  const tunnel = proxy === null ? null : createTunnel(proxy)
  const agent = new Agent({
    connect: checking(rules, tunnel),
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    allowH2: false,
  })
  let isClosing = false
  return {
    send: async ({ url, headers, body }) => {
      const { hostname } = new URL(url)
      try {
        const response = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers: { ...REQUEST_HEADERS, ...headers },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        })
        const { statusCode: status } = response
        const after = response.headers['retry-after']
        const answer = await readBeginning(response.body)
        return {
          status,
          ...(rules.isPrivate(bareHost(hostname)) ? {} : { answer }),
          ...(typeof after === 'string' ? { retryAfter: after } : {}),
        }
      } catch (error) {
        if (error instanceof AddressRefused) return { error: error.message }
        if (error instanceof ProxyUnavailable) return { error: error.message, unsent: error }
        const message = errorOf(error, timeoutMs)
        // The receiver has no part in it; the request may have arrived.
        return isClosing && error instanceof Error ? { error: message, unsent: error } : { error: message }
      }
    },
    close: async () => {
      isClosing = true
      await agent.destroy()
      await tunnel?.close()
    },
  }
}
