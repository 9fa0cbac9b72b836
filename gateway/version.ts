// The version of this package, for metrics, health answers and `tenantry --version`.

import { readFileSync } from 'node:fs'

const readVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const version = (manifest as { readonly version?: unknown }).version
  return typeof version === 'string' ? version : 'unknown'
}

export const VERSION = readVersion()
