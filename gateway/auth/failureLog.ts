// Counts failed authentications by address and minute, and writes the counts of a minute once it is over: an
// attacker makes neither writes nor, beyond a number of addresses, memory.

import type { CountedFailures, FailureKind } from '../../tenants/audit/failures.ts'

interface FailureLogOptions {
  readonly write: (rows: readonly CountedFailures[]) => Promise<void>
  /** Called when counts could not be written; they are kept for the next minute. */
  readonly onError: (error: unknown) => void
  /** Milliseconds since the epoch, for tests. */
  readonly clock?: () => number
}

interface FailureLog {
  /** @param network an IPv4 address, or the first four groups of an IPv6 address */
  readonly note: (network: string, kind: FailureKind) => void
  /** Writes the counts of the minutes that are over. */
  readonly flush: () => Promise<void>
  /** Writes all counts. */
  readonly close: () => Promise<void>
}

const MINUTE_MS = 60_000
/** Counts at a time; further addresses share one count. */
export const MOST_COUNTS = 2_000

const addressOf = (network: string): string => (network.includes(':') ? `${network}::/64` : network)

export const createFailureLog = ({ write, onError, clock = Date.now }: FailureLogOptions): FailureLog => {
  const counts = new Map<string, CountedFailures>()
  const minuteNow = (): number => Math.floor(clock() / MINUTE_MS) * MINUTE_MS

  const add = (address: string | null, kind: FailureKind, minute: number): void => {
    const key = `${minute} ${kind} ${address}`
    const count = (counts.get(key)?.count ?? 0) + 1
    counts.set(key, { kind, address, minute: new Date(minute), count })
  }

  const writeUntil = async (minute: number): Promise<void> => {
    const due = [...counts].filter(([, each]) => each.minute.getTime() < minute)
    if (due.length === 0) return
    try {
      await write(due.map(([, each]) => each))
      for (const [key] of due) counts.delete(key)
    } catch (error) {
      onError(error)
    }
  }

  let running = Promise.resolve()
  const flush = (minute: number): Promise<void> => {
    running = running.then(() => writeUntil(minute))
    return running
  }
  const timer = setInterval(() => void flush(minuteNow()), MINUTE_MS).unref()

  return Object.freeze({
    note: (network: string, kind: FailureKind): void => {
      const minute = minuteNow()
      const address = addressOf(network)
      const isCounted = counts.size < MOST_COUNTS || counts.has(`${minute} ${kind} ${address}`)
      add(isCounted ? address : null, kind, minute)
    },
    flush: () => flush(minuteNow()),
    close: () => {
      clearInterval(timer)
      return flush(Number.POSITIVE_INFINITY)
    },
  })
}
