// Reverse proxies that are trusted by their addresses: from the peer of a connection and X-Forwarded-For to
// the address of the client. Headers of other peers are dropped.

import { networkSetOf } from '../../tenants/permission/networks.ts'
import type { Middleware } from './context.ts'

/** What a proxy writes about a request, and what Koa reads from it. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'] as const

/**
 * The last address that is not a proxy's, each proxy having appended the one that it was asked from.
 * @param hops of X-Forwarded-For
 */
const clientOf = (isProxy: (address: string) => boolean, hops: readonly string[], peer: string): string =>
  hops.findLast((hop) => !isProxy(hop)) ?? hops[0] ?? peer

/** The first middleware. @param networks that proxies connect from */
export const trustProxies = (networks: readonly string[]): Middleware => {
  const isProxy = networkSetOf(networks) ?? (() => false)
  return ({ req, request }, next) => {
    const peer = req.socket.remoteAddress ?? ''
    if (isProxy(peer)) {
      const header = String(req.headers['x-forwarded-for'] ?? '')
      const hops = header.split(',').map((hop) => hop.trim())
      request.ip = clientOf(
        isProxy,
        hops.filter((hop) => hop !== ''),
        peer,
      )
    } else {
      for (const name of FORWARDED) delete req.headers[name]
      request.ip = peer
    }
    return next()
  }
}
