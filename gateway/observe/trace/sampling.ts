// Ids of traces and spans, and which traces are sampled. This is decided first, so unsampled requests are
// cheap.

import { createHex, hexDigit } from './hex.ts'
import type { TraceSettings } from './settings.ts'

export interface Sampling {
  readonly newTraceId: () => string
  readonly newSpanId: () => string
  /** @param parentFlags of the caller's `traceparent`; null: the trace begins here */
  readonly samples: (traceId: string, parentFlags: number | null) => boolean
}

const DIGITS = 8
const HIGHEST = 0xffffffff

/**
 * The exclusive or of the id's four words of 32 bits. OpenTelemetry's sampler for JavaScript compares the
 * same number, so services with the same ratio sample the same traces. It also validates the id, which
 * doubles its cost.
 */
const wordOf = (traceId: string): number => {
  let word = 0
  for (let at = 0; at < DIGITS; at += 1) {
    const upper = hexDigit(traceId, at) ^ hexDigit(traceId, at + DIGITS)
    const lower = hexDigit(traceId, at + 2 * DIGITS) ^ hexDigit(traceId, at + 3 * DIGITS)
    word = word * 16 + (upper ^ lower)
  }
  return word
}

export const openSampling = ({ ratio, followsParent }: TraceSettings): Sampling => {
  const randomHex = createHex()
  const below = Math.floor(ratio * HIGHEST)
  return {
    newTraceId: () => randomHex(32),
    newSpanId: () => randomHex(16),
    samples: (traceId, parentFlags) =>
      parentFlags !== null && followsParent
        ? (parentFlags & 1) !== 0
        : ratio === 1 || wordOf(traceId) < below,
  }
}
