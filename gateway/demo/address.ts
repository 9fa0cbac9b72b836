// The address that callers use. In: the configuration and the port that was taken; out: a URL without a
// trailing slash. Not decided here: what a proxy says about the address that one caller used.

import type { Config } from '../config.ts'

export const addressOf = ({ publicUrl, host }: Config, port: number): string => {
  if (publicUrl !== null) return publicUrl
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
