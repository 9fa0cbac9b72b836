// Addresses of a gateway: from the configuration and the actual port to a URL without a trailing slash.
// Headers of proxies are handled elsewhere.

import type { Config } from '../config.ts'

/** Every address of this machine reaches a port that listens on all of them. */
export const reachable = (host: string): string =>
  host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host

/** Of a server on this machine. */
export const localUrl = (host: string, port: number): string => {
  const name = reachable(host)
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The public address. */
export const addressOf = ({ publicUrl, host }: Config, port: number): string =>
  publicUrl ?? localUrl(host, port)
