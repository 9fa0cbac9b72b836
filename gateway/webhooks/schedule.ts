// When an attempt is repeated: ten attempts over 75 hours. A receiver may ask for more time, up to a day.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** After the first attempt, the second, … */
const DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]
export const MAX_ATTEMPTS = DELAYS_MS.length + 1
/** Webhooks that failed together are not tried together. */
const JITTER = 0.2
const LONGEST_ASKED_MS = 24 * HOUR

/** Failures in a row after which a webhook gets one attempt at a time. */
export const BREAK_AFTER = 10
/** Until a webhook is probed, after its first failure in a row, the second, …; the last one repeats. */
export const PROBE_DELAYS_MS: readonly number[] = [
  ...Array<number>(BREAK_AFTER - 1).fill(0),
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE],
]
interface FailingWebhook {
  readonly status: 'active' | 'paused' | 'disabled'
  readonly failures: number
  readonly probeAt: Date | null
}

/** When one delivery is tried, for whose success the others wait; null: they do not wait. */
export const nextAttemptOf = ({ status, failures, probeAt }: FailingWebhook): Date | null =>
  status === 'active' && failures >= BREAK_AFTER ? probeAt : null

/** A webhook that failed for so long is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR

/** Milliseconds that `Retry-After` asks for (RFC 9110 §10.2.3): seconds or a date. */
export const retryAfterMs = (header: string | undefined, nowMs: number): number => {
  if (header === undefined) return 0
  const asked = /^\d+$/.test(header) ? Number(header) * SECOND : Date.parse(header) - nowMs
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), LONGEST_ASKED_MS)
}

/**
 * @param attempts made so far
 * @param askedMs by the receiver
 * @param random from 0 to 1
 * @returns null after the last attempt
 */
export const delayMs = (attempts: number, askedMs: number, random: number): number | null => {
  const delay = DELAYS_MS[attempts - 1]
  return delay === undefined ? null : Math.max(delay * (1 - JITTER + 2 * JITTER * random), askedMs)
}
