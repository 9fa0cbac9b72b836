// The gateway's log: JSON lines on stderr, because stdout is for the welcome text and scripts. pino writes in
// the background.

import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino'
import { redact } from '../redact.ts'
import type { LogLevel } from '../settings/operation.ts'
import { VERSION } from '../version.ts'

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

/** An object that was made as a literal or parsed. */
const isData = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Of the original error, where `shown` is one that was made for the log. */
const originalOf = (shown: unknown): unknown =>
  typeof shown === 'object' && shown !== null && 'raw' in shown ? shown.raw : null

/** Drivers add connections and sockets to their errors: kilobytes of settings and statements. */
const removeLive = (shown: unknown): void => {
  const original = originalOf(shown)
  if (typeof shown !== 'object' || shown === null || !(original instanceof Error)) return
  for (const [key, value] of Object.entries(shown)) {
    if (typeof value !== 'object' || value === null) continue
    if (originalOf(value) !== null) removeLive(value)
    else if (Array.isArray(value)) value.forEach(removeLive)
    else if (!isData(value)) Reflect.deleteProperty(shown, key)
  }
}

const showError = (error: Error): unknown => {
  const shown = stdSerializers.err(error)
  removeLive(shown)
  return shown
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
