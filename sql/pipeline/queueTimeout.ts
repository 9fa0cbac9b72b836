// Gives up on jobs that have waited too long, and opens further connections while jobs wait. A timer runs
// only while jobs wait.

import type { Admission } from './admission.ts'
import { GROW_AFTER_MS } from './choice.ts'
import { unavailable, workspaceBusy } from './error.ts'
import type { Job } from './job.ts'
import type { Queues } from './queues.ts'
import type { PoolSlots } from './slots.ts'

interface QueueTimeout {
  /** A job waits. */
  wake(): void
  /** Rejects all waiting jobs. */
  abandon(message: string): void
  /** Number of waiting jobs. */
  waiting(): number
}

interface QueueTimeoutOptions {
  readonly queues: Queues
  readonly admission: Admission
  readonly slots: PoolSlots<Job>
  /** Sends jobs that wait, as far as connections are free. */
  readonly drain: () => void
  readonly waitMs: number
  /** Time without a connection after which jobs do not wait for one. */
  readonly awayAfterMs: number
}

/**
 * Why a job that waited for its turn gives up: statements of its workspace are slow; or Postgres answers
 * nothing, which would end slow ones by their limit.
 */
const tiredOf = ({ sinceMs }: Job, answeredMs: number, cause: Error | undefined): Error => {
  if (answeredMs > sinceMs) return workspaceBusy()
  const silentMs = Math.round(performance.now() - answeredMs)
  return unavailable(`Postgres has answered nothing for ${silentMs} ms.`, cause)
}

export const createQueueTimeout = ({
  queues,
  admission,
  slots,
  drain,
  waitMs,
  awayAfterMs,
}: QueueTimeoutOptions): QueueTimeout => {
  let timer: NodeJS.Timeout | null = null

  const waiting = (): number => queues.count() + admission.waiting()
  const timeoutMs = ({ session }: Job): number => {
    if (slots.stats().open > 0) return Math.max(waitMs, session.timeoutMs)
    // A connection that takes long to open is not a server that is away.
    const isAway = slots.lastConnectError() !== undefined && slots.unconnectedMs() >= awayAfterMs
    return isAway ? 0 : waitMs
  }

  const tend = (): void => {
    timer = null
    const now = performance.now()
    const isTired = (job: Job): boolean => now - job.sinceMs >= timeoutMs(job)
    // A copy of the job may be in flight; then its answer counts.
    for (const job of admission.remove(isTired))
      if (job.copies === 0) job.reject(tiredOf(job, slots.answeredMs(), slots.lastConnectError()))
    for (const job of queues.remove(isTired)) {
      if (job.copies > 0) continue
      const limitMs = timeoutMs(job)
      const message =
        limitMs === 0
          ? `There has been no connection to Postgres for ${Math.round(slots.unconnectedMs())} ms.`
          : `No connection to Postgres was free within ${limitMs} ms.`
      job.reject(unavailable(message, slots.lastConnectError()))
    }
    drain()
    if (queues.isShort()) slots.grow()
    if (waiting() > 0) wake()
  }
  const wake = (): void => {
    timer ??= setTimeout(tend, GROW_AFTER_MS)
  }

  return {
    wake,
    abandon: (message) => {
      const abandoned = [...admission.remove(() => true), ...queues.remove(() => true)]
      for (const job of abandoned) job.reject(unavailable(message, slots.lastConnectError()))
      if (timer !== null) clearTimeout(timer)
    },
    waiting,
  }
}
