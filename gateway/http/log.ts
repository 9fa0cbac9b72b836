// The gateway's log: JSON lines on stderr, because stdout is for the welcome text and scripts. pino writes in
// the background.

import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import { redact } from '../redact.ts'
import type { LogLevel } from '../settings/operation.ts'
import { VERSION } from '../version.ts'
import { showError } from './loggedError.ts'

const STDERR = 2

export interface LogOutput {
  readonly log: Logger
  /** Writes out the buffer; call before the process ends. */
  readonly flush: () => void
}

interface LogOptions {
  /** Default: stderr. */
  readonly stream?: DestinationStream
  /** Of every line, as the ids of a trace. */
  readonly fields?: (() => object) | undefined
}

export const createLog = (level: LogLevel, { stream, fields }: LogOptions = {}): LogOutput => {
  const options = {
    level,
    base: { service: 'tenantry', version: VERSION },
    timestamp: stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
    serializers: { err: showError },
    ...(fields === undefined ? {} : { mixin: fields }),
  }
  if (stream !== undefined) return { log: pino(options, stream), flush: () => {} }
  const stderr = destination({ dest: STDERR, sync: false })
  return { log: pino(options, stderr), flush: () => stderr.flushSync() }
}
