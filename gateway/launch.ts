// What every process of a gateway needs to start: its environment, and a sentence for a start that failed.

import { errorCode } from '../sql/errorCode.ts'
import type { Config } from './config.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The reason as one sentence an operator can act on. */
export const reasonOf = (error: unknown, config: Config): string => {
  const code = errorCode(error)
  if (code === 'EADDRINUSE')
    return `Port ${config.port} of ${config.host} is in use. Stop the other program, or set PORT to another one.`
  if (code === 'EADDRNOTAVAIL')
    return `${config.host} is not an address of this machine. Set HOST to one that is.`
  if (code === 'EACCES')
    return `Port ${config.port} of ${config.host} requires privileges. Set PORT to a number above 1023.`
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT')
    return `Postgres cannot be reached at DATABASE_URL (${code}). Start it, or correct the URL.`
  return error instanceof Error ? error.message : String(error)
}
