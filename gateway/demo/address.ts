// The public address: from the configuration and the actual port to a URL without a trailing slash. Headers
// of proxies are handled elsewhere.

import type { Config } from '../config.ts'

export const addressOf = ({ publicUrl, host }: Config, port: number): string => {
  if (publicUrl !== null) return publicUrl
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
