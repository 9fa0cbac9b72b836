// The gateway's log: JSON lines on stderr, so that stdout is left to the welcome and to scripts. In: a level;
// out: a pino logger that writes in the background and a flush for the end of the process. Not decided here:
// what is logged.

import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from '../settings.ts'

const STDERR = 2

export interface Log {
  readonly log: Logger
  /** Writes out what is buffered; for the moment before the process ends. */
  readonly flush: () => void
}

/** Logs to stderr, or to `stream`. */
export const createLog = (level: LogLevel, stream?: DestinationStream): Log => {
  const options = { level, base: null, timestamp: stdTimeFunctions.isoTime }
  if (stream !== undefined) return { log: pino(options, stream), flush: () => {} }
  const stderr = destination({ dest: STDERR, sync: false })
  return { log: pino(options, stderr), flush: () => stderr.flushSync() }
}
