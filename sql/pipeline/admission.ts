// Admission control for the connections. Quick statements share them. Slow and new statements run alone, each
// with a permit of its workspace, so that one workspace's slow statements leave connections to the others.
// New statements queue for a permit; long ones are refused when the workspace's queue is full.
//
//   admit ─ quick ──────────────────────┬─> enter (queues.ts)
//     └──── slow ─> semaphore ─ permit ─┘
//                       │ none ─> queue ─ permit released ─> enter
//                       └ full ─> refused

import type { Job } from './job.ts'
import type { Latencies } from './latency.ts'
import { createSemaphore } from './semaphore.ts'

export interface Admission {
  admit(job: Job): void
  /** Passes the job's permit on, if it has one. */
  release(job: Job): void
  remove(isTired: (job: Job) => boolean): readonly Job[]
  waiting(): number
}

interface AdmissionOptions {
  readonly latencies: Latencies
  /** Without spare connections slow and quick statements share. */
  readonly hasSpare: boolean
  readonly enter: (job: Job, isAlone: boolean) => void
  /** A job waits for a permit. */
  readonly onQueued: () => void
  readonly refuse: (job: Job) => void
}

export const createAdmission = (options: AdmissionOptions): Admission => {
  const { latencies, hasSpare, enter, onQueued, refuse } = options
  const semaphore = createSemaphore<Job>()

  const wantsOwnConnection = ({ text, session }: Job): boolean =>
    hasSpare && !latencies.isQuick(text.id, session.workspace)

  const release = (job: Job): void => {
    if (!job.hasPermit) return
    job.hasPermit = false
    const { workspace } = job.session
    // A job that has become quick meanwhile passes its permit on. A loop: hundreds may do so at once.
    for (let next = semaphore.giveBack(workspace); next !== undefined; next = semaphore.giveBack(workspace)) {
      // A duplicate already answered this job while it waited. Skip it, or its permit leaks.
      if (next.isSettled || next.hasPermit) continue
      if (wantsOwnConnection(next)) {
        next.hasPermit = true
        enter(next, true)
        return
      }
      enter(next, false)
    }
  }

  const admit = (job: Job): void => {
    if (job.isSettled) return
    if (!wantsOwnConnection(job)) {
      release(job)
      enter(job, false)
      return
    }
    if (!job.hasPermit) {
      const { workspace, maxLongStatements } = job.session
      const turn = semaphore.take(workspace, maxLongStatements, job, latencies.isLong(job.text.id, workspace))
      if (turn === 'full' && job.copies === 0) refuse(job)
      if (turn === 'queued') onQueued()
      if (turn !== 'taken') return
      job.hasPermit = true
    }
    enter(job, true)
  }

  return { admit, release, remove: semaphore.remove, waiting: semaphore.waiting }
}
