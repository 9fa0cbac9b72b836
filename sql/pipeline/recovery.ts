// What happens to jobs whose run went wrong.
//
//   failed ─ refused or undone ─> retried, once          lost ─ read  ─> admitted again, at most twice
//          └ otherwise ─────────> rejected                    ├ write ─> rejected, outcome unknown
//   stuck behind a long statement ─ read ─> sent twice        └ unsent ─> admitted again

import { ConnectionError } from './error.ts'
import type { Failure } from './failure.ts'
import type { Job } from './job.ts'

/** Incidents that a read survives. */
const MAX_LOSSES = 2

/** Postgres cancelled the statement in favour of others, and undid it as a whole: 40001, 40P01. */
const isUndone = (error: Error & { readonly code?: unknown }): boolean =>
  error.code === '40001' || error.code === '40P01'

/** Removes one copy. Whether it was the last copy of an unsettled job. */
const isOver = (job: Job): boolean => {
  job.copies--
  return !job.isSettled && job.copies === 0
}

/**
 * A crash of one backend ends all of them, and a read that moves on may meet several connections that are
 * about to break: they belong to one incident. Only connections opened since the last loss count as another
 * incident, so that a read which makes backends crash is not repeated forever.
 */
const survivesLoss = (job: Job, openedMs: number): boolean => {
  if (openedMs > job.lostAtMs) job.losses++
  job.lostAtMs = performance.now()
  return job.losses <= MAX_LOSSES
}

const rejectLost = (job: Job, cause: Error): void => {
  const outcome = job.isRetryable ? '' : ' Whether the change was made is unknown.'
  job.reject(
    new ConnectionError('connection_lost', `The connection to Postgres was lost.${outcome}`, { cause }),
  )
}

export interface Recovery {
  readonly onFailed: (job: Job, failure: Failure) => void
  readonly onLost: (cause: Error, openedMs: number, sent: readonly Job[], unsent: readonly Job[]) => void
  /**
   * Sends reads behind a long statement a second time.
   * @returns how many, at most `most`
   */
  readonly onStuck: (behind: readonly Job[], most?: number) => number
  /** Number of retries since the start. */
  readonly retries: () => number
}

export const createRecovery = (admit: (job: Job) => void, isClosed: () => boolean): Recovery => {
  let retries = 0
  const retry = (job: Job): void => {
    job.hasBeenRetried = true
    retries++
    admit(job)
  }
  return {
    onFailed: (job, { error, isRefused, isDemoted }) => {
      if (!isOver(job)) return
      if (!(isRefused || isDemoted || isUndone(error)) || job.hasBeenRetried || isClosed()) {
        job.reject(error)
        return
      }
      // Others may be preparing the same statement, and fail: their error must not be taken for this one's.
      if (isRefused) job.mayPrepare = false
      retry(job)
    },
    onLost: (cause, openedMs, sent, unsent) => {
      for (const job of sent.filter(isOver)) {
        if (job.isRetryable && !isClosed() && survivesLoss(job, openedMs)) {
          retries++
          admit(job)
        } else rejectLost(job, cause)
      }
      for (const job of unsent.filter(isOver)) admit(job)
    },
    onStuck: (behind, most = behind.length) => {
      if (isClosed()) return 0
      const again = behind.filter((job) => job.isRetryable && !job.isHedged && !job.isSettled)
      const some = again.slice(0, most)
      for (const job of some) {
        job.isHedged = true
        retries++
        admit(job)
      }
      return some.length
    },
    retries: () => retries,
  }
}
